run ->(env) { [200, { "Content-Length" => "6" }, ["hello\n"]] }
