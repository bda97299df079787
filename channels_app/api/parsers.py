"""What may stand in the JSON that is given to our API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from channels_app.bulk import clean_json
from channels_app.providers.json_body import TooDeep, refuse_depth


class StorableJSONParser(JSONParser):
    """JSON that can be handled and stored whatever field it ends up in; the rest is a 400 in words."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            value = super().parse(stream, media_type, parser_context)
            refuse_depth(value)
        except RecursionError:
            raise ParseError(str(TooDeep())) from None
        except TooDeep as error:
            raise ParseError(str(error)) from None
        if clean_json(value) is not value:
            raise ParseError(_("Text with a NUL or half of a surrogate pair cannot be stored."))
        return value
