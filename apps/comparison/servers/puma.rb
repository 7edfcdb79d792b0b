# As puma's docs on restarts say: phased restarts need a cluster without preload_app!.
workers 2
threads 5, 5
bind "tcp://127.0.0.1:#{ENV.fetch('PORT')}?backlog=4096"
