import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import channels_app.models.base
import channels_app.models.channel
import channels_app.models.fields

# Every row is written two or three times: by default a fifth of the table would have to die before a vacuum.
CHANGING = ("inbound_receipts", "outbox_items")


def vacuumed_early(table: str) -> tuple[str, str]:
    return (
        f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)",
        f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0002_references_and_configuration_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InboundReceipt",
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
                    "provider",
                    models.CharField(
                        choices=channels_app.models.channel.medium_choices,
                        max_length=20,
                        verbose_name="medium",
                    ),
                ),
                ("method", models.CharField(db_default="POST", default="POST", max_length=8)),
                ("url", models.TextField(blank=True, db_default="")),
                ("headers", models.JSONField(db_default={}, default=dict)),
                ("body", models.BinaryField(verbose_name="raw exchange")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("done", "Processed"),
                            ("quarantined", "Quarantined"),
                        ],
                        db_default="pending",
                        default="pending",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.TextField(
                        blank=True, db_default="", help_text="Why it was quarantined.", verbose_name="reason"
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="attempts"),
                ),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="received"),
                ),
                ("processed_at", models.DateTimeField(blank=True, null=True, verbose_name="processed")),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Of the webhook address; empty on the shared one.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "receipt",
                "verbose_name_plural": "receipts",
                "db_table": "inbound_receipts",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["received_at"],
                        name="receipt_pending",
                    ),
                    models.Index(
                        condition=models.Q(("state", "quarantined")),
                        fields=["received_at"],
                        name="receipt_quarantined",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state", "done"),
                            models.Q(
                                models.Q(("body", b""), _negated=True),
                                models.Q(("url", ""), _negated=True),
                                _connector="OR",
                            ),
                        ),
                        fields=["received_at"],
                        name="receipt_with_contents",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccountNotice",
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
                    "provider",
                    models.CharField(
                        choices=channels_app.models.channel.medium_choices,
                        max_length=20,
                        verbose_name="medium",
                    ),
                ),
                (
                    "account",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="account"),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="kind")),
                (
                    "reference",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="about"),
                ),
                ("text", models.TextField(blank=True, db_default="", verbose_name="text")),
                (
                    "severity",
                    models.CharField(
                        choices=[("info", "Information"), ("warning", "Warning"), ("critical", "Critical")],
                        db_default="info",
                        default="info",
                        max_length=10,
                        verbose_name="severity",
                    ),
                ),
                ("data", models.JSONField(db_default={}, default=dict)),
                (
                    "business_entity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty when no channel has this account.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice of a provider",
                "verbose_name_plural": "notices of providers",
                "db_table": "account_notices",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("kind", "call")), fields=["reference"], name="notice_of_call"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Contact",
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
                ("name", models.CharField(blank=True, db_default="", max_length=200, verbose_name="name")),
                (
                    "company",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="company"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("partner", "Partner"),
                            ("internal", "Colleague"),
                            ("unknown", "Unknown"),
                        ],
                        db_default="unknown",
                        default="unknown",
                        help_text="Unknown is whoever wrote for the first time; make it a customer once they are one.",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("nl", "Dutch"), ("en", "English"), ("de", "German"), ("fr", "French")],
                        db_default="",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                (
                    "street",
                    models.CharField(
                        blank=True, db_default="", max_length=200, verbose_name="street and number"
                    ),
                ),
                (
                    "postal_code",
                    models.CharField(blank=True, db_default="", max_length=12, verbose_name="postal code"),
                ),
                ("city", models.CharField(blank=True, db_default="", max_length=100, verbose_name="city")),
                (
                    "country",
                    models.CharField(blank=True, db_default="", max_length=2, verbose_name="country"),
                ),
                (
                    "customer_numbers",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="customer numbers",
                    ),
                ),
                (
                    "order_numbers",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="order numbers",
                    ),
                ),
                (
                    "charger_serials",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="charger serial numbers",
                    ),
                ),
                ("notes", models.TextField(blank=True, db_default="", verbose_name="notes")),
                (
                    "blocked_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Messages of a blocked contact are kept, but nobody is told and no answer is sent.",
                        null=True,
                        verbose_name="blocked since",
                    ),
                ),
                (
                    "marketing_stopped_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="no marketing since"),
                ),
                (
                    "anonymised_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="anonymised"),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "db_table": "contacts",
                "ordering": ("name",),
                "indexes": [
                    models.Index(fields=["business_entity", "name"], name="contact_by_brand_and_name"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["customer_numbers", "order_numbers", "charger_serials"],
                        name="contact_by_numbers",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactIdentifier",
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
                            ("email", "Email address"),
                            ("phone", "Phone number"),
                            ("whatsapp_user", "WhatsApp user id"),
                        ],
                        max_length=15,
                        verbose_name="kind",
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        help_text="Mail address in lower case, phone number as +31612345678.",
                        max_length=320,
                        verbose_name="value",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="channels_app.contact",
                    ),
                ),
            ],
            options={
                "verbose_name": "address",
                "verbose_name_plural": "addresses",
                "db_table": "contact_identifiers",
                "ordering": ("kind", "value"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity", "kind", "value"), name="identifier_of_one_contact"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactImport",
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
                ("file_name", models.CharField(max_length=255, verbose_name="file")),
                ("content", models.BinaryField(default=b"")),
                (
                    "columns",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="What each column of the file holds, in order; empty is left out.",
                        size=None,
                        verbose_name="columns",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("partner", "Partner"),
                            ("internal", "Colleague"),
                            ("unknown", "Unknown"),
                        ],
                        db_default="customer",
                        default="customer",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "overwrite",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="the file wins where it differs"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Not imported yet"), ("done", "Imported")],
                        db_default="draft",
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="imported")),
                (
                    "contacts_created",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="new"),
                ),
                (
                    "contacts_changed",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="changed"),
                ),
                (
                    "contacts_unchanged",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="unchanged"),
                ),
                (
                    "rows_refused",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="refused"),
                ),
                (
                    "refusals",
                    models.JSONField(blank=True, db_default=[], default=list, verbose_name="why refused"),
                ),
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
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of contacts",
                "verbose_name_plural": "imports of contacts",
                "db_table": "contact_imports",
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="CommunicationThread",
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
                ("medium", models.CharField(max_length=20, verbose_name="medium")),
                (
                    "single_open",
                    models.BooleanField(
                        db_default=True,
                        default=True,
                        editable=False,
                        help_text="The medium has no conversations of its own, so a contact has one open thread on it.",
                    ),
                ),
                ("reference_number", models.CharField(max_length=40, unique=True, verbose_name="reference")),
                (
                    "subject",
                    models.CharField(blank=True, db_default="", max_length=300, verbose_name="subject"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("open", "Open"),
                            ("waiting", "Waiting for the customer"),
                            ("snoozed", "Snoozed"),
                            ("resolved", "Resolved"),
                        ],
                        db_default="new",
                        default="new",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "set_aside",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Automated mail, mailing lists and spam: kept, but in nobody's way.",
                        verbose_name="set aside",
                    ),
                ),
                ("is_urgent", models.BooleanField(db_default=False, default=False, verbose_name="urgent")),
                (
                    "is_unsure",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Stayed where it arrived because the message said too little.",
                        verbose_name="routing unsure",
                    ),
                ),
                (
                    "runner_up_code",
                    models.CharField(blank=True, db_default="", max_length=50, verbose_name="second choice"),
                ),
                (
                    "suggested_code",
                    models.CharField(blank=True, db_default="", max_length=50, verbose_name="suggested move"),
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
                    "language",
                    models.CharField(blank=True, db_default="", max_length=5, verbose_name="language"),
                ),
                (
                    "lead_score",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="lead score"),
                ),
                (
                    "lead_reasons",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        size=None,
                        verbose_name="why this lead score",
                    ),
                ),
                ("last_message_at", models.DateTimeField(verbose_name="last message")),
                (
                    "last_inbound_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="customer last wrote"),
                ),
                (
                    "last_outbound_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last answered"),
                ),
                (
                    "waiting_since",
                    models.DateTimeField(
                        blank=True,
                        help_text="Oldest message without an answer.",
                        null=True,
                        verbose_name="customer waits since",
                    ),
                ),
                ("response_due_at", models.DateTimeField(blank=True, null=True, verbose_name="answer due")),
                (
                    "first_response_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first answer"),
                ),
                ("resolved_at", models.DateTimeField(blank=True, null=True, verbose_name="resolved at")),
                ("snoozed_until", models.DateTimeField(blank=True, null=True, verbose_name="snoozed until")),
                (
                    "auto_responded_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="automatic answer at"),
                ),
                ("escalated_at", models.DateTimeField(blank=True, null=True, verbose_name="escalated at")),
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
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to="channels_app.contact",
                        verbose_name="contact",
                    ),
                ),
                (
                    "source_channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="arrived at",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: nobody could be found.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threads",
                        to="channels_app.businessentitychannel",
                        verbose_name="department",
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="assigned to",
                    ),
                ),
                (
                    "previous_thread",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.communicationthread",
                        verbose_name="earlier conversation",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Where its messages went; what still names this conversation goes there too.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="merged_threads",
                        to="channels_app.communicationthread",
                        verbose_name="merged into",
                    ),
                ),
            ],
            options={
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
                "db_table": "communication_threads",
                "ordering": ("-last_message_at",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "resolved"), _negated=True),
                        fields=["channel", "-last_message_at"],
                        include=(
                            "business_entity",
                            "set_aside",
                            "response_due_at",
                            "waiting_since",
                            "first_response_at",
                        ),
                        name="thread_open_by_channel",
                    ),
                    models.Index(fields=["business_entity", "-last_message_at"], name="thread_by_brand"),
                    models.Index(fields=["contact", "-last_message_at"], name="thread_by_contact"),
                    models.Index(
                        condition=models.Q(("status", "resolved"), _negated=True),
                        fields=["assignee"],
                        name="thread_open_by_assignee",
                    ),
                    models.Index(
                        condition=models.Q(("response_due_at__isnull", False)),
                        fields=["response_due_at"],
                        name="thread_by_due_time",
                    ),
                    models.Index(
                        condition=models.Q(("status", "snoozed")),
                        fields=["snoozed_until"],
                        name="thread_by_wake_time",
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["last_message_at"],
                        name="thread_waiting_by_age",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["created_at", "resolved_at", "updated_at"],
                        name="thread_by_time",
                        pages_per_range=32,
                    ),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="thread_by_merged_into",
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["labels"], name="thread_by_label"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("single_open", True), models.Q(("status", "resolved"), _negated=True)
                        ),
                        fields=("business_entity", "contact", "medium"),
                        name="one_open_thread_per_contact_and_medium",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True), ("status", "resolved"), _connector="OR"
                        ),
                        name="merged_thread_is_resolved",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CommunicationMessage",
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
                    "direction",
                    models.CharField(
                        choices=[
                            ("inbound", "Received"),
                            ("outbound", "Sent"),
                            ("internal", "Internal note"),
                        ],
                        max_length=10,
                        verbose_name="direction",
                    ),
                ),
                (
                    "message_type",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("reply", "Reply"),
                            ("forward", "Forwarded"),
                            ("auto_response", "Automatic answer"),
                            ("rating_request", "Request for a rating"),
                            ("note", "Internal note"),
                            ("echo", "Sent from the medium's own app"),
                        ],
                        max_length=20,
                        verbose_name="type",
                    ),
                ),
                (
                    "kind",
                    models.CharField(db_default="text", default="text", max_length=20, verbose_name="kind"),
                ),
                (
                    "external_id",
                    models.CharField(
                        blank=True, db_default="", max_length=998, verbose_name="id at the provider"
                    ),
                ),
                (
                    "sender",
                    models.CharField(blank=True, db_default="", max_length=320, verbose_name="sender"),
                ),
                (
                    "sender_name",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="sender's name"),
                ),
                ("recipients", models.JSONField(blank=True, db_default=[], default=list)),
                ("subject", models.TextField(blank=True, db_default="", verbose_name="subject")),
                ("body", models.TextField(blank=True, db_default="", verbose_name="text")),
                (
                    "new_text",
                    models.TextField(
                        blank=True,
                        help_text="The part written this time; empty when all of it is.",
                        null=True,
                    ),
                ),
                ("html", models.TextField(blank=True, db_default="")),
                ("data", models.JSONField(blank=True, db_default={}, default=dict)),
                ("reply_to", models.CharField(blank=True, db_default="", max_length=998)),
                (
                    "references",
                    channels_app.models.fields.TextListField(
                        base_field=models.TextField(), blank=True, db_default=[], default=list, size=None
                    ),
                ),
                (
                    "automated",
                    models.CharField(blank=True, db_default="", max_length=20, verbose_name="automated"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("held", "Held back"),
                            ("queued", "In the outbox"),
                            ("sending", "Being sent"),
                            ("unknown", "Unknown whether it was sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("delivered", "Delivered"),
                            ("read", "Read"),
                            ("played", "Played"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "error_code",
                    models.CharField(blank=True, db_default="", max_length=40, verbose_name="error code"),
                ),
                (
                    "error_text",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="what went wrong"
                    ),
                ),
                (
                    "sent_at",
                    models.DateTimeField(
                        help_text="By the sender's clock; for our own, when it left.", verbose_name="sent"
                    ),
                ),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="channels_app.communicationthread",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        help_text="Where it arrived or left from.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "receipt",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.inboundreceipt",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "answers",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="The customer's message that an automatic answer belongs to.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.communicationmessage",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.communicationtemplate",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "db_table": "communication_messages",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["thread", "sent_at"], name="message_timeline"),
                    models.Index(
                        condition=models.Q(("state__in", ["unknown", "failed"])),
                        fields=["business_entity", "state"],
                        name="message_needs_attention",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["sent_at", "created_at"],
                        name="message_by_time",
                        pages_per_range=32,
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("channel", "external_id"),
                        name="message_once_per_channel",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("message_type", "auto_response")),
                        fields=("answers",),
                        name="one_auto_response_per_message",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
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
                ("size", models.BigIntegerField(blank=True, null=True, verbose_name="size in bytes")),
                ("sha256", models.CharField(blank=True, db_default="", max_length=64)),
                ("content_id", models.CharField(blank=True, db_default="", max_length=255)),
                ("media_id", models.CharField(blank=True, db_default="", max_length=255)),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        db_default="",
                        max_length=300,
                        upload_to="attachments/%Y/%m/",
                        verbose_name="file",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Being fetched"),
                            ("stored", "Stored"),
                            ("withheld", "Held back"),
                            ("failed", "Could not be fetched"),
                            ("removed", "Removed after the retention period"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("note", models.CharField(blank=True, db_default="", max_length=300, verbose_name="note")),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("available_at", models.DateTimeField(blank=True, null=True)),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentity",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="channels_app.communicationmessage",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "db_table": "message_attachments",
                "ordering": ("id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["available_at"],
                        name="attachment_to_fetch",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageStatusEvent",
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
                ("external_id", models.CharField(blank=True, db_default="", max_length=998)),
                ("state", models.CharField(max_length=10)),
                ("occurred_at", models.DateTimeField()),
                ("error_code", models.CharField(blank=True, db_default="", max_length=40)),
                ("error_text", models.CharField(blank=True, db_default="", max_length=500)),
                ("data", models.JSONField(blank=True, db_default={}, default=dict)),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="status_events",
                        to="channels_app.communicationmessage",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery status",
                "verbose_name_plural": "delivery statuses",
                "db_table": "message_status_events",
                "ordering": ("occurred_at",),
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["created_at"], name="status_by_time", pages_per_range=32
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("channel", "external_id", "state", "occurred_at"),
                        name="status_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxItem",
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
                ("thread_id", models.UUIDField(blank=True, editable=False, null=True)),
                (
                    "recipient",
                    models.CharField(blank=True, db_default="", max_length=320, verbose_name="recipient"),
                ),
                (
                    "payload",
                    models.JSONField(blank=True, db_default={}, default=dict, verbose_name="notification"),
                ),
                ("dedupe_key", models.CharField(blank=True, db_default="", editable=False, max_length=150)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held back"),
                            ("queued", "Waiting"),
                            ("claimed", "Taken by a worker"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown whether it was sent"),
                            ("cancelled", "Cancelled"),
                        ],
                        db_default="queued",
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "attempts",
                    models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="attempts"),
                ),
                (
                    "available_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="not before"),
                ),
                ("claimed_at", models.DateTimeField(blank=True, null=True, verbose_name="taken at")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                (
                    "error_code",
                    models.CharField(blank=True, db_default="", max_length=40, verbose_name="error code"),
                ),
                (
                    "error_text",
                    models.CharField(
                        blank=True, db_default="", max_length=500, verbose_name="what went wrong"
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
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        help_text="The channel that it leaves by.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "message",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outbox_item",
                        to="channels_app.communicationmessage",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing item",
                "verbose_name_plural": "outbox",
                "db_table": "outbox_items",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["channel", "available_at"],
                        name="outbox_due",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "sending"])),
                        fields=["claimed_at"],
                        name="outbox_in_flight",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "claimed", "sending"])),
                        fields=["thread_id"],
                        name="outbox_by_thread",
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["finished_at"], name="outbox_by_time", pages_per_range=32
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["failed", "unknown", "held"])),
                        fields=["business_entity", "state"],
                        name="outbox_needs_attention",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dedupe_key", ""), _negated=True),
                        fields=("dedupe_key",),
                        name="notification_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("message__isnull", False),
                            models.Q(("payload", {}), _negated=True),
                            _connector="OR",
                        ),
                        name="outbox_item_has_something_to_send",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FiledDocument",
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
                            ("invoice", "Invoice number"),
                            ("order", "Order number"),
                            ("customer", "Customer number"),
                            ("none", "No number found"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.CharField(blank=True, db_default="", max_length=40, verbose_name="number")),
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
                    "attachment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="filed",
                        to="channels_app.attachment",
                        verbose_name="attachment",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "db_table": "filed_documents",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["business_entity", "number"], name="document_by_number"),
                    models.Index(fields=["business_entity", "-id"], name="document_by_brand"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("attachment", "kind", "number"), name="document_filed_once"
                    )
                ],
            },
        ),
        *(migrations.RunSQL(sql, reverse) for sql, reverse in map(vacuumed_early, CHANGING)),
    ]
