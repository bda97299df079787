"""What a customer thought of a conversation, or whether they were asked, for the page beside it."""

from __future__ import annotations

from uuid import UUID

from routing.models import ConversationRating, RatingRequest


def rating_of(thread_id: UUID) -> ConversationRating | RatingRequest | None:
    """The rating of a conversation; else the request that waits for one; None when nobody was asked."""
    rating = ConversationRating.objects.filter(thread_id=thread_id).first()
    return rating or RatingRequest.objects.filter(thread_id=thread_id).first()
