"""Bringing a brand's file in: first what would change, then exactly that, in one transaction.

What the file does not name stays: nothing is ever deleted, and no secret is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError as SchemaError

from channels_app.models import (
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationTemplate,
    MentionGroup,
)
from channels_app.providers.registry import PROVIDERS
from channels_app.schemas.brand_file import BrandFile, ChannelPart, TemplatePart
from channels_app.scoping import Ability, entity_ids, require
from channels_app.services.accounts import channel_configure, secret_values
from channels_app.services.brand_setup.exporting import REGISTRY, brand_file, own_to_installation
from channels_app.services.entity_setup import first_problem, registration_ensure
from channels_app.services.rendering import validate_placeholders

LARGEST_FILE = 5 * 1024 * 1024
_NOT_COLUMNS = {*REGISTRY, "fallback", "auto_response", "integration_config"}


class Part(Protocol):
    @property
    def key(self) -> str: ...
    def model_dump(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part of a brand that is new (`before` None) or gets other values. fields: (name, before, after)."""

    kind: str  # brand, channel, template, mention_group
    key: str
    created: bool
    fields: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(slots=True)
class BrandPlan:
    """What a file would change; problems keep it from being applied."""

    file: BrandFile
    entity: BusinessEntity | None
    changes: list[PartChange] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_brand_file(content: bytes) -> BrandFile:
    """Raises ValidationError, in a sentence, for what is no such file or one of another version."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 5 MB; that is no brand's configuration."))
    try:
        return BrandFile.model_validate_json(content)
    except SchemaError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or _("file")
        raise ValidationError(
            _("This is no configuration of a brand that can be read: %(place)s: %(problem)s")
            % {"place": place, "problem": first["msg"]}
        ) from error


def brand_plan(*, file: BrandFile, entity: BusinessEntity | None) -> BrandPlan:
    """Compare a file with a brand as it is; None: the brand is new."""
    plan = BrandPlan(file, entity)
    current = brand_file(entity) if entity is not None else None
    before = current.brand.model_dump() if current is not None else {}
    fields = _differences(before, file.brand.model_dump())
    if fields:
        plan.changes.append(PartChange("brand", file.brand.entity_code, current is None, fields))
    for kind in ("channels", "templates", "mention_groups"):
        existing = getattr(current, kind) if current is not None else ()
        plan.changes += _part_changes(kind.removesuffix("s"), existing, getattr(file, kind))
    plan.problems += [*_doubles(file), *_unknown_media(file), *_bad_texts(file)]
    return plan


@transaction.atomic
def brand_apply(*, user: Any, file: BrandFile, entity: BusinessEntity | None) -> BusinessEntity:
    """Make a brand what the file says. Raises PermissionDenied, ValidationError in sentences.

    A new brand can be made only by who may do everything, since nobody is a member of it yet.
    """
    if entity is None:
        if entity_ids(user, Ability.ADMINISTER) is not None:
            raise PermissionDenied
    else:
        require(user, Ability.ADMINISTER, entity.pk)
    plan = brand_plan(file=file, entity=entity)
    if plan.problems:
        raise ValidationError(plan.problems)
    brand = entity or BusinessEntity(entity_code=file.brand.entity_code, shadow_mode=True)
    for name, value in file.brand.model_dump(exclude={"entity_code"}).items():
        setattr(brand, name, value)
    brand.full_clean()
    brand.save()
    changed = {(change.kind, change.key) for change in plan.changes}
    for part in file.channels:
        if ("channel", part.key) in changed:
            _channel_write(brand, part)
    channels = {f"{c.channel_type}/{c.channel_code}": c for c in brand.channels.all()}
    for template in file.templates:
        if ("template", template.key) in changed:
            _template_write(brand, template, channels)
    for group in file.mention_groups:
        MentionGroup.objects.update_or_create(
            business_entity=brand, name=group.name, defaults={"members": group.members}
        )
    _links_write(brand, file.channels)
    return brand


def _differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, before.get(name), value) for name, value in after.items() if before.get(name) != value
    )


def _part_changes(kind: str, existing: Sequence[Part], wanted: Iterable[Part]) -> list[PartChange]:
    known = {part.key: part.model_dump() for part in existing}
    changes = []
    for part in wanted:
        before = known.get(part.key)
        fields = _differences(before or {}, part.model_dump())
        if before is None:
            fields = tuple(row for row in fields if row[2] not in (None, "", [], {}))
        if fields:
            changes.append(PartChange(kind, part.key, before is None, fields))
    return changes


def _doubles(file: BrandFile) -> list[str]:
    problems = []
    for parts in (file.channels, file.templates, file.mention_groups):
        keys = [part.key for part in parts]
        problems += [
            _("“%(key)s” stands in the file twice.") % {"key": key}
            for key in sorted({k for k in keys if keys.count(k) > 1})
        ]
    return problems


def _unknown_media(file: BrandFile) -> list[str]:
    return [
        _("%(channel)s: this product has no medium “%(medium)s”.")
        % {"channel": part.channel_name, "medium": part.channel_type}
        for part in file.channels
        if part.channel_type not in PROVIDERS
    ]


def _bad_texts(file: BrandFile) -> list[str]:
    problems = []
    for part in file.templates:
        for text in (part.subject, part.content, part.html_content):
            try:
                validate_placeholders(text)
            except ValidationError as error:
                problems.append(f"{part.template_name}: {error.messages[0]}")
    return problems


def _channel_write(brand: BusinessEntity, part: ChannelPart) -> None:
    channel = BusinessEntityChannel.objects.filter(
        business_entity=brand, channel_type=part.channel_type, channel_code=part.channel_code
    ).first() or BusinessEntityChannel(
        business_entity=brand, channel_type=part.channel_type, channel_code=part.channel_code
    )
    for name, value in part.model_dump(exclude=_NOT_COLUMNS).items():
        setattr(channel, name, value)
    if channel.is_primary:
        brand.channels.filter(channel_type=part.channel_type, is_primary=True).exclude(pk=channel.pk).update(
            is_primary=False
        )
    _settings_write(channel, part)
    # What is not known yet (a number, say) is asked for on the channel's own page before it can be switched on.
    exclude = [] if part.channel_address else ["channel_address"]
    channel.full_clean(exclude=[*exclude, "auto_response_template"])
    channel.save()
    row = registration_ensure(channel=channel)
    for name in REGISTRY:
        setattr(row, name, getattr(part, name))
    row.save()


def _settings_write(channel: BusinessEntityChannel, part: ChannelPart) -> None:
    """The settings of the file, with the secrets and tokens that the channel has already.

    Those of a channel that is off may still lack something: its own page asks for it.
    """
    config_type = PROVIDERS[part.channel_type].Config
    hidden = own_to_installation(part.channel_type)
    given = {name: value for name, value in part.integration_config.items() if name not in hidden}
    kept = {name: value for name, value in (channel.integration_config or {}).items() if name in hidden}
    try:
        config = config_type.model_validate({**given, **kept, **secret_values(channel)})
    except ValueError as error:
        if part.is_active:
            raise ValidationError(f"{part.channel_name}: {first_problem(error)}") from error
        known = {name: value for name, value in given.items() if name in config_type.model_fields}
        channel.integration_config, channel.provider_account = {**known, **kept}, ""
        return
    channel_configure(channel=channel, config=config)


def _links_write(brand: BusinessEntity, parts: Iterable[ChannelPart]) -> None:
    """Fallbacks and automatic answers, once everything that they point at is there."""
    rows = {
        f"{row.business_entity_channel.channel_type}/{row.business_entity_channel.channel_code}": row
        for row in CommunicationChannel.objects.filter(business_entity_channel__business_entity=brand)
        .select_related("business_entity_channel", "fallback_channel")
    }  # fmt: skip
    templates = {f"{t.template_code}/{t.language}": t for t in brand.templates.all()}
    for part in parts:
        row = rows[part.key]
        fallback = rows.get(part.fallback)
        if (row.fallback_channel_id or None) != (fallback.pk if fallback is not None else None):
            row.fallback_channel = fallback
            row.clean()
            row.save(update_fields=["fallback_channel", "updated_at"])
        answer = templates.get(part.auto_response)
        channel = row.business_entity_channel
        if channel.auto_response_template_id != (answer.pk if answer is not None else None):
            channel.auto_response_template = answer
            channel.save(update_fields=["auto_response_template", "updated_at"])


def _template_write(
    brand: BusinessEntity, part: TemplatePart, channels: dict[str, BusinessEntityChannel]
) -> None:
    values = part.model_dump(exclude={"template_code", "language", "channel"})
    template = CommunicationTemplate.objects.filter(
        business_entity=brand, template_code=part.template_code, language=part.language
    ).first() or CommunicationTemplate(
        business_entity=brand, template_code=part.template_code, language=part.language
    )
    for name, value in values.items():
        setattr(template, name, value)
    template.channel = channels.get(part.channel)
    if template._state.adding and template.provider_name:  # Meta has not seen it from this account
        template.approval = CommunicationTemplate.Approval.PENDING
    template.full_clean()
    template.save()
