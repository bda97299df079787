"""Finding conversations by whatever staff have at hand: a reference, a name, an address, a number, words.

Every word that was typed must be found: among the names and numbers (any part of them), or in what was said
(by its Dutch or English stem, or as the beginning of a word). The newest conversations come first.

Words differ in how common they are by a factor of a million, so there are two ways. The newest conversations of
each brand are looked through; that finds what is common. When it does not find enough, the word is rare enough
for the inverted index to name every conversation that has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from channels_app.bulk import clean_text, fetch_all
from channels_app.models import BusinessEntity, CommunicationThread
from channels_app.scoping import entity_ids

LONGEST_SEARCH = 200
MOST_WORDS = 12
MOST_FOUND = 200
LOOKED_THROUGH = 8000  # of all brands together
SNIPPET_WORDS = 18
# Before the brand's id among the words of a conversation; nobody can type it.
BRAND_MARK = "~brand~"
# Around what was found; the page escapes the snippet first and then puts its marks here.
MARK_START, MARK_END = "\x02", "\x03"

# A phone number with blanks, dashes or brackets in it.
_PHONE = re.compile(r"(?<!\S)\+?\d[\d\s()/.-]{5,}\d(?!\S)")
_PART_AT_LEAST = 3  # characters, for a part of a name and for the beginning of a word


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
    found = _looked_through(terms, brands, most)
    if len(found) < most:
        found = _by_index(terms, brands, most)
    return found


def snippets(thread_ids: Sequence[UUID], text: str) -> dict[UUID, str]:
    """For each conversation in which a word of the search was said, the newest place, marked.

    `MARK_START` and `MARK_END` stand around the words; the text is the customer's and not escaped.
    """
    queries = [term.query for term in _terms(text) if term.query]
    if not thread_ids or not queries:
        return {}
    rows = fetch_all(
        """
        SELECT thread.id, ts_headline('dutch', place.said, place.query, %s)
          FROM unnest(%s::uuid[]) AS thread(id)
         CROSS JOIN LATERAL (
               SELECT message.said, wanted.query
                 FROM (SELECT left(coalesce(nullif(new_text, ''), body), 4000) AS said, sent_at
                         FROM communication_messages
                        WHERE thread_id = thread.id AND message_type NOT IN ('auto_response', 'rating_request')
                        ORDER BY sent_at DESC LIMIT 50) AS message
                CROSS JOIN (SELECT %s::tsquery AS query) AS wanted
                WHERE to_tsvector('dutch', unaccent(message.said)) @@ wanted.query
                ORDER BY message.sent_at DESC LIMIT 1) AS place
        """,
        [
            f'StartSel="{MARK_START}", StopSel="{MARK_END}", MaxWords={SNIPPET_WORDS}, MinWords=8, '
            "MaxFragments=1",
            list(thread_ids),
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


def _condition(terms: Sequence[Term], brands: str = "") -> tuple[str, list[str]]:
    """The condition on a row of `thread_search`, and its parameters; brands: a tsquery that joins every word's."""
    parts: list[str] = []
    parameters: list[str] = []
    for term in terms:
        either = []
        if term.query:
            either.append("words @@ %s::tsquery")
            parameters.append(f"({term.query}) & ({brands})" if brands else term.query)
        for part in term.parts:
            either.append("names LIKE %s")
            parameters.append(f"%{_escaped(part)}%")
        parts.append(f"({' OR '.join(either)})")
    return " AND ".join(parts), parameters


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _looked_through(terms: Sequence[Term], brands: Collection[UUID], most: int) -> list[UUID]:
    condition, parameters = _condition(terms)
    rows = fetch_all(
        f"""
        SELECT thread_id
          FROM unnest(%s::uuid[]) AS brand(id)
         CROSS JOIN LATERAL (
               SELECT thread_id, last_message_at, words, names FROM thread_search
                WHERE business_entity_id = brand.id ORDER BY last_message_at DESC LIMIT %s) AS newest
         WHERE {condition}
         ORDER BY last_message_at DESC LIMIT %s
        """,  # noqa: S608 the condition is ours
        [list(brands), max(1, LOOKED_THROUGH // len(brands)), *parameters, most],
    )
    return [thread_id for (thread_id,) in rows]


def _by_index(terms: Sequence[Term], brands: Collection[UUID], most: int) -> list[UUID]:
    """Set apart by MATERIALIZED, so that the planner does not walk along the newest instead."""
    # The brands' own lists are the longest of all: read only where they keep something out.
    others = BusinessEntity.objects.exclude(pk__in=brands).exists()
    marks = " | ".join(f"'{BRAND_MARK}{brand}'" for brand in brands) if others else ""
    condition, parameters = _condition(terms, marks)
    rows = fetch_all(
        f"""
        WITH found AS MATERIALIZED (
            SELECT thread_id, last_message_at FROM thread_search
             WHERE {condition} AND business_entity_id = ANY(%s::uuid[]))
        SELECT thread_id FROM found ORDER BY last_message_at DESC LIMIT %s
        """,  # noqa: S608 the condition is ours
        [*parameters, list(brands), most],
    )
    return [thread_id for (thread_id,) in rows]
