"""Retention, erasure and access: everything goes or is handed out, counts stay, and both may run twice."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from analytics.models import ChannelAnalytics
from channels_app.models import (
    Attachment,
    AuditEntry,
    CommunicationMessage,
    CommunicationThread,
    Contact,
    InboundReceipt,
    OutboxItem,
    RetentionPolicy,
    ThreadSearch,
)
from channels_app.models.personal import PersonalData
from channels_app.services.privacy.access import subject_access_export
from channels_app.services.privacy.contacts import contact_erase, erasure_count
from channels_app.services.privacy.raw_exchanges import processed_receipts_due, receipts_clear
from channels_app.services.privacy.retention import retention_count, retention_run
from channels_app.services.search_index import search_index_all
from channels_app.tasks import purge_expired
from routing.models import MessageRoutingLog
from tests.admin.conftest import Staff
from tests.admin.test_pages import address
from tests.factories import Brand

NOW = timezone.now()
# Tables that hang on a contact and say nothing of it that an erasure would have to take out.
SAY_NOTHING = {
    "routing.SlaTimer": "times",
    "routing.ReadMark": "times",
    "channels_app.ThreadSearch": "made anew from the messages, by triggers, when they change",
    "routing.DraftFile": "its owner's, cleared after a day when it is not sent",
}


def every_text() -> str:
    """Everything that stands in any table of ours but the templates and the configuration."""
    parts = []
    with connection.cursor() as cursor:
        for table in (
            "contacts", "contact_identifiers", "communication_threads", "communication_messages",
            "message_attachments", "outbox_items", "message_routing_logs", "escalations", "escalation_steps",
            "inbound_receipts", "audit_entries", "thread_events", "thread_drafts", "start_drafts",
            "staff_notices",
        ):  # fmt: skip
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            parts.append(cursor.fetchone()[0])
    return " ".join(parts)


@pytest.fixture
def contact(alfa: Brand) -> Contact:
    found = Contact.objects.get(business_entity=alfa.entity)
    receipt = InboundReceipt.objects.create(
        provider="whatsapp", body=b'{"text": "roodborstje"}', state="done", received_at=NOW
    )
    thread = CommunicationThread.objects.get(contact=found)
    thread.subject = "roodborstje"
    thread.save()
    thread.messages.filter(direction="inbound").update(
        body="roodborstje", html="<b>roodborstje</b>", receipt=receipt, data={"x": "roodborstje"},
        recipients=["roodborstje@alfa.nl"], sender_name="roodborstje",
    )  # fmt: skip
    MessageRoutingLog.objects.filter(thread=thread).update(
        explanation={"nl": "wegens roodborstje", "en": ""},
        manual_override=True,
        override_reason="roodborstje",
    )
    found.notes = "roodborstje"
    found.save()
    return found


def older(days: int) -> datetime:
    return NOW - timedelta(days=days)


def age_everything(brand: Brand, days: int) -> None:
    for model in (CommunicationMessage, Attachment, MessageRoutingLog, OutboxItem):
        model._base_manager.filter(business_entity=brand.entity).update(created_at=older(days))
    threads = CommunicationThread.objects.filter(business_entity=brand.entity)
    threads.update(created_at=older(days), last_message_at=older(days))
    Contact.objects.filter(business_entity=brand.entity).update(
        created_at=older(days), updated_at=older(days)
    )
    InboundReceipt.objects.update(received_at=older(days))


def policy_of(brand: Brand, **days: int | None) -> RetentionPolicy:
    policy = RetentionPolicy.objects.get(business_entity=brand.entity)
    for kind in ("raw", "files", "text", "identity"):
        setattr(policy, f"{kind}_days", days.get(kind))
    policy.save()
    return policy


def test_every_table_that_hangs_on_a_contact_says_what_it_knows_of_it() -> None:
    told = {"Contact", "CommunicationThread", "CommunicationMessage"}
    for model in apps.get_models():
        if model._meta.app_label not in ("channels_app", "routing", "analytics") or model._meta.proxy:
            continue
        hangs = any(
            field.is_relation and field.related_model and field.related_model.__name__ in told
            for field in model._meta.concrete_fields
        )
        words = [
            field.name for field in model._meta.concrete_fields
            if isinstance(field, models.TextField | models.JSONField | models.FileField | models.BinaryField)
            or (isinstance(field, models.CharField) and not field.choices and (field.max_length or 0) >= 100)
        ]  # fmt: skip
        if hangs and words and model._meta.label not in SAY_NOTHING:
            assert isinstance(getattr(model, "personal", None), PersonalData), (
                f"{model._meta.label}: say by `personal` what becomes of {words} at an erasure"
            )


def test_an_erased_contact_is_in_no_table_and_no_file_any_more(
    contact: Contact, staff: Staff, alfa: Brand, beta: Brand
) -> None:
    actor = User.objects.get(username="alfa-administrator")
    file = Attachment.objects.get(message__thread__contact=contact).file.name
    figures = list(ChannelAnalytics.objects.order_by("pk").values())
    before = {
        model: model._base_manager.count() for model in (CommunicationMessage, CommunicationThread, Contact)
    }
    beta_text = Contact.objects.get(business_entity=beta.entity).name
    assert "roodborstje" in every_text()
    assert default_storage.exists(file)
    foreseen = erasure_count(contact=contact)
    gone = contact_erase(contact=contact, actor=actor, now=NOW)
    assert gone == foreseen
    search_index_all()
    assert not ThreadSearch.objects.filter(thread__contact=contact, names__contains="31681000000").exists()
    words = str(list(ThreadSearch.objects.filter(thread__contact=contact).values_list("words", flat=True)))
    assert "roodborst" not in words
    text = every_text()
    for word in ("roodborstje", "Alfa Klant", "+31681000000"):
        assert word not in text.replace("AlfaLaden", ""), word
    assert not default_storage.exists(file)
    assert before == {model: model._base_manager.count() for model in before}
    assert list(ChannelAnalytics.objects.order_by("pk").values()) == figures
    assert Contact.objects.get(business_entity=beta.entity).name == beta_text
    assert "Beta: de paal is kapot" in text
    entry = AuditEntry.objects.get(action="erased")
    assert (entry.actor_name, entry.object_name, entry.detail) == ("alfa-administrator", "", gone)
    assert contact_erase(contact=contact, actor=actor, now=NOW) == {}
    assert AuditEntry.objects.filter(action="erased").count() == 1


def test_only_the_brands_administrator_erases_or_hands_out(contact: Contact, staff: Staff) -> None:
    for name in ("alfa-manager", "beta-administrator"):
        actor = User.objects.get(username=name)
        with pytest.raises(PermissionDenied):
            contact_erase(contact=contact, actor=actor, now=NOW)
        with pytest.raises(PermissionDenied):
            subject_access_export(contact=contact, actor=actor, now=NOW)
    url = address(Contact, "change", contact.pk).removesuffix("change/")
    for browser in (staff.manager, staff.agent, staff.stranger):
        assert browser.get(f"{url}erase/").status_code in (403, 404)
        assert browser.post(f"{url}erase/", {"word": "wissen"}).status_code in (403, 404)
        assert browser.post(f"{url}hand-out/").status_code in (403, 404)
    contact.refresh_from_db()
    assert contact.anonymised_at is None


def test_the_page_says_what_goes_and_asks_for_a_word(contact: Contact, staff: Staff) -> None:
    thread = CommunicationThread.objects.get(contact=contact)
    url = address(Contact, "change", contact.pk).removesuffix("change/") + "erase/"
    page = staff.administrator.get(url).content.decode()
    assert "Berichten" in page
    assert "wissen" in page
    assert staff.administrator.post(url, {"word": "ja"}).status_code == 200
    contact.refresh_from_db()
    assert contact.anonymised_at is None
    assert staff.administrator.post(url, {"word": "Wissen"}).status_code == 302
    contact.refresh_from_db()
    assert contact.anonymised_at is not None
    html = staff.agent.get(address(CommunicationThread, "change", thread.pk)).content.decode()
    assert "De tekst is verwijderd" in html


def test_what_waits_to_be_sent_to_an_erased_contact_is_cancelled(contact: Contact, staff: Staff) -> None:
    OutboxItem.objects.filter(message__thread__contact=contact).update(state="queued")
    contact_erase(contact=contact, actor=User.objects.get(username="root"), now=NOW)
    [item] = OutboxItem.objects.filter(message__thread__contact=contact)
    assert (item.state, item.recipient) == ("cancelled", "")


def test_words_go_after_their_period_and_not_a_day_before(contact: Contact, alfa: Brand, beta: Brand) -> None:
    policy = policy_of(alfa, text=30)
    age_everything(alfa, 29)
    assert retention_run(policy=policy, now=NOW) == {}
    age_everything(alfa, 31)
    foreseen = retention_count(policy=policy, now=NOW)
    assert foreseen["channels_app.CommunicationMessage"] == 2
    assert "roodborstje" in every_text()
    assert retention_run(policy=policy, now=NOW) == foreseen
    message = CommunicationMessage.objects.get(business_entity=alfa.entity, direction="inbound")
    assert (message.body, message.html, message.sender, message.data) == ("", "", "", {"removed": True})
    assert CommunicationMessage.objects.filter(business_entity=beta.entity, body="").count() == 0
    assert Attachment.objects.get(message=message).file
    assert Contact.objects.get(pk=contact.pk).name
    assert retention_run(policy=policy, now=NOW) == {}
    assert AuditEntry.objects.get(action="purged").detail == foreseen


def test_raw_exchanges_and_files_and_contacts_have_periods_of_their_own(
    contact: Contact, alfa: Brand, beta: Brand
) -> None:
    age_everything(alfa, 10)
    file = Attachment.objects.get(business_entity=alfa.entity).file.name
    retention_run(policy=policy_of(alfa, raw=5), now=NOW)
    own = InboundReceipt.objects.get(channel__business_entity=alfa.entity)
    assert (bytes(own.body), own.headers) == (b"", {})
    assert bytes(InboundReceipt.objects.get(channel__business_entity=beta.entity).body)
    assert default_storage.exists(file)
    retention_run(policy=policy_of(alfa, files=5), now=NOW)
    assert not default_storage.exists(file)
    assert Attachment.objects.get(business_entity=alfa.entity).state == "removed"
    assert "roodborstje" in CommunicationMessage.objects.get(sender_name="roodborstje").body
    retention_run(policy=policy_of(alfa, identity=5), now=NOW)
    contact.refresh_from_db()
    assert (contact.name, contact.identifiers.count()) == ("", 0)
    assert contact.anonymised_at is not None
    assert not CommunicationMessage.objects.filter(thread__contact=contact).exclude(sender_name="").exists()


def test_processed_exchanges_go_after_the_period_of_the_installation_where_a_brand_has_none(
    contact: Contact, alfa: Brand, beta: Brand, settings: Any
) -> None:
    settings.RAW_EXCHANGE_DAYS = 30
    policy_of(alfa, raw=60)
    RetentionPolicy.objects.filter(business_entity=beta.entity).update(raw_days=None)
    InboundReceipt.objects.update(state="done", received_at=older(29))
    assert not processed_receipts_due(now=NOW).exists()
    InboundReceipt.objects.update(received_at=older(31))
    due = processed_receipts_due(now=NOW)
    assert {receipt.channel and receipt.channel.business_entity for receipt in due} == {beta.entity, None}
    waiting = InboundReceipt.objects.filter(channel__business_entity=beta.entity)
    waiting.update(state="quarantined")
    assert receipts_clear(processed_receipts_due(now=NOW)) == 1
    assert [bool(bytes(receipt.body)) for receipt in waiting] == [True]
    waiting.update(state="done")
    settings.RAW_EXCHANGE_DAYS = 0
    assert not processed_receipts_due(now=NOW).exists()
    settings.RAW_EXCHANGE_DAYS = 30
    assert receipts_clear(processed_receipts_due(now=NOW), most=5) == 1
    assert receipts_clear(processed_receipts_due(now=NOW)) == 0
    assert bytes(InboundReceipt.objects.get(channel__business_entity=alfa.entity).body)


def test_an_exchange_that_came_as_an_address_is_emptied_too(alfa: Brand, settings: Any) -> None:
    settings.RAW_EXCHANGE_DAYS = 30
    InboundReceipt.objects.update(state="done", body=b"", url="/sms/?Body=roodborstje", received_at=older(31))
    purge_expired()
    assert not InboundReceipt.objects.exclude(url="").exists()


def test_what_still_waits_to_be_processed_is_never_taken_out(alfa: Brand) -> None:
    InboundReceipt.objects.update(state="pending", received_at=older(900))
    retention_run(policy=policy_of(alfa, raw=5), now=NOW)
    assert all(bytes(receipt.body) for receipt in InboundReceipt.objects.all())


def test_a_contact_with_whom_something_happened_since_stays(contact: Contact, alfa: Brand) -> None:
    age_everything(alfa, 100)
    CommunicationThread.objects.filter(contact=contact).update(last_message_at=older(1))
    retention_run(policy=policy_of(alfa, identity=30), now=NOW)
    contact.refresh_from_db()
    assert contact.anonymised_at is None


def test_a_run_is_bounded_and_the_next_goes_on(contact: Contact, alfa: Brand) -> None:
    age_everything(alfa, 100)
    policy = policy_of(alfa, text=30)
    first = retention_run(policy=policy, now=NOW, most=1)
    assert sum(first.values()) == 1
    assert "text" not in policy.done_until
    retention_run(policy=policy, now=NOW)
    assert retention_count(policy=policy, now=NOW) == {}


def test_the_command_first_says_what_it_would_do(contact: Contact, alfa: Brand, beta: Brand) -> None:
    age_everything(alfa, 1000)
    policy_of(alfa, text=30, raw=30)
    out = io.StringIO()
    call_command("purge_expired", dry_run=True, stdout=out)
    assert "CommunicationMessage 2" in out.getvalue()
    assert "shared: channels_app.InboundReceipt 1" in out.getvalue()
    assert "roodborstje" in every_text()
    call_command("purge_expired", stdout=io.StringIO())
    call_command("purge_expired", stdout=(out := io.StringIO()))
    assert "alfa: nothing" in out.getvalue()
    assert "shared: nothing" in out.getvalue()


def test_the_retention_page_shows_what_the_next_run_takes_out(
    contact: Contact, staff: Staff, alfa: Brand
) -> None:
    age_everything(alfa, 100)
    policy = policy_of(alfa, text=30)
    url = address(RetentionPolicy, "change", policy.pk)
    assert "Berichten" in staff.administrator.get(url).content.decode()
    assert staff.manager.get(url).status_code == 403
    assert staff.stranger.get(url).status_code in (302, 403, 404)
    saved = staff.administrator.post(
        url, {"text_days": "365", "raw_days": "", "files_days": "", "identity_days": ""}
    )
    assert saved.status_code == 302
    assert "roodborstje" in every_text()


def test_the_export_for_a_contact_holds_everything_and_nothing_of_others(
    contact: Contact, staff: Staff, alfa: Brand, beta: Brand
) -> None:
    photo = Attachment.objects.get(business_entity=alfa.entity)
    photo.name = "../../etc/passwd"
    photo.save()
    CommunicationMessage.objects.filter(thread__contact=contact, direction="outbound").update(
        body="<script>alert(1)</script>"
    )
    url = address(Contact, "change", contact.pk).removesuffix("change/") + "hand-out/"
    assert staff.administrator.get(url).status_code == 302
    answer: Any = staff.administrator.post(url)
    assert answer["X-Content-Type-Options"] == "nosniff"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert set(archive.namelist()) == {"data.json", "index.html", "attachments/0001-passwd"}
    assert archive.read("attachments/0001-passwd") == b"png"
    page = archive.read("index.html").decode()
    assert "roodborstje" in page
    assert "<script>" not in page
    data = json.loads(archive.read("data.json"))
    assert data["tables"]["channels_app.ContactIdentifier"][0]["value"] == "+31681000000"
    assert len(data["tables"]["channels_app.CommunicationMessage"]) == 2
    assert "Beta" not in json.dumps(data) + page
    assert AuditEntry.objects.get(action="access_exported").actor_name == "alfa-administrator"
