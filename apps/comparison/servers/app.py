def application(environ, start_response):
    body = b"hello\n"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
