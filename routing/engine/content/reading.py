"""From a message to the features that a model weighs: words, pairs of words, letter groups, concepts.

Training and analysis read with the same code, so that they cannot drift apart. A word is worked out once
and remembered; reading a message then costs a look-up per word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter

from channels_app.schemas import fold
from routing.engine.content.lexicon import CONCEPTS

MOST_CHARACTERS = 6000
"""Customers say what they want long before this; what follows is quoted mail or a log file."""

_MOST_TOKENS = 1200
_LONGEST_WORD = 28
_MOST_REMEMBERED = 60_000
_NEGATION_REACH = 4
_MOST_CONCEPTS_PER_SENTENCE = 12
_LEAST_WRITTEN = 12
_ANY = ""

_TOKEN = re.compile(r"[^\W_]+|[.,;:!?()\n]")
_NO_TEXT = re.compile("[\ud800-\udfff\x00]")
_DIGITS = re.compile(r"\d+")
_QUOTED = re.compile(
    r"^[ \t]*(?:>|-{2,} ?(?:original|oorspronkelijk|urspr|doorgestuurd|forwarded)"
    r"|(?:op|on|am|le) [^\n]{6,80}(?:schreef|wrote|schrieb|a écrit)\b[^\n]{0,80}:[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEGATIONS = word_set("""geen niet niets niks nooit zonder nergens noch ni no not never without nothing none isn doesn don didn
    kein keine keinen keinerlei nicht nichts ohne nie pas sans aucun aucune jamais rien""")
_CONTRASTS = frozenset(
    {"maar", "echter", "but", "however", "aber", "allerdings", "jedoch", "mais", "cependant"}
)
_NEW_CLAUSE = word_set("""en er ik hij ze zij we wij omdat want terwijl nu dus and there i it he she we because while so now und es
    ich er wir weil jetzt et il elle je nous parce alleen enkel slechts only just nur seulement""")
"""Words that end the reach of a negation, punctuation or not: "laadt niet en er komt rook uit" is no denial,
nor is "niet alleen rook"."""

_DENIED_BEHIND = word_set("""ruikt ruik ruiken stinkt stinken brandt branden rookt roken gloeit vonkt knettert sist walmt smeult smelt
    brennt raucht riecht stinkt gluht sent brule fume""")
"""Verbs whose negation follows them: "het ruikt ook niet"."""

_NEGATIONS_BEHIND = frozenset({"niet", "ni", "nergens", "nicht", "pas"})
_LINE_END = "\n"
_LINE_NAME = "¶"  # features are stored one per line
_MARKS = (*".,;:!?()", _LINE_NAME)
_SENTENCE_ENDS = frozenset(".!?\n;")

DENIABLE = word_set("""smoke flames burn burnt burn_smell smell spark bang melt hot warm shock live exposed danger gas wet now
    help rescue""")
"""Concepts whose denial ("geen rook") is the opposite of their mention; "laadt niet" is no such denial."""

Phrase = tuple[tuple[str, ...], str]
"""The words that must follow, the last perhaps as a stem with "*", and the concept they then make."""


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of a token wherever it stands; `mark` is the sign itself when it is punctuation.

    phrases: by the word that follows, those that begin here. plain: it says nothing beyond its letters.
    """

    folded: str
    mark: str = ""
    concepts: tuple[str, ...] = ()
    deniable: bool = False
    negates: bool = False
    phrases: Mapping[str, tuple[Phrase, ...]] | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """The features of a message.

    words: those that are not denied, folded, and as each stands in the text. phrases: the lexicon's, as
    (concept, the words in the text). names: all words and marks, folded; every two in a row are a feature
    too. terms: "not word". concepts: see `_concepts_of`.
    """

    words: Mapping[str, str]
    phrases: Sequence[tuple[str, tuple[str, ...]]]
    names: Sequence[str]
    terms: Set[str]
    concepts: Set[str]


