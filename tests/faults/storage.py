"""A file storage on a disk that is full whenever the programme says so."""

from __future__ import annotations

import errno
import os
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage


class FillingStorage(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        if settings.CONTROLS.disk_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        return super()._save(name, content)
