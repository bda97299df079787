import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import channels_app.models.base
import channels_app.models.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("analytics", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportSchedule",
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
                    "frequency",
                    models.CharField(
                        choices=[
                            ("weekly", "Every week, on Monday"),
                            ("monthly", "Every month, on the first"),
                        ],
                        db_default="weekly",
                        default="weekly",
                        max_length=10,
                        verbose_name="how often",
                    ),
                ),
                (
                    "recipients",
                    channels_app.models.fields.TextListField(
                        base_field=models.CharField(max_length=255),
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text="Mail addresses. One per line.",
                        size=None,
                        verbose_name="recipients",
                    ),
                ),
                (
                    "attachment",
                    models.CharField(
                        choices=[("xlsx", "Excel workbook"), ("csv", "CSV file")],
                        db_default="xlsx",
                        default="xlsx",
                        max_length=4,
                        verbose_name="attached as",
                    ),
                ),
                ("is_active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                (
                    "last_error",
                    models.CharField(
                        blank=True, db_default="", editable=False, max_length=300, verbose_name="last error"
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="report_schedules",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        help_text="A mailbox of the brand.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.businessentitychannel",
                        verbose_name="leaves from",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled report",
                "verbose_name_plural": "scheduled reports",
                "db_table": "report_schedules",
                "ordering": ("business_entity__entity_name", "frequency"),
            },
        ),
        migrations.CreateModel(
            name="ReportDelivery",
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
                ("last_day", models.DateField(verbose_name="until")),
                ("recipient", models.EmailField(max_length=320, verbose_name="recipient")),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="analytics.reportschedule",
                    ),
                ),
            ],
            options={
                "verbose_name": "report sent",
                "verbose_name_plural": "reports sent",
                "db_table": "report_deliveries",
                "ordering": ("-created_at",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("schedule", "last_day", "recipient"), name="report_once_per_recipient"
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportschedule",
            trigger=pgtrigger.compiler.Trigger(
                name="audited",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE before jsonb; after jsonb; r jsonb;",
                    func="IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; r := coalesce(after, before); PERFORM audit_row(TG_OP, 'analytics.reportschedule', ARRAY[(r->>'business_entity_id')::uuid], r->>'id', array_to_string(ARRAY(SELECT jsonb_array_elements_text(r->'recipients')), ', '), before, after, ARRAY[]::text[], ARRAY['created_at', 'updated_at', 'last_error']::text[]); RETURN NULL;",
                    hash="405320d97efb76f1706d7eb8531f94220d713776",
                    operation="INSERT OR UPDATE OR DELETE",
                    pgid="pgtrigger_audited_c32d6",
                    table="report_schedules",
                    when="AFTER",
                ),
            ),
        ),
    ]
