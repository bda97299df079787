"""Customers and partners whom the demo brands know already, and who is on call for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A contact of one brand. `kind` as in `Contact.Kind`."""

    brand: str
    name: str
    kind: str
    email: str = ""
    phone: str = ""
    company: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    language: str = "nl"
    customer_numbers: tuple[str, ...] = ()
    order_numbers: tuple[str, ...] = ()
    charger_serials: tuple[str, ...] = ()


PEOPLE = (
    KnownPerson(
        "chargecars", "Sanne de Vries", "customer", email="sanne@devries.example", phone="+31655512301",
        street="Kastanjelaan 14", postal_code="3581 CP", city="Utrecht", customer_numbers=("K-10231",),
        order_numbers=("CC-2026-0457",), charger_serials=("AL-7744-0192",),
    ),
    KnownPerson(
        "chargecars", "Mehmet Yıldız", "customer", email="mehmet@yildiz.example", phone="+31655512302",
        street="Lijnbaan 220", postal_code="3012 EK", city="Rotterdam", customer_numbers=("K-10498",),
        charger_serials=("AL-7744-0371",),
    ),
    KnownPerson(
        "chargecars", "Femke Jansen", "customer", email="femke.jansen@buurtladen.example",
        phone="+31655512303", company="Buurtladen Coöperatie", street="Stationsplein 3",
        postal_code="6811 KK", city="Arnhem", customer_numbers=("Z-2044",), order_numbers=("CC-2026-0510",),
    ),
    KnownPerson(
        "chargecars", "Emma Clarke", "customer", email="emma@clarke.example", phone="+31655512304",
        street="Prinsengracht 512", postal_code="1017 KH", city="Amsterdam", language="en",
        customer_numbers=("K-10777",),
    ),
    KnownPerson(
        "chargecars", "Bram de Wit", "partner", email="bram@dewit-installatie.example",
        phone="+31655512390", company="De Wit Installatietechniek", city="Amersfoort",
    ),
    KnownPerson(
        "chargecars", "Iris Postma", "partner", email="wagenpark@groenlease.example", company="GroenLease",
        city="Den Haag",
    ),
    KnownPerson(
        "laderthuis", "Henk Bakker", "customer", email="henk@bakker.example", phone="+31655512401",
        street="Dorpsstraat 8", postal_code="7241 AB", city="Lochem", customer_numbers=("L-5012",),
        order_numbers=("LT-2026-0088",), charger_serials=("ZP-120-5566",),
    ),
    KnownPerson(
        "laderthuis", "Fatima Aydin", "customer", email="fatima@aydin.example", phone="+31655512402",
        street="Beukenhof 31", postal_code="5211 KM", city="'s-Hertogenbosch", customer_numbers=("L-5077",),
    ),
    # The same person is a customer of both brands, and neither brand can see it.
    KnownPerson(
        "laderthuis", "S. de Vries", "customer", email="sanne@devries.example", phone="+31655512301",
        city="Utrecht", customer_numbers=("L-5101",),
    ),
    KnownPerson(
        "laderthuis", "Wout Mulder", "partner", email="wout@huisinstallateur.example",
        phone="+31655512490", company="De Huisinstallateur", city="Zwolle",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """Every week the same; times as HH:MM, an end that is not later runs into the next day."""

    brand: str
    weekdays: tuple[int, ...]  # Monday is 0
    starts_at: str
    ends_at: str
    person: str
    phone: str
    email: str


WORKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)
SHIFTS = (
    Shift(
        "chargecars", WORKDAYS, "07:00", "19:00", "Daan Kuiper", "+31655512501", "daan.kuiper@chargecars.nl"
    ),
    Shift("chargecars", WORKDAYS, "19:00", "07:00", "Karin Bos", "+31655512502", "karin.bos@chargecars.nl"),
    Shift("chargecars", WEEKEND, "07:00", "07:00", "Karin Bos", "+31655512502", "karin.bos@chargecars.nl"),
    Shift(
        "laderthuis", WORKDAYS, "07:00", "19:00", "Lotte Vermeulen", "+31655512503",
        "lotte.vermeulen@laderthuis.nl",
    ),
    Shift("laderthuis", WORKDAYS, "19:00", "07:00", "Karin Bos", "+31655512502", "karin.bos@laderthuis.nl"),
    Shift("laderthuis", WEEKEND, "07:00", "07:00", "Karin Bos", "+31655512502", "karin.bos@laderthuis.nl"),
)  # fmt: skip