class _Lexicon:
    """The concepts that a folded word carries, and the phrases it may begin."""

    def __init__(self, concepts: Mapping[str, str]) -> None:
        self._words: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._phrases: dict[str, dict[str, tuple[Phrase, ...]]] = {}
        for concept, entries in concepts.items():
            for entry in dict.fromkeys(entries.split()):
                if "_" in entry:
                    first, *rest = entry.split("_")
                    begun = self._phrases.setdefault(first, {})
                    # A stem cannot be looked up by the following word, so that is tried whatever follows.
                    key = _ANY if rest[0].endswith("*") else rest[0]
                    begun[key] = (*begun.get(key, ()), (tuple(rest), concept))
                elif entry.endswith("*"):
                    self._stems.setdefault(entry[:-1], []).append(concept)
                else:
                    self._words.setdefault(entry, []).append(concept)
        self._stem_lengths = sorted({len(stem) for stem in self._stems}, reverse=True)

    def concepts_of(self, folded: str) -> tuple[str, ...]:
        found = list(self._words.get(folded, ()))
        for length in self._stem_lengths:
            concepts = self._stems.get(folded[:length])
            if concepts:
                found.extend(concept for concept in concepts if concept not in found)
                break  # the longest stem knows best: "brandveilig" is not "brand"
        return tuple(found)

    def phrases_from(self, folded: str) -> Mapping[str, tuple[Phrase, ...]] | None:
        return self._phrases.get(folded)


class _Remembered(dict[str, Word]):
    """Tokens seen before; a new one is worked out."""

    def __missing__(self, token: str) -> Word:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        word = self[token] = _word(token)
        return word


_LEXICON = _Lexicon(CONCEPTS)
_REMEMBERED = _Remembered()
_FOLDED = attrgetter("folded")


def letter_groups(folded: str) -> list[str]:
    """Groups of 3 to 5 letters of a word with its borders: "<la", "laad", "pas>" and so on."""
    padded = f"<{folded}>"
    length = len(padded)
    return [padded[at : at + size] for size in (3, 4, 5) for at in range(length - size + 1)]


def clean(text: str) -> str:
    """The part of `text` that is read: bounded, without quoted mail, composed (NFC), without NUL and
    broken surrogates."""
    text = text[:MOST_CHARACTERS]
    if "\n" in text:
        quoted = _QUOTED.search(text)
        if quoted and quoted.start() >= _LEAST_WRITTEN:
            text = text[: quoted.start()]
    if not text.isascii():
        return unicodedata.normalize("NFC", _NO_TEXT.sub(" ", text))
    return text.replace("\x00", " ")


def read(text: str) -> Reading:
    """The features of a cleaned text."""
    spelled = _TOKEN.findall(text)[:_MOST_TOKENS]
    # Most of the work on a word is a look-up that never leaves C.
    tokens = list(map(_REMEMBERED.__getitem__, spelled))
    names = list(map(_FOLDED, tokens))
    terms: set[str] = set()
    phrases: list[tuple[str, tuple[str, ...]]] = []
    sentences: list[tuple[list[str], str]] = []  # concepts, the sign at the end
    concepts: list[str] = []
    contrast: tuple[int, int] | None = None  # sentence, concept
    denied: set[int] = set()
    reach = 0
    for at, word in enumerate(tokens):
        if word.plain:
            if reach:
                reach -= 1
                terms.add(f"not {names[at]}")
            continue
        if word.mark:
            reach = 0
            if concepts and word.mark in _SENTENCE_ENDS:
                sentences.append((concepts, word.mark))
                concepts = []
            continue
        folded = names[at]
        if word.negates:
            reach = _NEGATION_REACH
        elif folded in _CONTRASTS:
            reach = 0
            contrast = contrast or (len(sentences), len(concepts))
        elif folded in _NEW_CLAUSE:
            reach = 0
        elif reach:
            reach -= 1
            terms.add(f"not {folded}")
            if word.deniable:
                denied.add(at)
        if folded in _DENIED_BEHIND and _denied_behind(tokens, at):
            denied.add(at)
        begun = word.phrases
        if begun is not None and (_ANY in begun or (at + 1 < len(names) and names[at + 1] in begun)):
            for concept, length in _phrases_at(names, at, begun):
                phrases.append((concept, tuple(spelled[at : at + length])))
                concepts.append(concept)
        if at in denied:
            concepts += [f"-{concept}" for concept in word.concepts]
        else:
            concepts += word.concepts
    if concepts:
        sentences.append((concepts, ""))
    words = dict(zip(names, spelled, strict=True))
    for mark in _MARKS:
        words.pop(mark, None)
    if denied:
        meant = {name for at, name in enumerate(names) if at not in denied}
        words = {name: token for name, token in words.items() if name in meant}
    return Reading(words, phrases, names, terms, _concepts_of(sentences, contrast))


