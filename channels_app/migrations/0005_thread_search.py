import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

# Each notes the conversations whose search row is out of date. Adding lines is all they do: no look-up, no lock
# that two batches could meet at. The statement's own for messages, since they come in batches; for the others
# only when a column changes that is searched.
NOTES = """
CREATE FUNCTION search_note_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (thread_id) SELECT DISTINCT thread_id FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION search_note_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (thread_id) VALUES (NEW.thread_id);
    IF NEW.thread_id <> OLD.thread_id THEN
        INSERT INTO search_stale (thread_id) VALUES (OLD.thread_id);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION search_note_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (thread_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION search_forget_threads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM thread_search WHERE thread_id IN (SELECT id FROM changed);
    RETURN NULL;
END $$;
CREATE FUNCTION search_note_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (thread_id) SELECT id FROM communication_threads WHERE contact_id = NEW.id;
    RETURN NULL;
END $$;
CREATE FUNCTION search_note_identifier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_stale (thread_id)
    SELECT id FROM communication_threads WHERE contact_id IN (NEW.contact_id, OLD.contact_id);
    RETURN NULL;
END $$;

CREATE TRIGGER search_added AFTER INSERT ON communication_messages
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_messages();
CREATE TRIGGER search_removed AFTER DELETE ON communication_messages
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_note_messages();
CREATE TRIGGER search_changed AFTER UPDATE OF body, new_text, thread_id ON communication_messages
    FOR EACH ROW WHEN ((OLD.body, OLD.new_text, OLD.thread_id) IS DISTINCT FROM (NEW.body, NEW.new_text, NEW.thread_id))
    EXECUTE FUNCTION search_note_message();
CREATE TRIGGER search_changed AFTER UPDATE OF subject, contact_id, reference_number ON communication_threads
    FOR EACH ROW WHEN ((OLD.subject, OLD.contact_id, OLD.reference_number)
                       IS DISTINCT FROM (NEW.subject, NEW.contact_id, NEW.reference_number))
    EXECUTE FUNCTION search_note_thread();
CREATE TRIGGER search_removed AFTER DELETE ON communication_threads
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_forget_threads();
CREATE TRIGGER search_changed
    AFTER UPDATE OF name, company, customer_numbers, order_numbers, charger_serials ON contacts
    FOR EACH ROW WHEN ((OLD.name, OLD.company, OLD.customer_numbers, OLD.order_numbers, OLD.charger_serials)
                       IS DISTINCT FROM
                       (NEW.name, NEW.company, NEW.customer_numbers, NEW.order_numbers, NEW.charger_serials))
    EXECUTE FUNCTION search_note_contact();
CREATE TRIGGER search_changed AFTER INSERT OR DELETE OR UPDATE OF value, contact_id ON contact_identifiers
    FOR EACH ROW EXECUTE FUNCTION search_note_identifier();
"""
NO_NOTES = """
DROP TRIGGER search_added ON communication_messages;
DROP TRIGGER search_removed ON communication_messages;
DROP TRIGGER search_changed ON communication_messages;
DROP TRIGGER search_changed ON communication_threads;
DROP TRIGGER search_removed ON communication_threads;
DROP TRIGGER search_changed ON contacts;
DROP TRIGGER search_changed ON contact_identifiers;
DROP FUNCTION search_note_messages(), search_note_message(), search_note_thread(), search_forget_threads(),
    search_note_contact(), search_note_identifier();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("channels_app", "0004_mailboxes_and_incidents"),
    ]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.CreateModel(
            name="ThreadSearch",
            fields=[
                ("last_message_at", models.DateTimeField()),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="Subject and messages, by Dutch and by English stems, and the brand."
                    ),
                ),
                (
                    "names",
                    models.TextField(help_text="Reference, name, company, addresses and numbers, folded."),
                ),
                (
                    "thread",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="channels_app.communicationthread",
                    ),
                ),
                (
                    "business_entity",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="channels_app.businessentity",
                    ),
                ),
            ],
            options={
                "db_table": "thread_search",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="thread_search_words"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(models.F("names"), name="gin_trgm_ops"),
                        name="thread_search_names",
                    ),
                    models.Index(fields=["business_entity", "-last_message_at"], name="thread_search_newest"),
                ],
            },
        ),
        migrations.CreateModel(
            name="StaleThread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("thread_id", models.UUIDField()),
            ],
            options={
                "db_table": "search_stale",
            },
        ),
        migrations.RunSQL(NOTES, NO_NOTES),
    ]
