"""Media: uploaded before a message refers to them by id, downloaded by id after one arrived.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from channels_app.providers import http
from channels_app.providers.base import Account, InboundAttachment, OutboundAttachment, ProviderError
from channels_app.providers.whatsapp.content import sha256_hex, text_of
from channels_app.providers.whatsapp.errors import error_from, integer
from channels_app.providers.whatsapp.graph import Graph, is_graph_origin

MEGABYTE = 1024 * 1024
MAX_MEDIA_BYTES = 100 * MEGABYTE
DOWNLOAD_TIMEOUT = 120.0  # seconds
INVALID_PARAMETER = "100"
# Where Meta keeps media; the access token goes nowhere else.
MEDIA_HOSTS = ("fbsbx.com", "fbcdn.net", "facebook.com", "whatsapp.net")

# content type -> (message type, largest size in bytes); everything else travels as a document.
MEDIA_TYPES: Mapping[str, tuple[str, int]] = {
    "image/jpeg": ("image", 5 * MEGABYTE),
    "image/png": ("image", 5 * MEGABYTE),
    "video/mp4": ("video", 16 * MEGABYTE),
    "video/3gpp": ("video", 16 * MEGABYTE),
    "audio/aac": ("audio", 16 * MEGABYTE),
    "audio/amr": ("audio", 16 * MEGABYTE),
    "audio/mp4": ("audio", 16 * MEGABYTE),
    "audio/mpeg": ("audio", 16 * MEGABYTE),
    "audio/ogg": ("audio", 16 * MEGABYTE),
}


def media_type_of(attachment: OutboundAttachment) -> str:
    """The message type that carries an attachment; too large for its own type, it goes as a document."""
    kind, limit = MEDIA_TYPES.get(_bare(attachment.content_type), ("document", MAX_MEDIA_BYTES))
    return kind if attachment.size <= limit else "document"


def upload(attachment: OutboundAttachment, account: Account) -> str:
    """Upload one file and return its media id. Raises ProviderError."""
    if attachment.size > MAX_MEDIA_BYTES:
        raise ProviderError("a file may have at most 100 MB", code="too_large", permanent=True)
    graph = Graph(account)
    content_type = _bare(attachment.content_type) or "application/octet-stream"
    try:
        with attachment.open() as file:
            answer = graph.upload(
                graph.config.phone_number_id,
                "media",
                form={"messaging_product": "whatsapp", "type": content_type},
                file=(attachment.name or "file", file, content_type),
            )
    except OSError:
        raise ProviderError("the file could not be read", code="file_unreadable") from None
    media_id = text_of(answer.get("id"))
    if not media_id:
        raise ProviderError("the upload got no id", code="unreadable_answer")
    return media_id


def download(attachment: InboundAttachment, account: Account) -> bytes:
    """The bytes of a received file, its checksum verified. Raises ProviderError."""
    if not attachment.media_id:
        raise ProviderError("the file has no media id", code="no_media_id", permanent=True)
    graph = Graph(account)
    try:
        found = graph.get(attachment.media_id, params={"phone_number_id": graph.config.phone_number_id})
    except ProviderError as error:
        if error.code == INVALID_PARAMETER:
            # Of a media id it means "gone", and says nothing about the channel.
            error.permanent, error.suspends_channel = True, False
        raise
    url = text_of(found.get("url"))
    if integer(found.get("file_size")) > MAX_MEDIA_BYTES:
        raise ProviderError("the file is larger than 100 MB", code="too_large", permanent=True)
    local = is_graph_origin(url)
    if not local and not _is_media_host(url):
        raise ProviderError("the file is not on a server of Meta", code="foreign_media_host", permanent=True)
    response = http.request(
        "GET",
        url,
        bearer=graph.token,
        timeout=DOWNLOAD_TIMEOUT,
        max_bytes=MAX_MEDIA_BYTES,
        configured=local,
    )
    if not response.ok:
        refusal = error_from(response, repeatable=True)
        refusal.suspends_channel = False  # a file server's refusal concerns the file
        raise refusal
    promised = attachment.sha256 or sha256_hex(found.get("sha256"))
    if promised and hashlib.sha256(response.body).hexdigest() != promised:
        raise ProviderError("the file differs from its checksum", code="checksum")
    return response.body


def _is_media_host(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(
        host == known or host.endswith(f".{known}") for known in MEDIA_HOSTS
    )


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
