from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel, ChangingModel
from channels_app.models.channel import BusinessEntityChannel
from channels_app.models.contact import Contact
from channels_app.models.entity import BusinessEntity
from channels_app.models.fields import TextListField
from channels_app.models.personal import DataKind, PersonalData


class ThreadQuerySet(models.QuerySet["CommunicationThread"]):
    def unresolved(self) -> ThreadQuerySet:
        return self.exclude(status=CommunicationThread.Status.RESOLVED)


class CommunicationThread(ChangingModel):
    """A conversation with one contact over one medium.

    `source_channel` is where the customer is reachable, so where replies leave from; `channel` is the
    department that owns the conversation. Routing and people change the owner, never the source's brand.
    """

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="contact",
        kind=DataKind.TEXT,
        cleared={"subject": "", "lead_reasons": []},
        age="last_message_at",
    )

    class Status(models.TextChoices):
        NEW = "new", _("New")
        OPEN = "open", _("Open")
        WAITING = "waiting", _("Waiting for the customer")
        SNOOZED = "snoozed", _("Snoozed")
        RESOLVED = "resolved", _("Resolved")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="threads", db_index=False, verbose_name=_("contact")
    )
    source_channel = models.ForeignKey(
        BusinessEntityChannel, on_delete=models.PROTECT, related_name="+", verbose_name=_("arrived at")
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="threads",
        db_index=False,
        null=True,
        blank=True,
        verbose_name=_("department"),
        help_text=_("Empty: nobody could be found."),
    )
    medium = models.CharField(_("medium"), max_length=20)
    single_open = models.BooleanField(
        default=True,
        db_default=True,
        editable=False,
        help_text=_("The medium has no conversations of its own, so a contact has one open thread on it."),
    )
    reference_number = models.CharField(_("reference"), max_length=40, unique=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True, db_default="")
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.NEW, db_default="new"
    )
    set_aside = models.BooleanField(
        _("set aside"),
        default=False,
        db_default=False,
        help_text=_("Automated mail, mailing lists and spam: kept, but in nobody's way."),
    )
    is_urgent = models.BooleanField(_("urgent"), default=False, db_default=False)
    is_unsure = models.BooleanField(
        _("routing unsure"),
        default=False,
        db_default=False,
        help_text=_("Stayed where it arrived because the message said too little."),
    )
    runner_up_code = models.CharField(_("second choice"), max_length=50, blank=True, db_default="")
    suggested_code = models.CharField(_("suggested move"), max_length=50, blank=True, db_default="")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("assigned to"),
    )
    labels = TextListField(_("labels"))
    language = models.CharField(_("language"), max_length=5, blank=True, db_default="")
    lead_score = models.PositiveSmallIntegerField(_("lead score"), null=True, blank=True)
    lead_reasons = TextListField(_("why this lead score"))
    previous_thread = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("earlier conversation"),
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="merged_threads",
        db_index=False,
        verbose_name=_("merged into"),
        help_text=_("Where its messages went; what still names this conversation goes there too."),
    )
    last_message_at = models.DateTimeField(_("last message"))
    last_inbound_at = models.DateTimeField(_("customer last wrote"), null=True, blank=True)
    last_outbound_at = models.DateTimeField(_("last answered"), null=True, blank=True)
    waiting_since = models.DateTimeField(
        _("customer waits since"), null=True, blank=True, help_text=_("Oldest message without an answer.")
    )
    response_due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    first_response_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    auto_responded_at = models.DateTimeField(_("automatic answer at"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("escalated at"), null=True, blank=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        db_table = "communication_threads"
        ordering = ("-last_message_at",)
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(
                fields=["business_entity", "contact", "medium"],
                condition=Q(single_open=True) & ~Q(status="resolved"),
                name="one_open_thread_per_contact_and_medium",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="resolved"),
                name="merged_thread_is_resolved",
            ),
        ]
        indexes = [
            # Inbox: the unresolved conversations of a department, newest first; also counts its load. What
            # the dashboard counts of them is read from the index alone.
            models.Index(
                fields=["channel", "-last_message_at"],
                condition=~Q(status="resolved"),
                include=[
                    "business_entity",
                    "set_aside",
                    "response_due_at",
                    "waiting_since",
                    "first_response_at",
                ],
                name="thread_open_by_channel",
            ),
            # Inbox and admin: everything of a brand, newest first.
            models.Index(fields=["business_entity", "-last_message_at"], name="thread_by_brand"),
            # A contact's other conversations, and the latest one to reopen or to learn from.
            models.Index(fields=["contact", "-last_message_at"], name="thread_by_contact"),
            # "Mine" in the inbox.
            models.Index(
                fields=["assignee"], condition=~Q(status="resolved"), name="thread_open_by_assignee"
            ),
            # Who waits for an answer, in the order of the inbox; also counted for the sidebar of every page.
            models.Index(
                fields=["response_due_at", "-last_message_at", "-id"],
                condition=Q(waiting_since__isnull=False),
                include=["business_entity", "status", "set_aside"],
                name="thread_waiting_by_due_time",
            ),
            # The sweep that wakes snoozed conversations.
            models.Index(fields=["snoozed_until"], condition=Q(status="snoozed"), name="thread_by_wake_time"),
            # The sweep that resolves conversations in which the customer went silent.
            models.Index(
                fields=["last_message_at"], condition=Q(status="waiting"), name="thread_waiting_by_age"
            ),
            # The rollup: begun and resolved in an hour, changed since the last look.
            BrinIndex(
                fields=["created_at", "resolved_at", "updated_at"],
                name="thread_by_time",
                autosummarize=True,
                pages_per_range=32,
            ),
            # What was merged into a conversation.
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="thread_by_merged_into"
            ),
            # Inbox filter by label.
            GinIndex(fields=["labels"], name="thread_by_label"),
        ]

    def __str__(self) -> str:
        return self.reference_number


