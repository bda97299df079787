"""What every table has in common."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A time-ordered UUID (version 7), so that new rows land side by side in the index."""
    return uuid7()


class BaseModel(models.Model):
    """UUID key and creation time, with defaults in the database too.

    `brand_lookup` is the path from the model to its business entity. It decides who may see a row
    (`channels_app.scoping`); None means that the table belongs to no brand, "" that it was forgotten.
    """

    brand_lookup: ClassVar[str | None] = ""

    id = models.UUIDField(primary_key=True, default=new_id, db_default=RandomUUID(), editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        abstract = True


class ChangingModel(BaseModel):
    """A row that people edit."""

    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_default=Now())

    class Meta:
        abstract = True
