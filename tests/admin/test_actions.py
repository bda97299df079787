from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from pydantic import SecretStr

from channels_app.models import (
    BusinessEntityChannel,
    CommunicationMessage,
    CommunicationTemplate,
    InboundReceipt,
    Incident,
    OutboxItem,
)
from channels_app.providers.base import RemoteTemplate
from channels_app.providers.registry import provider_for
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_server import running
from channels_app.services.accounts import channel_configure
from channels_app.services.template_sync import approval_of, in_our_placeholders, templates_sync
from tests.admin.conftest import Staff
from tests.factories import Brand


@pytest.fixture
def graph(settings: Any) -> Iterator[GraphSandbox]:
    """The stand-in of the Graph API, with the settings pointed at it."""
    sandbox = GraphSandbox()
    with running(sandbox) as base:
        settings.WHATSAPP_API_BASE = base
        settings.OUTBOUND_ALLOWED_HOSTS = [base.removeprefix("http://")]
        yield sandbox


@pytest.fixture
def channel(alfa: Brand) -> BusinessEntityChannel:
    channel = alfa.channel("whatsapp", "support")
    channel.integration_config["business_account_id"] = "100000000000001"
    channel.save()
    return channel


def button(row: Any, name: str) -> str:
    change = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return f"{change.removesuffix('change/')}{name}/"


def test_checking_a_connection_lists_every_item_and_keeps_the_answer(
    staff: Staff, channel: BusinessEntityChannel, graph: GraphSandbox
) -> None:
    assert staff.manager.get(button(channel, "check")).status_code == 200  # looking asks nobody anything
    channel.refresh_from_db()
    assert channel.last_checked_at is None
    answer = staff.manager.post(button(channel, "check"), follow=True)
    channel.refresh_from_db()
    assert channel.last_checked_at is not None
    assert channel.last_check["items"]
    html = answer.content.decode()
    for item in channel.last_check["items"]:
        assert item["label"] in html


def test_a_suspended_channel_sends_again_once_the_check_succeeds(staff: Staff, alfa: Brand) -> None:
    channel = alfa.channel("whatsapp", "sales")
    channel.channel_type, channel.suspended_at = "sms", timezone.now()
    config = provider_for("sms").Config.model_validate({"vendor": "messagebird"})
    channel_configure(channel=channel, config=config)
    channel.save()
    Incident.objects.create(business_entity=alfa.entity, channel=channel, kind="suspended")
    staff.manager.post(button(channel, "check"))  # the signing key is missing
    channel.refresh_from_db()
    assert channel.suspended_at is not None
    channel_configure(channel=channel, config=config.model_copy(update={"signing_key": SecretStr("key")}))
    channel.save()
    staff.manager.post(button(channel, "check"))
    channel.refresh_from_db()
    assert channel.suspended_at is None
    assert not Incident.objects.filter(channel=channel, kind="suspended", closed_at__isnull=True).exists()


def test_settings_that_cannot_be_read_are_named_instead_of_crashing(
    staff: Staff, channel: BusinessEntityChannel
) -> None:
    BusinessEntityChannel.objects.filter(pk=channel.pk).update(integration_config={})
    staff.manager.post(button(channel, "check"))
    channel.refresh_from_db()
    assert channel.last_check["ok"] is False
    assert channel.last_check["items"][0]["detail"]


def test_an_agent_may_not_check_connections(staff: Staff, channel: BusinessEntityChannel) -> None:
    assert staff.agent.post(button(channel, "check")).status_code == 403


def test_a_quarantined_receipt_is_played_again(staff: Staff, alfa: Brand) -> None:
    receipt = InboundReceipt.objects.get(channel__business_entity=alfa.entity)
    page = reverse("admin:channels_app_inboundreceipt_change", args=[receipt.pk])
    html = staff.manager.get(page).content.decode()
    assert "&lt;script&gt;" in html
    assert "Alfa <script>" not in html
    assert staff.manager.get(button(receipt, "replay")).status_code == 302  # looking changes nothing
    receipt.refresh_from_db()
    assert receipt.state == "quarantined"
    staff.manager.post(button(receipt, "replay"))
    receipt.refresh_from_db()
    assert receipt.state == "pending"


def test_an_agent_sees_no_raw_receipts(staff: Staff) -> None:
    assert staff.agent.get(reverse("admin:channels_app_inboundreceipt_changelist")).status_code == 403


def test_a_failed_item_is_sent_again_after_a_confirmation(staff: Staff, alfa: Brand) -> None:
    item = OutboxItem.objects.get(business_entity=alfa.entity)
    url = reverse("admin:channels_app_outboxitem_changelist")
    chosen = {"action": "send_again_selected", "_selected_action": [str(item.pk)]}
    asked = staff.agent.post(url, chosen)
    assert asked.status_code == 200
    item.refresh_from_db()
    assert item.state == "failed"
    assert staff.agent.post(url, {**chosen, "confirmed": "1"}).status_code == 302
    item.refresh_from_db()
    assert (item.state, item.attempts) == ("queued", 0)


def test_an_analyst_decides_nothing_about_the_outbox(staff: Staff, alfa: Brand) -> None:
    item = OutboxItem.objects.get(business_entity=alfa.entity)
    assert staff.analyst.post(button(item, "send-again")).status_code == 403
    item.refresh_from_db()
    assert item.state == "failed"


