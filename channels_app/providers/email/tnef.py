"""Outlook's winmail.dat (TNEF): the text and files that it hides."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tnefparse import TNEF

from channels_app.providers.email.charsets import clean_text

MAX_ATTACHMENTS = 100
# The library prints its complaints about each odd attribute; odd attributes are the normal case.
logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class TnefContent:
    text: str = ""
    html: str = ""
    files: tuple[tuple[str, bytes], ...] = ()  # (name, content)


def is_tnef(content_type: str, filename: str) -> bool:
    return (
        content_type in ("application/ms-tnef", "application/vnd.ms-tnef")
        or filename.lower() == "winmail.dat"
    )


def read_tnef(data: bytes) -> TnefContent:
    """The content of a TNEF file; empty when it cannot be read."""
    try:
        parsed = TNEF(data, do_checksum=False)
        files = tuple(
            (_text(attachment.long_filename() or attachment.name) or "attachment", bytes(attachment.data))
            for attachment in parsed.attachments[:MAX_ATTACHMENTS]
            if attachment.data
        )
        return TnefContent(text=_text(parsed.body), html=_text(parsed.htmlbody), files=files)
    except Exception:  # noqa: BLE001  the library raises whatever its input makes it raise
        return TnefContent()


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean_text(value).strip("\x00").strip() if isinstance(value, str) else ""
