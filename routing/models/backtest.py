from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models import BusinessEntity
from channels_app.models.base import ChangingModel
from channels_app.models.personal import DataKind, PersonalData


class Backtest(ChangingModel):
    """What would have become of the last days' conversations with other rules. It alters nothing else.

    `results`: {"flows": [[from, to, count]], "changes": [{"thread", "reference", "from", "to", "people",
    "why": {"nl", "en"}, "confidence"}], "moved": n, "right_before": n, "right_after": n}, with channel
    codes, ONLY_KEPT or NOBODY.
    """

    brand_lookup = "business_entity"
    personal = PersonalData(contact=None, kind=DataKind.TEXT, cleared={"results": {}}, only=Q(state="done"))

    ONLY_KEPT = "only_kept"
    NOBODY = "nobody"
    MOST_DAYS = 90

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("brand")
    )
    days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)]
    )
    draft = models.JSONField(_("draft rules"), default=dict, db_default={}, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.WAITING, db_default="waiting"
    )
    total = models.PositiveIntegerField(_("conversations"), null=True)
    done = models.PositiveIntegerField(_("replayed"), default=0, db_default=0)
    changed = models.PositiveIntegerField(_("would go elsewhere"), default=0, db_default=0)
    last_thread = models.UUIDField(null=True, editable=False)
    results = models.JSONField(default=dict, db_default={}, editable=False)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True, db_default="")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("asked by"),
    )
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        db_table = "backtests"
        ordering = ("-id",)
        verbose_name = _("backtest")
        verbose_name_plural = _("backtests")
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=90), name="backtest_1_to_90_days"),
        ]

    def __str__(self) -> str:
        return f"{self.business_entity.entity_name} {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def percent(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return 100 * self.done // self.total if self.total else 0
