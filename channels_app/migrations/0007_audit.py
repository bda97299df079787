"""The audit trail, and what it rests on in the database: the entry of a changed row, and that entries stay.

The guard is a plain trigger: `pgtrigger.ignore` does not reach it.
"""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import channels_app.models.base

# Tokens inside settings that are not columns of their own are hidden; that they changed is still told.
HIDDEN = """
CREATE FUNCTION audit_hidden(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(value) IS DISTINCT FROM 'object' THEN value
           ELSE (SELECT coalesce(jsonb_object_agg(
                        key, CASE WHEN key ~* '(token|secret|password)' THEN '"…"'::jsonb ELSE each.value END),
                        '{}'::jsonb)
                   FROM jsonb_each(value) AS each) END
$$
"""

CHANGE = """
CREATE FUNCTION audit_change(old jsonb, new jsonb, is_secret boolean) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN is_secret OR audit_hidden(old) IS NOT DISTINCT FROM audit_hidden(new) THEN '"changed"'::jsonb
           ELSE jsonb_build_array(audit_hidden(old), audit_hidden(new)) END
$$
"""

ROW = """
CREATE FUNCTION audit_row(
    operation text, kind text, brands uuid[], key text, label text, before jsonb, after jsonb,
    secret text[], ignored text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    context jsonb := coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb;
    person integer := (context->>'user')::integer;
    empty jsonb[] := ARRAY['null', '""', '[]', '{}']::jsonb[];
    found jsonb;
BEGIN
    SELECT jsonb_object_agg(field, audit_change(before->field, after->field, field = ANY (secret)))
      INTO found
      FROM jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) AS field
     WHERE field <> ALL (ignored) AND field <> 'id'
       AND before->field IS DISTINCT FROM after->field
       AND NOT (before IS NULL AND after->field = ANY (empty))
       AND NOT (after IS NULL AND before->field = ANY (empty));
    IF operation = 'UPDATE' AND found IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO audit_entries (
        created_at, business_entity_id, action, object_type, object_id, object_name, changes, detail,
        actor_id, actor_name, ip_address)
    SELECT clock_timestamp(), brand,
           CASE operation WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
           kind, key, left(coalesce(label, ''), 300), coalesce(found, '{}'), '{}',
           person, coalesce((SELECT username FROM auth_user WHERE id = person), ''),
           (context->>'ip')::inet
      FROM unnest(CASE WHEN cardinality(brands) > 0 THEN brands ELSE ARRAY[NULL::uuid] END) AS brand;
END $$
"""

GUARD = """
CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.redacted_at IS NULL AND NEW.redacted_at IS NOT NULL
       AND NEW.changes = '{}' AND NEW.detail = '{}' AND NEW.object_name = ''
       AND (to_jsonb(NEW) - ARRAY['changes', 'detail', 'object_name', 'redacted_at'])
         = (to_jsonb(OLD) - ARRAY['changes', 'detail', 'object_name', 'redacted_at']) THEN
        INSERT INTO audit_entries (
            created_at, business_entity_id, action, object_type, object_id, object_name, changes, detail,
            actor_id, actor_name)
        SELECT clock_timestamp(), OLD.business_entity_id, 'redacted', 'channels_app.auditentry', OLD.id, '',
               '{}', '{}', person.id, coalesce(person.username, '')
          FROM (SELECT (coalesce(nullif(current_setting('pghistory.context_metadata', true), ''), '{}')::jsonb
                        ->>'user')::integer AS id) AS context
          LEFT JOIN auth_user AS person ON person.id = context.id;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'entries of the audit trail stay as they were written'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

TRIGGER = """
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
FOR EACH ROW EXECUTE FUNCTION audit_guard()
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0006_sign_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
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
                    "action",
                    models.CharField(
                        choices=[
                            ("created", "Made"),
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("overridden", "Conversation moved by hand"),
                            ("exported", "Exported"),
                            ("signed_in", "Signed in"),
                            ("sign_in_failed", "Sign-in failed"),
                            ("locked_out", "Locked out"),
                            ("signed_out", "Signed out"),
                            ("sessions_ended", "Signed out everywhere"),
                            ("password_reset", "Password set by mail"),
                            ("factor_added", "Second factor added"),
                            ("factor_removed", "Second factor removed"),
                            ("factor_failed", "Wrong code of the second factor"),
                            ("recovery_used", "Recovery code used"),
                            ("recovery_made", "Recovery codes made"),
                            ("token_made", "API token made"),
                            ("token_revoked", "API token revoked"),
                            ("invited", "Invited"),
                            ("invitation_revoked", "Invitation withdrawn"),
                            ("invitation_accepted", "Invitation accepted"),
                            ("purged", "Removed after the retention period"),
                            ("erased", "Contact erased"),
                            ("access_exported", "Data of a contact handed out"),
                            ("keys_rotated", "Encryption keys rotated"),
                            ("redacted", "Audit entry emptied"),
                        ],
                        max_length=24,
                        verbose_name="what",
                    ),
                ),
                (
                    "object_type",
                    models.CharField(blank=True, db_default="", max_length=80, verbose_name="kind of object"),
                ),
                ("object_id", models.CharField(blank=True, db_default="", max_length=64)),
                (
                    "object_name",
                    models.CharField(blank=True, db_default="", max_length=300, verbose_name="object"),
                ),
                (
                    "changes",
                    models.JSONField(blank=True, db_default={}, default=dict, verbose_name="changes"),
                ),
                ("detail", models.JSONField(blank=True, db_default={}, default=dict, verbose_name="detail")),
                (
                    "actor_name",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Empty: the system itself.",
                        max_length=150,
                        verbose_name="who",
                    ),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(blank=True, null=True, verbose_name="from address"),
                ),
                ("redacted_at", models.DateTimeField(blank=True, null=True, verbose_name="emptied")),
                (
                    "business_entity",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="channels_app.businessentity",
                        verbose_name="brand",
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit trail",
                "db_table": "audit_entries",
                "ordering": ("-created_at", "-id"),
                "indexes": [
                    models.Index(fields=["business_entity", "-created_at"], name="audit_by_brand"),
                    models.Index(fields=["-created_at", "-id"], name="audit_by_time"),
                    models.Index(fields=["object_type", "object_id"], name="audit_by_object"),
                ],
            },
        ),
        migrations.RunSQL(HIDDEN, "DROP FUNCTION audit_hidden(jsonb)"),
        migrations.RunSQL(CHANGE, "DROP FUNCTION audit_change(jsonb, jsonb, boolean)"),
        migrations.RunSQL(
            ROW,
            "DROP FUNCTION audit_row(text, text, uuid[], text, text, jsonb, jsonb, text[], text[])",
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION audit_guard()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER audit_entries_stay ON audit_entries"),
    ]
