"""MessageBird (now Bird): signatures of its webhooks, and the messages and reports in them.

Two signatures are in use: an HMAC over time, URL and body, and a JSON Web Token whose claims hold
hashes of URL and body. https://docs.bird.com/api/notifications-api/api-reference/webhooks and
https://developers.messagebird.com/api/#verifying-http-requests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import SecretStr

from channels_app.providers import telephone
from channels_app.providers.base import (
    JSON,
    Account,
    AccountEvent,
    Automated,
    DeliveryFailure,
    DeliveryState,
    InboundMessage,
    MalformedExchange,
    ParsedExchange,
    RawExchange,
    SignatureInvalid,
    StatusUpdate,
)
from channels_app.providers.json_body import read_json
from channels_app.providers.sms.keywords import preference
from channels_app.providers.twilio import form_fields, query_fields, query_parameters, url_variants

JWT_HEADER = "messagebird-signature-jwt"
SIGNATURE_HEADER = "messagebird-signature"
TIMESTAMP_HEADER = "messagebird-request-timestamp"
CLOCK_SKEW = timedelta(seconds=60)
JWT_ALGORITHMS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}

STATES: Mapping[str, DeliveryState] = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "buffered": DeliveryState.SENT,
    "processing": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "expired": DeliveryState.FAILED,
    "rejected": DeliveryState.FAILED,
    "delivery_failed": DeliveryState.FAILED,
    "sending_failed": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
}


def verify(exchange: RawExchange, signing_key: SecretStr, max_age: timedelta) -> None:
    """Raises SignatureInvalid unless MessageBird signed the exchange, at most `max_age` ago."""
    key = signing_key.get_secret_value().encode()
    if not key:
        raise SignatureInvalid("no signing key to verify with")
    if JWT_HEADER in exchange.headers:
        _verify_jwt(exchange, key)
    elif SIGNATURE_HEADER in exchange.headers:
        _verify_hmac(exchange, key, max_age)
    else:
        raise SignatureInvalid("no MessageBird signature")


def _verify_hmac(exchange: RawExchange, key: bytes, max_age: timedelta) -> None:
    timestamp = exchange.headers.get(TIMESTAMP_HEADER, "")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        raise SignatureInvalid("no timestamp")
    age = exchange.received_at - datetime.fromtimestamp(int(timestamp), UTC)
    if not -CLOCK_SKEW <= age <= max_age:
        raise SignatureInvalid("the timestamp is too old or in the future")
    try:
        given = b64decode(exchange.headers[SIGNATURE_HEADER], validate=True)
        query = urlencode(sorted(query_parameters(exchange.url)))
    except ValueError as error:
        raise SignatureInvalid("unreadable signature") from error
    body_hash = hashlib.sha256(exchange.body).digest()
    # Bird signs the URL; MessageBird before it signed the sorted query alone.
    expected = [
        hmac.digest(
            key, b"\n".join((timestamp.encode(), part.encode("utf-8", "replace"), body_hash)), "sha256"
        )
        for part in (*url_variants(exchange.url), query)
    ]
    matches = [hmac.compare_digest(candidate, given) for candidate in expected]
    if not any(matches):
        raise SignatureInvalid("wrong MessageBird signature")


def _verify_jwt(exchange: RawExchange, key: bytes) -> None:
    signed, _, signature = exchange.headers[JWT_HEADER].rpartition(".")
    encoded_header, _, encoded_claims = signed.partition(".")
    header, claims = _jwt_part(encoded_header), _jwt_part(encoded_claims)
    algorithm = JWT_ALGORITHMS.get(str(header.get("alg")))
    if algorithm is None:
        raise SignatureInvalid("unknown JWT algorithm")
    if not hmac.compare_digest(hmac.digest(key, signed.encode("ascii"), algorithm), _base64url(signature)):
        raise SignatureInvalid("wrong JWT signature")
    now = exchange.received_at.timestamp()
    not_before, expires = claims.get("nbf"), claims.get("exp")
    if claims.get("iss") != "MessageBird" or not isinstance(not_before, int) or not isinstance(expires, int):
        raise SignatureInvalid("incomplete JWT")
    if now < not_before - CLOCK_SKEW.total_seconds() or now > expires:
        raise SignatureInvalid("the JWT is expired or not valid yet")
    url_hashes = [
        hashlib.sha256(url.encode("utf-8", "replace")).hexdigest() for url in url_variants(exchange.url)
    ]
    matches = [_same(claims.get("url_hash"), candidate) for candidate in url_hashes]
    if not any(matches):
        raise SignatureInvalid("the JWT is for another URL")
    if exchange.body and not _same(claims.get("payload_hash"), hashlib.sha256(exchange.body).hexdigest()):
        raise SignatureInvalid("the JWT is for another body")
    if not exchange.body and claims.get("payload_hash") is not None:
        raise SignatureInvalid("the JWT is for a body, and there is none")


def _same(claim: JSON, expected: str) -> bool:
    return hmac.compare_digest(str(claim).encode("utf-8", "replace"), expected.encode("ascii"))


def _jwt_part(encoded: str) -> dict[str, JSON]:
    try:
        part = json.loads(_base64url(encoded))
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid("unreadable JWT") from error
    if not isinstance(part, dict):
        raise SignatureInvalid("unreadable JWT")
    return part


def _base64url(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded.encode("ascii") + b"=" * (-len(encoded) % 4))
    except ValueError as error:
        raise SignatureInvalid("unreadable JWT") from error


def parse(exchange: RawExchange, account: Account | None) -> ParsedExchange:
    """Read one webhook, a form, a query or JSON. Raises MalformedExchange."""
    fields = _fields(exchange)
    if isinstance(fields.get("payload"), dict):
        return _bird(exchange, account, fields)
    status = _text(fields, "status")
    if status:
        return _report(
            account,
            external_id=_text(fields, "id", "message_id"),
            reference=_text(fields, "reference"),
            status=status,
            at=_time(exchange, fields, "statusDatetime"),
            code=_text(fields, "statusErrorCode"),
            reason=_text(fields, "statusReason"),
        )
    sender = _text(fields, "originator", "sender")
    if not sender:
        raise MalformedExchange(
            _("This is not a text message or a delivery report: it names no sender and no state.")
        )
    return _message(
        exchange,
        account,
        external_id=_text(fields, "message_id", "id"),
        sender=sender,
        recipient=_text(fields, "recipient", "receiver"),
        body=_text(fields, "body", "incomingMessage", "message", "payload", strip=False),
        at=_time(exchange, fields, "createdDatetime", "currentTime"),
    )


def _bird(exchange: RawExchange, account: Account | None, fields: Mapping[str, JSON]) -> ParsedExchange:
    """The envelope of Bird's channels: `{"service", "event", "payload"}`."""
    payload = _mapping(fields, "payload")
    event = _text(fields, "event")
    sender = _mapping(payload, "sender", "contact")
    external_id = _text(payload, "id")
    if event.endswith(".inbound") and sender:
        body = _mapping(payload, "body")
        return _message(
            exchange,
            account,
            external_id=external_id,
            sender=_text(sender, "identifierValue"),
            recipient=_text(_mapping(payload, "receiver", "connector"), "identifierValue"),
            body=_text(_mapping(body, "text"), "text", strip=False),
            at=_time(exchange, payload, "createdAt"),
        )
    if external_id and _text(payload, "status"):
        return _report(
            account,
            external_id=external_id,
            reference=_text(payload, "reference"),
            status=_text(payload, "status"),
            at=_time(exchange, payload, "updatedAt", "lastStatusAt"),
            code=_text(_mapping(payload, "failure"), "code"),
            reason=_text(payload, "reason") or _text(_mapping(payload, "failure"), "description"),
        )
    return _other(account, external_id, event)


