"""Replaying conversations against other rules, a batch at a time; only the backtest's own row changes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from channels_app.bulk import clean_json
from channels_app.models import BusinessEntity
from channels_app.providers.base import IdentifierKind
from channels_app.providers.registry import PROVIDERS
from channels_app.scoping import Ability, require
from channels_app.selectors.directory import configuration_version
from routing.engine.brand import CompiledBrand
from routing.engine.pipeline import decide
from routing.engine.types import Action, MessageFacts, RoutingDecision, SenderFacts
from routing.models import Backtest
from routing.selectors.brands import brand_profile
from routing.selectors.content import content_analysis
from routing.selectors.replay import FirstMessage, count_begun, first_messages
from routing.services.drafts import DraftRules, with_draft

logger = structlog.get_logger(__name__)

THREADS_PER_BATCH = 200
CHANGES_KEPT = 1000


def backtest_start(
    *, entity: BusinessEntity, days: int, draft: DraftRules, user: Any, now: datetime
) -> Backtest:
    """Ask for a backtest; a task does the work. Raises PermissionDenied."""
    require(user, Ability.CONFIGURE, entity.id)
    return Backtest.objects.create(
        business_entity=entity,
        days=days,
        draft=draft.model_dump(mode="json", exclude_none=True) if not draft.is_empty else {},
        asked_by=user,
        created_at=now,
    )


def backtest_step(*, backtest_id: UUID, now: datetime) -> bool:
    """Replay the next conversations; whether there is more to do. A backtest that fails says so itself."""
    try:
        with transaction.atomic():
            backtest = Backtest.objects.select_for_update(skip_locked=True).filter(id=backtest_id).first()
            if backtest is None or backtest.is_over:  # gone, done, or in another worker's hands
                return False
            return _step(backtest, now)
    except (ValueError, LookupError, ArithmeticError) as error:
        logger.exception("backtest_failed", backtest=str(backtest_id))
        Backtest.objects.filter(id=backtest_id).update(
            state=Backtest.State.FAILED, error=f"{type(error).__name__}: {error}"[:300], finished_at=now,
            updated_at=now,
        )  # fmt: skip
        return False


def _step(backtest: Backtest, now: datetime) -> bool:
    until = backtest.created_at
    since = until - timedelta(days=backtest.days)
    if backtest.total is None:
        backtest.total = count_begun(backtest.business_entity_id, since=since, until=until)
    messages, replayed, last = first_messages(
        backtest.business_entity_id,
        since=since,
        until=until,
        after=backtest.last_thread,
        limit=THREADS_PER_BATCH,
    )
    _compare(backtest, messages)
    backtest.done += replayed
    backtest.last_thread = last or backtest.last_thread
    more = replayed == THREADS_PER_BATCH
    backtest.state = Backtest.State.RUNNING if more else Backtest.State.DONE
    backtest.finished_at = None if more else now
    backtest.save()
    return more


def _compare(backtest: Backtest, messages: list[FirstMessage]) -> None:
    """Add what these messages show to the backtest's results.

    With draft rules the rules of today are replayed beside them, so that only the draft makes a
    difference; without, what was decided at the time is compared with the rules and the model of today.
    """
    brand = brand_profile(backtest.business_entity_id, configuration_version()).compiled
    drafted = with_draft(brand, DraftRules.model_validate(backtest.draft)) if backtest.draft else None
    results = backtest.results
    flows = Counter({(before, after): count for before, after, count in results.get("flows", [])})
    changes = results.get("changes", [])
    moved, right_before, right_after = (
        results.get(name, 0) for name in ("moved", "right_before", "right_after")
    )
    for message in messages:
        decision = _replay(message, drafted or brand)
        after = _outcome(decision, drafted or brand)
        before = _logged(message) if drafted is None else _outcome(_replay(message, brand), brand)
        if before is None:
            continue
        if message.moved_to:
            moved += 1
            right_before += before == message.moved_to
            right_after += after == message.moved_to
        if before == after:
            continue
        backtest.changed += 1
        flows[before, after] += 1
        if len(changes) < CHANGES_KEPT:
            changes.append(_change(message, before, after, decision))
    ordered = sorted(flows.items(), key=lambda flow: (-flow[1], flow[0]))
    backtest.results = clean_json(
        {
            "flows": [[*flow, count] for flow, count in ordered],
            "changes": changes,
            "moved": moved,
            "right_before": right_before,
            "right_after": right_after,
        }
    )


def _replay(message: FirstMessage, brand: CompiledBrand) -> RoutingDecision:
    """Decide as if it came in now, at its own time; how full departments were then is not known."""
    provider = PROVIDERS.get(message.medium)
    by_mail = provider is not None and provider.capabilities.address_kind is IdentifierKind.EMAIL
    return decide(
        MessageFacts(
            source_channel_id=message.channel_id,
            text=message.text,
            received_at=message.received_at,
            sent_at=message.sent_at,
            subject=message.subject,
            automated=message.automated,
        ),
        SenderFacts(
            email=message.sender if by_mail else "",
            phone="" if by_mail else message.sender,
            contact_kind=message.contact_kind,
            recent_departments=tuple(message.recent),
            is_new=not message.recent,
        ),
        None,
        brand,
        {},
        analyze=content_analysis(),
    )


def _outcome(decision: RoutingDecision, brand: CompiledBrand) -> str:
    if decision.action is Action.LABEL_ONLY:
        return Backtest.ONLY_KEPT
    if decision.target_channel_id is None:
        return Backtest.NOBODY
    return brand.channels[decision.target_channel_id].channel_code


def _logged(message: FirstMessage) -> str | None:
    """What was decided then; None when that is not on record."""
    if message.routed_action is None:
        return None
    if message.routed_action == Action.LABEL_ONLY:
        return Backtest.ONLY_KEPT
    return message.routed_to or Backtest.NOBODY


def _change(message: FirstMessage, before: str, after: str, decision: RoutingDecision) -> dict[str, Any]:
    return {
        "thread": str(message.thread_id),
        "reference": message.reference,
        "from": before,
        "to": after,
        "people": message.moved_to,
        "why": {"nl": decision.explanation.nl, "en": decision.explanation.en},
        "confidence": round(decision.confidence, 2),
    }
