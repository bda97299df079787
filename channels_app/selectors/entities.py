from __future__ import annotations

from channels_app.models import BusinessEntity


def entity_by_code(code: str) -> BusinessEntity:
    """The brand with this code. Raises LookupError that names the brands there are."""
    entity = BusinessEntity.objects.filter(entity_code=code).first()
    if entity is None:
        known = ", ".join(
            BusinessEntity.objects.order_by("entity_code").values_list("entity_code", flat=True)
        )
        raise LookupError(f"There is no brand with code “{code}”. Known: {known or 'none yet'}.")
    return entity
