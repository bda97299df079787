"""What customers wrote to the demo brands in the past days, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Literal

Medium = Literal["whatsapp", "email", "sms", "phone"]


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer writes, `after` minutes from the start of the conversation."""

    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Staff:
    """The brand answers from its own telephone, or from Outlook."""

    after: int
    text: str


@dataclass(frozen=True, slots=True)
class MissedCall:
    """The customer calls and nobody picks up."""

    after: int = 0


Step = Customer | Staff | MissedCall


@dataclass(frozen=True, slots=True)
class Conversation:
    """`open_days_ago` counts back over days on which the brand works, at a local time of such a day.

    With 0 it began minutes ago: `at` is then how long, so that 00:25 is 25 minutes. `address` is the
    customer's. `headers` go with each of the customer's mails.
    """

    key: str
    brand: str
    code: str
    name: str
    address: str
    open_days_ago: int
    at: time
    steps: tuple[Step, ...]
    medium: Medium = "whatsapp"
    subject: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    reads: bool = True


# The stand-ins report a message to this number as failed with Meta's 131026: not a WhatsApp user any more.
UNREACHABLE = "+31601131026"

CONVERSATIONS = (
    Conversation(
        "cc-storing", "chargecars", "support", "Sanne de Vries", "+31655512301", 4, time(9, 42),
        (
            Customer(0, "Goedemorgen, mijn laadpaal is kapot. Het lampje knippert rood en de auto laadt niet meer."),
            Staff(11, "Goedemorgen Sanne! Vervelend. Wil je de groep van de laadpaal een minuut uitzetten en dan "
                      "weer aan?"),
            Customer(25, "Gedaan, en hij laadt weer! Super bedankt 🙏"),
            Staff(27, "Fijn! Mocht het terugkomen, laat het dan meteen weten."),
        ),
    ),
    Conversation(
        "cc-factuur", "chargecars", "support", "Mehmet Yıldız", "+31655512302", 1, time(10, 5),
        (
            Customer(0, "Hoi, ik heb een vraag over mijn factuur van oktober. Volgens mij is de installatie dubbel "
                        "berekend."),
            Customer(2, "Het factuurnummer is 2026-10-3381"),
        ),
    ),
    Conversation(
        "cc-offerte", "chargecars", "sales", "Lars Visser", "+31655512311", 1, time(11, 20),
        (
            Customer(0, "Hallo, wat zijn de kosten van een laadpaal met installatie? Ik rijd een Kia EV6, postcode "
                        "1382 JX, en heb een driefasenaansluiting."),
            Staff(35, "Hallo Lars! Voor jouw situatie komt het uit op ongeveer € 1.495 inclusief installatie. Zullen "
                      "we een offerte op maat maken?"),
            Customer(41, "Graag! Kan het nog voor de kerst?"),
        ),
    ),
    Conversation(
        "cc-afspraak", "chargecars", "operations", "Femke Jansen", "+31655512303", 2, time(14, 10),
        (
            Customer(0, "Kunnen we de afspraak van donderdag verzetten? De technicus is bij ons vrijdag ook welkom."),
            Staff(48, "Dag Femke, vrijdag tussen 8 en 12 uur kan. Zetten we het zo om?"),
            Customer(52, "Perfect, dank je wel."),
        ),
    ),
    Conversation(
        "cc-spoed", "chargecars", "support", "Nadia Rahimi", "+31655512312", 1, time(15, 30),
        (
            Customer(0, "Er komt rook uit de laadpaal op onze oprit en het ruikt verbrand!! Wat moet ik doen?"),
            Staff(3, "Ga op afstand staan en bel 112 als je vlammen ziet. Onze monteur belt je nu."),
            Customer(9, "De groep is uit en de rook is weg. De monteur heeft gebeld, dank jullie wel."),
        ),
    ),
    Conversation(
        "cc-avond", "chargecars", "support", "Tess Groen", "+31655512313", 2, time(21, 47),
        (Customer(0, "Goedenavond, ik krijg de laadpas niet gekoppeld aan mijn laadpaal. Hoe werkt dat?"),),
    ),
    Conversation(
        "cc-english", "chargecars", "support", "Emma Clarke", "+31655512304", 1, time(13, 5),
        (Customer(0, "Hi! My charger is not working since this morning, the app says it is offline. Can you help?"),),
    ),
    Conversation(
        "cc-onbereikbaar", "chargecars", "sales", "Koen Maas", UNREACHABLE, 1, time(9, 55),
        (Customer(0, "Ik wil graag twee laadpalen bestellen voor onze VvE. Wat is de prijs?"),),
    ),
    Conversation(
        "cc-planning-twijfel", "chargecars", "sales", "Yara Peeters", "+31655512314", 1, time(16, 20),
        (Customer(0, "Hoi, jullie zouden me nog iets laten weten. Wanneer hoor ik dat?"),),
    ),
    Conversation(
        "lt-storing", "laderthuis", "support", "Henk Bakker", "+31655512401", 3, time(10, 30),
        (
            Customer(0, "Beste mensen, de lader werkt niet na de stroomstoring van vannacht. Kunt u helpen?"),
            Staff(20, "Goedemorgen Henk, dat doen we graag. Brandt er een lampje op de lader?"),
            Customer(24, "Ja, oranje."),
            Staff(31, "Dan is een herstart genoeg: haal de stekker eruit en zet de groep een minuut uit."),
            Customer(44, "Hij doet het weer, hartelijk dank!"),
        ),
    ),
    Conversation(
        "lt-offerte", "laderthuis", "sales", "Bo Hendriks", "+31655512411", 1, time(12, 15),
        (
            Customer(0, "Hoi! Ik wil thuis gaan laden. Kunnen jullie een offerte maken voor een hoekwoning in "
                        "Deventer (7415 BK)? Meterkast zit 6 meter van de oprit."),
        ),
    ),
    Conversation(
        "lt-rekening", "laderthuis", "support", "Fatima Aydin", "+31655512402", 2, time(9, 15),
        (Customer(0, "Goedemorgen, ik heb de rekening twee keer ontvangen. Moet ik er maar één betalen?"),),
    ),
    Conversation(
        "lt-zelfde-klant", "laderthuis", "support", "Sanne de Vries", "+31655512301", 1, time(10, 50),
        (Customer(0, "Hallo, ook bij mijn ouders hangt een lader van jullie. De app vindt hem niet, wie kan "
                     "helpen?"),),
    ),
    Conversation(
        "lt-weekend", "laderthuis", "sales", "Jip Willems", "+31655512412", 1, time(19, 30),
        (Customer(0, "Zijn jullie laders ook geschikt voor zonnepanelen, en wat is de prijs ongeveer?"),),
    ),
    Conversation(
        "cc-net", "chargecars", "support", "Noor van Dam", "+31655512316", 0, time(0, 22),
        (
            Customer(0, "Hoi, mijn laadpaal geeft foutcode E-12 en de auto laadt niet. Wat kan ik doen?"),
            Customer(1, "Het display zegt ook: aardlekfout"),
        ),
    ),
    Conversation(
        "cc-betaling", "chargecars", "sales", "Sem Kok", "+31655512317", 0, time(1, 10),
        (Customer(0, "Goedendag, is mijn betaling van de aanbetaling goed binnengekomen? Ordernummer CC-2026-0533."),),
    ),
    Conversation(
        "lt-net", "laderthuis", "sales", "Evi Scholten", "+31655512414", 0, time(0, 41),
        (Customer(0, "Hallo! Wat is de prijs van een thuislader met 11 kW, inclusief installatie in Almelo?"),),
    ),
    Conversation(
        "cc-sms", "chargecars", "operations", "", "+31655512315", 1, time(8, 50), medium="sms", steps=(
            Customer(0, "Hoe laat komt de technicus vandaag? Groet, A. Bos, Zeist"),
        ),
    ),
    Conversation(
        "lt-gemist", "laderthuis", "support", "", "+31655512413", 1, time(11, 40), medium="phone", steps=(
            MissedCall(),
        ),
    ),
    Conversation(
        "cc-mail-factuur", "chargecars", "support", "Femke Jansen", "femke.jansen@buurtladen.example", 1,
        time(13, 40), medium="email", subject="Factuur 2026-10-3402 klopt niet", steps=(
            Customer(0, "Goedemiddag,\n\nOp de factuur van de vijf laadpalen in de parkeergarage staat de btw twee keer. "
                        "Kunnen jullie een creditfactuur sturen?\n\nMet vriendelijke groet,\n\nFemke Jansen\n"
                        "Buurtladen Coöperatie"),
        ),
    ),
    Conversation(
        "cc-mail-partner", "chargecars", "operations", "Bram de Wit", "bram@dewit-installatie.example", 2,
        time(8, 15), medium="email", subject="Planning week 48", headers=(("X-Mailer", "Outlook"),), steps=(
            Customer(80, "Hoi,\n\nWe hebben dinsdag en donderdag nog een ploeg vrij. Welk adres mogen we inplannen?\n\n"
                         "Groet,\nBram"),
            Staff(150, "Dag Bram,\n\nFijn! Zet dinsdag Kastanjelaan 14 in Utrecht erin, klant verwacht jullie om negen "
                       "uur.\n\nGroet,\nTom, planning"),
        ),
    ),
    Conversation(
        "cc-mail-afwezig", "chargecars", "sales", "Thijs Kramer", "thijs@kramer.example", 1, time(14, 2),
        medium="email", subject="Automatisch antwoord: Afwezig t/m vrijdag",
        headers=(("Auto-Submitted", "auto-replied"),), steps=(
            Customer(0, "Ik ben afwezig tot en met vrijdag en lees mijn mail niet."),
        ),
    ),
    Conversation(
        "cc-mail-offerte", "chargecars", "sales", "Marit de Boer", "marit@deboer.example", 1, time(10, 12),
        medium="email", subject="Offerte voor zes laadpunten", steps=(
            Customer(0, "Beste ChargeCars,\n\nWij zoeken zes laadpunten voor ons kantoor in Hilversum (1217 LP), het "
                        "liefst dit kwartaal. Kunnen jullie een offerte maken voor ons wagenpark?\n\nVriendelijke groet,\n"
                        "Marit de Boer\nDe Boer Makelaars"),
            Staff(70, "Beste Marit,\n\nDank je wel voor je aanvraag. Ik bel je vanmiddag om de mogelijkheden door te "
                      "nemen.\n\nMet vriendelijke groet,\nMirjam Hoekstra\nChargeCars Verkoop"),
            Customer(95, "Prima, na drie uur ben ik bereikbaar."),
        ),
    ),
    Conversation(
        "lt-mail-betaling", "laderthuis", "admin", "Fatima Aydin", "fatima@aydin.example", 1, time(15, 5),
        medium="email", subject="Betaling in termijnen", steps=(
            Customer(0, "Beste administratie,\n\nKan ik de rekening LT-2026-0088 in drie termijnen betalen?\n\nGroeten,\n"
                        "Fatima Aydin"),
        ),
    ),
)  # fmt: skip