def test_marking_as_sent_sends_nothing_and_shows_in_the_conversation(staff: Staff, alfa: Brand) -> None:
    item = OutboxItem.objects.get(business_entity=alfa.entity)
    staff.agent.post(button(item, "mark-sent"))
    item.refresh_from_db()
    assert item.state == "sent"
    assert item.message is not None
    assert CommunicationMessage.objects.get(pk=item.message.pk).state == "sent"


def test_closing_an_incident_closes_only_those_of_the_users_brand(
    staff: Staff, alfa: Brand, beta: Brand
) -> None:
    url = reverse("admin:channels_app_incident_changelist")
    chosen = [str(pk) for pk in Incident.objects.values_list("pk", flat=True)]
    staff.manager.post(url, {"action": "close_selected", "_selected_action": chosen})
    assert Incident.objects.filter(business_entity=alfa.entity, closed_at__isnull=True).count() == 0
    assert Incident.objects.filter(business_entity=beta.entity, closed_at__isnull=True).count() == 1


class TestTemplateSync:
    def remote(self, monkeypatch: pytest.MonkeyPatch, *templates: RemoteTemplate) -> None:
        """What Meta holds; reading it over HTTP has tests of its own beside the provider."""
        monkeypatch.setattr(provider_for("whatsapp"), "templates", lambda account: templates)

    def template(self, name: str, status: str = "approved", **more: Any) -> RemoteTemplate:
        given = {"language": "nl", "category": "utility", "quality": "green", "body": "Dag {{1}}, tot {{2}}."}
        return RemoteTemplate(external_id=name, name=name, status=status, **{**given, **more})

    def test_templates_are_made_and_then_follow_the_medium(
        self, monkeypatch: pytest.MonkeyPatch, channel: BusinessEntityChannel
    ) -> None:
        self.remote(monkeypatch, self.template("afspraak_bevestigd", "pending"))
        first = templates_sync(channel=channel, now=timezone.now())
        assert (first.created, first.updated, first.gone) == (1, 0, 0)
        template = CommunicationTemplate.objects.get(provider_name="afspraak_bevestigd")
        assert (template.approval, template.content) == ("pending", "Dag [1], tot [2].")
        template.provider_variables, template.template_name = ["customer_name"], "Afspraak"
        template.save()
        self.remote(monkeypatch, self.template("afspraak_bevestigd"))
        second = templates_sync(channel=channel, now=timezone.now())
        template.refresh_from_db()
        assert (second.created, second.updated) == (0, 1)
        assert (template.approval, template.template_name) == ("approved", "Afspraak")
        assert template.content == "Dag {{ customer_name }}, tot [2]."

    def test_what_the_medium_no_longer_has_is_paused(
        self, monkeypatch: pytest.MonkeyPatch, channel: BusinessEntityChannel
    ) -> None:
        self.remote(monkeypatch, self.template("oud"))
        templates_sync(channel=channel, now=timezone.now())
        self.remote(monkeypatch)
        assert templates_sync(channel=channel, now=timezone.now()).gone == 1
        assert CommunicationTemplate.objects.get(provider_name="oud").approval == "paused"

    def test_languages_without_texts_are_skipped_and_twins_give_way_to_the_approved_one(
        self, monkeypatch: pytest.MonkeyPatch, channel: BusinessEntityChannel
    ) -> None:
        self.remote(
            monkeypatch,
            self.template("hello", "rejected", language="en_US"),
            self.template("hello", language="en_GB"),
            self.template("hola", language="es"),
        )
        outcome = templates_sync(channel=channel, now=timezone.now())
        assert (outcome.created, outcome.skipped) == (1, 1)
        assert CommunicationTemplate.objects.get(provider_name="hello").approval == "approved"

    def test_the_other_brand_keeps_its_own(
        self, monkeypatch: pytest.MonkeyPatch, channel: BusinessEntityChannel, beta: Brand
    ) -> None:
        self.remote(monkeypatch, self.template("gedeeld"))
        templates_sync(channel=channel, now=timezone.now())
        templates_sync(channel=beta.channel("whatsapp", "support"), now=timezone.now())
        assert CommunicationTemplate.objects.filter(provider_name="gedeeld").count() == 2
        self.remote(monkeypatch)
        templates_sync(channel=channel, now=timezone.now())
        found = CommunicationTemplate.objects.get(provider_name="gedeeld", business_entity=beta.entity)
        assert found.approval == "approved"

    def test_the_button_says_in_words_what_is_missing(self, staff: Staff, alfa: Brand) -> None:
        channel = alfa.channel("whatsapp", "support")  # without a business account
        answer = staff.manager.post(button(channel, "fetch-templates"), follow=True)
        assert answer.status_code == 200
        assert [message.level_tag for message in answer.context["messages"]] == ["error"]

    def test_an_unknown_state_may_not_be_sent(self) -> None:
        assert approval_of("SOMETHING_NEW") == "paused"

    def test_numbered_placeholders_become_ours_where_they_are_known(self) -> None:
        assert in_our_placeholders("{{1}} {{ 2 }}", ["customer_name"]) == "{{ customer_name }} [2]"
