"""Going live and back: whether a brand's answers go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from channels_app.models import BusinessEntity
from channels_app.scoping import Ability, require


def brand_go_live(*, user: Any, entity: BusinessEntity, now: datetime) -> None:
    """Let answers go out from now on. What was held back in shadow mode stays held; a person decides on it."""
    require(user, Ability.ADMINISTER, entity.pk)
    BusinessEntity.objects.filter(pk=entity.pk).update(shadow_mode=False, is_active=True, updated_at=now)


def brand_shadow(*, user: Any, entity: BusinessEntity) -> None:
    """Receive, route and log, and send nothing."""
    require(user, Ability.ADMINISTER, entity.pk)
    BusinessEntity.objects.filter(pk=entity.pk).update(shadow_mode=True)
