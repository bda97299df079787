"""Distinct messages of customers, about 300 characters each, for measurements that must not meet a cache."""

from __future__ import annotations

import random
from collections.abc import Iterator

_OPENINGS = (
    "Goedemiddag,", "Hallo,", "Beste mensen,", "Hoi,", "Goedemorgen,", "Geachte heer, mevrouw,", "Dag,",
)  # fmt: skip
_REQUESTS = (
    "mijn laadpaal aan de {street} {number} in {city} werkt niet meer sinds gisteravond.",
    "de paal bij {street} {number} geeft een rode lamp en de auto laadt niet.",
    "ik wil graag een offerte voor een laadpaal aan de {street} {number} in {city}.",
    "kunt u mij de factuur van {month} nog eens sturen, ik kan hem niet vinden.",
    "de monteur zou {day} komen op de {street} {number}, maar er is niemand geweest.",
    "de app toont al drie dagen geen sessies meer van onze paal in {city}.",
    "wat kost het om in {city} twee palen te plaatsen bij een kantoor met {number} auto's?",
    "onze laadpas wordt geweigerd, terwijl het abonnement gewoon betaald is.",
)
_DETAILS = (
    "We hebben de groep al uit en weer aan gezet, zonder verschil.",
    "Het ordernummer is {order} en het staat op naam van {name}.",
    "Overdag zijn wij het best te bereiken, het liefst na vier uur.",
    "In de bijlage van vorige week staat een foto van de meterkast.",
    "De paal is in {month} geplaatst en heeft het tot nu toe goed gedaan.",
    "Kunnen jullie aangeven wanneer er iemand langs kan komen deze week?",
    "Het bedrag op de rekening klopt volgens mij ook niet, er staat {number}0 euro.",
    "Mijn buurman op nummer {number} heeft precies hetzelfde gehad bij {name}.",
)
_STREETS = ("Hoofdstraat", "Dorpsweg", "Lindelaan", "Stationsplein", "Kerkstraat", "Molenweg", "Beukenhof")
_CITIES = ("Utrecht", "Zwolle", "Breda", "Hengelo", "Leiden", "Assen", "Gouda", "Tilburg")
_NAMES = ("Jansen", "De Vries", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos")
_MONTHS = ("januari", "maart", "april", "juni", "augustus", "oktober", "november")
_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag")


def distinct_texts(count: int, *, seed: int = 1) -> Iterator[str]:
    """So many different messages, the same ones for the same seed."""
    chance = random.Random(seed)
    for serial in range(count):
        words = {
            "street": chance.choice(_STREETS),
            "number": chance.randint(1, 400),
            "city": chance.choice(_CITIES),
            "name": chance.choice(_NAMES),
            "month": chance.choice(_MONTHS),
            "day": chance.choice(_DAYS),
            "order": f"CC-{serial:06d}",
        }
        parts = [chance.choice(_OPENINGS), chance.choice(_REQUESTS), *chance.sample(_DETAILS, 3)]
        yield f"{' '.join(parts)} Referentie {{order}}.".format(**words)
