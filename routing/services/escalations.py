"""Conversations that need somebody now: opened once, with every step as a row that has its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from channels_app.bulk import bulk_insert
from channels_app.models.base import new_id
from channels_app.schemas import EscalationStep, EscalationTarget
from channels_app.services.messages import OutboxRow
from channels_app.services.threads import ThreadRow
from routing.models import Escalation
from routing.selectors.brands import BrandProfile
from routing.services.acknowledgement import acknowledgement_url
from routing.services.notifications import notification_row, team_channel, thread_url

EMERGENCY_STEPS = (
    EscalationStep(by="teams", to=EscalationTarget(kind="channel", value="emergency"), repeat_minutes=10),
    EscalationStep(by="sms", to=EscalationTarget(kind="on_call"), repeat_minutes=10),
    EscalationStep(after_minutes=5, by="phone", to=EscalationTarget(kind="on_call"), repeat_minutes=10),
)
"""What happens for an emergency when the department has no steps of its own: a card and a text message to
whoever is on call every ten minutes, and calls from five minutes on, until somebody takes it."""


def escalations_open(threads: Sequence[tuple[ThreadRow, BrandProfile]], *, now: datetime) -> list[OutboxRow]:
    """Open an emergency escalation per conversation, plan its steps, and return the first cards.

    A conversation that is already escalated stays so. Two statements.
    """
    opened = {}
    rows = []
    for thread, brand in sorted(threads, key=lambda pair: pair[0].id):
        if thread.owner_id is None or thread.id in opened:
            continue
        escalation_id = new_id()
        opened[thread.id] = (escalation_id, thread, brand)
        rows.append(
            (escalation_id, now, thread.entity_id, thread.id, thread.owner_id, Escalation.Cause.EMERGENCY)
        )
    inserted = {
        row[0]
        for row in bulk_insert(
            "escalations",
            {
                "id": "uuid", "created_at": "timestamptz", "business_entity_id": "uuid", "thread_id": "uuid",
                "channel_id": "uuid", "cause": "text",
            },
            rows,
            on_conflict="(thread_id, cause) WHERE state = 'open' DO NOTHING",
            returning="id",
        )
    }  # fmt: skip
    steps = []
    cards = []
    for escalation_id, thread, brand in opened.values():
        if escalation_id not in inserted or thread.owner_id is None:
            continue
        owner = brand.channels[thread.owner_id]
        planned = owner.escalation.steps or EMERGENCY_STEPS
        for position, step in enumerate(planned):
            steps.append(
                (
                    new_id(), escalation_id, position, step.by, f"{step.to.kind}:{step.to.value}",
                    step.repeat_minutes, now + timedelta(minutes=step.after_minutes),
                )
            )  # fmt: skip
        team = team_channel(brand, owner.channel.channel_code, "emergency")
        if team is not None:
            cards.append(
                notification_row(
                    brand,
                    team,
                    event="emergency",
                    dedupe_key=f"emergency:{escalation_id}",
                    thread_id=thread.id,
                    title=f"NOODGEVAL bij {brand.entity.entity_name}",
                    about=owner.channel.channel_name,
                    priority="Spoed",
                    facts=(("Gesprek", thread.reference_number),),
                    actions=(
                        ("Ik pak het op", acknowledgement_url(escalation_id)),
                        ("Gesprek openen", thread_url(thread.id)),
                    ),
                    mention=True,
                )
            )
    bulk_insert(
        "escalation_steps",
        {
            "id": "uuid", "escalation_id": "uuid", "position": "smallint", "by": "text", "to": "text",
            "repeat_minutes": "smallint", "due_at": "timestamptz",
        },
        steps,
    )  # fmt: skip
    return cards
