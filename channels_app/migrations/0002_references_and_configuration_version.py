"""What models cannot say: the sequence of reference numbers, and triggers that number configurations."""

from __future__ import annotations

from django.db import migrations

# Tables whose rows are compiled into memory by the workers (channels_app.selectors.directory,
# routing.selectors.brands).
CONFIGURATION = (
    "business_entities",
    "business_entity_channels",
    "communication_channels",
    "communication_channels_shared_entities",
    "communication_templates",
)

# The number comes from a sequence, so that it never repeats, not even after a rollback: what a process
# compiled from a change that was rolled back can then not pass for the next change.
FUNCTION = """
CREATE FUNCTION raise_configuration_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO configuration_version (id, number) VALUES (1, nextval('configuration_number'))
    ON CONFLICT (id) DO UPDATE SET number = nextval('configuration_number');
    RETURN NULL;
END $$
"""


def trigger(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER configuration_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION raise_configuration_version()",
        f"DROP TRIGGER configuration_changed ON {table}",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [("channels_app", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE communication_reference", "DROP SEQUENCE communication_reference"),
        migrations.RunSQL("CREATE SEQUENCE configuration_number", "DROP SEQUENCE configuration_number"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION raise_configuration_version()"),
        *(trigger(table) for table in CONFIGURATION),
    ]
