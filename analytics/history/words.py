"""What people in a made-up history write: common words often, rare ones rarely, numbers that occur once."""

from __future__ import annotations

from itertools import accumulate, product
from random import Random

_COMMON = [
    "laadpaal",
    "storing",
    "factuur",
    "afspraak",
    "monteur",
    "installatie",
    "offerte",
    "levering",
    "kabel",
    "lampje",
    "app",
    "account",
    "pas",
    "sessie",
    "meterkast",
    "groep",
    "zekering",
    "abonnement",
    "betaling",
    "adres",
    "verhuizing",
    "garage",
    "parkeerplaats",
    "vermogen",
    "uitbreiding",
    "aansluiting",
    "planning",
    "bevestiging",
    "vertraging",
    "onderdeel",
    "garantie",
    "reparatie",
    "klacht",
    "vraag",
    "antwoord",
    "bericht",
    "foto",
    "woning",
    "kantoor",
    "flat",
    "vereniging",
    "charger",
    "cable",
    "invoice",
    "appointment",
    "installation",
    "delivery",
    "error",
    "payment",
    "subscription",
    "warranty",
    "repair",
    "socket",
    "breaker",
    "schedule",
    "quote",
    "building",
    "office",
]
_NAMES = [
    "Jan",
    "Piet",
    "Kees",
    "Anna",
    "Maria",
    "Sanne",
    "Lotte",
    "Emma",
    "Daan",
    "Bram",
    "Sem",
    "Noor",
    "Fleur",
    "Thijs",
    "Ruben",
    "Iris",
    "Eva",
    "Koen",
    "Lars",
    "Julia",
    "Mehmet",
    "Fatima",
    "Ayşe",
    "José",
    "Zoë",
    "Renée",
    "Björn",
    "Sofia",
    "Chloé",
    "Anouk",
]
_FAMILIES = [
    "Jansen",
    "Bakker",
    "Visser",
    "Smit",
    "Meijer",
    "Mulder",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "Dekker",
    "Brouwer",
    "Dijkstra",
    "Kok",
    "Jacobs",
    "Vermeer",
    "Kuipers",
    "Postma",
    "Kramer",
    "Prins",
    "Schouten",
    "Willems",
    "Hoekstra",
    "Koster",
    "Maas",
    "Verhoeven",
    "Scholten",
    "Özdemir",
    "Yılmaz",
    "Müller",
]
# Half of all people carry one of the names above; the others one of these made-up ones, each far rarer.
_PLACES = (
    "Ooster", "Wester", "Noorder", "Zuider", "Hoge", "Lage", "Groene", "Zand", "Veen", "Water", "Molen", "Kerk",
    "Linde", "Eiken", "Beuken", "Wilgen", "Roggen", "Haver", "Koren", "Steen",
)  # fmt: skip
_ENDINGS = (
    "huis", "veld", "kamp", "man", "stra", "berg", "dijk", "hof", "horst", "laar", "broek", "meer", "wijk", "brink",
    "waard", "gaard",
)  # fmt: skip
_SYLLABLES = [
    "ba",
    "ke",
    "lo",
    "mi",
    "ru",
    "sta",
    "vel",
    "dor",
    "pin",
    "gra",
    "twe",
    "nol",
    "sche",
    "vin",
    "tor",
    "mak",
    "leu",
    "dri",
    "fon",
    "pol",
]
_OPENINGS = (
    "Goedemorgen, ik heb een vraag over de", "Kunt u mij helpen met de", "Er is iets mis met de",
    "Dank voor het bericht over de", "Could you please look at the", "I would like to know more about the",
    "Wij hebben gekeken naar de", "Graag hoor ik wanneer de",
)  # fmt: skip
_SENTENCES = 20_000
_WORDS_EACH = 14
_RARE = 30_000


class Words:
    """Texts, names and numbers; the same seed says the same."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 repeatable on purpose
        rare = ["".join(parts) for parts in product(_SYLLABLES, repeat=4)]
        self.random.shuffle(rare)
        vocabulary = [*_COMMON, *rare[:_RARE]]
        # As in real texts, the word at place n is used about 1/n times as often as the first.
        weights = list(accumulate(1 / (place + 3) for place in range(len(vocabulary))))
        self.sentences = [
            f"{self.random.choice(_OPENINGS)} "
            + " ".join(self.random.choices(vocabulary, cum_weights=weights, k=_WORDS_EACH))
            for _ in range(_SENTENCES)
        ]

    def text(self) -> str:
        """A sentence, now and then with an order number that occurs nowhere else."""
        draw = self.random.random
        sentence = self.sentences[int(draw() * _SENTENCES)]
        return f"{sentence} ORD{int(draw() * 1e9):09d}" if draw() < 0.1 else sentence

    def name(self) -> str:
        choice = self.random.choice
        family = choice(_FAMILIES) if choice((True, False)) else choice(_PLACES) + choice(_ENDINGS)
        return f"{choice(_NAMES)} {family}"

    def mobile(self) -> str:
        return f"+316{int(self.random.random() * 1e8):08d}"
