from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntity, CommunicationMessage, CommunicationThread, Contact
from channels_app.models.base import BaseModel, ChangingModel
from channels_app.models.personal import DataKind, PersonalData, without


class ThreadEvent(BaseModel):
    """Something that somebody did with a conversation: who, what and when. Written once, never changed.

    `data` holds what the sentence in the timeline needs, as it was then (`routing.selectors.trail`).
    """

    brand_lookup = "business_entity"
    personal = PersonalData(
        contact="thread__contact",
        kind=DataKind.TEXT,
        cleared={"data": without("data", "note", "reason", "why", "to")},
    )

    class Kind(models.TextChoices):
        STARTED = "started", _("Conversation started")
        REPLIED = "replied", _("Answered")
        REPLY_UNDONE = "reply_undone", _("Answer taken back")
        REPLY_FAILED = "reply_failed", _("Answer not delivered")
        FORWARDED = "forwarded", _("Forwarded")
        NOTED = "noted", _("Note written")
        TAKEN = "taken", _("Taken")
        ASSIGNED = "assigned", _("Assigned")
        AUTO_ASSIGNED = "auto_assigned", _("Assigned automatically")
        HANDED_OVER = "handed_over", _("Handed over")
        GIVEN_BACK = "given_back", _("Given back")
        MOVED = "moved", _("Moved to another department")
        SNOOZED = "snoozed", _("Snoozed")
        WOKEN = "woken", _("Woken")
        RESOLVED = "resolved", _("Resolved")
        REOPENED = "reopened", _("Reopened")
        ESCALATED = "escalated", _("Escalated")
        LABELLED = "labelled", _("Labels changed")
        MERGED = "merged", _("Merged")
        UNMERGED = "unmerged", _("Taken apart again")
        MARKED_SPAM = "marked_spam", _("Marked as spam")
        UNMARKED_SPAM = "unmarked_spam", _("Not spam after all")
        BLOCKED = "blocked", _("Sender blocked")
        UNBLOCKED = "unblocked", _("Sender unblocked")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.CASCADE,
        related_name="events",
        db_index=False,
        verbose_name=_("conversation"),
    )
    kind = models.CharField(_("what"), max_length=15, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("who"),
        help_text=_("Empty: the system."),
    )
    data = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        db_table = "thread_events"
        ordering = ("-id",)
        verbose_name = _("event of a conversation")
        verbose_name_plural = _("events of conversations")
        indexes = [
            # The timeline of a conversation.
            models.Index(fields=["thread", "id"], name="event_timeline"),
        ]
        triggers = [
            # The account of somebody who left may be deleted; what was done stays.
            pgtrigger.ReadOnly(name="event_is_final", exclude=["actor"]),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ThreadDraft(ChangingModel):
    """What a member of staff was writing in a conversation; one each, and only for their own eyes."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="thread__contact", kind=DataKind.TEXT, removed=True, age="updated_at")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.ForeignKey(
        CommunicationThread,
        on_delete=models.CASCADE,
        related_name="drafts",
        db_index=False,
        verbose_name=_("conversation"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by")
    )
    body = models.TextField(_("text"), blank=True, db_default="")
    content = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text=_("The other fields of the composer: mode, subject, cc, template, attachments."),
    )

    class Meta:
        db_table = "thread_drafts"
        ordering = ("-updated_at",)
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            # Also finds the drafts of a conversation.
            models.UniqueConstraint(fields=["thread", "user"], name="one_draft_per_thread_and_user"),
        ]

    def __str__(self) -> str:
        return self.body[:60]


class StartDraft(ChangingModel):
    """The conversation that a member of staff was about to begin; one each, and only for their own eyes."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="contact", kind=DataKind.TEXT, removed=True, age="updated_at")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by")
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact"),
        help_text=_("Empty: somebody who is not known yet."),
    )
    content = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text=_("The fields of the page by their names, each a list of texts."),
    )

    class Meta:
        db_table = "start_drafts"
        verbose_name = _("draft of a new conversation")
        verbose_name_plural = _("drafts of new conversations")

    def __str__(self) -> str:
        return str(self.user)


class DraftFile(BaseModel):
    """A file that was uploaded in the composer and has not been sent yet."""

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by")
    )
    name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=150, blank=True, db_default="")
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m/", max_length=300)

    class Meta:
        db_table = "draft_files"
        ordering = ("id",)
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        indexes = [
            # The sweep that clears what was never sent.
            models.Index(fields=["created_at"], name="draft_file_by_age"),
        ]

    def __str__(self) -> str:
        return self.name


class StaffNotice(BaseModel):
    """Something in a conversation that a member of staff should see: a mention, work given to them."""

    brand_lookup = "business_entity"
    personal = PersonalData(contact="thread__contact", kind=DataKind.TEXT, cleared={"preview": ""})

    class Kind(models.TextChoices):
        MENTIONED = "mentioned", _("You were mentioned")
        ASSIGNED = "assigned", _("Assigned to you")
        HANDED_OVER = "handed_over", _("Handed over to you")
        WOKEN = "woken", _("Your snoozed conversation is back")
        REPLY_FAILED = "reply_failed", _("Your answer was not delivered")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.ForeignKey(
        CommunicationThread, on_delete=models.CASCADE, related_name="+", verbose_name=_("conversation")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="staff_notices",
        db_index=False,
        verbose_name=_("for"),
    )
    kind = models.CharField(_("what"), max_length=15, choices=Kind)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by"),
    )
    message = models.ForeignKey(
        CommunicationMessage,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("message"),
    )
    preview = models.CharField(_("text"), max_length=200, blank=True, db_default="")
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        db_table = "staff_notices"
        ordering = ("-id",)
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            # The bell: what somebody has not read yet, newest first.
            models.Index(fields=["user", "-id"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["user", "-id"], name="notice_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.preview}"


class ReadMark(BaseModel):
    """How far somebody has read a conversation: up to the customer's message of this moment."""

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("brand")
    )
    thread = models.ForeignKey(
        CommunicationThread, on_delete=models.CASCADE, related_name="read_marks", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_inbound_at = models.DateTimeField()

    class Meta:
        db_table = "thread_read_marks"
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints = [
            # Also serves the inbox, which asks per row whether its reader has seen the newest message.
            models.UniqueConstraint(fields=["thread", "user"], name="one_read_mark_per_thread_and_user"),
        ]

    def __str__(self) -> str:
        return f"{self.seen_inbound_at:%Y-%m-%d %H:%M}"


class StaffPresence(BaseModel):
    """Whether somebody takes work: the switch they set, when they were last at work, how much they can carry."""

    brand_lookup = None

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presence", verbose_name=_("user")
    )
    is_available = models.BooleanField(
        _("available"),
        default=True,
        db_default=True,
        help_text=_("Off: no new conversations are given to this person."),
    )
    changed_at = models.DateTimeField(_("since"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last at work"), null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("conversations at once"),
        null=True,
        blank=True,
        help_text=_("No more than this many open conversations are given automatically. Empty: no limit."),
    )

    class Meta:
        db_table = "staff_presence"
        verbose_name = _("presence")
        verbose_name_plural = _("presence")

    def __str__(self) -> str:
        return str(self.user)
