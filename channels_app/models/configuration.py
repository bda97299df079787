from __future__ import annotations

from django.db import models


class ConfigurationVersion(models.Model):
    """A single row whose number rises with every change of the configuration.

    Database triggers raise it (see the migration), so that edits by SQL count too. Processes compare it
    with the number their compiled routing rules were made from.
    """

    brand_lookup = None

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=1, db_default=1)

    class Meta:
        db_table = "configuration_version"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="configuration_version_is_one_row")
        ]

    def __str__(self) -> str:
        return str(self.number)
