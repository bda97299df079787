"""For gunicorn: `gunicorn -c python:chargecars.gunicorn chargecars.wsgi`."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
application = get_wsgi_application()

# gunicorn imports this once and forks: with every view imported here its processes share them, and since the
# collector leaves alone what is frozen, the pages stay shared.
import_module(settings.ROOT_URLCONF)
gc.freeze()
