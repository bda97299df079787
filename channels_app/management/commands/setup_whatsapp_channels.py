from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels_app.demo.brands import BRANDS
from channels_app.selectors.entities import entity_by_code
from channels_app.services.entity_setup import WhatsAppNumber, whatsapp_channels_configure


class Command(BaseCommand):
    help = "Give a brand its WhatsApp channels: the specification's numbers, or those given with --number."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entity", help="the brand's code, e.g. chargecars")
        parser.add_argument(
            "--number",
            action="append",
            default=[],
            metavar="PURPOSE=PHONE:PHONE_NUMBER_ID",
            help="for example support=+31612345001:123456789012345; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entity = entity_by_code(options["entity"])
        except LookupError as error:
            raise CommandError(str(error)) from error
        numbers = tuple(_number(text) for text in options["number"])
        if not numbers:
            numbers = next((brand.whatsapp for brand in BRANDS if brand.code == entity.entity_code), ())
        if not numbers:
            raise CommandError(
                f"No WhatsApp configuration found for entity: {entity.entity_code}. "
                "Give its numbers: --number support=+31612345001:123456789012345"
            )
        try:
            outcome = whatsapp_channels_configure(entity=entity, numbers=numbers)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        for done in outcome:
            verb = "created" if done.created else "exists "
            self.stdout.write(
                f"{verb}  whatsapp {done.channel.channel_code:<11}{done.channel.channel_address}"
                f"  phone number id {done.channel.provider_account}"
            )
            if done.created:
                token = done.channel.integration_config["webhook_verify_token"]
                self.stdout.write(
                    f"         own webhook /webhooks/whatsapp/{done.channel.id}/ verify token {token}"
                )
        made = sum(done.created for done in outcome)
        self.stdout.write(f"{made} created, {len(outcome) - made} already there.")
        if made:
            self.stdout.write(
                "Fill in each new number's access token in admin, then run its connection check."
            )


def _number(text: str) -> WhatsAppNumber:
    code, equals, rest = text.partition("=")
    phone, colon, phone_number_id = rest.rpartition(":")
    if not (equals and colon and code and phone and phone_number_id):
        raise CommandError(
            f"“{text}” is not PURPOSE=PHONE:PHONE_NUMBER_ID, e.g. support=+31612345001:1234567890"
        )
    return WhatsAppNumber(code=code.strip(), phone=phone.strip(), phone_number_id=phone_number_id.strip())
