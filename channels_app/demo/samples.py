"""What a customer might write, for the sandbox page: one click each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """`subject` is used where the medium has one."""

    label: str
    text: str
    subject: str = ""


SAMPLES = (
    Sample(
        "Storing",
        "Goedemiddag, mijn laadpaal is kapot: het lampje knippert rood en de auto laadt niet meer.",
        "Laadpaal kapot",
    ),
    Sample(
        "Offerte",
        "Hallo, kunnen jullie een offerte maken voor een laadpaal thuis? Ik woon in Zwolle en rijd een Volvo EX30.",
        "Offerte laadpaal",
    ),
    Sample(
        "Factuur",
        "Hoi, ik heb een vraag over mijn factuur: volgens mij is de installatie twee keer berekend.",
        "Vraag over mijn factuur",
    ),
    Sample(
        "Afspraak",
        "Kan ik de afspraak met de technicus van donderdag verzetten naar volgende week?",
        "Afspraak verzetten",
    ),
    Sample(
        "Gevaar!",
        "HELP, er komt rook en vonken uit de laadpaal op de oprit! Wat moet ik doen?",
        "Rook uit de laadpaal",
    ),
    Sample(
        "Engels",
        "Hi, how much is a home charger including installation? Could you send me a quote?",
        "Home charger",
    ),
    Sample("Onduidelijk", "Hoi, zijn jullie er?", "Vraagje"),
)
