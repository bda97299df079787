"""Training messages as hurried, polite or talkative customers would have sent them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from routing.training.corpus import Example

_GREETINGS = {
    "nl": """Hoi,|Hallo,|Beste,|Goedemorgen,|Goedemiddag,|Goedenavond,|Dag,|Geachte heer/mevrouw,|Hee|L.S.,|Beste team,
        |Goeiendag,|Hallo ChargeCars,|Beste LaderThuis,|Beste collega's,|Hoi hoi,|Hey,|Goedendag,|Mijnheer, mevrouw,""",
    "en": "Hi,|Hello,|Dear team,|Good morning,|Dear Sir or Madam,|Hey,|Good afternoon,|Hi there,",
    "de": "Hallo,|Guten Tag,|Sehr geehrte Damen und Herren,|Moin,|Guten Morgen,",
    "fr": "Bonjour,|Madame, Monsieur,|Bonsoir,|Salut,|Cher service,",
}
_CLOSINGS = {
    "nl": """Groet, {name}|Met vriendelijke groet,\n{name}|mvg {name}|Gr. {name}|Alvast bedankt!\n{name}|Hoogachtend,\n{name}
        |Groetjes {name}|Bvd, {name}|Vriendelijke groeten\n{name}\n06-{number}|Dank u wel|thx|Verstuurd vanaf mijn iPhone
        |Ik hoor graag van u.\n{name}|Met sportieve groet, {name}|Hartelijke groet,\n{name}\nTel. 06{number}
        |Ik zie uw reactie graag tegemoet.""",
    "en": "Regards, {name}|Kind regards,\n{name}|Thanks!|Thanks in advance, {name}|Best,\n{name}|Sent from my iPhone|Cheers {name}",
    "de": "Mit freundlichen Grüßen\n{name}|Viele Grüße, {name}|Danke im Voraus|Gruß {name}",
    "fr": "Cordialement,\n{name}|Merci d'avance|Bien à vous,\n{name}|Salutations distinguées, {name}",
}
_SUBJECTS = {
    "nl": """Iets anders|Overig|Anders|Vraag|Vraagje|Algemene vraag|Contactformulier|Bericht via de website|Melding|Reactie
        |Re: uw bericht|(geen onderwerp)|Bericht|Korte vraag|Hallo|Contact|Laadpaal|Re: laadpaal|Mijn laadpaal|Klantenservice""",
    "en": "Something else|Other|Question|Contact form|Enquiry|(no subject)|Re: your message|Charger|Hello",
    "de": "Sonstiges|Frage|Kontaktformular|Anfrage|(kein Betreff)|Wallbox|Hallo",
    "fr": "Autre|Question|Formulaire de contact|Demande|(sans objet)|Borne|Bonjour",
}
"""Subjects that say nothing, as people choose from a list or leave behind."""

_ASIDES = {
    "nl": """Ik ben al jaren klant.|Mooi weer vandaag trouwens.|We zijn net terug van vakantie.|Mijn vrouw zei dat ik moest mailen.
        |Ik kon het op de site niet vinden.|Bellen lukte niet.|Ik hoop dat het goed met jullie gaat.|Mijn klantnummer is 104882.
        |Ordernummer 25-3310.|Ons adres is Wilgenlaan 14 in Ede.|Ik ben bereikbaar na vijven.|Sorry voor het lange bericht.
        |Ik stuur een foto mee.|Zie bijlage.|Zoals eerder gezegd.|Wij rijden nu een halfjaar elektrisch en vinden het geweldig.
        |De buurman had het ook gezien.|Ik heb dit ook al via WhatsApp gestuurd.|Het is bij ons op de oprit.""",
    "en": """I have been a customer for years.|I could not find this on your site.|My customer number is 104882.
        |See the attached photo.|Hope you are doing well.|I tried calling.""",
    "de": "Ich bin schon lange Kunde.|Meine Kundennummer ist 104882.|Siehe Foto.|Telefonisch war niemand erreichbar.",
    "fr": "Je suis client depuis des années.|Mon numéro de client est 104882.|Voir photo.|J'ai essayé d'appeler.",
}
_CLOSED = {
    "nl": {
        "support": """De storing van vorige maand is verholpen|De app werkt inmiddels prima|De laadpas doet het gelukkig weer
        |Het laden gaat goed|Over de helpdesk geen klachten|De lader is onder garantie vervangen en doet het nu goed
        |Aan de paal zelf mankeert niets|De reset heeft geholpen""",
        "sales": """De offerte was duidelijk|Over de prijs zijn we het eens|De offerte heb ik al ondertekend
        |Het advies van jullie verkoper was goed|De bestelling is al lang gedaan|Ik hoef geen nieuwe aanbieding
        |De subsidie is al toegekend""",
        "admin": """De factuur klopt|De rekening is betaald|De nota heb ik gisteren overgemaakt|Met de vergoeding zit het goed
        |De incasso is gewoon afgeschreven|Het gaat niet over de factuur|De creditnota is binnen|Mijn adres is al aangepast
        |Met de betaling is alles in orde""",
        "operations": """De monteur was keurig op tijd|De installatie is netjes uitgevoerd|De afspraak is goed verlopen
        |De plaatsing ging vlot|Het graafwerk is mooi afgewerkt|Jullie monteur is gisteren geweest
        |De datum van de installatie is al bekend|De jongens hebben prima werk geleverd""",
    },
    "en": {
        "support": "The fault has been solved|The app works fine now|The charger itself is fine",
        "sales": "The quote was clear|I have already signed the offer|The price is fine",
        "admin": "The invoice is correct|The bill has been paid|This is not about the invoice",
        "operations": "The engineer was on time|The installation went well|The crew did a great job",
    },
    "de": {
        "support": "Die Störung ist behoben|Die App funktioniert wieder",
        "sales": "Das Angebot war klar|Der Preis ist in Ordnung",
        "admin": "Die Rechnung stimmt|Die Rechnung ist bezahlt",
        "operations": "Der Monteur war pünktlich|Die Installation lief gut",
    },
    "fr": {
        "support": "La panne est réparée|L'appli marche de nouveau",
        "sales": "Le devis était clair|Le prix convient",
        "admin": "La facture est correcte|La facture est payée",
        "operations": "Le technicien était à l'heure|L'installation s'est bien passée",
    },
}
_TURNS = {
    "nl": [
        ", maar ",
        ". Maar ",
        ". ",
        ", alleen ",
        " hoor, maar ",
        ". Echter, ",
        ". Nu iets anders: ",
        " maar ",
    ],
    "en": [", but ", ". However, ", ". ", " but ", ". Now something else: "],
    "de": [", aber ", ". Allerdings: ", ". "],
    "fr": [", mais ", ". Cependant, ", ". "],
}
_NAMES = (
    "Jansen", "de Boer", "Sanne", "Mehmet", "P. Willems", "Lotte", "Karel Maes", "Fatima", "J. van der Veen", "Rik",
    "Anouk", "T. Smeets", "Mevr. Bos", "Youssef", "Ingrid", "Pieter-Jan", "Dhr. Koster", "Nele", "Ahmed", "Bea",
    "S. Hofman", "Wout",
)  # fmt: skip
_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqrtyuiopassdfghjkkxzcvbnn", strict=True))


