"""Keeping `thread_search` up with conversations, away from the path of incoming messages.

Triggers note which conversations changed (one line each in `search_stale`, in the same transaction); this takes
the notes and makes those rows anew. A note that was taken by a run that dies is there again.
"""

from __future__ import annotations

from django.db import connection, transaction

from channels_app.selectors.search import BRAND_MARK

BATCH = 1000
# Of a long conversation the newest are searched, and of a long mail its beginning.
MESSAGES = 200
CHARACTERS = 4000

_LOCK = "search_index"
# One at a time: of two that make the same row, the one that read earlier could write later.
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext(%s))"
_INDEX = f"""
    WITH note AS (
        DELETE FROM search_stale WHERE id IN (SELECT id FROM search_stale ORDER BY id LIMIT %s)
        RETURNING thread_id),
    stale AS (SELECT DISTINCT thread_id FROM note),
    said AS (
        SELECT thread.id, thread.business_entity_id, thread.last_message_at,
               concat_ws(' ', thread.reference_number, contact.name, contact.company,
                         array_to_string(contact.customer_numbers || contact.order_numbers
                                         || contact.charger_serials, ' '),
                         (SELECT string_agg(value, ' ') FROM contact_identifiers
                           WHERE contact_id = contact.id)) AS names,
               concat_ws(' ', thread.subject,
                         (SELECT string_agg(left(coalesce(nullif(message.new_text, ''), message.body),
                                                 {CHARACTERS}), ' ')
                            FROM (SELECT new_text, body FROM communication_messages
                                   WHERE thread_id = thread.id
                                     AND message_type NOT IN ('auto_response', 'rating_request')
                                   ORDER BY sent_at DESC LIMIT {MESSAGES}) AS message)) AS words
          FROM stale
          JOIN communication_threads AS thread ON thread.id = stale.thread_id
          JOIN contacts AS contact ON contact.id = thread.contact_id),
    folded AS (
        SELECT id, business_entity_id, last_message_at, lower(unaccent(names)) AS names,
               lower(unaccent(words)) AS words
          FROM said),
    written AS (
        INSERT INTO thread_search (thread_id, business_entity_id, last_message_at, words, names)
        SELECT id, business_entity_id, last_message_at,
               strip(to_tsvector('dutch', words) || to_tsvector('english', words) || to_tsvector('simple', names))
               || array_to_tsvector(ARRAY['{BRAND_MARK}' || business_entity_id]), names
          FROM folded ORDER BY id
        ON CONFLICT (thread_id) DO UPDATE
           SET business_entity_id = EXCLUDED.business_entity_id, last_message_at = EXCLUDED.last_message_at,
               words = EXCLUDED.words, names = EXCLUDED.names
        RETURNING 1)
    SELECT (SELECT count(*) FROM note), (SELECT count(*) FROM written)
"""  # noqa: S608 numbers are ours


@transaction.atomic
def search_index_some(*, limit: int = BATCH) -> int:
    """Work off at most `limit` notes; how many there were. 0 also while another run is at it."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_INDEX, [limit])
        notes: int = cursor.fetchone()[0]
    return notes


def search_index_all() -> int:
    """Work off every note; how many there were."""
    done = 0
    while notes := search_index_some():
        done += notes
    return done


def search_rebuild() -> None:
    """Note every conversation, for after rows were written past the triggers (a restore, a made-up history)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO search_stale (thread_id) SELECT id FROM communication_threads ORDER BY id"
        )
