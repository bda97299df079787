"""What the audit trail rests on in the database: the entry of a changed row, and that entries stay.

The guard is a plain trigger: `pgtrigger.ignore` does not reach it.
"""

from __future__ import annotations

from django.db import migrations

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
    dependencies = [("channels_app", "0015_trust")]

    operations = [
        migrations.RunSQL(HIDDEN, "DROP FUNCTION audit_hidden(jsonb)"),
        migrations.RunSQL(CHANGE, "DROP FUNCTION audit_change(jsonb, jsonb, boolean)"),
        migrations.RunSQL(
            ROW,
            "DROP FUNCTION audit_row(text, text, uuid[], text, text, jsonb, jsonb, text[], text[])",
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION audit_guard()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER audit_entries_stay ON audit_entries"),
    ]