def _choices(texts: dict[str, str]) -> dict[str, list[str]]:
    return {
        lang: [text.strip(" ") for text in joined.replace("\n        ", "").split("|")]
        for lang, joined in texts.items()
    }


_GREETING, _CLOSING, _ASIDE = _choices(_GREETINGS), _choices(_CLOSINGS), _choices(_ASIDES)
_SUBJECT = _choices(_SUBJECTS)


def variants(example: Example, count: int, seed: int) -> Iterator[Example]:
    """`count` variants of an example with the same labels and origin; the same for the same seed."""
    chance = random.Random(f"{seed}:{example.origin}:{example.text}")  # noqa: S311 no secret
    for _ in range(count):
        text = example.text
        if chance.random() < 0.2:
            text = _after_closed_matter(text, example, chance)
        if chance.random() < 0.35:
            text = _dressed(text, example.lang, chance)
        if chance.random() < 0.15:
            text = f"{chance.choice(_SUBJECT[example.lang])}\n{text}"
        if chance.random() < 0.15:
            text = _with_aside(text, example.lang, chance)
        if chance.random() < 0.35:
            text = _hasty(text)
        if chance.random() < 0.5:
            text = _mistyped(text, chance)
        if chance.random() < 0.3:
            text = _shortened(text, chance)
        yield replace(example, text=text)


def _dressed(text: str, lang: str, chance: random.Random) -> str:
    name = chance.choice(_NAMES)
    closing = chance.choice(_CLOSING[lang]).format(name=name, number=chance.randint(10_000_000, 59_999_999))
    gap = chance.choice([" ", "\n", "\n\n"])
    return f"{chance.choice(_GREETING[lang])}{gap}{text}{gap}{closing}"


def _after_closed_matter(text: str, example: Example, chance: random.Random) -> str:
    """With a matter of another department before it that needs nobody any more."""
    matters = _CLOSED[example.lang]
    other = chance.choice([department for department in sorted(matters) if department != example.department])
    closed = chance.choice([part.strip() for part in matters[other].split("|")])
    turn = chance.choice(_TURNS[example.lang])
    if turn.endswith((", ", "maar ", "but ", "alleen ", "aber ", "mais ")):
        text = text[:1].lower() + text[1:]
    return f"{closed}{turn}{text}"


def _with_aside(text: str, lang: str, chance: random.Random) -> str:
    aside = chance.choice(_ASIDE[lang])
    return f"{aside} {text}" if chance.random() < 0.5 else f"{text} {aside}"


def _hasty(text: str) -> str:
    """As dictated or thumbed: no capitals, hardly any punctuation."""
    return re.sub(r"[.,;:!()\n]+", " ", text).lower()


def _mistyped(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 50)):
        at = chance.randrange(len(letters))
        if not letters[at].isalpha():
            continue
        kind = chance.randrange(4)
        if kind == 0:
            letters[at] = ""
        elif kind == 1:
            letters[at] *= 2
        elif kind == 2 and at + 1 < len(letters) and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters[at] = _NEIGHBOURS.get(letters[at].lower(), letters[at])
        letters = [letter for letter in letters if letter]
    return "".join(letters)


def _shortened(text: str, chance: random.Random) -> str:
    """Without one word in twelve: what decides must not hang on one word."""
    words = text.split(" ")
    kept = [word for word in words if chance.random() > 1 / 12]
    return " ".join(kept) if len(kept) >= 3 else text
