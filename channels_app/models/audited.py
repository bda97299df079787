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
# Set by the middleware for a request of somebody who is signed in, and by nothing else.
_SOMEBODY = "nullif(current_setting('pghistory.context_metadata', true), '')::jsonb->>'user' IS NOT NULL"


class Audited(pgtrigger.Trigger):
    """After each row, one entry per brand that it concerns.

    brands and label: SQL expressions over `r`, the row as jsonb (the new one, or the old one when it is
    deleted), that give a uuid[] and a text. secret: columns of which only is said that they changed.
    ignored: columns that machines keep up to date. by_people: only what somebody did who is signed in,
    for rows that messages change all the time; the condition costs them next to nothing.
    """

    def __init__(
        self,
        *,
        label: str,
        brands: str = "ARRAY[(r->>'business_entity_id')::uuid]",
        kind: str = "",
        secret: Sequence[str] = (),
        ignored: Sequence[str] = (),
        by_people: bool = False,
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
            condition=pgtrigger.Condition(_SOMEBODY) if by_people else None,
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


class AuditedPart(Audited):
    """Rows that each give another row one value: told as changes of that row, {kind: [before, after]}.

    whole and whole_id: the type of the other row, and the column that names it. kind and value: the columns
    with the name of what is given, and with what it is.
    """

    def __init__(
        self, *, whole: str, whole_id: str, part: str, value: str, label: str, by_people: bool = False
    ) -> None:
        self.whole_id, self.part, self.value = whole_id, part, value
        super().__init__(label=label, kind=whole, by_people=by_people)

    def get_func(self, model: Any) -> str:
        told = "jsonb_build_object({row}.{part}, {row}.{value})"
        old = told.format(row="OLD", part=self.part, value=self.value)
        new = told.format(row="NEW", part=self.part, value=self.value)
        return (
            f"IF TG_OP <> 'INSERT' THEN before := {old}; r := to_jsonb(OLD); END IF; "
            f"IF TG_OP <> 'DELETE' THEN after := {new}; r := to_jsonb(NEW); END IF; "
            # What moved is new for the row to which it moved.
            f"IF TG_OP = 'UPDATE' AND OLD.{self.whole_id} <> NEW.{self.whole_id} THEN before := NULL; END IF; "
            f"PERFORM audit_row('UPDATE', '{self.kind}', {self.brands}, r->>'{self.whole_id}', {self.label}, "
            f"before, after, {_array(self.secret)}, {_array(self.ignored)}); "
            "RETURN NULL;"
        )


def _array(names: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"
