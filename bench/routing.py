"""What one message costs the engine: deciding, finding keywords, understanding; one core, no database."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import TypeVar
from uuid import UUID, uuid5

from bench.results import Result, at_least, at_most
from bench.texts import distinct_texts
from channels_app.schemas import AutoRoutingRules, BusinessCalendar
from routing.engine import CompiledBrand, compile_brand, decide
from routing.engine.content import analyze
from routing.engine.keywords import PhraseIndex
from routing.engine.text import pad
from routing.engine.types import BrandFacts, ChannelFacts, MessageFacts, SenderFacts

Given = TypeVar("Given")

CHANNELS = 50
PHRASES = 1_000
MESSAGES = 2_000
CHARACTERS = 300
_NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
_NAMESPACE = UUID("0d8c6f2e-5a86-4a44-9d0e-5f1c7f0a9b11")
_DEPARTMENTS = ("support", "sales", "admin", "operations", "emergency")
_KEYWORDS = {
    "support": ["help", "probleem", "defect", "kapot", "werkt niet"],
    "sales": ["offerte", "quote", "prijs", "kosten", "bestellen"],
    "admin": ["factuur", "invoice", "betaling", "rekening"],
    "operations": ["afspraak", "planning", "bezoek", "technicus"],
}


def measure() -> list[Result]:
    texts = [text[:CHARACTERS] for text in distinct_texts(MESSAGES)]
    return [
        at_most(f"decision, {CHANNELS} channels, explained", _decision(texts), "µs", target=20),
        at_most("content analysis, 300 characters", _median(analyze, texts), "µs", target=200),
        at_least(f"keywords, {PHRASES} phrases", _keyword_rate(texts), "msg/s", target=100_000),
    ]  # fmt: skip


def _decision(texts: list[str]) -> float:
    """Microseconds from message to decision and its sentence, without content analysis."""
    brand = _brand()
    arrivals = list(brand.channels)
    sender = SenderFacts(email="klant@voorbeeld.nl", recent_departments=("admin", "support"))
    messages = [
        MessageFacts(arrivals[number % CHANNELS], text, _NOON, _NOON) for number, text in enumerate(texts)
    ]

    def explained(message: MessageFacts) -> str:
        return decide(message, sender, None, brand, {}).explanation.nl

    return _median(explained, messages)


def _brand() -> CompiledBrand:
    hours = BusinessCalendar.parse({"timezone": "Europe/Amsterdam", "hours": "09:00-17:00", "holidays": "NL"})
    channels = tuple(
        ChannelFacts(
            id=uuid5(_NAMESPACE, str(number)),
            entity_code="bench",
            channel_code=(code := _DEPARTMENTS[number % len(_DEPARTMENTS)]),
            channel_type="email",
            channel_address=f"{code}{number}@bench.nl",
            channel_name=f"{code} {number}",
            priority_level=50 + number % 40,
            is_active=True,
            is_primary=number == 0,
            calendar=hours,
        )
        for number in range(CHANNELS)
    )
    rules = AutoRoutingRules.model_validate(
        {
            "keywords": _KEYWORDS,
            "sender_patterns": {"new_email": "route_to_sales"},
            "emergency_keywords": ["brand", "rook", "vonken", "kortsluiting"],
        }
    )
    return compile_brand(BrandFacts("bench", "Bench", channels, rules))


def _keyword_rate(texts: list[str]) -> float:
    """Messages a second whose words are compared with so many phrases, the folding of the text included."""
    words = sorted({word for text in texts for word in text.split()})[: PHRASES // 2]
    phrases = [*words, *(f"{word} nooit {number}" for number, word in enumerate(words))]
    phrases += [f"woord{number}" for number in range(PHRASES - len(phrases))]
    index = PhraseIndex(
        {code: phrases[start :: len(_DEPARTMENTS)] for start, code in enumerate(_DEPARTMENTS)}
    )
    return 1_000_000 / _median(lambda text: index.find(pad(text)), texts)


def _median(work: Callable[[Given], object], given: Iterable[Given]) -> float:
    """The median microseconds that `work` takes for one; the first run over all warms up."""
    items = list(given)
    for item in items:
        work(item)
    times = []
    for item in items:
        start = perf_counter_ns()
        work(item)
        times.append(perf_counter_ns() - start)
    return statistics.median(times) / 1000
