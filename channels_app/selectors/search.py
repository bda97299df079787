"""Finding conversations by whatever staff have at hand: a reference, a name, an address, a number, words.

Every word that was typed must be found: among the names and numbers (any part of them), or in what was said
(by its Dutch or English stem, or as the beginning of a word). The newest conversations come first.

Words differ in how common they are by a factor of a million, so there are two ways. The newest conversations are
looked through; that finds what is common, and goes on for as long as it finds much. Otherwise the search is rare
enough for the inverted index: first for all words together, then, since parts of names are not among them, for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from channels_app.bulk import clean_text, fetch_all
from channels_app.models import BusinessEntity, CommunicationThread
from channels_app.scoping import entity_ids

LONGEST_SEARCH = 200
MOST_WORDS = 12
MOST_FOUND = 200
LOOKED_THROUGH = 8000
# Where this part of what is wanted was found among them, looking further costs less than asking the index.
WORTH_LOOKING_FURTHER = 0.25
SNIPPET_WORDS = 18
# Before the brand's id among the words of a conversation; nobody can type it.
BRAND_MARK = "~brand~"
# Around what was found; the page escapes the snippet first and then puts its marks here.
MARK_START, MARK_END = "\x02", "\x03"

# A phone number with blanks, dashes or brackets in it.
_PHONE = re.compile(r"(?<!\S)\+?\d[\d\s()/.-]{5,}\d(?!\S)")
_PART_AT_LEAST = 3  # characters, for a part of a name and for the beginning of a word


Found = tuple[UUID, datetime]  # a conversation, and when its last message came
Condition = tuple[str, list[str]]  # on a row of `thread_search`, and its parameters


@dataclass(frozen=True, slots=True)
class Term:
    """Something that must be found: by a tsquery among the words, or by any of the parts among the names."""

    query: str
    parts: tuple[str, ...]


def search_threads(
    threads: QuerySet[CommunicationThread], text: str, user: Any
) -> QuerySet[CommunicationThread]:
    """Those of `threads` that a search finds among the user's brands: of many, the newest 200."""
    return threads.filter(pk__in=thread_ids_found(text, entity_ids(user)))


def thread_ids_found(text: str, brands: Collection[UUID] | None, *, most: int = MOST_FOUND) -> list[UUID]:
    """Conversations of these brands (None is all) that have every word, the newest first."""
    terms = _terms(text)
    if brands is None:
        brands = list(BusinessEntity.objects.values_list("pk", flat=True))
    if not terms or not brands:
        return []
    found = _looked_through(terms, brands, most, skip=0, look=LOOKED_THROUGH)
    if most > len(found) >= most * WORTH_LOOKING_FURTHER:
        look = int(1.5 * LOOKED_THROUGH * most / len(found))
        found += _looked_through(terms, brands, most - len(found), skip=LOOKED_THROUGH, look=look)
    if len(found) < most:
        indexed = _by_index(_whole, terms, brands, most)
        if len(indexed) < most:
            # A part of a name beside a word that was said stands in no index together: each word's list is read.
            indexed = _by_index(_each, terms, brands, most)
        found = sorted({*found, *indexed}, key=itemgetter(1), reverse=True)[:most]
    return [thread_id for thread_id, _ in found]


def snippets(thread_ids: Sequence[UUID], text: str) -> dict[UUID, str]:
    """For each conversation in which a word of the search was said, the newest place, marked.

    A conversation whose names have every word is left out: they say why it was found.
    `MARK_START` and `MARK_END` stand around the words; the text is the customer's and not escaped.
    """
    terms = _terms(text)
    queries = [term.query for term in terms if term.query]
    if not thread_ids or not queries:
        return {}
    named, parts = _named(terms)
    rows = fetch_all(
        f"""
        SELECT thread.id, ts_headline('dutch', place.said, place.query, %s)
          FROM (SELECT thread_id FROM thread_search
                 WHERE thread_id = ANY(%s::uuid[]) AND ({named}) IS NOT TRUE) AS thread(id)
         CROSS JOIN LATERAL (
               SELECT message.said, wanted.query
                 FROM (SELECT left(coalesce(nullif(new_text, ''), body), 4000) AS said, sent_at
                         FROM communication_messages
                        WHERE thread_id = thread.id AND message_type NOT IN ('auto_response', 'rating_request')
                        ORDER BY sent_at DESC LIMIT 50) AS message
                CROSS JOIN (SELECT %s::tsquery AS query) AS wanted
                WHERE to_tsvector('dutch', unaccent(message.said)) @@ wanted.query
                ORDER BY message.sent_at DESC LIMIT 1) AS place
        """,  # noqa: S608 the condition is ours
        [
            f'StartSel="{MARK_START}", StopSel="{MARK_END}", MaxWords={SNIPPET_WORDS}, MinWords=8, '
            "MaxFragments=1",
            list(thread_ids),
            *parts,
            " | ".join(f"({query})" for query in queries),
        ],
    )
    return dict(rows)


