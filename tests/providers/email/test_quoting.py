"""What was written this time, in mails as Dutch and other mail programs make them."""

from __future__ import annotations

import pytest

from channels_app.providers.email.quoting import authored_text, split_body, split_html
from channels_app.providers.email.signatures import is_device_line

OUTLOOK_NL = """Beste,

De laadpaal werkt niet meer sinds gisteren, er brandt een rood lampje.

Met vriendelijke groet,
Jan de Vries
Hoofd administratie
Bakkerij De Vries B.V.
Tel: 06-12345678
www.bakkerijdevries.example

Van: ChargeCars Support <support@chargecars.example>
Verzonden: dinsdag 3 maart 2026 09:12
Aan: Jan de Vries <jan@bakkerijdevries.example>
Onderwerp: RE: Factuur 2026-001

Geachte heer De Vries, uw factuur vindt u in de bijlage.
"""
GMAIL_NL = """Klopt, graag volgende week dinsdag.

Op di 3 mrt 2026 om 09:12 schreef ChargeCars Planning <
planning@chargecars.example>:

> Beste Jan, past dinsdag?
"""
IPHONE_NL = """Ja prima!

Verstuurd vanaf mijn iPhone

> Op 3 mrt. 2026 om 09:12 heeft ChargeCars <support@chargecars.example> het volgende geschreven:
>
> \ufeffBeste Jan
"""
FORWARD_NL = """Kunt u hiernaar kijken?

-----Oorspronkelijk bericht-----
Van: Piet
Verzonden: 3 maart 2026
Onderwerp: storing

De paal geeft foutcode E14.
"""
GERMAN = """Danke, das passt.

Am 03.03.2026 um 09:12 schrieb Planung <planung@lader.example>:
> Passt Dienstag?
"""
FRENCH = """Oui, merci.

Le 3 mars 2026 à 09:12, Planning <planning@lader.example> a écrit :
> Mardi convient ?
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            OUTLOOK_NL,
            "Beste,\n\nDe laadpaal werkt niet meer sinds gisteren, er brandt een rood lampje.\n\n"
            "Met vriendelijke groet,\nJan de Vries",
        ),
        (GMAIL_NL, "Klopt, graag volgende week dinsdag."),
        (IPHONE_NL, "Ja prima!"),
        (FORWARD_NL, "Kunt u hiernaar kijken?"),
        (GERMAN, "Danke, das passt."),
        (FRENCH, "Oui, merci."),
        ("Prima.\n\nOutlook voor Android downloaden<https://aka.ms/x>\n", "Prima."),
        ("Ok\n\n*Van:* A <a@b.nl>\n*Verzonden:* nu\n*Aan:* c\n*Onderwerp:* d\n\ntekst", "Ok"),
        (
            "Ok\n\n________________________________\nVan: A <a@b.nl>\nSent: today\nTo: c\nSubject: d\n\ntekst",
            "Ok",
        ),
        (
            "Storing E14.\n\nGroeten Piet\n\nDit bericht en eventuele bijlagen zijn uitsluitend bestemd voor de "
            "geadresseerde. Openbaarmaking is niet toegestaan.\n",
            "Storing E14.\n\nGroeten Piet",
        ),
        (
            "Op woensdag 4 maart 2026 schreef Klaas:\n\n> wat is uw adres?\n\nDorpsstraat 1, Ede\n",
            "Dorpsstraat 1, Ede",
        ),
        (
            "Dank u.\n\nOp 03-03-2026 om 09:12 schreef\nSupport Team\n<support@chargecars.example>:\n> test",
            "Dank u.",
        ),
    ],
)
def test_quoted_mail_signature_and_footer_are_left_out(text: str, expected: str) -> None:
    assert split_body(text).new_text == expected


@pytest.mark.parametrize(
    "text",
    [
        "Van: Amsterdam\nAan: Utrecht\nDatum: 3 mei 2026\nGraag een offerte.",
        "Hallo,\nVorige week 12 mei schreef ik jullie het volgende:\nde paal is kapot.",
        "Op maandag ben ik er niet.\n\nOp dinsdag wel.",
        "Sent from my desk, is much easier than my mobile phone.",
        "We hebben 3 palen:\n- Ede\n- Velp\n- Rhenen",
    ],
)
def test_words_that_only_resemble_a_quote_stay(text: str) -> None:
    assert split_body(text).new_text == text


def test_an_inline_answer_keeps_the_questions_for_readers_and_drops_them_for_routing() -> None:
    new = split_body(
        "Zie mijn antwoorden hieronder.\n\nOp 3 maart 2026 schreef Planning:\n> Kunt u dinsdag?\nJa, na 14 uur.\n"
        "> Klopt de factuur?\nNee.\n"
    ).new_text
    assert "> Kunt u dinsdag?" in new
    assert authored_text(new) == "Zie mijn antwoorden hieronder.\n\nJa, na 14 uur.\nNee."


def test_a_bare_forward_has_no_new_part_but_tells_who_wrote_it() -> None:
    split = split_body(
        "---------- Doorgestuurd bericht ---------\nVan: Piet <piet@klant.example>\nDatum: di 3 mrt 2026\n"
        "Onderwerp: Storing\nAan: <jan@klant.example>\n\nDe paal doet niets.\n"
    )
    assert split.new_text == ""
    assert split.forwarded["from"] == "Piet <piet@klant.example>"
    assert split.forwarded["subject"] == "Storing"
    assert "De paal doet niets." in split.quoted_text


def test_html_quotes_are_found_by_what_mail_programs_mark() -> None:
    gmail = (
        '<div dir="ltr">Graag dinsdag.</div><br><div class="gmail_quote"><div class="gmail_attr">Op di 3 mrt 2026 om '
        "09:12 schreef ChargeCars &lt;<a>planning@chargecars.example</a>&gt;:<br></div><blockquote "
        'class="gmail_quote">Past dinsdag?</blockquote></div>'
    )
    outlook = '<p>Graag dinsdag.</p><div id="divRplyFwdMsg"><b>Van:</b> ChargeCars<br></div><div>Past dinsdag?</div>'
    assert split_html(gmail).new_text == "Graag dinsdag."
    assert split_html(outlook).new_text == "Graag dinsdag."


@pytest.mark.parametrize(
    "line", ["Sent from my iPhone", "Verzonden vanaf mijn Samsung Galaxy", "Von meinem iPad gesendet"]
)
def test_device_lines_are_known(line: str) -> None:
    assert is_device_line(line)


def test_a_hundred_thousand_lines_take_no_noticeable_time() -> None:
    assert split_body("Op 3 mei schreef a@b.nl\n" * 100_000 + "> x\n").new_text
