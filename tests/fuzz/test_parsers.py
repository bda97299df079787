"""Texts that regular expressions choke on, at every place that reads a customer's words: bounded work, no error."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from channels_app.providers.base import MalformedExchange, RawExchange
from channels_app.providers.email.headers import decode_header, message_ids, parse_date
from channels_app.providers.email.html_text import html_to_text
from channels_app.providers.email.quoting import split_body, split_html
from channels_app.providers.email.tokens import (
    find_own_message_ids,
    find_reference_number,
    find_thread_tokens,
)
from channels_app.providers.http import redact
from channels_app.providers.registry import PROVIDERS
from channels_app.providers.telephone import e164
from channels_app.schemas import AutoRoutingRules, BusinessCalendar
from channels_app.schemas.folding import fold
from channels_app.services.rendering import render, render_html
from routing.engine.content import analyze
from routing.engine.text import map_text
from tests.fuzz.mutation import NASTY_TEXT, SLOW_TEXT

KEYS = (
    "object", "entry", "changes", "value", "field", "messages", "statuses", "contacts", "metadata", "phone_number_id", "from",
    "id", "type", "text", "body", "timestamp", "image", "interactive", "context", "errors", "wa_id", "profile", "name", "payload",
    "message", "sender", "receiver", "createdAt", "event",
)  # fmt: skip
RULE_KEYS = tuple(AutoRoutingRules.model_fields)
CPU_SECONDS = 10.0  # what a linear reader needs is thousandths of this


@contextmanager
def bounded(what: str) -> Iterator[None]:
    """Stop what uses the processor beyond all reason, and say what it was."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"{what} does not end")

    former = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def as_header(text: str) -> str:
    """As the standard library hands over a header that came as these bytes."""
    return text.encode("utf-8", "replace").decode("ascii", "surrogateescape")


READERS: dict[str, Callable[[str], Any]] = {
    "split_body": split_body,
    "split_html": split_html,
    "html_to_text": html_to_text,
    "decode_header": lambda text: decode_header(as_header(text)),
    "message_ids": lambda text: message_ids(as_header(text)),
    "parse_date": lambda text: parse_date(as_header(text)),
    "reference number": find_reference_number,
    "thread tokens": lambda text: find_thread_tokens([text]),
    "own message ids": find_own_message_ids,
    "redact": redact,
    "fold": fold,
    "map_text": map_text,
    "content analysis": analyze,
    "phone number": e164,
    "render": lambda text: render(text, {"customer_name": "Jan"}),
    "render_html": lambda text: render_html(text, {"customer_name": "Jan"}),
}


@pytest.mark.parametrize("reader", READERS)
def test_the_worst_texts_there_are_end_soon(reader: str) -> None:
    # Twenty times over: what grows with the square of the length shows itself.
    for text in (*NASTY_TEXT, *SLOW_TEXT, *(text * 20 for text in SLOW_TEXT)):
        with bounded(f"{reader} of {text[:20]!r}"):
            READERS[reader](text)


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=25, deadline=None)
@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from([*NASTY_TEXT, " ", "\n", ">", "Op 1 mei schreef Jan:"]), st.integers(1, 300)
        ),
        max_size=5,
    )
)
def test_any_mixture_of_nasty_texts_is_read(reader: str, parts: list[tuple[str, int]]) -> None:
    text = "".join(piece[:40] * times for piece, times in parts)
    with bounded(f"{reader} of {parts}"):
        READERS[reader](text)


@pytest.mark.parametrize(
    "code", [code for code, provider in PROVIDERS.items() if provider.capabilities.receives]
)
@settings(max_examples=60, deadline=None)
@given(body=st.one_of(st.binary(max_size=300), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5), max_leaves=25,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_any_body_is_parsed_or_refused_as_malformed(code: str, body: bytes) -> None:
    exchange = RawExchange(
        body=body, received_at=datetime(2026, 11, 24, tzinfo=UTC), url="https://desk.example/x"
    )
    with bounded(code), contextlib.suppress(MalformedExchange):
        PROVIDERS[code].parse(exchange, None)


@settings(max_examples=100, deadline=None)
@given(config=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["09:00-17:00", "24:00", "NL", "Europe/Amsterdam"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["timezone", "hours", "holidays", "mon", "sun", "country", "closed", "open", "x"]), inner, max_size=5),
    max_leaves=20,
))  # fmt: skip
def test_any_business_hours_are_read_or_refused(config: Any) -> None:
    with bounded("business hours"), contextlib.suppress(ValueError, TypeError):
        calendar = BusinessCalendar.parse(config)
        at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        calendar.is_open(at)
        calendar.due(at, 90)


@settings(max_examples=60, deadline=None)
@given(rules=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from([*RULE_KEYS, "support", "x"]), inner, max_size=5),
    max_leaves=20,
))  # fmt: skip
def test_any_routing_rules_are_read_or_refused_by_field(rules: Any) -> None:
    with bounded("rules"), contextlib.suppress(ValidationError):
        AutoRoutingRules.model_validate(rules)