def _message(
    exchange: RawExchange,
    account: Account | None,
    *,
    external_id: str,
    sender: str,
    recipient: str,
    body: str,
    at: datetime,
) -> ParsedExchange:
    own_number = account.address if account else ""
    person = telephone.party(sender, own_number=own_number)
    asked = preference(body)
    message = InboundMessage(
        account=telephone.e164(recipient, own_number=own_number),
        external_id=external_id or _derived_id(sender, recipient, body, at),
        sent_at=at,
        sender=person,
        body=body,
        data={"opt_out": asked} if asked else {},
        recipients=(telephone.party(recipient, own_number=own_number),),
        automated=None if person.identifiers or telephone.is_anonymous(sender) else Automated.SYSTEM,
    )
    return ParsedExchange(messages=(message,))


def _report(
    account: Account | None,
    *,
    external_id: str,
    reference: str,
    status: str,
    at: datetime,
    code: str,
    reason: str,
) -> ParsedExchange:
    state = STATES.get(status.lower())
    if state is None or not (external_id or reference):
        return _other(account, external_id, status)
    failure = DeliveryFailure(code=code or status, text=reason or status)
    update = StatusUpdate(
        account="",
        external_id=external_id,
        state=state,
        at=at,
        message_id=_uuid(reference),
        failure=failure if state is DeliveryState.FAILED else None,
        data={"status": status},
    )
    return ParsedExchange(statuses=(update,))


def _other(account: Account | None, reference: str, text: str) -> ParsedExchange:
    event = AccountEvent(account=telephone.account_of(account), kind="other", reference=reference, text=text)
    return ParsedExchange(events=(event,))


def _fields(exchange: RawExchange) -> Mapping[str, JSON]:
    if exchange.body.lstrip()[:1] in (b"{", b"["):
        fields = read_json(exchange.body)
    else:
        fields = query_fields(exchange) | form_fields(exchange)
    if not isinstance(fields, dict) or not fields:
        raise MalformedExchange(_("This is not a text message or a delivery report: it has no fields."))
    return fields


def _mapping(fields: Mapping[str, JSON], *path: str) -> Mapping[str, JSON]:
    for name in path:
        inner = fields.get(name)
        fields = inner if isinstance(inner, dict) else {}
    return fields


def _text(fields: Mapping[str, JSON], *names: str, strip: bool = True) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            value = value.replace("\x00", "")
            return value.strip() if strip else value
    return ""


def _time(exchange: RawExchange, fields: Mapping[str, JSON], *names: str) -> datetime:
    for name in names:
        try:
            at = datetime.fromisoformat(_text(fields, name))
        except ValueError:
            continue
        if at.tzinfo is not None and 2000 <= at.year < 2100:
            return at
    return exchange.received_at


def _derived_id(sender: str, recipient: str, body: str, at: datetime) -> str:
    """An id for a message that came without one: the same delivery again gives the same id."""
    content = json.dumps([sender, recipient, body, at.isoformat()])
    return "derived-" + hashlib.sha256(content.encode()).hexdigest()[:32]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
