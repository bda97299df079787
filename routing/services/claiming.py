"""A signed link on a card by which a colleague takes a conversation. It only says which one: who may take it is
checked when somebody who is signed in confirms."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from routing.services.acknowledgement import LinkExpired, LinkRefused

_SALT = "routing.claim"
LINK_LIVES = timedelta(days=7)


def claim_url(thread_id: UUID) -> str:
    """The address of the page on which a colleague takes the conversation; it works for LINK_LIVES."""
    token = signing.TimestampSigner(salt=_SALT).sign(thread_id.hex)
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{reverse('claim', args=[token])}"


def read_claim(token: str) -> UUID:
    """The conversation that a link is about. Raises LinkExpired, LinkRefused."""
    try:
        return UUID(hex=signing.TimestampSigner(salt=_SALT).unsign(token, max_age=LINK_LIVES))
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except (signing.BadSignature, ValueError) as error:
        raise LinkRefused from error
