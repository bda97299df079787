from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F

from channels_app.models.conversation import CommunicationThread
from channels_app.models.entity import BusinessEntity


class ThreadSearch(models.Model):
    """What a conversation can be found by; made from its messages and contact shortly after they change.

    It follows them by triggers (`search_stale`), and goes when the conversation goes.
    """

    brand_lookup = "business_entity"

    thread = models.OneToOneField(
        CommunicationThread,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="search",
        db_constraint=False,
    )
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    last_message_at = models.DateTimeField()
    words = SearchVectorField(help_text="Subject and messages, by Dutch and by English stems, and the brand.")
    names = models.TextField(help_text="Reference, name, company, addresses and numbers, folded.")

    class Meta:
        db_table = "thread_search"
        indexes = [
            # Rare words.
            GinIndex(fields=["words"], name="thread_search_words"),
            # Parts of names and numbers.
            GinIndex(OpClass(F("names"), name="gin_trgm_ops"), name="thread_search_names"),
            # Common words: the newest conversations of a brand are looked through.
            models.Index(fields=["business_entity", "-last_message_at"], name="thread_search_newest"),
        ]

    def __str__(self) -> str:
        return str(self.thread_id)


class StaleThread(models.Model):
    """A conversation whose search row is out of date. Only ever added by triggers, taken by the indexer."""

    brand_lookup = None

    thread_id = models.UUIDField()

    class Meta:
        db_table = "search_stale"

    def __str__(self) -> str:
        return str(self.thread_id)
