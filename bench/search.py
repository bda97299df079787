"""Finding conversations among a million messages, each with the place where the words were said."""

from __future__ import annotations

from collections.abc import Callable

from bench.million import million
from bench.processor import cost
from bench.results import Result, at_most, interleaved

CEILING = 200
SHOWN = 50


def searches() -> dict[str, str]:
    """What is searched for: how common it is -> the text."""
    from channels_app.models import Contact, ContactIdentifier

    # The same people whatever the number of contacts: the first of a rare family, and of a common one.
    names = Contact.objects.order_by("name").values_list("name", flat=True)
    name = names.filter(name__contains="huis")[0]
    number = ContactIdentifier.objects.order_by("id").values_list("value", flat=True)[7]
    return {
        "a common word": "laadpaal",
        "two words": "laadpaal factuur",
        "a rare word": "bakelomi",
        "a word that nobody wrote": "regenwormen",
        "a name": name,
        "a common name": names.filter(name__endswith=" Vos")[0],
        "a part of a name": name.split()[-1][1:5],
        "a phone number": f"0{number[3:]}",
    }


def find(text: str) -> Callable[[], None]:
    """The work of one search in all brands, as the inbox does it."""
    from channels_app.selectors.search import snippets, thread_ids_found

    def work() -> None:
        snippets(thread_ids_found(text, None)[:SHOWN], text)

    return work


def measure() -> list[Result]:
    from django.db import connection

    from channels_app.models import ThreadSearch
    from channels_app.services.search_index import search_index_all

    million()
    if search_index_all() or not ThreadSearch.objects.exists():
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE thread_search")
    results = []
    for name, text in searches().items():
        work = find(text)
        results.append(at_most(f"search, {name}, processor time", cost(work), "ms", target=CEILING))
        (elapsed,) = interleaved(work, rounds=5)
        results.append(at_most(f"search, {name}", elapsed, "ms", target=CEILING))
    return results