def word_of(token: str) -> Word:
    """What is known of a token; its first use works it out."""
    return _REMEMBERED[token]


def _denied_behind(words: list[Word], at: int) -> bool:
    """Whether one of the two words after the verb at `at` negates it."""
    for word in words[at + 1 : at + 3]:
        if word.mark:
            return False
        if word.folded in _NEGATIONS_BEHIND:
            return True
    return False


def _word(token: str) -> Word:
    if not token[0].isalnum():
        return Word(_LINE_NAME if token == _LINE_END else token, mark=token)
    folded = fold(token)[:_LONGEST_WORD]
    concepts = _LEXICON.concepts_of(folded)
    if not folded.isalpha():
        folded = _DIGITS.sub(lambda digits: "#" * min(len(digits[0]), 4), folded)
    phrases = _LEXICON.phrases_from(folded)
    negates = folded in _NEGATIONS
    return Word(
        folded,
        concepts=concepts,
        deniable=not DENIABLE.isdisjoint(concepts),
        negates=negates,
        phrases=phrases,
        plain=not (concepts or phrases or negates or folded in _CONTRASTS or folded in _NEW_CLAUSE),
    )


def _phrases_at(names: list[str], at: int, begun: Mapping[str, tuple[Phrase, ...]]) -> list[tuple[str, int]]:
    """(concept, number of words) of the phrases that begin with the word `at`."""
    following = names[at + 1] if at + 1 < len(names) else _ANY
    candidates = begun.get(following, ()) + begun.get(_ANY, ()) if following else ()
    found = []
    for rest, concept in candidates:
        words = names[at + 1 : at + 1 + len(rest)]
        if len(words) == len(rest) and all(
            word == expected or (expected[-1] == "*" and word.startswith(expected[:-1]))
            for word, expected in zip(words, rest, strict=True)
        ):
            found.append((concept, len(rest) + 1))
    return found


def _concepts_of(sentences: list[tuple[list[str], str]], contrast: tuple[int, int] | None) -> set[str]:
    """The concepts of a message, "-" before what is denied, and what stands around them.

    "a" alone; "a+b" two in one sentence; "a?" in a question; "a<" before and ">a" after the first "but";
    "^a" in the first sentence that has any.
    """
    found: set[str] = set()
    for number, (concepts, mark) in enumerate(sentences):
        here = sorted(set(concepts))[:_MOST_CONCEPTS_PER_SENTENCE]
        found.update(here)
        found.update([f"{one}+{other}" for one, other in combinations(here, 2)])
        if mark == "?":
            found.update([f"{concept}?" for concept in here])
        if number == 0:
            found.update([f"^{concept}" for concept in here])
        if contrast is not None:
            sentence, word = contrast
            if number < sentence:
                found.update([f"{concept}<" for concept in here])
            elif number > sentence:
                found.update([f">{concept}" for concept in here])
            else:
                found.update([f"{concept}<" for concept in concepts[:word]])
                found.update([f">{concept}" for concept in concepts[word:]])
    return found
