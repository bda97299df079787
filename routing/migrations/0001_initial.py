import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import channels_app.models.base
import channels_app.models.fields
import routing.models.log


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0007_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageRoutingLog",
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
                    "routing_reason",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="reason"),
                ),
                (
                    "routing_confidence",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=3,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="confidence",
                    ),
                ),
                (
                    "applied_rules",
                    models.JSONField(db_default=[], default=list, verbose_name="rules applied"),
                ),
                (
                    "keyword_matches",
                    models.JSONField(db_default={}, default=dict, verbose_name="keywords found"),
                ),
                (
                    "sender_classification",
                    models.CharField(blank=True, db_default="", max_length=50, verbose_name="sender"),
                ),
                ("action", models.CharField(blank=True, db_default="", max_length=25, verbose_name="action")),
                (
                    "urgency",
                    models.CharField(blank=True, db_default="", max_length=10, verbose_name="urgency"),
                ),
                ("unsure", models.BooleanField(db_default=False, default=False, verbose_name="unsure")),
                (
                    "runner_up",
                    models.CharField(blank=True, db_default="", max_length=50, verbose_name="second choice"),
                ),
                (
                    "labels",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="labels",
                    ),
                ),
                (
                    "auto_response",
                    models.CharField(
                        blank=True, db_default="", max_length=20, verbose_name="automatic answer"
                    ),
                ),
                ("explanation", models.JSONField(db_default={}, default=dict, verbose_name="explanation")),
                (
                    "candidates",
                    routing.models.log.CandidatesField(
                        db_default=[], default=list, verbose_name="candidates"
                    ),
                ),
                (
                    "processing_time_ms",
                    models.PositiveIntegerField(
                        help_text="The decision itself, rounded up.",
                        null=True,
                        verbose_name="engine time (ms)",
                    ),
                ),
                (
                    "waiting_time_ms",
                    models.PositiveIntegerField(
                        help_text="From arrival to decision.", null=True, verbose_name="waited (ms)"
                    ),
                ),
                (
                    "manual_override",
                    models.BooleanField(db_default=False, default=False, verbose_name="moved by hand"),
                ),
                (
                    "override_reason",
                    models.TextField(blank=True, db_default="", verbose_name="reason for the move"),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "communication_message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="routing_logs",
                        to="channels_app.communicationmessage",
                        verbose_name="message",
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="routing_logs",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "source_channel",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="arrived at",
                    ),
                ),
                (
                    "target_channel",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Empty when nobody could be found.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="routed to",
                    ),
                ),
                (
                    "overridden_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="moved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing decision",
                "verbose_name_plural": "routing decisions",
                "db_table": "message_routing_logs",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["target_channel", "created_at"], name="log_by_target"),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["created_at"], name="log_by_time", pages_per_range=32
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("routing_confidence__isnull", True),
                            models.Q(("routing_confidence__gte", 0), ("routing_confidence__lte", 1)),
                            _connector="OR",
                        ),
                        name="routing_confidence_0_to_1",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("manual_override", False),
                            models.Q(("override_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="override_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SlaTimer",
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
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("warn_at", models.DateTimeField(blank=True, null=True, verbose_name="warning at")),
                ("warned_at", models.DateTimeField(blank=True, null=True, verbose_name="warned")),
                ("breached_at", models.DateTimeField(blank=True, null=True, verbose_name="breached")),
                (
                    "handed_over_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the department's fallback took over.",
                        null=True,
                        verbose_name="handed over",
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                (
                    "elapsed_minutes",
                    models.DecimalField(
                        decimal_places=2, max_digits=10, null=True, verbose_name="minutes elapsed"
                    ),
                ),
                (
                    "business_minutes",
                    models.DecimalField(
                        decimal_places=2, max_digits=10, null=True, verbose_name="business minutes"
                    ),
                ),
                (
                    "first_response",
                    models.BooleanField(
                        db_default=True, default=True, verbose_name="first answer of the conversation"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("met", "Answered in time"),
                            ("breached", "Answered too late"),
                            ("cancelled", "Cancelled"),
                        ],
                        db_default="running",
                        default="running",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_constraint=False,
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
                        related_name="sla_timers",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sla_timer",
                        to="channels_app.communicationmessage",
                        verbose_name="message",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "response clock",
                "verbose_name_plural": "response clocks",
                "db_table": "sla_timers",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["due_at"],
                        name="clock_running_by_due",
                    ),
                    models.Index(
                        fields=["channel", "answered_at"],
                        include=("elapsed_minutes", "business_minutes", "state"),
                        name="clock_by_channel_answered",
                    ),
                    models.Index(
                        condition=models.Q(("breached_at__isnull", False)),
                        fields=["breached_at"],
                        name="clock_by_breach_time",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")),
                        fields=("thread",),
                        name="one_running_clock_per_thread",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("started_at"))),
                        name="clock_due_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
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
                    "cause",
                    models.CharField(
                        choices=[
                            ("emergency", "Emergency"),
                            ("breach", "Answer overdue"),
                            ("manual", "Escalated by hand"),
                        ],
                        max_length=10,
                        verbose_name="cause",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")],
                        db_default="open",
                        default="open",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True, verbose_name="acknowledged")),
                (
                    "acknowledged_by",
                    models.CharField(
                        blank=True, db_default="", max_length=150, verbose_name="acknowledged by"
                    ),
                ),
                ("reason", models.TextField(blank=True, db_default="", verbose_name="reason")),
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
                        related_name="escalations",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="department",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="raised by",
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "db_table": "escalations",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["created_at"], name="escalation_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("thread", "cause"),
                        name="one_open_escalation_per_cause",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EscalationStep",
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
                ("position", models.PositiveSmallIntegerField(verbose_name="order")),
                ("by", models.CharField(max_length=10, verbose_name="by")),
                ("to", models.CharField(blank=True, db_default="", max_length=200, verbose_name="to")),
                (
                    "repeat_minutes",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="repeat every (minutes)"
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Planned"),
                            ("done", "Done"),
                            ("skipped", "Not needed any more"),
                        ],
                        db_default="pending",
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(blank=True, db_default="", max_length=300, verbose_name="outcome"),
                ),
                (
                    "escalation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="routing.escalation",
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation step",
                "verbose_name_plural": "escalation steps",
                "db_table": "escalation_steps",
                "ordering": ("due_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["due_at"],
                        name="escalation_step_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("escalation", "position"), name="escalation_step_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Backtest",
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
                (
                    "days",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="days",
                    ),
                ),
                (
                    "draft",
                    models.JSONField(blank=True, db_default={}, default=dict, verbose_name="draft rules"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        db_default="waiting",
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("total", models.PositiveIntegerField(null=True, verbose_name="conversations")),
                ("done", models.PositiveIntegerField(db_default=0, default=0, verbose_name="replayed")),
                (
                    "changed",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="would go elsewhere"),
                ),
                ("last_thread", models.UUIDField(editable=False, null=True)),
                ("results", models.JSONField(db_default={}, default=dict, editable=False)),
                (
                    "error",
                    models.CharField(
                        blank=True, db_default="", max_length=300, verbose_name="what went wrong"
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "backtest",
                "verbose_name_plural": "backtests",
                "db_table": "backtests",
                "ordering": ("-id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("days__gte", 1), ("days__lte", 90)), name="backtest_1_to_90_days"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingRequest",
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
                    "language",
                    models.CharField(db_default="nl", default="nl", max_length=5, verbose_name="language"),
                ),
                (
                    "skipped",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_template", "No template for it"),
                            ("window_closed", "The 24-hour window was closed"),
                            ("no_address", "No address to ask at"),
                        ],
                        db_default="",
                        max_length=15,
                        verbose_name="not asked because",
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="open until")),
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rating_request",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        help_text="That owned the conversation when the customer was asked.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="department",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.communicationmessage",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "request for a rating",
                "verbose_name_plural": "requests for a rating",
                "db_table": "rating_requests",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["contact", "created_at"], name="rating_request_by_contact")],
            },
        ),
        migrations.CreateModel(
            name="ConversationRating",
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
                    "score",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="score",
                    ),
                ),
                ("comment", models.TextField(blank=True, db_default="", default="", verbose_name="comment")),
                ("rated_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="rated")),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "thread",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rating",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        help_text="That owned the conversation when the customer was asked.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
                "verbose_name_plural": "ratings",
                "db_table": "conversation_ratings",
                "ordering": ("-rated_at",),
                "indexes": [models.Index(fields=["rated_at"], name="rating_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="rating_1_to_5"
                    )
                ],
            },
        ),
    ]
