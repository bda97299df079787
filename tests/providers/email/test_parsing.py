"""Mail as it really is: encodings, missing fields, attachments, limits."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from channels_app.providers.base import AttachmentContent, InboundMessage
from channels_app.providers.email.attachments import danger_of, safe_name
from tests.providers.email.conftest import RECEIVED_AT, SUPPORT, TOKEN, mail

Read = Callable[..., InboundMessage]


def multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return mail(f"Content-Type: multipart/{kind}; boundary=b", body=body)


def test_the_parts_of_a_plain_mail_are_read(read: Read) -> None:
    message = read(
        mail(
            "From: =?utf-8?q?Ren=C3=A9?= Bakker <Rene@Klant.example>",
            "Cc: info@klant.example",
            "Reply-To: kantoor@klant.example",
            "Subject: Re: [CC-MSG-2026-000123] laadpaal",
            "Message-ID: <1@klant.example>",
            "In-Reply-To: <0@chargecars.example>",
            "References: <a@x.example> <0@chargecars.example>",
            "Date: Fri, 22 May 2026 11:59:00 +0200",
            body="Hij doet het weer.\r\n",
        )
    )
    assert message.account == SUPPORT
    assert message.external_id == "<1@klant.example>"
    assert (message.sender.name, message.sender.address) == ("René Bakker", "rene@klant.example")
    assert message.sent_at == datetime(2026, 5, 22, 9, 59, tzinfo=UTC)
    assert message.reply_to == "<0@chargecars.example>"
    assert message.references == ("<a@x.example>", "<0@chargecars.example>")
    assert message.data["reply_to"] == "kantoor@klant.example"
    assert message.data["cc"] == ["info@klant.example"]
    assert message.data["reference_number"] == "CC-MSG-2026-000123"
    assert message.new_text == "Hij doet het weer."
    assert message.automated is None


def test_a_mail_without_message_id_gets_the_same_one_wherever_it_is_read(read: Read) -> None:
    first = mail("Received: from a", "Date: Fri, 22 May 2026 11:59:00 +0200", body="Hallo")
    second = mail("Received: from b", "Date: Fri, 22 May 2026 11:59:00 +0200", body="Hallo")
    other = mail("Date: Fri, 22 May 2026 11:59:00 +0200", body="Hallo daar")
    assert read(first).external_id == read(second).external_id
    assert read(first).external_id != read(other).external_id


@pytest.mark.parametrize(
    ("label", "data", "expected"),
    [
        ("utf-8", "café".encode(), "café"),
        ("iso-8859-1", "café €5".encode("cp1252"), "café €5"),
        ("iso-8859-1", "café".encode(), "café"),
        ("us-ascii", "café".encode("cp1252"), "café"),
        ("x-no-such-charset", "café".encode(), "café"),
        ("gb2312", "施氏食獅史".encode("gbk"), "施氏食獅史"),
        ("shift_jis", "①色は匂えど".encode("cp932"), "①色は匂えど"),
        ("iso-2022-jp", "色は匂えど".encode("iso2022_jp"), "色は匂えど"),
        ("utf-7", b"caf+AOk-", "café"),
        ("3Diso-8859-15", "€".encode("iso-8859-15"), "€"),
    ],
)
def test_text_is_read_whatever_its_charset_is_said_to_be(
    read: Read, label: str, data: bytes, expected: str
) -> None:
    raw = (
        mail(f"Content-Type: text/plain; charset={label}", "Content-Transfer-Encoding: 8bit", body="") + data
    )
    assert read(raw).body == expected


def test_raw_eight_bit_headers_follow_the_charset_of_the_text(read: Read) -> None:
    raw = b"From: a@b.example\r\nSubject: " + "ツール".encode("cp932") + b"\r\n"
    raw += b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\nx"
    assert read(raw).subject == "ツール"


def test_nul_bytes_and_lone_surrogates_never_reach_text(read: Read) -> None:
    message = read(
        mail("Subject: a\x00b", body="c\x00d \ud83d".encode("utf-8", "surrogatepass").decode("latin-1"))
    )
    assert message.subject == "ab"
    assert "\x00" not in message.body
    message.body.encode()


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ('"Vries, Jan de" <jan@klant.example>', "Vries, Jan de", "jan@klant.example"),
        ("jan@klant.example (Jan)", "Jan", "jan@klant.example"),
        ("Jan <jan@klant.example", "Jan", "jan@klant.example"),
        ("=?utf-8?b?SmFuIDxqYW5Aa2xhbnQuZXhhbXBsZT4=?=", "Jan", "jan@klant.example"),
        ("Groep: jan@klant.example, piet@klant.example;", "", "jan@klant.example"),
        ("<mailto:jan@klant.example>", "", "jan@klant.example"),
        ("undisclosed-recipients:;", "", ""),
    ],
)
def test_senders_are_read_however_they_are_written(read: Read, value: str, name: str, address: str) -> None:
    message = read(mail(f"From: {value}"))
    assert (message.sender.name, message.sender.address) == (name, address)


def test_of_two_senders_the_first_usable_counts(read: Read) -> None:
    assert read(mail("From: niemand", "From: jan@klant.example")).sender.address == "jan@klant.example"


def test_html_is_read_as_text_where_there_is_no_text(read: Read) -> None:
    message = read(
        mail("Content-Type: text/html", body="<style>p{}</style><p>Hallo<br>daar</p><script>x</script>")
    )
    assert message.body == "Hallo\ndaar"
    assert "<p>" in message.html


def test_alternatives_are_one_text_and_one_html(read: Read) -> None:
    message = read(
        multipart(
            "Content-Type: text/plain\r\n\r\nHallo",
            "Content-Type: text/html\r\n\r\n<p>Hallo</p>",
            kind="alternative",
        )
    )
    assert message.body == "Hallo"
    assert message.html.strip() == "<p>Hallo</p>"


def test_inline_images_keep_their_content_id(read: Read) -> None:
    png = base64.b64encode(b"\x89PNG").decode()
    message = read(
        multipart(
            'Content-Type: text/html\r\n\r\n<img src="cid:logo">',
            f"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n{png}",
            kind="related",
        )
    )
    (image,) = message.attachments
    assert (image.name, image.content_id, image.data) == ("logo.png", "logo", b"\x89PNG")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=utf-8''fact%C3%BCur.pdf", "factüur.pdf"),
        ("attachment; filename*0*=utf-8''fact; filename*1*=%C3%BC; filename*2=ur.pdf", "factüur.pdf"),
        ('attachment; filename="=?utf-8?q?fact=C3=BCur.pdf?="', "factüur.pdf"),
        ('attachment; filename="../../etc/passwd"', "_.._etc_passwd"),
        ("attachment; filename=twee  spaties.pdf", "twee  spaties.pdf"),
    ],
)
def test_attachment_names_are_decoded_and_harmless(read: Read, header: str, name: str) -> None:
    raw = multipart(
        "\r\nzie bijlage", f"Content-Type: application/pdf\r\nContent-Disposition: {header}\r\n\r\n%PDF"
    )
    assert [attachment.name for attachment in read(raw).attachments] == [name]


@pytest.mark.parametrize(
    ("name", "content_type", "data"),
    [
        ("factuur.pdf.exe", "application/octet-stream", b""),
        ("pagina.html", "text/html", b"<form>"),
        ("plaatje.svg", "image/svg+xml", b"<svg>"),
        ("foto.jpg", "image/jpeg", b"MZ\x90"),
        ("brief.doc", "application/msword", b"\xd0\xcf\x11\xe0" + "_VBA_PROJECT".encode("utf-16-le")),
        ("brief.docx", "application/zip", b"PK\x03\x04word/vbaProject.bin"),
        ("script.js", "application/octet-stream", b""),
    ],
)
def test_what_may_harm_the_reader_is_held_back_but_kept(
    read: Read, name: str, content_type: str, data: bytes
) -> None:
    assert danger_of(name, content_type, data)
    encoded = base64.b64encode(data).decode()
    raw = multipart(
        f"Content-Type: {content_type}\r\nContent-Disposition: attachment; filename={name}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}"
    )
    (attachment,) = read(raw).attachments
    assert attachment.content is AttachmentContent.WITHHELD
    assert attachment.note
    assert attachment.data == data


@pytest.mark.parametrize(
    "name", ["foto.jpg", "factuur.pdf", "meterstanden.xlsx", "brief.docx", "Jan B.V. offerte"]
)
def test_ordinary_files_are_not_held_back(name: str) -> None:
    assert danger_of(name, "application/octet-stream", b"%PDF") == ""


def test_an_attachment_above_the_limit_is_described_without_its_bytes(read: Read) -> None:
    raw = multipart("Content-Type: application/pdf; name=groot.pdf\r\n\r\n" + "x" * 2_000)
    (attachment,) = read(raw, max_attachment=1_000).attachments
    assert attachment.content is AttachmentContent.WITHHELD
    assert (attachment.note, attachment.data, attachment.size) == ("too_large", b"", 2_000)


def test_a_mail_above_the_limit_is_kept_as_its_headers(read: Read) -> None:
    message = read(mail("Message-ID: <1@klant.example>", body="x" * 10_000), max_mail=5_000)
    assert (message.subject, message.body, message.external_id) == ("Vraag", "", "<1@klant.example>")
    assert message.data["notes"] == ["too_large"]


def test_mail_nested_beyond_reason_is_kept_as_its_headers(read: Read) -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3_000))
    message = read(mail(nested.rstrip()))
    assert message.subject == "Vraag"
    assert message.data["notes"] == ["too_complex"]


def test_only_so_many_parts_are_read(read: Read) -> None:
    message = read(multipart(*["Content-Type: application/pdf\r\n\r\nx"] * 2_000))
    assert len(message.attachments) == 500
    assert "too_many_parts" in message.data["notes"]


def test_an_enclosed_message_is_a_file_named_after_its_subject(read: Read) -> None:
    raw = multipart("\r\nzie onder", "Content-Type: message/rfc822\r\n\r\nSubject: Storing\r\n\r\nHelp")
    message = read(raw)
    assert [attachment.name for attachment in message.attachments] == ["Storing.eml"]
    assert b"Help" in message.attachments[0].data


def test_an_invitation_is_told_in_data(read: Read) -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:7\r\nSUMMARY:Montage laadpaal\r\n"
        "DTSTART:20260602T080000Z\r\nORGANIZER:mailto:planning@partner.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message = read(
        multipart("\r\nUitnodiging", f"Content-Type: text/calendar; method=REQUEST\r\n\r\n{calendar}")
    )
    assert message.data["calendar"]["summary"] == "Montage laadpaal"
    assert message.data["calendar"]["start"] == "2026-06-02T08:00:00+00:00"
    assert message.data["calendar"]["organizer"] == "planning@partner.example"
    assert message.data["calendar"]["method"] == "REQUEST"


def test_our_tokens_are_found_in_references_and_plus_addresses(read: Read) -> None:
    own = f"<m.0e4ff9b86c794f9e9c4d1f3c6f0a7f11.{TOKEN}@chargecars.example>"
    assert read(mail(f"References: <a@b.example> {own}")).thread_tokens == (TOKEN,)
    assert read(mail(f"To: support+{TOKEN.upper()}@chargecars.example")).thread_tokens == (TOKEN,)
    assert read(mail("References: <m.1.kort@chargecars.example>")).thread_tokens == ()


def test_a_date_in_the_future_or_unreadable_becomes_the_time_of_arrival(read: Read) -> None:
    assert read(mail("Date: Fri, 22 May 2099 11:59:00 +0200")).sent_at == RECEIVED_AT
    assert read(mail("Date: gisteren")).sent_at == RECEIVED_AT


def test_a_foreign_line_between_the_headers_does_not_end_them(read: Read) -> None:
    raw = b"---- kop ----\r\nFrom: jan@klant.example\r\ntests=ruis\r\nSubject: Vraag\r\n\r\nHallo"
    message = read(raw)
    assert (message.sender.address, message.subject, message.body) == ("jan@klant.example", "Vraag", "Hallo")


def test_file_names_are_bounded_and_keep_their_extension() -> None:
    assert safe_name("a" * 400 + ".pdf").endswith(".pdf")
    assert len(safe_name("a" * 400 + ".pdf")) == 200
    assert safe_name("factuur\u202efdp.exe") == "factuur_fdp.exe"
