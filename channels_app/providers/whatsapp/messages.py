"""One element of `messages`, `message_echoes` or `statuses` as a frozen dataclass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from channels_app.providers.base import (
    JSON,
    Automated,
    DeliveryState,
    Identifier,
    IdentifierKind,
    InboundMessage,
    Party,
    StatusUpdate,
)
from channels_app.providers.whatsapp.content import (
    MEDIA_KINDS,
    attachments_of,
    body_of,
    flow_answers,
    phone_of,
    text_of,
)
from channels_app.providers.whatsapp.errors import failure_from

Element = dict[str, Any]

PLAIN_TEXT_KEYS = frozenset({"id", "from", "from_user_id", "timestamp", "type", "text"})
TAKEN_KEYS = PLAIN_TEXT_KEYS - {"text"} | {"to", "to_user_id"}
BODY_KEYS = frozenset({"body"})
CONTEXT_KEYS = frozenset({"id", "from"})
STATUS_KEYS = frozenset({"id", "status", "timestamp"})
STATES: Mapping[str, DeliveryState] = {state.value: state for state in DeliveryState}
KINDS = (*MEDIA_KINDS, "text", "interactive", "button", "reaction", "location", "contacts", "order", "system")
NUMBER_CHANGES = frozenset({"user_changed_number", "customer_changed_number", ""})
LONGEST_KIND = 20
LONGEST_ID = 128  # Meta's own limit for a business-scoped user id
LATEST = 4_102_444_800  # 1 January 2100: a later claim is a broken clock or another unit

_PHONE = IdentifierKind.PHONE
_USER = IdentifierKind.WHATSAPP_USER


class Unreadable(Exception):
    """An element lacks what identifies it."""


def message_from(
    element: Element,
    account: str,
    contact: Element | None,
    received_at: datetime,
    *,
    historic: bool = False,
) -> InboundMessage:
    """A customer's message. Raises Unreadable when it has no id."""
    kind, content, data = _understood(element)
    sender = _party(element.get("from"), element.get("from_user_id"), contact, data)
    return _message(element, account, kind, content, data, sender, (), received_at, historic=historic)


def echo_from(
    element: Element,
    account: str,
    contact: Element | None,
    received_at: datetime,
    *,
    thread: JSON = None,
    historic: bool = False,
) -> InboundMessage:
    """A message that the brand sent from the WhatsApp Business app; the customer is the recipient.

    thread: the customer's number where the element does not tell it (chat history).
    """
    kind, content, data = _understood(element)
    customer = _party(element.get("to") or thread, element.get("to_user_id"), contact, data)
    brand = _party(element.get("from"), None, None, data)
    return _message(
        element, account, kind, content, data, brand, (customer,), received_at, historic=historic, echo=True
    )


def contact_for(
    element: Element, contacts: JSON, siblings: Iterable[JSON], key: str = "from"
) -> Element | None:
    """The entry of `contacts` that describes the customer of an element, None when none surely does.

    key: "from", or "to" for an echo. A single contact is theirs even when the ids differ, as long as all
    siblings are of one customer (`wa_id` may be spelled otherwise than `from`).
    """
    if not isinstance(contacts, list):
        return None
    phone, user = element.get(key), element.get(f"{key}_user_id")
    for contact in contacts:
        if isinstance(contact, dict) and (
            (phone and contact.get("wa_id") == phone) or (user and contact.get("user_id") == user)
        ):
            return contact
    if len(contacts) != 1 or not isinstance(contacts[0], dict):
        return None
    alone = all(
        isinstance(other, dict) and other.get(key) == phone and other.get(f"{key}_user_id") == user
        for other in siblings
    )
    return contacts[0] if alone else None


def status_from(element: Element, account: str, state: DeliveryState, received_at: datetime) -> StatusUpdate:
    """A delivery report. Raises Unreadable when nothing in it identifies a message of ours."""
    external_id = text_of(element.get("id"))
    message_id = _uuid(element.get("biz_opaque_callback_data"))
    if not external_id and message_id is None:
        raise Unreadable("missing_id")
    at = _moment(element.get("timestamp"))
    data = {key: value for key, value in element.items() if key not in STATUS_KEYS}
    if at is None:
        data["claimed_timestamp"] = element.get("timestamp")
    return StatusUpdate(
        account=account,
        external_id=external_id,
        state=state,
        at=at or received_at,
        message_id=message_id,
        failure=failure_from(element.get("errors")) if state is DeliveryState.FAILED else None,
        data=data,
    )


def _understood(element: Element) -> tuple[str, Any, Element]:
    """The kind of a message, the object named after it, and the structured part to keep."""
    kind = element.get("type")
    if kind == "text" and element.keys() <= PLAIN_TEXT_KEYS:
        content = element.get("text")
        if isinstance(content, dict) and content.keys() == BODY_KEYS:
            return "text", content, {}
    data = {key: value for key, value in element.items() if key not in TAKEN_KEYS}
    if not isinstance(kind, str) or not kind or len(kind) > LONGEST_KIND:
        data["type"] = kind
        kind = next((known for known in KINDS if known in element), "unknown")
    if kind == "voice":  # an older name for a voice message
        data["audio"] = data.pop("voice", None)
        data["voice"] = True
        return "audio", element.get("voice"), data
    return kind, element.get(kind), data


