"""For gunicorn: `gunicorn -c python:chargecars.gunicorn chargecars.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
application = get_wsgi_application()
