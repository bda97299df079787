"""A webhook body of the Cloud API, read whole: every entry, change, message, status and piece of news.

One POST may carry a thousand updates for several numbers. What cannot be read becomes an event of kind
"error" that holds it, so that the rest is not lost and neither is it; only a body that is not Meta's
envelope at all is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from channels_app.providers.base import (
    JSON,
    AccountEvent,
    InboundMessage,
    MalformedExchange,
    ParsedExchange,
    StatusUpdate,
)
from channels_app.providers.json_body import read_json
from channels_app.providers.whatsapp.content import text_of
from channels_app.providers.whatsapp.events import (
    LISTS,
    call_status_event,
    error_events,
    field_event,
    list_events,
    unreadable,
)
from channels_app.providers.whatsapp.messages import (
    STATES,
    Element,
    Unreadable,
    contact_for,
    echo_from,
    message_from,
    status_from,
)

ENVELOPE = "whatsapp_business_account"
# What a value may hold without being news: the rest is reported, whatever it is called.
READ_KEYS = frozenset(
    {
        "messaging_product",
        "metadata",
        "contacts",
        "messages",
        "message_echoes",
        "statuses",
        "errors",
        "history",
    }
) | frozenset(LISTS)


def parse_exchange(body: bytes, received_at: datetime) -> ParsedExchange:
    """Everything that a webhook body says. Raises MalformedExchange when it is not a webhook body."""
    payload = read_json(body)
    if isinstance(payload, dict) and payload.get("object", ENVELOPE) != ENVELOPE:
        raise MalformedExchange(_("This is a notice from Meta about something other than WhatsApp."))
    entries = payload.get("entry") if isinstance(payload, dict) else None
    if not isinstance(entries, list):
        raise MalformedExchange(_("This is not a notice from WhatsApp: its list of events is missing."))
    reading = _Reading(received_at)
    for entry in entries:
        reading.entry(entry)
    return ParsedExchange(tuple(reading.messages), tuple(reading.statuses), tuple(reading.events))


class _Reading:
    """What was read so far of one body."""

    __slots__ = ("events", "messages", "received_at", "statuses")

    def __init__(self, received_at: datetime) -> None:
        self.received_at = received_at
        self.messages: list[InboundMessage] = []
        self.statuses: list[StatusUpdate] = []
        self.events: list[AccountEvent] = []

    def entry(self, entry: JSON) -> None:
        changes = entry.get("changes", []) if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            self.events.append(unreadable("entry", entry, "no_changes"))
            return
        business_account = text_of(entry.get("id"))
        for change in changes:
            value = change.get("value") if isinstance(change, dict) else None
            if isinstance(value, dict):
                field = text_of(change.get("field") or value.get("field"))
                self.change(field, value, business_account)
            else:
                self.events.append(unreadable("change", change, "no_value", "", business_account))

    def change(self, field: str, value: Element, business_account: str) -> None:
        metadata = value.get("metadata")
        account = text_of(metadata.get("phone_number_id")) if isinstance(metadata, dict) else ""
        silent = True
        for key in value:
            reader = _READERS.get(key)
            if reader is None:
                continue
            items = value[key]
            if isinstance(items, list):
                if items:
                    silent = False
                    reader(self, items, value, field, account, business_account)
            elif items is not None:
                silent = False
                self.events.append(unreadable(key, items, "not_a_list", account, business_account))
        if silent:
            self.events.append(field_event(field, value, account, business_account))
        elif not value.keys() <= READ_KEYS:
            rest = {key: item for key, item in value.items() if key not in READ_KEYS}
            self.events.append(field_event(field, rest, account, business_account))

    def read_messages(
        self, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        contacts = value.get("contacts")
        historic = field == "history"
        seen: dict[str, JSON] = {}
        for item in items:
            try:
                if not isinstance(item, dict):
                    raise Unreadable("not_an_object")
                if len(items) > 1 and _said_before(item, seen):
                    continue
                if historic and _sent_by_brand(item, "", value):
                    self.messages.append(echo_from(item, account, None, self.received_at, historic=True))
                    continue
                contact = contact_for(item, contacts, items)
                self.messages.append(
                    message_from(item, account, contact, self.received_at, historic=historic)
                )
            except Unreadable as error:
                self.events.append(unreadable("message", item, str(error), account, business_account))

    def read_echoes(
        self, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        for item in items:
            try:
                if not isinstance(item, dict):
                    raise Unreadable("not_an_object")
                contact = contact_for(item, value.get("contacts"), items, "to")
                self.messages.append(
                    echo_from(item, account, contact, self.received_at, historic=field == "history")
                )
            except Unreadable as error:
                self.events.append(unreadable("echo", item, str(error), account, business_account))

    def read_history(
        self, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        for chunk in items:
            threads = chunk.get("threads", []) if isinstance(chunk, dict) and chunk else None
            if not isinstance(threads, list):
                self.events.append(unreadable("history", chunk, "no_threads", account, business_account))
                continue
            for thread in threads:
                self._read_thread(thread, value, account, business_account)
            rest = {key: item for key, item in chunk.items() if key not in ("threads", "errors")}
            if isinstance(chunk.get("errors"), list):
                self.events.extend(error_events(chunk["errors"], account, business_account))
            elif rest:
                self.events.append(field_event(field, rest, account, business_account))

    def _read_thread(self, thread: JSON, value: Element, account: str, business_account: str) -> None:
        items = thread.get("messages") if isinstance(thread, dict) else None
        if not isinstance(items, list):
            self.events.append(unreadable("history", thread, "no_messages", account, business_account))
            return
        customer = text_of(thread.get("id"))
        for item in items:
            try:
                if not isinstance(item, dict):
                    raise Unreadable("not_an_object")
                if _sent_by_brand(item, customer, value):
                    contact = contact_for({"to": customer}, value.get("contacts"), (), "to")
                    message = echo_from(
                        item, account, contact, self.received_at, thread=customer, historic=True
                    )
                else:
                    contact = contact_for({"from": customer}, value.get("contacts"), ())
                    message = message_from(item, account, contact, self.received_at, historic=True)
                self.messages.append(message)
            except Unreadable as error:
                self.events.append(unreadable("message", item, str(error), account, business_account))

    def read_statuses(
        self, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        for item in items:
            if not isinstance(item, dict):
                self.events.append(unreadable("status", item, "not_an_object", account, business_account))
                continue
            if item.get("type") == "call" or field == "calls":
                self.events.append(call_status_event(item, account, business_account))
                continue
            state = STATES.get(text_of(item.get("status")).lower())
            if state is None:
                self.events.append(_odd_status(item, account, business_account))
                continue
            try:
                self.statuses.append(status_from(item, account, state, self.received_at))
            except Unreadable as error:
                self.events.append(unreadable("status", item, str(error), account, business_account))

    def read_errors(
        self, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        self.events.extend(error_events(items, account, business_account))


def _said_before(item: Element, seen: dict[str, JSON]) -> bool:
    """Whether the same element came earlier in the same list (Meta repeats itself at times)."""
    external_id = text_of(item.get("id"))
    if external_id in seen:
        return bool(seen[external_id] == item)
    seen[external_id] = item
    return False


def _odd_status(item: Element, account: str, business_account: str) -> AccountEvent:
    return AccountEvent(
        account=account,
        kind="other",
        reference=f"status:{text_of(item.get('status'))}"[:200],
        business_account=business_account,
        data=item,
    )


def _sent_by_brand(item: Element, customer: str, value: Element) -> bool:
    """Whether a message of the chat history was written by the brand, in the app on its phone."""
    if item.get("to"):
        return True
    sender = text_of(item.get("from"))
    metadata = value.get("metadata")
    number = text_of(metadata.get("display_phone_number")) if isinstance(metadata, dict) else ""
    digits = "".join(filter(str.isdigit, number))
    return sender == digits if digits else sender not in ("", customer)


Reader = Callable[[_Reading, list[JSON], Element, str, str, str], None]


def _list_reader(name: str) -> Reader:
    def read(
        reading: _Reading, items: list[JSON], value: Element, field: str, account: str, business_account: str
    ) -> None:
        reading.events.extend(list_events(name, items, account, business_account))

    return read


_READERS: Mapping[str, Reader] = {
    "messages": _Reading.read_messages,
    "message_echoes": _Reading.read_echoes,
    "statuses": _Reading.read_statuses,
    "errors": _Reading.read_errors,
    "history": _Reading.read_history,
    **{name: _list_reader(name) for name in LISTS},
}