class CommunicationMessage(BaseModel):
    """One message, whoever wrote it and over whatever medium. Its words never change."""

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="thread__contact",
        kind=DataKind.TEXT,
        cleared={
            "subject": "", "body": "", "new_text": None, "html": "", "sender": "", "sender_name": "",
            "recipients": [], "data": {"removed": True},
        },
    )  # fmt: skip

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Received")
        OUTBOUND = "outbound", _("Sent")
        INTERNAL = "internal", _("Internal note")

    class Type(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        REPLY = "reply", _("Reply")
        FORWARD = "forward", _("Forwarded")
        AUTO_RESPONSE = "auto_response", _("Automatic answer")
        RATING_REQUEST = "rating_request", _("Request for a rating")
        NOTE = "note", _("Internal note")
        ECHO = "echo", _("Sent from the medium's own app")

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        HELD = "held", _("Held back")
        QUEUED = "queued", _("In the outbox")
        SENDING = "sending", _("Being sent")
        UNKNOWN = "unknown", _("Unknown whether it was sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        PLAYED = "played", _("Played")

    # Without a constraint of its own: that of the thread keeps the brand.
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("brand"),
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
        verbose_name=_("conversation"),
    )
    channel = models.ForeignKey(
        BusinessEntityChannel,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("channel"),
        help_text=_("Where it arrived or left from."),
    )
    receipt = models.ForeignKey(
        "channels_app.InboundReceipt",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    message_type = models.CharField(_("type"), max_length=20, choices=Type)
    kind = models.CharField(_("kind"), max_length=20, default="text", db_default="text")
    external_id = models.CharField(_("id at the provider"), max_length=998, blank=True, db_default="")
    sender = models.CharField(_("sender"), max_length=320, blank=True, db_default="")
    sender_name = models.CharField(_("sender's name"), max_length=200, blank=True, db_default="")
    recipients = models.JSONField(default=list, db_default=[], blank=True)
    subject = models.TextField(_("subject"), blank=True, db_default="")
    body = models.TextField(_("text"), blank=True, db_default="")
    new_text = models.TextField(  # noqa: DJ001 null says "all of it is new", which "" does not
        null=True, blank=True, help_text=_("The part written this time; empty when all of it is.")
    )
    html = models.TextField(blank=True, db_default="")
    data = models.JSONField(default=dict, db_default={}, blank=True)
    reply_to = models.CharField(max_length=998, blank=True, db_default="")
    references = TextListField(base_field=models.TextField())
    automated = models.CharField(_("automated"), max_length=20, blank=True, db_default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("written by"),
    )
    answers = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("The customer's message that an automatic answer belongs to."),
    )
    template = models.ForeignKey(
        "channels_app.CommunicationTemplate",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    error_code = models.CharField(_("error code"), max_length=40, blank=True, db_default="")
    error_text = models.CharField(_("what went wrong"), max_length=500, blank=True, db_default="")
    sent_at = models.DateTimeField(
        _("sent"), help_text=_("By the sender's clock; for our own, when it left.")
    )
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        db_table = "communication_messages"
        ordering = ("-id",)
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            # Exactly once; serves duplicates, statuses and the threading of mail too.
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                condition=~Q(external_id=""),
                name="message_once_per_channel",
            ),
            models.UniqueConstraint(
                fields=["answers"],
                condition=Q(message_type="auto_response"),
                name="one_auto_response_per_message",
            ),
        ]
        indexes = [
            # The timeline of a conversation.
            models.Index(fields=["thread", "sent_at"], name="message_timeline"),
            # Outgoing messages that a person must look at.
            models.Index(
                fields=["business_entity", "state"],
                condition=Q(state__in=["unknown", "failed"]),
                name="message_needs_attention",
            ),
            # The rollup: sent in an hour, stored since the last look.
            BrinIndex(
                fields=["sent_at", "created_at"],
                name="message_by_time",
                autosummarize=True,
                pages_per_range=32,
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.body[:60] or self.kind
