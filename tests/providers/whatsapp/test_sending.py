"""Sending, against the stand-in of the Graph API on loopback."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from channels_app.providers.base import (
    Account,
    Identifier,
    IdentifierKind,
    OutboundAttachment,
    OutboundMessage,
    Party,
    ProviderError,
    TemplateCall,
)
from channels_app.providers.whatsapp import WhatsAppProvider
from channels_app.providers.whatsapp import graph as graph_module
from channels_app.providers.whatsapp.sending import split_text
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_faults import Fault

from .conftest import MESSAGE_ID, make_account

provider = WhatsAppProvider()
Build = Callable[..., OutboundMessage]


def file(
    name: str, content_type: str, content: bytes = b"content", size: int | None = None
) -> OutboundAttachment:
    return OutboundAttachment(
        name=name,
        content_type=content_type,
        size=len(content) if size is None else size,
        open=lambda: io.BytesIO(content),
    )


def sent(graph: GraphSandbox) -> list[dict[str, Any]]:
    return [item["request"] for item in graph.sent_to()]


def error_of(message: OutboundMessage, account: Account) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        provider.send(message, account)
    return raised.value


def test_a_text_is_sent_with_our_id_in_it(graph: GraphSandbox, account: Account, message: Build) -> None:
    receipt = provider.send(message(body="Hallo, kijk op https://example.com"), account)

    assert receipt.external_id == graph.outbox[0]["id"]
    assert receipt.data == {"wa_id": "31687654321"}
    assert graph.outbox[0]["phone_number_id"] == "123456789012345"
    assert sent(graph) == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "31687654321",
            "biz_opaque_callback_data": str(MESSAGE_ID),
            "type": "text",
            "text": {"body": "Hallo, kijk op https://example.com", "preview_url": True},
        }
    ]


def test_an_answer_quotes_the_message_it_answers(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    provider.send(message(body="Ja", reply_to="wamid.VRAAG"), account)
    assert sent(graph)[0]["context"] == {"message_id": "wamid.VRAAG"}


def test_a_customer_without_phone_number_is_reached_by_user_id(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    recipient = Party((Identifier(IdentifierKind.WHATSAPP_USER, "NL.134912"),))
    receipt = provider.send(message(recipient=recipient, body="Hoi"), account)
    assert sent(graph)[0]["recipient"] == "NL.134912"
    assert "to" not in sent(graph)[0]
    assert receipt.data == {"user_id": "NL.134912"}


def test_the_phone_number_is_preferred_to_the_user_id(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    identifiers = (
        Identifier(IdentifierKind.WHATSAPP_USER, "NL.1"),
        Identifier(IdentifierKind.EMAIL, "jan@example.com"),
        Identifier(IdentifierKind.PHONE, "+31687654321"),
    )
    provider.send(message(recipient=Party(identifiers), body="Hoi"), account)
    assert sent(graph)[0]["to"] == "31687654321"


def test_a_template_is_filled_in_order_and_without_line_breaks(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    call = TemplateCall(
        "vervolg_op_uw_vraag", "nl", body_values=("Jan", "over de\n\nlaadpaal"), button_values=("", "x")
    )
    provider.send(message(template=call), account)
    assert sent(graph)[0]["template"] == {
        "name": "vervolg_op_uw_vraag",
        "language": {"code": "nl"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Jan"}, {"type": "text", "text": "over de laadpaal"}],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "1",
                "parameters": [{"type": "text", "text": "x"}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (TemplateCall("bestaat_niet", "nl"), "132001"),
        (TemplateCall("vervolg_op_uw_vraag", "en", ("a", "b")), "132001"),
        (TemplateCall("vervolg_op_uw_vraag", "nl", ("a",)), "132000"),
        (TemplateCall("afspraak_herinnering", "nl", ("a",)), "132015"),
    ],
)
def test_a_template_that_meta_refuses_is_a_permanent_failure(
    graph: GraphSandbox, account: Account, message: Build, call: TemplateCall, code: str
) -> None:
    error = error_of(message(template=call), account)
    assert (error.code, error.permanent, error.suspends_channel) == (code, True, False)


def test_buttons_take_the_body_of_the_message(graph: GraphSandbox, account: Account, message: Build) -> None:
    buttons = {
        "type": "button",
        "action": {"buttons": [{"type": "reply", "reply": {"id": "ja", "title": "Ja"}}]},
    }
    provider.send(message(body="Schikt vrijdag?", interactive=buttons), account)
    assert sent(graph)[0]["interactive"] == {**buttons, "body": {"text": "Schikt vrijdag?"}}


@pytest.mark.parametrize("emoji", ["👍", ""])
def test_a_reaction_is_put_and_taken_away(
    graph: GraphSandbox, account: Account, message: Build, emoji: str
) -> None:
    provider.send(message(reaction=emoji, reply_to="wamid.VRAAG"), account)
    assert sent(graph)[0]["reaction"] == {"message_id": "wamid.VRAAG", "emoji": emoji}
    assert "context" not in sent(graph)[0]


@pytest.mark.parametrize(
    ("name", "content_type", "size", "kind"),
    [
        ("paal.jpg", "image/jpeg", None, "image"),
        ("groot.jpg", "image/jpeg", 6 * 1024 * 1024, "document"),
        ("anim.gif", "image/gif", None, "document"),
        ("film.mp4", "video/mp4", None, "video"),
        ("factuur.pdf", "application/pdf; charset=binary", None, "document"),
        ("los", "", None, "document"),
    ],
)
def test_a_file_is_uploaded_and_sent_as_what_it_is_with_the_text_below_it(
    graph: GraphSandbox,
    account: Account,
    message: Build,
    name: str,
    content_type: str,
    size: int | None,
    kind: str,
) -> None:
    provider.send(message(body="Zie bijlage", attachments=(file(name, content_type, size=size),)), account)
    (request,) = sent(graph)
    assert request["type"] == kind
    assert request[kind]["caption"] == "Zie bijlage"
    assert request[kind].get("filename") == (name if kind == "document" else None)


def test_what_was_uploaded_is_what_was_attached(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    content = bytes(range(256)) * 500
    provider.send(message(attachments=(file("a.pdf", "application/pdf", content),)), account)
    media_id = sent(graph)[0]["document"]["id"]
    assert graph._media[media_id] == ("application/pdf", content)


def test_several_files_and_a_voice_message_go_out_in_parts(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    files = (file("a.ogg", "audio/ogg"), file("b.jpg", "image/jpeg"), file("c.pdf", "application/pdf"))
    receipt = provider.send(message(body="Drie dingen", attachments=files, reply_to="wamid.V"), account)
    assert [request["type"] for request in sent(graph)] == ["audio", "image", "document"]
    assert [request.get("context") for request in sent(graph)] == [{"message_id": "wamid.V"}, None, None]
    assert sent(graph)[1]["image"]["caption"] == "Drie dingen"
    assert "caption" not in sent(graph)[2]["document"]
    assert receipt.external_id == graph.outbox[0]["id"]
    assert receipt.data["external_ids"] == [item["id"] for item in graph.outbox]


def test_a_text_that_fits_no_caption_goes_first(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    provider.send(message(body="x" * 1025, attachments=(file("a.jpg", "image/jpeg"),)), account)
    provider.send(message(body="Luister", attachments=(file("a.ogg", "audio/ogg"),)), account)
    assert [request["type"] for request in sent(graph)] == ["text", "image", "text", "audio"]


def test_a_long_text_is_split_where_it_hurts_least(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    text = "\n\n".join(f"Alinea {number} " + "woord " * 150 for number in range(9))
    provider.send(message(body=text), account)
    bodies = [request["text"]["body"] for request in sent(graph)]
    assert len(bodies) == 3
    assert all(len(body) <= 4096 and body.startswith("Alinea") for body in bodies)
    assert "".join("".join(bodies).split()) == "".join(text.split())


def test_a_text_without_spaces_is_still_split() -> None:
    assert [len(piece) for piece in split_text("x" * 9000, 4096)] == [4096, 4096, 808]


def test_a_failure_of_a_later_part_is_ambiguous(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    two_uploads_and_one_message = 3
    graph.fail_next(Fault("error", code=131000, status=500, after=two_uploads_and_one_message))
    files = (file("a.jpg", "image/jpeg"), file("b.jpg", "image/jpeg"))
    error = error_of(message(attachments=files), account)
    assert (error.code, error.ambiguous) == ("131000", True)
    assert len(graph.outbox) == 1


def test_a_failure_before_the_first_part_may_be_retried(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    graph.fail_next(Fault("http", status=503))
    error = error_of(message(attachments=(file("a.jpg", "image/jpeg"),)), account)
    assert (error.permanent, error.ambiguous) == (False, False)
    assert not graph.outbox


def test_a_file_that_cannot_be_read_is_retried(graph: GraphSandbox, account: Account, message: Build) -> None:
    def broken() -> io.BytesIO:
        raise FileNotFoundError

    attachment = OutboundAttachment("a.jpg", "image/jpeg", 1, broken)
    error = error_of(message(attachments=(attachment,)), account)
    assert (error.code, error.permanent, error.ambiguous) == ("file_unreadable", False, False)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"body": "  "}, "empty"),
        ({"body": "x", "recipient": Party(())}, "no_recipient"),
        ({"body": "x", "recipient": Party((Identifier(IdentifierKind.EMAIL, "a@b.nl"),))}, "no_recipient"),
        ({"reaction": "👍"}, "no_reply_to"),
        ({"attachments": (file("a.pdf", "application/pdf", size=101 * 1024 * 1024),)}, "too_large"),
    ],
)
def test_what_cannot_be_sent_fails_at_once(
    graph: GraphSandbox, account: Account, message: Build, values: dict[str, Any], code: str
) -> None:
    error = error_of(message(**values), account)
    assert (error.code, error.permanent) == (code, True)
    assert not graph.outbox


RETRY = [2, 4, 80007, 130429, 131000, 131016, 131056, 131057]
SUSPEND = [0, 10, 33, 190, 200, 299, 368, 131005, 131031, 131042, 131045, 131048]
PERMANENT = [100, 131008, 131009, 131021, 131026, 131047, 131050, 131051, 131062, 132000, 132999]


@pytest.mark.parametrize(
    ("code", "permanent", "suspends"),
    [(code, False, False) for code in RETRY]
    + [(code, False, True) for code in SUSPEND]
    + [(code, True, False) for code in PERMANENT],
)
def test_an_error_is_judged_by_its_code_and_not_by_the_http_status(
    graph: GraphSandbox, account: Account, message: Build, code: int, permanent: bool, suspends: bool
) -> None:
    error = error_of(message(f"+31600{code:06}", body="x"), account)
    assert (error.code, error.permanent, error.suspends_channel, error.ambiguous) == (
        str(code),
        permanent,
        suspends,
        False,
    )


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (404, True), (500, False), (429, False)])
def test_an_unknown_code_is_judged_by_the_http_status(
    graph: GraphSandbox, account: Account, message: Build, status: int, permanent: bool
) -> None:
    graph.fail_next(Fault("error", code=999999, status=status))
    assert error_of(message(body="x"), account).permanent is permanent


def test_the_engagement_limit_holds_for_a_day(graph: GraphSandbox, account: Account, message: Build) -> None:
    error = error_of(message("+31600131049", body="x"), account)
    assert (error.permanent, error.retry_after) == (False, timedelta(hours=24))


def test_the_pair_limit_asks_for_the_interval_of_a_pair(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    assert error_of(message("+31600131056", body="x"), account).retry_after == timedelta(seconds=6)


def test_a_wrong_phone_number_id_suspends_the_channel(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    graph.numbers = {"1": "+31612345001"}
    error = error_of(message(body="x"), account)
    assert (error.code, error.permanent, error.suspends_channel) == ("100", False, True)


@pytest.mark.parametrize(
    ("status", "permanent", "ambiguous"),
    [(403, True, False), (429, False, False), (500, False, False), (503, False, False), (504, False, True)],
)
def test_an_answer_that_is_not_metas_is_judged_by_its_status(
    graph: GraphSandbox, account: Account, message: Build, status: int, permanent: bool, ambiguous: bool
) -> None:
    error = error_of(message(f"+31602000{status}", body="x"), account)
    assert (error.permanent, error.ambiguous) == (permanent, ambiguous)


@pytest.mark.parametrize("phone", ["+31602000002", "+31602000003"])
def test_a_lost_connection_is_ambiguous(
    graph: GraphSandbox, account: Account, message: Build, phone: str
) -> None:
    error = error_of(message(phone, body="x"), account)
    assert (error.code, error.ambiguous, error.permanent) == ("connection_lost", True, False)
    assert len(graph.outbox) == (1 if phone.endswith("3") else 0)


def test_a_timeout_is_ambiguous(
    graph: GraphSandbox, account: Account, message: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_module, "REQUEST_TIMEOUT", 0.3)
    graph.fail_next(Fault("hang", seconds=1.0))
    error = error_of(message(body="x"), account)
    assert (error.code, error.ambiguous, error.permanent) == ("timeout", True, False)


def test_nobody_listening_is_not_ambiguous(account: Account, message: Build, settings: Any) -> None:
    settings.WHATSAPP_API_BASE = "http://127.0.0.1:9"
    error = error_of(message(body="x"), account)
    assert (error.code, error.ambiguous, error.permanent) == ("connect", False, False)


def test_a_channel_without_token_waits_for_one(graph: GraphSandbox, message: Build) -> None:
    error = error_of(message(body="x"), make_account(access_token=SecretStr("")))
    assert (error.code, error.suspends_channel, error.permanent) == ("no_access_token", True, False)


def test_an_expired_token_suspends_the_channel(graph: GraphSandbox, message: Build) -> None:
    error = error_of(message(body="x"), make_account(access_token=SecretStr("expired")))
    assert (error.code, error.suspends_channel) == ("190", True)


def test_errors_show_neither_token_nor_number(graph: GraphSandbox, account: Account, message: Build) -> None:
    error = error_of(message("+31600131026", body="geheim"), account)
    shown = f"{error} {error.text} {error!r} {error.__dict__}"
    assert not [secret for secret in ("EAAtest", "31600131026", "geheim") if secret in shown]
    assert error.__context__ is None


def test_two_brands_send_from_their_own_numbers(
    graph: GraphSandbox, account: Account, message: Build
) -> None:
    other = make_account(phone_number_id="999", access_token=SecretStr("other"))
    provider.send(message(body="A"), account)
    provider.send(message(body="B"), other)
    assert [(item["phone_number_id"], item["request"]["text"]["body"]) for item in graph.outbox] == [
        ("123456789012345", "A"),
        ("999", "B"),
    ]