def _terms(text: str) -> list[Term]:
    """What must be found; words that say nothing (“de”, “the”) are left out."""
    text = clean_text(text)[:LONGEST_SEARCH]
    numbers = [found[0] for found in _PHONE.finditer(text) if sum(map(str.isdigit, found[0])) >= 8]
    for number in numbers:
        text = text.replace(number, " ", 1)
    pieces = [*numbers, *text.split()][:MOST_WORDS]
    rows = fetch_all(
        """
        SELECT word, lower(unaccent(word)), plainto_tsquery('dutch', unaccent(word))::text,
               plainto_tsquery('english', unaccent(word))::text
          FROM unnest(%s::text[]) WITH ORDINALITY AS given(word, place) ORDER BY place
        """,
        [pieces],
    )
    return [
        term
        for number, row in enumerate(rows)
        if (term := _term(*row, is_last=number == len(rows) - 1)) is not None
    ]


def _term(word: str, folded: str, dutch: str, english: str, *, is_last: bool) -> Term | None:
    digits = "".join(filter(str.isdigit, word))
    if _PHONE.fullmatch(word) and len(digits) >= 8:
        # As it was written, or as the end of a number in international notation.
        end = digits.lstrip("0")
        return Term(dutch or english, (end,) if end in folded else (end, folded))
    if not dutch or not english:
        # A word of the grammar in one of the languages.
        return None
    queries = list(dict.fromkeys((dutch, english)))
    if is_last and len(folded) >= _PART_AT_LEAST and folded.isalnum():
        # What begins with the word includes the word itself.
        queries = [*(query for query in queries if query != f"'{folded}'"), f"'{folded}':*"]
    queries = [f"({query})" for query in queries]
    return Term(" | ".join(queries), (folded,) if len(folded) >= _PART_AT_LEAST else ())


def _each(terms: Sequence[Term], brands: str = "") -> Condition:
    """Every word stands in one place or the other. brands: a tsquery that is joined to each word's."""
    parts: list[str] = []
    parameters: list[str] = []
    for term in terms:
        either = []
        if term.query:
            either.append("words @@ %s::tsquery")
            parameters.append(f"({term.query}) & ({brands})" if brands else term.query)
        for part in term.parts:
            either.append("names LIKE %s")
            parameters.append(_anywhere(part))
        parts.append(f"({' OR '.join(either)})")
    return " AND ".join(parts), parameters


def _whole(terms: Sequence[Term], brands: str = "") -> Condition:
    """Every word stands among the words, which include whole names."""
    if not all(term.query for term in terms):
        return "false", []
    queries = [f"({term.query})" for term in terms]
    if brands:
        queries.append(f"({brands})")
    return "words @@ %s::tsquery", [" & ".join(queries)]


def _named(terms: Sequence[Term]) -> Condition:
    """Every word stands among the names."""
    parts: list[str] = []
    parameters: list[str] = []
    for term in terms:
        parts.append(f"({' OR '.join(['names LIKE %s'] * len(term.parts)) or 'false'})")
        parameters += map(_anywhere, term.parts)
    return " AND ".join(parts), parameters


def _anywhere(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _looked_through(
    terms: Sequence[Term], brands: Collection[UUID], most: int, *, skip: int, look: int
) -> list[Found]:
    """Among so many of the newest conversations, the brands' in one order; it stops when it has enough."""
    condition, parameters = _each(terms)
    # The numbers are ours and no parameters, for the planner to see them.
    brand = f"""
        (SELECT thread_id, last_message_at, words, names FROM thread_search
          WHERE business_entity_id = %s ORDER BY last_message_at DESC LIMIT {skip + look:d})
        """  # noqa: S608
    newest = " UNION ALL ".join([brand] * len(brands))
    return fetch_all(
        f"""
        SELECT thread_id, last_message_at
          FROM (SELECT * FROM ({newest}) AS brand ORDER BY last_message_at DESC OFFSET {skip:d} LIMIT {look:d}) AS newest
         WHERE {condition}
         ORDER BY last_message_at DESC LIMIT %s
        """,  # noqa: S608 condition and numbers are ours
        [*brands, *parameters, most],
    )


def _by_index(
    joined: Callable[[Sequence[Term], str], Condition],
    terms: Sequence[Term],
    brands: Collection[UUID],
    most: int,
) -> list[Found]:
    """Set apart by MATERIALIZED, so that the planner does not walk along the newest instead."""
    # The brands' own lists are the longest of all: read only where they keep something out.
    others = BusinessEntity.objects.exclude(pk__in=brands).exists()
    marks = " | ".join(f"'{BRAND_MARK}{brand}'" for brand in brands) if others else ""
    condition, parameters = joined(terms, marks)
    return fetch_all(
        f"""
        WITH found AS MATERIALIZED (
            SELECT thread_id, last_message_at FROM thread_search
             WHERE {condition} AND business_entity_id = ANY(%s::uuid[]))
        SELECT thread_id, last_message_at FROM found ORDER BY last_message_at DESC LIMIT %s
        """,  # noqa: S608 the condition is ours
        [*parameters, list(brands), most],
    )
