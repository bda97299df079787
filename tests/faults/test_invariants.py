"""The checker finds what it is there for: every violation, put into a world in which all is well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from channels_app.providers.email.tokens import message_id
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services.delivery import deliver_channel
from channels_app.services.media import media_fetch_due
from routing.services.drain import drain_batch
from tests.factories import Brand, change, make_brand, receive, text_message, webhook_body
from tests.faults.invariants import (
    MISSING_FILE,
    RULES,
    Accepted,
    Send,
    Violation,
    counts,
    message_of_mail,
    violations,
)

PICTURE = b"a picture of a charger"


@dataclass
class World:
    """What was accepted and sent, beside the database; a test spoils one of the three."""

    accepted: list[Accepted]
    sends: list[Send]

    def judged(self) -> list[Violation]:
        root = Path(django_settings.MEDIA_ROOT)
        with connection.cursor() as cursor:
            return violations(
                cursor, accepted=self.accepted, sends=self.sends, open_attachment=lambda name: root / name
            )


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    """Two customers who both write to two brands, one with a picture; everything is stored and answered."""
    settings.MEDIA_ROOT = str(tmp_path)
    brands = [
        make_brand("chargecars", "ChargeCars", "CC", {"support": "100000000000001"}),
        make_brand("laderthuis", "LaderThuis", "LT", {"support": "200000000000001"}),
    ]
    accepted = []
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        settings.OUTBOUND_ALLOWED_HOSTS = [base.removeprefix("http://")]
        picture = sandbox.add_media(PICTURE, "image/png")
        for number, (brand, sender) in enumerate(
            (brand, sender) for brand in brands for sender in ("31680000001", "31680000002")
        ):
            accepted.append(_write(brand, sender, number, picture if number == 0 else ""))
        while drain_batch().receipts:
            pass
        for brand in brands:
            deliver_channel(brand.channel("whatsapp", "support").id)
        assert media_fetch_due(now=timezone.now()) == 1
    return World(
        accepted,
        [
            Send(
                "whatsapp",
                sent["phone_number_id"],
                sent["request"]["biz_opaque_callback_data"],
                "+" + sent["request"]["to"].removeprefix("+"),
                sent["request"]["text"]["body"],
            )
            for sent in sandbox.outbox
        ],
    )


def _write(brand: Brand, sender: str, number: int, picture: str) -> Accepted:
    text = f"mijn laadpaal is kapot ({number})"
    message = text_message(text, sender=sender, wamid=f"wamid.{number}")
    if picture:
        del message["text"]
        message |= {"type": "image", "image": {"id": picture, "mime_type": "image/png", "caption": text}}
    receive(webhook_body(change(brand.phone_ids["support"], messages=[message])))
    return Accepted("whatsapp", brand.phone_ids["support"], f"wamid.{number}", f"+{sender}", text)


def test_a_world_in_which_all_is_well_breaks_no_rule(world: World) -> None:
    assert world.judged() == []
    with connection.cursor() as cursor:
        found = counts(cursor)
    assert (found["messages received"], found["outgoing sent"]) == (4, 4)


def sql(*statements: str) -> Callable[[World], None]:
    def spoil(world: World) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return spoil


def without(constraint: str, table: str, *statements: str) -> Callable[[World], None]:
    """Spoil it although the database would refuse: its guard is taken away first."""
    drop = f'DROP INDEX IF EXISTS "{constraint}"'
    return sql(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{constraint}"', drop, *statements)


def copy_of(table: str, where: str, **changed: str) -> str:
    """SQL that puts a changed copy of one row beside it."""
    changed = {"id": "gen_random_uuid()", **changed}
    pairs = ", ".join(f"'{column}', {value}" for column, value in changed.items())
    return (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(row, to_jsonb(row) "
        f"|| jsonb_build_object({pairs}))).* "
        f"FROM {table} AS row WHERE {where} LIMIT 1"
    )


def add_send(world: World) -> None:
    world.sends.append(world.sends[0])


def send_as(**values: str) -> Callable[[World], None]:
    def spoil(world: World) -> None:
        world.sends[0] = replace(world.sends[0], **values)

    return spoil


def forget_send(world: World) -> None:
    world.sends.pop()


def accept_more(world: World) -> None:
    world.accepted.append(replace(world.accepted[0], external_id="wamid.lost"))


def forget_acceptance(world: World) -> None:
    world.accepted.pop()


def lose_file(world: World) -> None:
    for file in Path(django_settings.MEDIA_ROOT).rglob("*.bin"):
        file.unlink()


OTHER_BRAND = "(SELECT id FROM business_entities WHERE entity_code = 'laderthuis')"
OTHER_CHANNEL = (
    "(SELECT id FROM business_entity_channels WHERE channel_type = 'whatsapp' AND business_entity_id = "
    f"{OTHER_BRAND} LIMIT 1)"
)
FIRST_INBOUND = "(SELECT id FROM communication_messages WHERE external_id = 'wamid.0')"
FIRST_ANSWER = f"(SELECT id FROM communication_messages WHERE answers_id = {FIRST_INBOUND})"
FIRST_THREAD = f"(SELECT thread_id FROM communication_messages WHERE id = {FIRST_INBOUND})"

SEEDED: dict[str, list[Callable[[World], None]]] = {
    "accepted but not stored": [
        accept_more,
        sql("UPDATE communication_messages SET external_id = 'wamid.other' WHERE external_id = 'wamid.0'"),
    ],
    "stored twice": [
        without("message_once_per_channel", "communication_messages",
                copy_of("communication_messages", "row.external_id = 'wamid.0'")),
    ],
    "stored but never accepted": [forget_acceptance],
    "stored with other words": [
        sql("UPDATE communication_messages SET body = 'iets anders' WHERE external_id = 'wamid.0'"),
    ],
    "stored under another sender": [
        sql("UPDATE contact_identifiers SET value = '+31600000000' WHERE value = '+31680000001'"),
    ],
    "two open conversations": [
        without("one_open_thread_per_contact_and_medium", "communication_threads",
                copy_of("communication_threads", f"row.id = {FIRST_THREAD}", reference_number="'CC-OTHER'")),
    ],
    "two contacts for one address": [
        without("identifier_of_one_contact", "contact_identifiers",
                copy_of("contact_identifiers", "row.value = '+31680000001'")),
    ],
    "two automatic answers to one message": [
        without("one_auto_response_per_message", "communication_messages",
                copy_of("communication_messages", f"row.id = {FIRST_ANSWER}", external_id="''")),
    ],
    "two automatic answers in a day": [
        sql(copy_of("communication_messages", f"row.id = {FIRST_ANSWER}", external_id="''", answers_id="NULL",
                    created_at="row.created_at + interval '23 hours'")),
    ],
    "sent twice": [add_send],
    "sent without being in the outbox": [
        sql(f"UPDATE outbox_items SET state = 'failed' WHERE message_id = {FIRST_ANSWER}"),
        sql(f"DELETE FROM outbox_items WHERE message_id = {FIRST_ANSWER}"),
    ],
    "said to be sent, but no provider has it": [forget_send],
    "more notices sent than there are": [
        lambda world: world.sends.append(Send("teams", "a-team", "", "", "card")),
    ],
    "sent by another brand's number": [send_as(account="200000000000001")],
    "sent to somebody else": [send_as(recipient="+31680000002")],
    "sent with other words": [send_as(text="LaderThuis: hallo")],
    "stored at another brand": [
        sql(f"UPDATE communication_messages SET business_entity_id = {OTHER_BRAND} WHERE external_id = 'wamid.0'"),
    ],
    "rows of two brands that belong together": [
        sql(f"UPDATE communication_messages SET channel_id = {OTHER_CHANNEL} WHERE id = {FIRST_ANSWER}"),
        sql(f"UPDATE communication_threads SET source_channel_id = {OTHER_CHANNEL} WHERE id = {FIRST_THREAD}"),
        sql(f"UPDATE communication_threads SET channel_id = {OTHER_CHANNEL} WHERE id = {FIRST_THREAD}"),
        sql(f"UPDATE outbox_items SET channel_id = {OTHER_CHANNEL} WHERE message_id = {FIRST_ANSWER}"),
        without("one_auto_response_per_message", "communication_messages",
                "UPDATE communication_messages SET answers_id = (SELECT id FROM communication_messages "
                f"WHERE external_id = 'wamid.2') WHERE id = {FIRST_ANSWER}"),
    ],
    "routed to another brand": [
        sql(f"UPDATE message_routing_logs SET target_channel_id = {OTHER_CHANNEL} "
            f"WHERE communication_message_id = {FIRST_INBOUND}"),
    ],
    "no reason on record": [
        sql(f"DELETE FROM message_routing_logs WHERE communication_message_id = {FIRST_INBOUND}"),
    ],
    "routed twice": [
        sql(copy_of("message_routing_logs", f"row.communication_message_id = {FIRST_INBOUND}")),
    ],
    "an answer that was promised and not written": [
        sql(f"UPDATE communication_messages SET answers_id = NULL WHERE id = {FIRST_ANSWER}"),
    ],
    "an answer that never reached the outbox": [
        sql(f"DELETE FROM outbox_items WHERE message_id = {FIRST_ANSWER}"),
    ],
    "a waiting customer without a clock": [sql(f"DELETE FROM sla_timers WHERE thread_id = {FIRST_THREAD}")],
    "stuck": [
        sql("UPDATE inbound_receipts SET state = 'pending'"),
        sql(f"UPDATE outbox_items SET state = 'sending' WHERE message_id = {FIRST_ANSWER}"),
        sql("UPDATE message_attachments SET state = 'pending'"),
    ],
    "quarantined": [sql("UPDATE inbound_receipts SET state = 'quarantined', reason = 'x'")],
    "given up": [
        sql(f"UPDATE outbox_items SET state = 'failed' WHERE message_id = {FIRST_ANSWER}"),
        sql("UPDATE message_attachments SET state = 'failed'"),
    ],
    MISSING_FILE: [lose_file, sql("UPDATE message_attachments SET sha256 = repeat('0', 64)")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [pytest.param(rule, spoil, id=f"{rule} {number}") for rule, all_of in SEEDED.items() for number, spoil in enumerate(all_of)],
)  # fmt: skip
def test_a_seeded_violation_is_found(world: World, rule: str, spoil: Callable[[World], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    spoil(world)

    assert rule in {violation.rule for violation in world.judged()}


def test_every_rule_has_a_seeded_violation() -> None:
    assert {*RULES, MISSING_FILE} == SEEDED.keys()


def test_an_unknown_outcome_is_no_violation(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE outbox_items SET state = 'unknown' WHERE message_id = {FIRST_ANSWER}")
    assert world.judged() == []
    world.sends = [send for send in world.sends if send != world.sends[0]]
    assert {violation.rule for violation in world.judged()} <= {"said to be sent, but no provider has it"}


def test_a_message_that_is_nobodys_is_reported_by_its_id(world: World) -> None:
    world.sends.append(replace(world.sends[0], message_id=str(uuid4())))
    assert [violation.rule for violation in world.judged()] == ["sent without being in the outbox"]


def test_the_checker_knows_our_mails_by_the_id_that_they_have_today() -> None:
    message = uuid4()
    for token in ("", "a" * 42):
        assert message_of_mail(message_id(message, token, "alfa.nl")) == str(message)
    assert message_of_mail("<someone@klant.example>") == ""
