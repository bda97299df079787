"""Any bytes at all are read without an exception, and what comes out can be stored."""

from __future__ import annotations

import json
from dataclasses import asdict

from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.providers.base import MalformedExchange, RawExchange
from channels_app.providers.email import EmailProvider
from channels_app.providers.email.quoting import split_body, split_html
from tests.providers.email.conftest import RECEIVED_AT, make_account

PIECES = [
    b"From: ", b"To: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=",
    b"Content-Type: message/rfc822", b"Content-Type: message/delivery-status", b"Content-Type: application/ms-tnef",
    b"Content-Type: text/calendar", b"Content-Transfer-Encoding: base64", b"--b", b"--b--", b"=?utf-8?b?", b"?=",
    b"Message-ID: <", b">", b"<", b"\r\n", b"\n", b"\r\n\r\n", b"\x00", b"\xff\xfe", b"utf-16", b"idna", b"\x1b$B",
    b"Date: ", b"Content-Disposition: attachment; filename*0*=", b"''", b"%", b'"', b"(", b"@", b";", b"BEGIN:VCALENDAR",
    b"On 1 May 2026 at 10:00 a@b.nl wrote:", b"> x", b"\x78\x9f\x3e\x22", b"<p><blockquote>", b"-- ",
]  # fmt: skip
mail_like = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=60).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), mail_like))
def test_any_bytes_are_read_or_refused_as_malformed(raw: bytes) -> None:
    exchange = RawExchange(body=raw, received_at=RECEIVED_AT)
    try:
        parsed = EmailProvider().parse(exchange, make_account())
    except MalformedExchange:
        return
    (message,) = parsed.messages
    json.dumps(dict(message.data))
    stored = json.dumps(
        [message.subject, message.body, message.html, message.new_text, dict(message.headers)]
    )
    assert "\\u0000" not in stored
    message.body.encode()
    message.subject.encode()
    message.sender.name.encode()
    assert asdict(parsed)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_split(text: str) -> None:
    assert split_body(text).new_text is not None
    assert split_html(text).new_text is not None
