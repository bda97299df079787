"""django-mailbox stores a folder of mails: `mailbox_side.py DATABASE_HOST DATABASE FOLDER`."""

import email
import json
import sys
import time
from pathlib import Path

import django
from django.conf import settings

host, database, folder = sys.argv[1:]
settings.configure(
    SECRET_KEY="bench",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_mailbox"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.postgresql", "NAME": database, "USER": "app", "HOST": host}
    },
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    MEDIA_ROOT=str(Path(folder).parent / "mailbox-media"),
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django_mailbox.models import Mailbox, Message  # noqa: E402

call_command("migrate", verbosity=0)
mailbox = Mailbox.objects.create(name="bench")
mails = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
began = time.perf_counter()
for raw in mails:
    mailbox.process_incoming_message(email.message_from_bytes(raw))
seconds = time.perf_counter() - began
print(json.dumps({"rate": len(mails) / seconds, "stored": Message.objects.count()}))
