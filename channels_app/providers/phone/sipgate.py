"""sipgate.io: call events as forms, signed with sipgate's RSA key.

https://developer.sipgate.io/push-api/api-reference/. Answers and hang-ups are only sent to the addresses
that the XML answer to `newCall` names.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.utils.translation import gettext as _

from channels_app.providers.base import MalformedExchange, RawExchange, SignatureInvalid
from channels_app.providers.phone.calls import CallNews, CallOutcome, Direction, seconds
from channels_app.providers.twilio import form_fields, form_parameters

SIGNATURE_HEADER = "x-sipgate-signature"

# Published by sipgate; a channel's settings may name a newer one.
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvFdlnqRfO5TmqzjtsFVC
qPz+oW+poi3lXQFvMJJMEAtlU4MbX+yuIkgnC+Qt3AQWIK+oWSEQiybg+p39wEMl
16PZxEzf9gONQvTg1XhyHnwqYUFQj/AoxPKGYC3jmdjZ224SrESiTN3CdxoOc3vk
cXiQstYE7SxnksPtzfk0aIOkicim5/tAP9izNQ18/zmX3ChjK2k72gf5dDlq+qZ8
pRiHAPZ64TySH6cLQDhaoh6Nbq8FEG3usXXPClbUMh2DZaTMPafpd+LNuTngJ/y+
KoZasVuFfXAeBqGA6l5d4Uedfr99Z6qjwDrJ8sU4z2Do9bJrbuqP+mOXEebhSI1K
vi8trEfrIt8hnDBGsBaB9NEO3kYxvDT2/PhC9fNYFocjEpZNd7/mUqTJDYlpa4UC
NDQaU+ATdXG8/P5sGAegks6MQTu+qe9XTO0CV48eswDkz6g3UbLOwmrJK59SjD3J
yAZ52sluwyDKRWw/PPTt8BTQLjvkdbiLUlc4ehJ4b1X7D7diYWHDPeFL47cAvaXh
dXVrZDeBJYibvD1jRx4ES0KlfhwzNXBYUoM/Movg9zMM2PzyHHKS//xIjwUC/FJ6
/6eykno0Hy2B1ev6s3hdY6VkN2zd7Wf+EK4DxRliwsg1U99szFE3ewLfexF+Uag5
M+TfPtOUumI/NHMTvsRW9+ECAwEAAQ==
-----END PUBLIC KEY-----
"""

UNANSWERED = frozenset({"cancel", "noAnswer", "busy", "congestion", "notFound"})


def load_public_key(pem: str) -> RSAPublicKey:
    """The RSA key in a PEM text. Raises ValueError."""
    try:
        key = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError("unsupported key") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def verify(exchange: RawExchange, pem: str) -> None:
    """Raises SignatureInvalid unless sipgate signed the body (RSA with SHA-256)."""
    try:
        given = b64decode(exchange.headers.get(SIGNATURE_HEADER, ""), validate=True)
        load_public_key(pem or PUBLIC_KEY).verify(given, exchange.body, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise SignatureInvalid("wrong or no X-Sipgate-Signature") from error


def answer(exchange: RawExchange, our_url: str) -> str:
    """The XML that asks sipgate for the answer and hang-up events of a new call."""
    try:
        event = dict(form_parameters(exchange)).get("event")
    except ValueError:
        return ""
    if event != "newCall":
        return ""
    url = quoteattr(our_url)
    return f'<?xml version="1.0" encoding="UTF-8"?><Response onAnswer={url} onHangup={url}/>'


def read(exchange: RawExchange) -> CallNews:
    """Raises MalformedExchange."""
    fields = form_fields(exchange)
    # A forwarded call goes on under a new id and names the first.
    call_id = fields.get("origCallId") or fields.get("callId", "")
    if not call_id:
        raise MalformedExchange(
            _("This is not news of a call: the id of the call (%(field)s) is missing.") % {"field": "callId"}
        )
    outcome, assumed, cause = _outcome(fields)
    return CallNews(
        call_id=call_id,
        outcome=outcome,
        direction=_direction(fields.get("direction", "")),
        caller=fields.get("from", ""),
        callee=fields.get("to", ""),
        duration_seconds=0 if outcome is CallOutcome.MISSED else seconds(fields.get("duration", "")),
        cause=cause,
        assumed=assumed,
    )


def _direction(direction: str) -> Direction:
    if direction == "in":
        return "in"
    return "out" if direction == "out" else ""


def _outcome(fields: Mapping[str, str]) -> tuple[CallOutcome, bool, str]:
    """(outcome, whether it is only assumed, sipgate's word)."""
    event, cause = fields.get("event", ""), fields.get("cause", "")
    if event == "answer":
        by_machine = fields.get("user", "").lower() == "voicemail"
        return (CallOutcome.VOICEMAIL if by_machine else CallOutcome.ANSWERED), False, "answer"
    if event == "hangup" and cause in UNANSWERED:
        return CallOutcome.MISSED, False, cause
    if event == "hangup" and cause == "normalClearing":
        return CallOutcome.ANSWERED, True, cause
    return CallOutcome.RINGING, False, cause or event
