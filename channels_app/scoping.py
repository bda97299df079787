def brand_of(instance: Model) -> UUID | None:
    """The id of the brand a row belongs to; None for a row without one."""
    lookup = brand_lookup(type(instance))
    if lookup is None:
        return None
    if lookup == "self":
        own: UUID = instance.pk
        return own
    *path, last = lookup.split("__")
    holder: Any = instance
