"""Attachments: their names, and which of them staff should not open with one click."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import PurePosixPath

from channels_app.providers.base import AttachmentContent, InboundAttachment
from channels_app.providers.email.charsets import clean_text

MAX_NAME_LENGTH = 200

# Run or script something on the reader's machine, or show a page that asks for a password.
_EXTENSION_NAMES = (
    "ade adp apk app appinstaller application appref-ms appx appxbundle arj asp aspx bas bat bin cab cer chm cmd cnt"
    " com cpl crt csh der diagcab dll dmg docm dotm elf exe fxp gadget grp hlp hpj hta htc htm html img inf ins"
    " iso isp its jar jnlp js jse ksh lnk mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw mdz"
    " mht mhtml msc msh msh1 msh2 mshxml msi msix msixbundle msp mst msu ops osd pcd pif pkg pl plg potm ppam ppsm"
    " pptm prf prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 pst py pyc pyo pyw pyz pyzw rb reg scf scr"
    " sct settingcontent-ms sh shb shs shtml sldm svg swf sys theme tmp udl url vb vbe vbp vbs vhd vhdx vsmacros vsw"
    " webpnp website ws wsc wsf wsh xbap xhtml xlam xll xlsm xltm xnk xsl xslt"
)
_DANGEROUS_EXTENSIONS = frozenset(_EXTENSION_NAMES.split())
_DANGEROUS_TYPES = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "image/svg+xml",
        "text/javascript",
        "application/javascript",
        "application/x-javascript",
        "application/x-msdownload",
        "application/x-msdos-program",
        "application/x-dosexec",
        "application/x-ms-installer",
        "application/x-sh",
        "application/hta",
        "application/java-archive",
        "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    }
)
_EXECUTABLE_STARTS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!/")
_MACRO_PROJECT = (b"vbaProject.bin", b"_VBA_PROJECT", "_VBA_PROJECT".encode("utf-16-le"))
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f\\/\u202a-\u202e\u2066-\u2069]+")
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "application/pgp-signature": ".asc",
    "application/octet-stream": ".bin",
}

# Notes are codes with a size or reason in English; the inbox words them for staff.
NOTE_TOO_LARGE = "too_large"
NOTE_DANGEROUS = "dangerous_type"
NOTE_MACROS = "macros"
NOTE_EXECUTABLE = "executable"


def safe_name(name: str) -> str:
    """A file name without path, control and direction characters, at most 200 characters."""
    cleaned = (
        _UNSAFE_IN_NAME.sub("_", clean_text(name).replace("\n", " ").replace("\t", " ")).strip(" .") or ""
    )
    if len(cleaned) > MAX_NAME_LENGTH:
        suffix = PurePosixPath(cleaned).suffix[:20]
        cleaned = cleaned[: MAX_NAME_LENGTH - len(suffix)] + suffix
    return cleaned


def name_for(content_type: str, description: str = "") -> str:
    """A name for a part that came without one, from what describes it and its type."""
    extension = _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type) or ""
    stem = (
        safe_name(description) or content_type.partition("/")[0 if content_type.startswith("image/") else 2]
    )
    return stem if extension and stem.lower().endswith(extension) else f"{stem or 'attachment'}{extension}"


def danger_of(name: str, content_type: str, data: bytes) -> str:
    """Why an attachment is held back, as a note code, "" when it is harmless."""
    extensions = [piece.strip().lower() for piece in name.split(".")[1:]]
    if extensions and extensions[-1] in _DANGEROUS_EXTENSIONS:
        return NOTE_DANGEROUS
    if content_type in _DANGEROUS_TYPES:
        return NOTE_DANGEROUS
    if data.startswith(_EXECUTABLE_STARTS):
        return NOTE_EXECUTABLE
    is_office = data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return NOTE_MACROS if is_office and any(mark in data for mark in _MACRO_PROJECT) else ""


def attachment(
    name: str, content_type: str, data: bytes, *, content_id: str = "", max_size: int
) -> InboundAttachment:
    """Describe one attachment. A dangerous one keeps its bytes but is WITHHELD; one over the limit is
    WITHHELD without them. `note` is one of the NOTE codes."""
    note = NOTE_TOO_LARGE if len(data) > max_size else danger_of(name, content_type, data)
    return InboundAttachment(
        name=name,
        content_type=content_type,
        content=AttachmentContent.WITHHELD if note else AttachmentContent.INLINE,
        data=b"" if note == NOTE_TOO_LARGE else data,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        content_id=content_id,
        note=note,
    )
