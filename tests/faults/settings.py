"""The product's own settings, with a clock that can be moved and a disk that can fill, and quicker sweeps.

For the processes of an `Installation`; FAULTS_CONTROLS names the directory of its controls.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from chargecars.settings import *  # noqa: F403 a settings module is extended this way
from chargecars.settings import CELERY_BEAT_SCHEDULE, STORAGES
from tests.faults.controls import Controls

CONTROLS = Controls(Path(os.environ["FAULTS_CONTROLS"]))

_machine_clock = timezone.now


def _moved_clock() -> datetime:
    return _machine_clock() + CONTROLS.clock_offset


# Before any model or service is imported, so that all of them ask the moved clock.
timezone.now = _moved_clock

STORAGES["default"] = {"BACKEND": "tests.faults.storage.FillingStorage"}

# What the sweeps find after a death should not take up the length of a test.
for _name, _seconds in (("drain inbox", 2), ("deliver outbox", 2), ("fetch media", 3)):
    CELERY_BEAT_SCHEDULE[_name] |= {"schedule": _seconds, "options": {"expires": _seconds}}
