"""Our own marks in mail: the Message-ID we choose, the plus-address, the reference number.

Each carries the thread's token, which the caller signs and verifies; here it is found, never trusted.
A token is 42 letters and digits of base32 in lower case: safe in a local part, and unchanged by servers
that fold the case of addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from channels_app.providers.base import CONTENT_ID_DOMAIN

_SIGNED_THREAD = "[a-z2-7]{42}"
_MESSAGE_ID = re.compile(rf"m\.([0-9a-f]{{32}})\.({_SIGNED_THREAD}|0)@[\w.-]{{1,255}}", re.IGNORECASE)
_PLUS_ADDRESS = re.compile(rf"\+({_SIGNED_THREAD})@", re.IGNORECASE)
_REFERENCE_NUMBER = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{0,9}-MSG-\d{4}-\d{4,12})(?![\w-])", re.IGNORECASE)


def message_id(message: UUID, thread_token: str, domain: str) -> str:
    """The Message-ID of an outgoing mail: "<m.{message}.{token}@{domain}>", the same at every attempt."""
    return f"<m.{message.hex}.{thread_token or '0'}@{domain}>"


def is_derived(identifier: str) -> bool:
    """Whether we made this id up for a mail that came without one; its sender does not know it."""
    return identifier.rstrip(">").endswith(f"@{CONTENT_ID_DOMAIN}")


def plus_address(address: str, thread_token: str) -> str:
    """ "support@x.nl" with a token in it, "support+...@x.nl"; an answer comes back with the token."""
    local, _, domain = address.rpartition("@")
    return f"{local.split('+', 1)[0]}+{thread_token}@{domain}"


def find_thread_tokens(texts: Iterable[str]) -> tuple[str, ...]:
    """Thread tokens in Message-IDs and plus-addresses, unverified, without repeats."""
    found: dict[str, None] = {}
    for text in texts:
        found.update((match[2].lower(), None) for match in _MESSAGE_ID.finditer(text) if match[2] != "0")
        found.update((match[1].lower(), None) for match in _PLUS_ADDRESS.finditer(text))
    return tuple(found)


def find_own_message_ids(text: str) -> tuple[str, ...]:
    """Everything in a text that has the form of our Message-IDs, unverified, in angle brackets."""
    return tuple(dict.fromkeys(f"<{match[0]}>" for match in _MESSAGE_ID.finditer(text)))


def find_reference_number(subject: str) -> str:
    """The thread's reference number in a subject ("CC-MSG-2026-000123"), "" when there is none."""
    match = _REFERENCE_NUMBER.search(subject)
    return match[1].upper() if match else ""
