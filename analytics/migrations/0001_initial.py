import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import channels_app.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0007_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelAnalytics",
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
                ("date_tracked", models.DateField(verbose_name="date")),
                (
                    "hour_tracked",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="hour"),
                ),
                ("messages_received", models.IntegerField(db_default=0, default=0, verbose_name="received")),
                ("messages_sent", models.IntegerField(db_default=0, default=0, verbose_name="sent")),
                (
                    "auto_responses_sent",
                    models.IntegerField(db_default=0, default=0, verbose_name="automatic answers"),
                ),
                (
                    "avg_response_time_minutes",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        verbose_name="average response (minutes)",
                    ),
                ),
                (
                    "min_response_time_minutes",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        verbose_name="fastest response (minutes)",
                    ),
                ),
                (
                    "max_response_time_minutes",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        verbose_name="slowest response (minutes)",
                    ),
                ),
                (
                    "sla_breaches",
                    models.IntegerField(db_default=0, default=0, verbose_name="answered too late"),
                ),
                (
                    "new_conversations_started",
                    models.IntegerField(db_default=0, default=0, verbose_name="new conversations"),
                ),
                (
                    "conversations_resolved",
                    models.IntegerField(db_default=0, default=0, verbose_name="resolved"),
                ),
                (
                    "conversations_escalated",
                    models.IntegerField(db_default=0, default=0, verbose_name="escalated"),
                ),
                ("responses", models.IntegerField(db_default=0, default=0, verbose_name="answers")),
                (
                    "responses_in_time",
                    models.IntegerField(db_default=0, default=0, verbose_name="answered in time"),
                ),
                (
                    "response_minutes_total",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        max_digits=14,
                        verbose_name="minutes waited, added up",
                    ),
                ),
                (
                    "business_minutes_total",
                    models.DecimalField(
                        db_default=0,
                        decimal_places=2,
                        default=0,
                        max_digits=14,
                        verbose_name="business minutes waited, added up",
                    ),
                ),
                (
                    "resolved_after_answer",
                    models.IntegerField(db_default=0, default=0, verbose_name="resolved after an answer"),
                ),
                (
                    "resolved_at_first_contact",
                    models.IntegerField(db_default=0, default=0, verbose_name="resolved at first contact"),
                ),
                ("ratings", models.IntegerField(db_default=0, default=0, verbose_name="ratings")),
                (
                    "ratings_total",
                    models.IntegerField(db_default=0, default=0, verbose_name="ratings, added up"),
                ),
                (
                    "customer_satisfaction_score",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=3, null=True, verbose_name="customer rating"
                    ),
                ),
                (
                    "first_contact_resolution_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=4,
                        max_digits=5,
                        null=True,
                        verbose_name="solved at first contact",
                    ),
                ),
                (
                    "channel_specific_metrics",
                    models.JSONField(db_default={}, default=dict, verbose_name="of this medium"),
                ),
                (
                    "business_entity_channel",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analytics",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel statistics",
                "verbose_name_plural": "channel statistics",
                "db_table": "channel_analytics",
                "ordering": ("-date_tracked", "-hour_tracked"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity_channel", "date_tracked", "hour_tracked"),
                        name="analytics_once_per_channel_and_hour",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hour_tracked__isnull", True), ("hour_tracked__lte", 23), _connector="OR"
                        ),
                        name="analytics_hour_0_to_23",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoutingFlow",
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
                ("date_tracked", models.DateField(verbose_name="date")),
                ("decisions", models.IntegerField(db_default=0, default=0, verbose_name="decisions")),
                ("unsure", models.IntegerField(db_default=0, default=0, verbose_name="unsure")),
                ("overrides", models.IntegerField(db_default=0, default=0, verbose_name="moved by hand")),
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
                    "source_channel",
                    models.ForeignKey(
                        db_constraint=False,
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
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="routed to",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing flow",
                "verbose_name_plural": "routing flows",
                "db_table": "routing_flows",
                "ordering": ("-date_tracked",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("business_entity", "date_tracked", "source_channel", "target_channel"),
                        name="routing_flow_once_a_day",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BrandDay",
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
                ("date_tracked", models.DateField(verbose_name="date")),
                (
                    "received_by_hour",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None, verbose_name="received in each hour"
                    ),
                ),
                (
                    "response_classes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        size=None,
                        verbose_name="classes of response times",
                    ),
                ),
                (
                    "response_counts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), size=None, verbose_name="answers in each class"
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
            ],
            options={
                "verbose_name": "day of a brand",
                "verbose_name_plural": "days of brands",
                "db_table": "brand_days",
                "ordering": ("-date_tracked",),
                "constraints": [
                    models.UniqueConstraint(fields=("business_entity", "date_tracked"), name="brand_day_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RollupState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("changes_seen_until", models.DateTimeField()),
            ],
            options={
                "db_table": "rollup_state",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="rollup_state_is_one_row")
                ],
            },
        ),
    ]
