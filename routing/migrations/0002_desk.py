import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import channels_app.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("routing", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ThreadEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "Conversation started"),
                            ("replied", "Answered"),
                            ("reply_undone", "Answer taken back"),
                            ("reply_failed", "Answer not delivered"),
                            ("forwarded", "Forwarded"),
                            ("noted", "Note written"),
                            ("taken", "Taken"),
                            ("assigned", "Assigned"),
                            ("auto_assigned", "Assigned automatically"),
                            ("handed_over", "Handed over"),
                            ("given_back", "Given back"),
                            ("moved", "Moved to another department"),
                            ("snoozed", "Snoozed"),
                            ("woken", "Woken"),
                            ("resolved", "Resolved"),
                            ("reopened", "Reopened"),
                            ("escalated", "Escalated"),
                            ("labelled", "Labels changed"),
                            ("merged", "Merged"),
                            ("unmerged", "Taken apart again"),
                            ("marked_spam", "Marked as spam"),
                            ("unmarked_spam", "Not spam after all"),
                            ("blocked", "Sender blocked"),
                            ("unblocked", "Sender unblocked"),
                        ],
                        max_length=15,
                        verbose_name="what",
                    ),
                ),
                ("data", models.JSONField(blank=True, db_default={}, default=dict)),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: the system.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a conversation",
                "verbose_name_plural": "events of conversations",
                "db_table": "thread_events",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["thread", "id"], name="event_timeline")],
            },
        ),
        migrations.CreateModel(
            name="ThreadDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True,
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="changed",
                    ),
                ),
                ("body", models.TextField(blank=True, db_default="", verbose_name="text")),
                (
                    "content",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="The other fields of the composer: mode, subject, cc, template, attachments.",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "draft",
                "verbose_name_plural": "drafts",
                "db_table": "thread_drafts",
                "ordering": ("-updated_at",),
                "constraints": [
                    models.UniqueConstraint(fields=("thread", "user"), name="one_draft_per_thread_and_user")
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftFile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="file name")),
                (
                    "content_type",
                    models.CharField(blank=True, db_default="", max_length=150, verbose_name="type"),
                ),
                ("size", models.BigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "file",
                    models.FileField(max_length=300, upload_to="attachments/%Y/%m/", verbose_name="file"),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
                "db_table": "draft_files",
                "ordering": ("id",),
                "indexes": [models.Index(fields=["created_at"], name="draft_file_by_age")],
            },
        ),
        migrations.CreateModel(
            name="StaffNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mentioned", "You were mentioned"),
                            ("assigned", "Assigned to you"),
                            ("handed_over", "Handed over to you"),
                            ("woken", "Your snoozed conversation is back"),
                            ("reply_failed", "Your answer was not delivered"),
                        ],
                        max_length=15,
                        verbose_name="what",
                    ),
                ),
                ("preview", models.CharField(blank=True, db_default="", max_length=200, verbose_name="text")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="for",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.communicationmessage",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "db_table": "staff_notices",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user", "-id"],
                        name="notice_unread",
                    ),
                    models.Index(fields=["user", "-id"], name="notice_of_user"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadMark",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                ("seen_inbound_at", models.DateTimeField()),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="read_marks",
                        to="channels_app.communicationthread",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "read mark",
                "verbose_name_plural": "read marks",
                "db_table": "thread_read_marks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("thread", "user"), name="one_read_mark_per_thread_and_user"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffPresence",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=channels_app.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=django.utils.timezone.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "is_available",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        help_text="Off: no new conversations are given to this person.",
                        verbose_name="available",
                    ),
                ),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="since")),
                ("last_seen_at", models.DateTimeField(blank=True, null=True, verbose_name="last at work")),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="No more than this many open conversations are given automatically. Empty: no limit.",
                        null=True,
                        verbose_name="conversations at once",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presence",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "presence",
                "verbose_name_plural": "presence",
                "db_table": "staff_presence",
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="threadevent",
            trigger=pgtrigger.compiler.Trigger(
                name="event_is_final",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."business_entity_id" IS DISTINCT FROM (NEW."business_entity_id") OR OLD."thread_id" IS DISTINCT FROM (NEW."thread_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."data" IS DISTINCT FROM (NEW."data"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="027fcf2ae8786f5e95760c89bc7ada486ef21bc6",
                    operation="UPDATE",
                    pgid="pgtrigger_event_is_final_e0159",
                    table="thread_events",
                    when="BEFORE",
                ),
            ),
        ),
    ]
