import django.contrib.auth.models
import django.contrib.postgres.functions
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import fernet_fields.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import channels_app.models.base
import channels_app.models.channel
import channels_app.models.entity
import channels_app.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BusinessEntity",
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
                    "entity_code",
                    models.SlugField(
                        help_text="Short name in links and reports, e.g. laderthuis.",
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                (
                    "entity_name",
                    models.CharField(
                        help_text="The name as customers know it.", max_length=100, verbose_name="name"
                    ),
                ),
                (
                    "number_prefix",
                    models.CharField(
                        help_text="Starts every reference number: CC gives CC-MSG-2026-000123.",
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{2,8}$", "Two to eight capital letters."
                            )
                        ],
                        verbose_name="number prefix",
                    ),
                ),
                (
                    "timezone",
                    models.CharField(
                        db_default="Europe/Amsterdam",
                        default="Europe/Amsterdam",
                        max_length=50,
                        validators=[channels_app.models.entity.validate_timezone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "default_language",
                    models.CharField(
                        choices=[("nl", "Dutch"), ("en", "English"), ("de", "German"), ("fr", "French")],
                        db_default="nl",
                        default="nl",
                        help_text="Used for automatic answers when the customer's language has no template.",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                (
                    "operational_config",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=channels_app.models.entity.default_operational_config,
                        verbose_name="business hours and holidays",
                    ),
                ),
                (
                    "auto_routing_rules",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="Hold for every channel of the brand; a channel can add keywords and override the rest.",
                        verbose_name="routing rules of the brand",
                    ),
                ),
                (
                    "whatsapp_business_account_id",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="From Meta's Business settings; templates are fetched from this account.",
                        max_length=50,
                        verbose_name="WhatsApp Business account",
                    ),
                ),
                (
                    "own_domains",
                    channels_app.models.fields.DomainListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Mail from these domains is a colleague's, e.g. chargecars.nl.",
                        size=None,
                        verbose_name="own domains",
                    ),
                ),
                (
                    "partner_domains",
                    channels_app.models.fields.DomainListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Mail from these domains is a partner's: installers, lessors, suppliers.",
                        size=None,
                        verbose_name="partner domains",
                    ),
                ),
                (
                    "brand_colour",
                    models.CharField(
                        db_default="#0f766e",
                        default="#0f766e",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^#[0-9a-fA-F]{6}$", "A colour such as #0f766e."
                            )
                        ],
                        verbose_name="colour",
                    ),
                ),
                (
                    "logo",
                    models.ImageField(blank=True, db_default="", upload_to="brands/", verbose_name="logo"),
                ),
                ("website", models.URLField(blank=True, db_default="", verbose_name="website")),
                ("is_active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                (
                    "shadow_mode",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Everything is received, routed and logged, but nothing is sent. For going live without risk.",
                        verbose_name="shadow mode",
                    ),
                ),
                (
                    "outgoing_stopped",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Emergency brake: messages wait in the outbox until this is switched off.",
                        verbose_name="outgoing stopped",
                    ),
                ),
                (
                    "rating_enabled",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="After a conversation was resolved, the customer is asked for a mark from 1 to 5.",
                        verbose_name="ask for a rating",
                    ),
                ),
                (
                    "rating_delay_minutes",
                    models.PositiveIntegerField(
                        db_default=60,
                        default=60,
                        help_text="A conversation that is reopened meanwhile is not asked about.",
                        validators=[django.core.validators.MaxValueValidator(2880)],
                        verbose_name="how long after resolving (minutes)",
                    ),
                ),
                (
                    "rating_pause_days",
                    models.PositiveSmallIntegerField(
                        db_default=30,
                        default=30,
                        help_text="No customer is asked more often than this.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                        verbose_name="days between two requests",
                    ),
                ),
                (
                    "low_rating_action",
                    models.CharField(
                        choices=[
                            ("nothing", "Only keep it"),
                            ("notify", "Tell the team"),
                            ("reopen", "Tell the team and reopen the conversation"),
                        ],
                        db_default="notify",
                        default="notify",
                        max_length=10,
                        verbose_name="after a mark of 1 or 2",
                    ),
                ),
            ],
            options={
                "verbose_name": "brand",
                "verbose_name_plural": "brands",
                "db_table": "business_entities",
                "ordering": ("entity_name",),
            },
        ),
        migrations.CreateModel(
            name="BusinessEntityChannel",
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
                    "channel_code",
                    models.SlugField(
                        help_text="support, sales, admin, operations or emergency.", verbose_name="purpose"
                    ),
                ),
                (
                    "channel_name",
                    models.CharField(
                        help_text="As customers and colleagues see it.", max_length=100, verbose_name="name"
                    ),
                ),
                (
                    "channel_type",
                    models.CharField(
                        choices=channels_app.models.channel.medium_choices,
                        max_length=20,
                        verbose_name="medium",
                    ),
                ),
                (
                    "channel_address",
                    models.CharField(
                        help_text="Mail address, phone number (+31...) or Teams channel.",
                        max_length=200,
                        verbose_name="address",
                    ),
                ),
                (
                    "display_name",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="The sender's name on outgoing messages; empty is the channel's name.",
                        max_length=100,
                        verbose_name="display name",
                    ),
                ),
                (
                    "department",
                    models.CharField(blank=True, db_default="", max_length=50, verbose_name="department"),
                ),
                (
                    "integration_config",
                    models.JSONField(
                        blank=True, db_default={}, default=dict, verbose_name="settings of the medium"
                    ),
                ),
                ("secrets", fernet_fields.fields.EncryptedTextField(blank=True, default="", editable=False)),
                (
                    "secrets_changed_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="secret settings"
                    ),
                ),
                (
                    "provider_account",
                    models.CharField(
                        blank=True,
                        db_default="",
                        editable=False,
                        help_text="The key by which the provider names this channel; derived from the settings.",
                        max_length=200,
                        verbose_name="account",
                    ),
                ),
                (
                    "auto_routing_rules",
                    models.JSONField(blank=True, db_default={}, default=dict, verbose_name="routing rules"),
                ),
                (
                    "escalation_config",
                    models.JSONField(blank=True, db_default={}, default=dict, verbose_name="escalation"),
                ),
                (
                    "business_hours",
                    models.JSONField(
                        blank=True,
                        help_text="Empty: the brand's hours.",
                        null=True,
                        verbose_name="business hours",
                    ),
                ),
                (
                    "sla_response_minutes",
                    models.PositiveIntegerField(
                        db_default=60,
                        default=60,
                        help_text="Promised time to a first answer, counted in business hours.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="answer within (minutes)",
                    ),
                ),
                (
                    "max_concurrent_conversations",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="How many open conversations the team can handle. Empty: no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="conversations at once",
                    ),
                ),
                (
                    "auto_assignment",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="A conversation that waits for an answer is given to whoever is at work and has the fewest; off: the team takes them itself.",
                        verbose_name="give conversations to people",
                    ),
                ),
                (
                    "idle_resolve_days",
                    models.PositiveSmallIntegerField(
                        db_default=14,
                        default=14,
                        help_text="A conversation that waits for the customer is closed after this many days.",
                        verbose_name="resolve after days of silence",
                    ),
                ),
                (
                    "rating_requests",
                    models.CharField(
                        blank=True,
                        choices=[("on", "Always"), ("off", "Never")],
                        db_default="",
                        default="",
                        help_text="Of conversations that this department resolved. Empty: as the brand has it.",
                        max_length=3,
                        verbose_name="ask for a rating",
                    ),
                ),
                (
                    "notify_events",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Events that put a card in the brand's Teams channel.",
                        size=None,
                        verbose_name="tell the team about",
                    ),
                ),
                ("is_active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                (
                    "is_primary",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="The brand's first choice on this medium.",
                        verbose_name="main channel of this medium",
                    ),
                ),
                (
                    "priority_level",
                    models.PositiveSmallIntegerField(
                        db_default=50,
                        default=50,
                        help_text="1 to 100; decides only when the message itself says too little.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="priority",
                    ),
                ),
                (
                    "suspended_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="suspended since"
                    ),
                ),
                (
                    "suspended_reason",
                    models.CharField(blank=True, db_default="", editable=False, max_length=300),
                ),
                ("last_check", models.JSONField(db_default={}, default=dict, editable=False)),
                (
                    "last_checked_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last checked"),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="channels",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "db_table": "business_entity_channels",
                "ordering": ("business_entity__entity_name", "channel_type", "channel_code"),
            },
        ),
        migrations.CreateModel(
            name="CommunicationTemplate",
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
                ("template_code", models.SlugField(max_length=80, verbose_name="code")),
                ("template_name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "situation",
                    models.CharField(
                        choices=[
                            ("first_contact", "Receipt of a first message"),
                            ("outside_hours", "Outside business hours"),
                            ("lead_greeting", "Greeting of a new lead"),
                            ("emergency", "Emergency safety text"),
                            ("reply", "Reply to choose in the inbox"),
                            ("signature", "Signature"),
                            ("rating", "Request for a rating"),
                            ("missed_call", "After a missed call"),
                        ],
                        max_length=20,
                        verbose_name="used for",
                    ),
                ),
                (
                    "channel_type",
                    models.CharField(
                        blank=True,
                        choices=channels_app.models.channel.medium_choices,
                        db_default="",
                        help_text="Empty: every medium.",
                        max_length=20,
                        verbose_name="medium",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("nl", "Dutch"), ("en", "English"), ("de", "German"), ("fr", "French")],
                        db_default="nl",
                        default="nl",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="For email.",
                        max_length=200,
                        verbose_name="subject",
                    ),
                ),
                (
                    "content",
                    models.TextField(
                        help_text="Placeholders such as {{ customer_name }} are filled in.",
                        verbose_name="text",
                    ),
                ),
                (
                    "html_content",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="For email; empty: made from the text.",
                        verbose_name="HTML text",
                    ),
                ),
                ("is_active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                (
                    "provider_name",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Of an approved WhatsApp template, which may be sent outside the 24-hour window.",
                        max_length=120,
                        verbose_name="name at Meta",
                    ),
                ),
                (
                    "provider_category",
                    models.CharField(blank=True, db_default="", max_length=20, verbose_name="category"),
                ),
                (
                    "provider_variables",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Which placeholder fills each numbered one, in order.",
                        size=None,
                        verbose_name="values of {{1}}, {{2}} ...",
                    ),
                ),
                (
                    "approval",
                    models.CharField(
                        choices=[
                            ("not_needed", "Not needed"),
                            ("pending", "Waiting for Meta"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("paused", "Paused"),
                        ],
                        db_default="not_needed",
                        default="not_needed",
                        max_length=12,
                        verbose_name="approval",
                    ),
                ),
                (
                    "quality",
                    models.CharField(
                        blank=True, db_default="", editable=False, max_length=12, verbose_name="quality"
                    ),
                ),
                (
                    "synced_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="fetched from Meta"
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="templates",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every channel of the brand.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "template",
                "verbose_name_plural": "templates",
                "db_table": "communication_templates",
                "ordering": ("business_entity__entity_name", "situation", "template_name"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity", "template_code", "language"),
                        name="template_once_per_code_and_language",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("provider_name", ""), _negated=True),
                        fields=("business_entity", "provider_name", "language"),
                        name="provider_template_once_per_language",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="businessentitychannel",
            name="auto_response_template",
            field=models.ForeignKey(
                blank=True,
                help_text="Sent when no template fits the situation better. Empty: no automatic answer.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="channels_app.communicationtemplate",
                verbose_name="automatic answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.UniqueConstraint(
                fields=("business_entity", "channel_code", "channel_type"),
                name="channel_once_per_purpose_and_medium",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_primary", True)),
                fields=("business_entity", "channel_type"),
                name="one_primary_channel_per_medium",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True), models.Q(("provider_account", ""), _negated=True)),
                fields=("channel_type", "provider_account"),
                name="one_active_channel_per_account",
                violation_error_message="Another active channel already uses this account.",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority_level__gte", 1), ("priority_level__lte", 100)),
                name="channel_priority_1_to_100",
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.CheckConstraint(
                condition=models.Q(("sla_response_minutes__gte", 1)), name="channel_sla_at_least_a_minute"
            ),
        ),
        migrations.AddConstraint(
            model_name="businessentitychannel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("max_concurrent_conversations__isnull", True),
                    ("max_concurrent_conversations__gte", 1),
                    _connector="OR",
                ),
                name="channel_capacity_empty_or_positive",
            ),
        ),
        migrations.CreateModel(
            name="CommunicationChannel",
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
                    "entity_scope",
                    models.CharField(
                        choices=[
                            ("single", "One brand"),
                            ("multi", "The brands listed"),
                            ("global", "All brands"),
                        ],
                        db_default="single",
                        default="single",
                        help_text="A shared desk may own conversations of other brands; replies still leave in their name.",
                        max_length=20,
                        verbose_name="serves",
                    ),
                ),
                (
                    "routing_priority",
                    models.PositiveSmallIntegerField(
                        db_default=50,
                        default=50,
                        help_text="Orders this channel's rules and the choice of a fallback.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="routing priority",
                    ),
                ),
                (
                    "message_routing_rules",
                    models.JSONField(blank=True, db_default=[], default=list, verbose_name="rules"),
                ),
                (
                    "business_entity_channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registration",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "fallback_channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Takes over when this channel is off or full.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="channels_app.communicationchannel",
                        verbose_name="fallback",
                    ),
                ),
                (
                    "shared_entities",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Only for “the brands listed”.",
                        related_name="shared_desks",
                        to="channels_app.businessentity",
                        verbose_name="brands served",
                    ),
                ),
            ],
            options={
                "verbose_name": "registered channel",
                "verbose_name_plural": "channel registry",
                "db_table": "communication_channels",
                "ordering": ("-routing_priority", "business_entity_channel__channel_name"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("routing_priority__gte", 1), ("routing_priority__lte", 100)),
                        name="routing_priority_1_to_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fallback_channel", models.F("id")), _negated=True),
                        name="fallback_is_another_channel",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedDesk",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("channels_app.communicationchannel_shared_entities",),
        ),
        migrations.CreateModel(
            name="ConfigurationVersion",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(db_default=1, default=1)),
            ],
            options={
                "db_table": "configuration_version",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="configuration_version_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
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
                    "role",
                    models.CharField(
                        choices=[
                            ("administrator", "Administrator"),
                            ("manager", "Channel manager"),
                            ("agent", "Agent"),
                            ("analyst", "Analyst"),
                        ],
                        max_length=15,
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "db_table": "memberships",
                "ordering": ("business_entity__entity_name", "user__username"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "business_entity"), name="one_role_per_user_and_brand"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffAccount",
            fields=[],
            options={
                "proxy": True,
            },
            bases=("auth.user",),
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="MentionGroup",
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
                ("name", models.SlugField(help_text="Without @, e.g. support-team.", verbose_name="name")),
                (
                    "members",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Sign-in names at Microsoft, e.g. jan@chargecars.nl. One per line.",
                        size=None,
                        verbose_name="members",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mention_groups",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "mention group",
                "verbose_name_plural": "mention groups",
                "db_table": "mention_groups",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity", "name"), name="mention_group_once_per_brand"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OnCallShift",
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
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        validators=[django.core.validators.MaxValueValidator(6)],
                        verbose_name="day",
                    ),
                ),
                ("starts_at", models.TimeField(verbose_name="from")),
                (
                    "ends_at",
                    models.TimeField(
                        help_text="Not after “from”: until that time the next day.", verbose_name="until"
                    ),
                ),
                ("person", models.CharField(max_length=100, verbose_name="name")),
                (
                    "phone",
                    models.CharField(blank=True, db_default="", max_length=20, verbose_name="phone number"),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True, db_default="", max_length=254, verbose_name="email address"
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="on_call_shifts",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "on-call shift",
                "verbose_name_plural": "on-call rota",
                "db_table": "on_call_shifts",
                "ordering": ("weekday", "starts_at"),
            },
        ),
        migrations.CreateModel(
            name="RetentionPolicy",
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
                    "raw_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="What providers sent, as it came in; useful only to look into trouble. Empty: as long as this installation keeps it.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="raw exchanges (days)",
                    ),
                ),
                (
                    "files_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="The files with messages.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="attachments (days)",
                    ),
                ),
                (
                    "text_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Words of messages and notes. The conversation stays, without its words.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="texts (days)",
                    ),
                ),
                (
                    "identity_days",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Name, addresses and numbers of a contact who has not written or been written to for so long.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="contacts (days of silence)",
                    ),
                ),
                (
                    "done_until",
                    models.JSONField(
                        db_default={},
                        default=dict,
                        editable=False,
                        help_text="Kind -> up to when it was removed.",
                    ),
                ),
                (
                    "last_run_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="last removed"),
                ),
                (
                    "last_counts",
                    models.JSONField(
                        db_default={}, default=dict, editable=False, verbose_name="removed then"
                    ),
                ),
                (
                    "business_entity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retention",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "retention period",
                "verbose_name_plural": "retention",
                "db_table": "retention_policies",
                "ordering": ("business_entity__entity_name",),
            },
        ),
        migrations.CreateModel(
            name="RuleUse",
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
                ("applied", models.CharField(max_length=150)),
                ("day", models.DateField()),
                ("uses", models.PositiveIntegerField()),
                ("last_used_at", models.DateTimeField()),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a rule",
                "verbose_name_plural": "uses of rules",
                "db_table": "rule_uses",
                "ordering": ("-day",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity", "applied", "day"), name="rule_use_once_per_day"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="businessentity",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.businessentity', ARRAY[(r->>'id')::uuid], r->>'id', r->>'entity_name', before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="7a9f1004f35a9ea4e1655873e4847b18d256b5ee",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_4d609",
                    table="business_entities",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="staffaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'auth.user', ARRAY(SELECT business_entity_id FROM memberships WHERE user_id = (r->>'id')::integer), r->>'id', r->>'username', before, after, ARRAY['password']::text[], ARRAY['created_at', 'updated_at', 'last_login', 'date_joined']::text[]); RETURN NULL;",
                    hash="648b22196ad7c99e538d0edf1b23151021cce622",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_b87dc",
                    table="auth_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="communicationchannel",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.communicationchannel', ARRAY(SELECT business_entity_id FROM business_entity_channels WHERE id = (r->>'business_entity_channel_id')::uuid), r->>'id', (SELECT channel_name FROM business_entity_channels WHERE id = (r->>'business_entity_channel_id')::uuid), before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="d20edd679f624bec671a5326c10ff322888e8fa9",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_019ab",
                    table="communication_channels",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="communicationtemplate",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.communicationtemplate', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', r->>'template_name', before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at', 'synced_at', 'quality']::text[]); RETURN NULL;",
                    hash="ec00cd4a3cdee729c7e652d08b7f482950470c77",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_d31d5",
                    table="communication_templates",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="businessentitychannel",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.businessentitychannel', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', r->>'channel_name', before, after, ARRAY['secrets_changed_at']::text[], ARRAY['created_at', 'updated_at', 'secrets', 'last_check', 'last_checked_at', 'provider_account']::text[]); RETURN NULL;",
                    hash="b8715f85af2a23155c331b61e0eb45e4d953057c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_45279",
                    table="business_entity_channels",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="membership",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.membership', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', (SELECT username FROM auth_user WHERE id = (r->>'user_id')::integer), before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="3687e5357aa52d2755f24d3510a296765a3e21a2",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_2b3fd",
                    table="memberships",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mentiongroup",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.mentiongroup', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', r->>'name', before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="1565190ad6eec84605ee1157f17711f3e32080f5",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_a1c99",
                    table="mention_groups",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="oncallshift",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.oncallshift', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', r->>'person', before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="f8569a92796b60fd25af0a2d2ce54204ea6c126c",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_ffcef",
                    table="on_call_shifts",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.retentionpolicy', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', (SELECT entity_name FROM business_entities WHERE id = (r->>'business_entity_id')::uuid), before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at', 'done_until', 'last_run_at', 'last_counts']::text[]); RETURN NULL;",
                    hash="9c4e13d0d2f4b8511935de6611fca6252b1722b6",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_7e386",
                    table="retention_policies",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="shareddesk",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'channels_app.shareddesk', ARRAY[(r->>'businessentity_id')::uuid], r->>'id', (SELECT channel_name FROM business_entity_channels AS channel JOIN communication_channels AS desk ON desk.business_entity_channel_id = channel.id WHERE desk.id = (r->>'communicationchannel_id')::uuid), before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at']::text[]); RETURN NULL;",
                    hash="7e9ca794b88f943514f7fe540715e6ea36b3f3b3",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_145af",
                    table="communication_channels_shared_entities",
                    when="AFTER",
                ),
            ),
        ),
    ]
