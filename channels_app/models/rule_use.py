from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.base import BaseModel
from channels_app.models.entity import BusinessEntity


class RuleUse(BaseModel):
    """How often a rule had a say in a brand's decisions on one day (UTC). Counted from the log, a day at a time.

    `applied` is the rule's name there: `rule:<id>` of a message rule, `keywords:<department>`,
    `sender:<class>:<department>`, and what else decisions name.
    """

    brand_lookup = "business_entity"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("brand")
    )
    applied = models.CharField(max_length=150)
    day = models.DateField()
    uses = models.PositiveIntegerField()
    last_used_at = models.DateTimeField()

    class Meta:
        db_table = "rule_uses"
        ordering = ("-day",)
        verbose_name = _("use of a rule")
        verbose_name_plural = _("uses of rules")
        constraints = [
            # The count of a day replaces the one before; also finds the uses of a brand's rules.
            models.UniqueConstraint(
                fields=["business_entity", "applied", "day"], name="rule_use_once_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.applied} {self.day}: {self.uses}"
