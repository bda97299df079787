"""How gunicorn serves: threads, since requests wait for PostgreSQL; few, since they take the interpreter in turns."""

from __future__ import annotations

import os

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
keepalive = 20
timeout = 60
graceful_timeout = 10
# Imported once and shared: half the memory and half the time to start.
preload_app = True
control_socket_disable = True
# Django writes the request log, with fields and without secrets.
accesslog = None
errorlog = "-"
loglevel = "warning"
