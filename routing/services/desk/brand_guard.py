"""The brand-leak guard: the one place that says whether a message holds something of another brand.

Refused, whoever asks: a sender address, a signature, a template, an attachment or a cc of another brand,
and a recipient there who has no part in the conversation. Warned of, since it may be meant: a link, an
address, a number or the name of another brand in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from channels_app.models import BusinessEntityChannel, CommunicationTemplate
from channels_app.schemas import domain_within, email_domain, normalise_email, normalise_phone
from channels_app.selectors.directory import configuration_version
from routing.selectors.houses import House, houses
from routing.services.desk.errors import Leak, LeakRefused

_EMAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[\w-]{2,}")
_HOST = re.compile(r"(?<![\w@.-])(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})(?![\w@])", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w+])\+?\d[\d ().-]{7,18}\d(?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is about to leave in the name of a brand.

    files: (name, brand) of every attachment. known: addresses that may receive it although they are
    another brand's, since they take part in the conversation. text: the words of the writer, not what
    they quote.
    """

    entity_id: UUID
    channel: BusinessEntityChannel | None = None
    template: CommunicationTemplate | None = None
    signature: CommunicationTemplate | None = None
    files: Sequence[tuple[str, UUID]] = ()
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    known: Iterable[str] = ()
    text: str = ""


def leaks_of(outgoing: Outgoing) -> tuple[Leak, ...]:
    """Everything of another brand in a message, refusals first. Reads the configuration only."""
    brands = houses(configuration_version())
    own = brands[outgoing.entity_id]
    others = [house for house in brands.values() if house.entity_id != own.entity_id]
    found = [*_parts(outgoing, brands), *_addressees(outgoing, own, others)]
    found.extend(_words(outgoing.text, own, others))
    unique = {(leak.kind, leak.where): leak for leak in found}
    return tuple(sorted(unique.values(), key=lambda leak: leak.level != "refuse"))


def refuse_leaks(outgoing: Outgoing, *, confirmed: bool) -> None:
    """Raise LeakRefused for what must not leave; warnings pass when they were confirmed."""
    found = leaks_of(outgoing)
    if any(leak.level == "refuse" for leak in found) or (found and not confirmed):
        raise LeakRefused(found)


def _parts(outgoing: Outgoing, brands: Mapping[UUID, House]) -> Iterable[Leak]:
    channel, template, signature = outgoing.channel, outgoing.template, outgoing.signature
    if channel is not None and channel.business_entity_id != outgoing.entity_id:
        yield Leak(
            "sender", "refuse", channel.channel_address,
            _("The sender %(address)s belongs to %(brand)s.")
            % {"address": channel.channel_address, "brand": brands[channel.business_entity_id].name},
        )  # fmt: skip
    if template is not None and template.business_entity_id != outgoing.entity_id:
        yield Leak(
            "template", "refuse", template.template_name,
            _("The template “%(name)s” belongs to %(brand)s.")
            % {"name": template.template_name, "brand": brands[template.business_entity_id].name},
        )  # fmt: skip
    if signature is not None and signature.business_entity_id != outgoing.entity_id:
        yield Leak(
            "signature", "refuse", signature.template_name,
            _("The signature “%(name)s” belongs to %(brand)s.")
            % {"name": signature.template_name, "brand": brands[signature.business_entity_id].name},
        )  # fmt: skip
    for name, entity_id in outgoing.files:
        if entity_id != outgoing.entity_id:
            yield Leak(
                "attachment", "refuse", name,
                _("The file “%(name)s” comes from another brand.") % {"name": name},
            )  # fmt: skip


def _addressees(outgoing: Outgoing, own: House, others: Sequence[House]) -> Iterable[Leak]:
    known = {normalise_email(address) or address for address in outgoing.known}
    for kind, addresses in (("recipient", outgoing.to), ("cc", outgoing.cc)):
        for address in addresses:
            house = _house_of(address, own, others)
            if house is None or (normalise_email(address) or address) in known:
                continue
            yield Leak(
                "cc" if kind == "cc" else "recipient", "refuse", address,
                _("%(address)s is an address of %(brand)s.") % {"address": address, "brand": house.name},
            )  # fmt: skip


def _words(text: str, own: House, others: Sequence[House]) -> Iterable[Leak]:
    for address in dict.fromkeys(_EMAIL.findall(text)):
        if (house := _house_of(address, own, others)) is not None:
            yield _warning("text", address, house)
    for host in dict.fromkeys(_HOST.findall(text)):
        if (house := _house_with_domain(host.lower(), own, others)) is not None:
            yield _warning("link", host, house)
    for number in dict.fromkeys(_NUMBER.findall(text)):
        if (house := _house_of(normalise_phone(number), own, others)) is not None:
            yield _warning("text", number, house)
    for house in others:
        if re.search(rf"(?<!\w){re.escape(house.name)}(?!\w)", text, re.IGNORECASE):
            yield _warning("text", house.name, house)


def _warning(kind: str, where: str, house: House) -> Leak:
    sentence = _("“%(where)s” in the text points at %(brand)s.") % {"where": where, "brand": house.name}
    return Leak("link" if kind == "link" else "text", "warn", where, sentence)


def _house_of(address: str, own: House, others: Sequence[House]) -> House | None:
    """The other brand that an address or number belongs to."""
    if "@" not in address:
        return next(
            (house for house in others if address in house.phones and address not in own.phones), None
        )
    email = normalise_email(address)
    if email in own.emails:
        return None
    by_box = next((house for house in others if email in house.emails), None)
    return by_box or _house_with_domain(email_domain(address), own, others)


def _house_with_domain(domain: str, own: House, others: Sequence[House]) -> House | None:
    if not domain or domain_within(domain, own.domains):
        return None
    return next((house for house in others if domain_within(domain, house.domains)), None)
