"""Finding conversations by whatever staff have at hand: a reference, a name, an address, a number, a word."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from channels_app.models import CommunicationMessage, CommunicationThread, ContactIdentifier

LONGEST_SEARCH = 200


def search_threads(threads: QuerySet[CommunicationThread], text: str) -> QuerySet[CommunicationThread]:
    """Those of `threads` (already scoped) in which every word of the text is found somewhere.

    Looked at: reference and subject; name, company, addresses, customer, order and charger numbers of
    the contact; the words of messages and notes.
    """
    for word in text[:LONGEST_SEARCH].split():
        threads = threads.filter(_holds(word))
    return threads


def _holds(word: str) -> Q:
    address = ContactIdentifier.objects.filter(contact=OuterRef("contact"), value__icontains=word.lower())
    said = CommunicationMessage.objects.filter(thread=OuterRef("pk"), body__icontains=word)
    numbers = ("customer_numbers", "order_numbers", "charger_serials")
    held = Q()
    for name in numbers:
        held |= Q(**{f"contact__{name}__contains": [word]})
    return (
        Q(reference_number__icontains=word)
        | Q(subject__icontains=word)
        | Q(contact__name__icontains=word)
        | Q(contact__company__icontains=word)
        | held
        | Exists(address)
        | Exists(said)
    )
