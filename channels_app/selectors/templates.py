"""A brand's templates, and which of them fits a situation best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from channels_app.models import CommunicationTemplate


@dataclass(frozen=True, slots=True)
class TemplateBook:
    """The active templates of one brand, loaded once."""

    templates: tuple[CommunicationTemplate, ...]
    default_language: str

    def pick(
        self, situation: str, *, channel_id: UUID, channel_type: str, language: str
    ) -> CommunicationTemplate | None:
        """The most particular template for a situation: this channel's before the brand's, this medium's
        before any medium's, the customer's language before the brand's. None when nothing fits."""
        fitting = [
            template
            for template in self.templates
            if template.situation == situation
            and template.channel_id in (None, channel_id)
            and template.channel_type in ("", channel_type)
            and template.language in (language, self.default_language)
        ]
        return min(
            fitting,
            key=lambda template: (
                template.language != language,
                template.channel_id is None,
                template.channel_type == "",
                template.template_code,
            ),
            default=None,
        )

    def by_code(self, code: str, language: str) -> CommunicationTemplate | None:
        """The template with this code, in the language if it exists, else in the brand's."""
        found = [template for template in self.templates if template.template_code == code]
        return min(
            found,
            key=lambda template: (template.language != language, template.language != self.default_language),
            default=None,
        )


def template_book(templates: Iterable[CommunicationTemplate], default_language: str) -> TemplateBook:
    return TemplateBook(templates=tuple(templates), default_language=default_language)


def load_templates(entity_id: UUID) -> TemplateBook:
    """The active templates of a brand; one query."""
    templates = list(
        CommunicationTemplate.objects.filter(business_entity_id=entity_id, is_active=True)
        .select_related("business_entity")
        .order_by("template_code", "language")
    )
    default = templates[0].business_entity.default_language if templates else "nl"
    return template_book(templates, default)
