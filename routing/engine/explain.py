"""Why a message is where it is, in one Dutch and one English sentence, and in short for the log.

The sentence names the department, the evidence that decided in the customer's own words, the second
choice, and whatever stood in the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from channels_app.schemas import Language, department_name, join_words
from routing.engine.selection import Detour, Placement
from routing.engine.types import Explanation

REASON_LENGTH = 200
_MOST_WORDS = 4


class Basis(StrEnum):
    """What decided."""

    RULE = "rule"
    EMERGENCY = "emergency"
    KEYWORDS = "keywords"
    CLASSIFIER = "classifier"
    ARRIVAL = "arrival"
    HISTORY = "history"
    SENDER = "sender"
    PRIORITY = "priority"
    THREAD = "thread"
    UNSURE = "unsure"
    AUTOMATED = "automated"
    SILENCED = "silenced"
    NO_CHANNELS = "no_channels"


@dataclass(slots=True)
class Verdict:
    """What was chosen and why; stage 5 fills it in. Departments are channel codes.

    department: where the evidence points (for UNSURE, where it might belong). words: what decided, or, with
    a suggested move, what speaks for that. detail: the rule's name, the sender's class or what kind of
    machine wrote. stays: the message arrived at that department.
    """

    placement: Placement
    basis: Basis
    department: str
    confidence: float
    words: tuple[str, ...] = ()
    detail: str = ""
    unsure: bool = False
    runner_up: str | None = None
    suggested_move: str | None = None
    urgent: bool = False
    stays: bool = False

    @property
    def target(self) -> str:
        """The department that has it now, "" when nobody could take it."""
        channel = self.placement.channel
        return channel.channel_code if channel else ""


_HEADS: dict[Language, dict[str, str]] = {
    "nl": {
        "rule": "{to} volgens de regel “{detail}”",
        "emergency": "Spoed wegens {words}, dus direct naar {department}",
        "emergency_wordless": "Dit klinkt als spoed, dus direct naar {department}",
        "emergency_stays": "Spoed wegens {words}, en {department} heeft het gesprek al",
        "keywords": "{to} wegens {words}",
        "classifier": "{to}, want {words} wijst daarop",
        "classifier_many": "{to}, want {words} wijzen daarop",
        "classifier_wordless": "{to}, want het lijkt op eerdere berichten daar",
        "arrival": "Blijft bij {department}, waar het binnenkwam, want niets wijst op een andere afdeling",
        "history": "{to}, waar deze afzender eerder terechtkwam",
        "sender": "{to}, omdat de afzender {detail} is",
        "priority": "{to}, de afdeling met de hoogste prioriteit, want niets anders gaf de doorslag",
        "thread": "Blijft bij {target}, waar het gesprek al loopt",
        "unsure": "Blijft bij {target}, waar het binnenkwam, want {department} is niet zeker genoeg",
        "unsure_words": "Blijft bij {target}, waar het binnenkwam: {words} kan op {department} wijzen, "
        "maar dat is niet zeker genoeg",
        "unsure_same": "Blijft bij {target}, waar het binnenkwam, al is niet zeker of het daar hoort",
        "automated": "Alleen bewaard bij {target}, want dit is {detail}",
        "silenced": "Alleen bewaard bij {target} volgens de regel “{detail}”",
        "no_channels": "Geen enkele afdeling kan dit bericht aannemen",
    },
    "en": {
        "rule": "{to} by the rule “{detail}”",
        "emergency": "Emergency because of {words}, so straight to {department}",
        "emergency_wordless": "This sounds like an emergency, so straight to {department}",
        "emergency_stays": "Emergency because of {words}, and {department} already has the conversation",
        "keywords": "{to} because of {words}",
        "classifier": "{to}, since {words} points there",
        "classifier_many": "{to}, since {words} point there",
        "classifier_wordless": "{to}, since it resembles earlier messages there",
        "arrival": "Stays with {department}, where it arrived, since nothing points to another department",
        "history": "{to}, where this sender ended up before",
        "sender": "{to}, because the sender is {detail}",
        "priority": "{to}, the department with the highest priority, since nothing else was decisive",
        "thread": "Stays with {target}, where the conversation already is",
        "unsure": "Stays with {target}, where it arrived, since {department} is not certain enough",
        "unsure_words": "Stays with {target}, where it arrived: {words} may point to {department}, "
        "but that is not certain enough",
        "unsure_same": "Stays with {target}, where it arrived, though it may not belong there",
        "automated": "Only kept with {target}, since this is {detail}",
        "silenced": "Only kept with {target} by the rule “{detail}”",
        "no_channels": "No department can take this message",
    },
}
_DETAILS: dict[Language, dict[str, str]] = {
    "nl": {
        "existing_customer": "een bestaande klant",
        "partner_domain": "een partner",
        "internal": "een collega",
        "new_email": "een nieuwe afzender",
        "auto_reply": "een automatisch antwoord",
        "bounce": "een melding dat een bericht niet aankwam",
        "mailing_list": "een mailinglijst",
        "spam": "spam",
        "system": "een systeemmelding",
    },
    "en": {
        "existing_customer": "an existing customer",
        "partner_domain": "a partner",
        "internal": "a colleague",
        "new_email": "a new sender",
        "auto_reply": "an automatic reply",
        "bounce": "a notice that a message did not arrive",
        "mailing_list": "a mailing list",
        "spam": "spam",
        "system": "a system notice",
    },
}
_TAILS: dict[Language, dict[Detour, str]] = {
    "nl": {
        Detour.CHAIN: "; {department} heeft geen actief kanaal, dus valt {target} in",
        Detour.PRIMARY: "; {department} heeft geen actief kanaal, dus krijgt {target} het, het hoofdkanaal hier",
        Detour.SUPPORT: "; {department} heeft geen actief kanaal, dus krijgt {target} het",
        Detour.UNROUTABLE: "; geen enkel actief kanaal kan het aannemen",
        Detour.CLOSED: "; het wacht bij {target} tot de volgende openingstijd",
        Detour.FULL: "; bij {target} zijn alle plaatsen bezet, dus het staat in de wachtrij",
        Detour.RELIEVED: "; bij {department} zijn alle plaatsen bezet, dus neemt {target} het over",
    },
    "en": {
        Detour.CHAIN: "; {department} has no active channel, so {target} stands in",
        Detour.PRIMARY: "; {department} has no active channel, so {target} gets it, the primary channel here",
        Detour.SUPPORT: "; {department} has no active channel, so {target} gets it",
        Detour.UNROUTABLE: "; no active channel can take it",
        Detour.CLOSED: "; it waits with {target} until the next opening",
        Detour.FULL: "; every place with {target} is taken, so it waits in the queue",
        Detour.RELIEVED: "; every place with {department} is taken, so {target} takes over",
    },
}
_PHRASES: dict[Language, dict[str, str]] = {
    "nl": {
        "to": "Naar {}",
        "stays": "Blijft bij {}",
        "meant": "Bedoeld voor {}",
        "runner_up": " (tweede keus: {})",
        "moved": "; het onderwerp past nu beter bij {}",
        "because": " wegens {}",
        "urgent": "; het is dringend",
    },
    "en": {
        "to": "To {}",
        "stays": "Stays with {}",
        "meant": "Meant for {}",
        "runner_up": " (second choice: {})",
        "moved": "; the subject now fits {} better",
        "because": " because of {}",
        "urgent": "; it is urgent",
    },
}
_WORDS = "\0"
_NO_CHOICE = (Basis.UNSURE, Basis.THREAD, Basis.AUTOMATED, Basis.SILENCED)
"""Heads where a second choice is no news: there was no choice, or the sentence already names it."""


class VerdictExplanation(Explanation):
    """The explanation of a verdict, put into words when it is read: most are kept and never looked at."""

    __slots__ = ("_verdict",)
    _verdict: Verdict

    def __init__(self, verdict: Verdict) -> None:
        object.__setattr__(self, "_verdict", verdict)

    @property
    def nl(self) -> str:
        return _sentence(self._verdict, "nl")

    @property
    def en(self) -> str:
        return _sentence(self._verdict, "en")


def reason(verdict: Verdict) -> str:
    """The decision in short, for the log: `keywords "factuur" -> admin; capacity:queue`."""
    target = verdict.target
    text = verdict.basis + (f" {verdict.detail}" if verdict.detail else "")
    if not verdict.suggested_move:
        for word in verdict.words:
            text += f' "{word}"'
    text += f" -> {target or 'nobody'}"
    if verdict.department != target:
        text += f"; meant for {verdict.department}"
    for detour in verdict.placement.detours:
        text += f"; {detour.value}"
    if verdict.suggested_move:
        text += f"; suggests {verdict.suggested_move}"
    return text if len(text) <= REASON_LENGTH else f"{text[: REASON_LENGTH - 1]}…"


def _sentence(verdict: Verdict, language: Language) -> str:
    placement = verdict.placement
    frame = _frame(
        language,
        _head(verdict),
        verdict.department,
        placement.channel.channel_code if placement.channel else "",
        verdict.stays,
        verdict.detail,
        verdict.urgent,
        placement.detours,
        verdict.suggested_move,
        bool(verdict.words),
        verdict.runner_up,
    )
    return frame.replace(_WORDS, _quoted(verdict.words, language)) if verdict.words else frame


@lru_cache(maxsize=4096)
def _frame(
    language: Language,
    head: str,
    department: str,
    target: str,
    stays: bool,
    detail: str,
    urgent: bool,
    detours: tuple[Detour, ...],
    suggested_move: str | None,
    worded: bool,
    runner_up: str | None,
) -> str:
    """The sentence with `_WORDS` where the customer's words come; a brand needs few different ones."""
    phrases = _PHRASES[language]
    names = {
        "department": department_name(department, language),
        "target": department_name(target, language),
    }
    to = "meant" if department != target else "stays" if stays else "to"
    names["to"] = phrases[to].format(names["department"])
    text = _HEADS[language][head].format(words=_WORDS, detail=_DETAILS[language].get(detail, detail), **names)
    if urgent and not head.startswith(Basis.EMERGENCY):
        text += phrases["urgent"]
    for detour in detours:
        text += _TAILS[language][detour].format(**names)
    if suggested_move:
        text += phrases["moved"].format(department_name(suggested_move, language))
        if worded:
            text += phrases["because"].format(_WORDS)
    if runner_up and not head.startswith(_NO_CHOICE):
        text += phrases["runner_up"].format(department_name(runner_up, language))
    return f"{text}."


def _head(verdict: Verdict) -> str:
    basis, words = verdict.basis, verdict.words
    if basis is Basis.EMERGENCY:
        if not words:
            return "emergency_wordless"
        return "emergency_stays" if verdict.detail == Basis.THREAD else "emergency"
    if basis is Basis.CLASSIFIER:
        return f"classifier{'_wordless' if not words else '_many' if len(words) > 1 else ''}"
    if basis is Basis.UNSURE:
        if verdict.department == verdict.target:
            return "unsure_same"
        return "unsure_words" if words else "unsure"
    return basis


def _quoted(words: tuple[str, ...], language: Language) -> str:
    return join_words([f"“{word}”" for word in words[:_MOST_WORDS]], language)
