"""The trigger that writes every change of a configured row into the audit trail, also one made by SQL.

It stands in a model's `Meta.triggers`. What it says of the change is worked out in the database, by the
function `audit_row` (see the migration); who made it, pghistory's middleware tells the connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pgtrigger

# Neither says what a person did.
_TIMES = ("created_at", "updated_at")


class Audited(pgtrigger.Trigger):
    """After each row, one entry per brand that it concerns.

    brands and label: SQL expressions over `r`, the row as jsonb (the new one, or the old one when it is
    deleted), that give a uuid[] and a text. secret: columns of which only is said that they changed.
    ignored: columns that machines keep up to date.
    """

    def __init__(
        self,
        *,
        label: str,
        brands: str = "ARRAY[(r->>'business_entity_id')::uuid]",
        kind: str = "",
        secret: Sequence[str] = (),
        ignored: Sequence[str] = (),
    ) -> None:
        self.label = label
        self.brands = brands
        self.kind = kind
        self.secret = tuple(secret)
        self.ignored = (*_TIMES, *ignored)
        super().__init__(
            name="audited",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            level=pgtrigger.Row,
            declare=[("before", "jsonb"), ("after", "jsonb"), ("r", "jsonb")],
        )

    def get_func(self, model: Any) -> str:
        kind = self.kind or model._meta.label_lower
        return (
            "IF TG_OP <> 'INSERT' THEN before := to_jsonb(OLD); END IF; "
            "IF TG_OP <> 'DELETE' THEN after := to_jsonb(NEW); END IF; "
            "r := coalesce(after, before); "
            f"PERFORM audit_row(TG_OP, '{kind}', {self.brands}, r->>'id', {self.label}, before, after, "
            f"{_array(self.secret)}, {_array(self.ignored)}); "
            "RETURN NULL;"
        )


def _array(names: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"