def _message(
    element: Element,
    account: str,
    kind: str,
    content: Any,
    data: Element,
    sender: Party,
    recipients: tuple[Party, ...],
    received_at: datetime,
    *,
    historic: bool,
    echo: bool = False,
) -> InboundMessage:
    external_id = element.get("id")
    if not isinstance(external_id, str) or not external_id:
        raise Unreadable("missing_id")
    sent_at = _moment(element.get("timestamp"))
    if sent_at is None:
        data["claimed_timestamp"] = element.get("timestamp")
        sent_at = received_at
    if kind == "text" and content and not data:  # plain text that answers nothing: most of what arrives
        return InboundMessage(
            account,
            external_id,
            sent_at,
            sender,
            "text",
            text_of(content.get("body")),
            data=data,
            recipients=recipients,
            echo=echo,
            historic=historic,
        )
    return InboundMessage(
        account=account,
        external_id=external_id,
        sent_at=sent_at,
        sender=sender,
        kind=kind,
        body=body_of(kind, content),
        attachments=_attachments(kind, content),
        reply_to=_refine(kind, content, data, sender),
        data=data,
        recipients=recipients,
        also_known_as=_announced(data) if kind == "system" else (),
        automated=Automated.SYSTEM if kind == "system" else None,
        echo=echo,
        historic=historic,
    )


def _attachments(kind: str, content: JSON) -> Any:
    if kind == "edit" and isinstance(content, dict) and isinstance(content.get("message"), dict):
        inner = content["message"]
        return attachments_of(text_of(inner.get("type")), inner.get(text_of(inner.get("type"))))
    return attachments_of(kind, content)


def _refine(kind: str, content: JSON, data: Element, sender: Party) -> str:
    """Spell out in `data` what Meta buries; returns the id of the message that this one is about."""
    context = data.get("context")
    reply_to = ""
    if isinstance(context, dict):
        reply_to = text_of(context.get("id"))
        if context.keys() <= CONTEXT_KEYS:
            del data["context"]
    if not isinstance(content, dict):
        return reply_to
    if kind == "text" and content.keys() == BODY_KEYS:
        data.pop("text", None)
    elif kind == "reaction":
        data["removed"] = not content.get("emoji")
        return text_of(content.get("message_id")) or reply_to
    elif kind in ("edit", "revoke"):
        return text_of(content.get("original_message_id")) or reply_to
    elif content.get("voice") is True:
        data["voice"] = True
    elif kind == "interactive":
        answers = flow_answers(content)
        if answers is not None:
            data["flow"] = answers
    elif kind == "system":
        _read_change_of_identity(content, data, sender)
    return reply_to


def _read_change_of_identity(content: Element, data: Element, sender: Party) -> None:
    known = {identifier.value for identifier in sender.identifiers}
    if text_of(content.get("type")) in NUMBER_CHANGES:
        phone = phone_of(content.get("wa_id") or content.get("new_wa_id"))
        if phone and phone not in known:
            data["new_phone"] = phone
    user = text_of(content.get("user_id"))
    if user and user not in known and len(user) <= LONGEST_ID:
        data["new_user_id"] = user


def _announced(data: Element) -> tuple[Identifier, ...]:
    """The identifiers that a notice of change names."""
    kinds = (("new_phone", IdentifierKind.PHONE), ("new_user_id", IdentifierKind.WHATSAPP_USER))
    return tuple(Identifier(kind, data[key]) for key, kind in kinds if key in data)


def _party(phone: JSON, user: JSON, contact: Element | None, data: Element) -> Party:
    """Who a message is from or to; what is known beyond name and identifiers goes into `data`."""
    name = ""
    wa_id: JSON = None
    if contact is not None:
        profile = contact.get("profile")
        if isinstance(profile, dict):
            name = text_of(profile.get("name"))
            if profile.get("username"):
                data["username"] = profile["username"]
        wa_id = contact.get("wa_id")
        user = user or contact.get("user_id")
        if contact.get("parent_user_id"):
            data["parent_user_id"] = contact["parent_user_id"]
        if wa_id and phone and wa_id != phone:
            data["wa_id"] = wa_id
    number = phone_of(phone) or phone_of(wa_id)
    if number:
        first = Identifier(_PHONE, number)
        if user and isinstance(user, str) and len(user) <= LONGEST_ID:
            return Party((first, Identifier(_USER, user)), name)
        return Party((first,), name)
    # Without a number, `from` may hold the user id itself, or something opaque that is still one person.
    opaque = text_of(user) or text_of(phone) or text_of(wa_id)
    if 0 < len(opaque) <= LONGEST_ID:
        return Party((Identifier(_USER, opaque),), name)
    if opaque:
        data["unusable_sender"] = opaque
    return Party((), name)


def _moment(value: JSON) -> datetime | None:
    """Unix seconds, as text or number; None when missing or impossible."""
    try:
        seconds = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < LATEST else None


def _uuid(value: JSON) -> UUID | None:
    if not isinstance(value, str) or len(value) != 36:
        return None
    try:
        return UUID(value)
    except ValueError:
        return None
