import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import channels_app.models.base


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0003_conversations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailbox",
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
                ("attempted_at", models.DateTimeField(blank=True, null=True, verbose_name="last attempt")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("last_success_at", models.DateTimeField(blank=True, null=True, verbose_name="last success")),
                (
                    "failures",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="failures in a row"),
                ),
                ("last_error", models.TextField(blank=True, db_default="", verbose_name="last error")),
                ("last_error_at", models.DateTimeField(blank=True, null=True, verbose_name="last error at")),
                (
                    "expires_on",
                    models.DateField(
                        blank=True,
                        help_text="As entered in the channel's settings.",
                        null=True,
                        verbose_name="app registration expires",
                    ),
                ),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailbox",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "mailbox",
                "verbose_name_plural": "mailboxes",
                "db_table": "mailboxes",
            },
        ),
        migrations.CreateModel(
            name="MailboxFolder",
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
                ("name", models.CharField(max_length=300, verbose_name="folder")),
                ("uid_validity", models.BigIntegerField(verbose_name="UID validity")),
                ("last_uid", models.BigIntegerField(db_default=0, default=0, verbose_name="last UID read")),
                (
                    "rescan_until",
                    models.BigIntegerField(
                        db_default=0,
                        default=0,
                        help_text="The server renumbered the folder: mail up to this UID may have been imported before.",
                    ),
                ),
                (
                    "historic_until",
                    models.BigIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Mail up to this UID was there at the first connection.",
                    ),
                ),
                ("connected_at", models.DateTimeField(verbose_name="first connection")),
                ("failing_uid", models.BigIntegerField(db_default=0, default=0)),
                ("failing_times", models.PositiveSmallIntegerField(db_default=0, default=0)),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="folders",
                        to="channels_app.mailbox",
                        verbose_name="mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "folder",
                "verbose_name_plural": "folders",
                "db_table": "mailbox_folders",
                "constraints": [
                    models.UniqueConstraint(fields=("mailbox", "name"), name="mailbox_folder_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailboxDay",
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
                ("day", models.DateField(verbose_name="day")),
                ("fetches", models.PositiveIntegerField(db_default=0, default=0, verbose_name="times read")),
                (
                    "failures",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="times failed"),
                ),
                ("seen", models.PositiveIntegerField(db_default=0, default=0, verbose_name="mails seen")),
                (
                    "imported",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="mails imported"),
                ),
                (
                    "headers_only",
                    models.PositiveIntegerField(db_default=0, default=0, verbose_name="imported as headers"),
                ),
                (
                    "skipped",
                    models.JSONField(
                        blank=True,
                        db_default={},
                        default=dict,
                        help_text="Reason and number.",
                        verbose_name="skipped, with the reason",
                    ),
                ),
                (
                    "quarantined",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="Kept as quarantined receipts.",
                        verbose_name="could not be fetched",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="channels_app.mailbox",
                        verbose_name="mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "day of a mailbox",
                "verbose_name_plural": "days of mailboxes",
                "db_table": "mailbox_days",
                "ordering": ("-day",),
                "constraints": [models.UniqueConstraint(fields=("mailbox", "day"), name="mailbox_day_once")],
            },
        ),
        migrations.CreateModel(
            name="Incident",
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
                            ("unreachable", "Cannot be reached"),
                            ("suspended", "Sending suspended"),
                            ("credentials", "Credentials expire"),
                            ("quality", "Quality rating dropped"),
                            ("unknown_account", "Messages for an unknown account"),
                            ("unroutable", "Messages without a department"),
                            ("backlog", "Backlog"),
                            ("silence", "Unusually quiet"),
                            ("capacity", "Department is full"),
                            ("untold", "Nobody can be told of an escalation"),
                            ("storage", "Files cannot be stored"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("detail", models.TextField(blank=True, db_default="", verbose_name="what happened")),
                (
                    "reference",
                    models.CharField(blank=True, db_default="", max_length=200, verbose_name="about"),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="since")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                ("occurrences", models.PositiveIntegerField(db_default=1, default=1, verbose_name="times")),
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incidents",
                        to="channels_app.businessentitychannel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident",
                "verbose_name_plural": "incidents",
                "db_table": "incidents",
                "ordering": ("-opened_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("channel", "kind", "reference"),
                        name="one_open_incident_per_channel_and_kind",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
