"""django-helpdesk takes a folder of mails: `helpdesk_side.py DATABASE_HOST DATABASE FOLDER`."""

import json
import logging
import sys
import time
from pathlib import Path

import django
from django.conf import settings

host, database, folder = sys.argv[1:]
settings.configure(
    SECRET_KEY="bench",
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.sites", "django.contrib.humanize", "django.contrib.admin", "django.contrib.messages",
        "rest_framework", "helpdesk",
    ],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.postgresql", "NAME": database, "USER": "app", "HOST": host}
    },
    SITE_ID=1,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    MEDIA_ROOT=str(Path(folder).parent / "helpdesk-media"),
    ROOT_URLCONF="__main__",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    HELPDESK_TEAMS_MODE_ENABLED=False,
    LOGGING_CONFIG=None,
)  # fmt: skip
django.setup()

from django.core import mail  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from helpdesk.email import extract_email_metadata  # noqa: E402
from helpdesk.models import Queue, Ticket  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls"))]

logging.disable(logging.ERROR)
call_command("migrate", verbosity=0)
call_command("loaddata", "emailtemplate.json", verbosity=0)  # without them it answers nobody
queue = Queue.objects.create(
    title="Support", slug="support", email_address="support@example.nl", allow_email_submission=True
)
mail.outbox = []
mails = [path.read_text() for path in sorted(Path(folder).iterdir())]
logger = logging.getLogger("bench")
began = time.perf_counter()
for message in mails:
    extract_email_metadata(message, queue, logger)
seconds = time.perf_counter() - began
print(
    json.dumps({"rate": len(mails) / seconds, "stored": Ticket.objects.count(), "answered": len(mail.outbox)})
)
