"""Reports: the right days, one brand, once per recipient, readable and with its table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from openpyxl import load_workbook

from analytics.models import ReportDelivery, ReportSchedule
from analytics.services.reports import finished_period, report_build, reports_send_due
from analytics.services.rollup import rollup
from channels_app.models import BusinessEntityChannel
from channels_app.providers.email import EmailProvider
from channels_app.services.accounts import channel_configure
from tests.analytics import world
from tests.analytics.test_dashboard import manager_of
from tests.providers.email.servers import PASSWORD, MailSink, smtp_server

pytestmark = [
    pytest.mark.django_db,
    # The test server speaks in clear on loopback, which aiosmtpd finds worth a warning.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning"),
]

TUESDAY = datetime(2026, 6, 9, 8, tzinfo=UTC)


@pytest.fixture
def sink(settings: Any) -> MailSink:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    return MailSink()


@pytest.fixture
def mailbox(sink: MailSink) -> Iterator[BusinessEntityChannel]:
    """The mailbox of ChargeCars, with a week of figures; LaderThuis has figures too."""
    ours = world.channel(
        world.brand("chargecars"), "admin", "email", channel_address="admin@chargecars.example"
    )
    theirs = world.channel(world.brand("laderthuis"), "support", "whatsapp")
    asked = datetime(2026, 6, 3, 9, tzinfo=UTC)
    for desk in (ours, theirs):
        for _ in range(3):
            conversation = world.thread(desk, asked)
            about = world.message(conversation, asked)
            world.clock(about, asked.replace(hour=10), answered=asked.replace(minute=12))
    rollup(since=asked, until=asked.replace(hour=11))
    with smtp_server(sink) as port:
        config = EmailProvider.Config.model_validate(
            {
                "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "password": PASSWORD,
                "imap_host": "127.0.0.1",
            }
        )  # fmt: skip
        channel_configure(channel=ours, config=config)
        ours.save()
        yield ours


def schedule(mailbox: BusinessEntityChannel, **values: Any) -> ReportSchedule:
    return ReportSchedule.objects.create(
        **{
            "business_entity": mailbox.business_entity,
            "channel": mailbox,
            "recipients": ["chef@chargecars.example", "bas@chargecars.example"],
            **values,
        }
    )


@pytest.mark.parametrize(
    ("frequency", "today", "first", "last"),
    [
        ("weekly", date(2026, 6, 8), date(2026, 6, 1), date(2026, 6, 7)),
        ("weekly", date(2026, 6, 14), date(2026, 6, 1), date(2026, 6, 7)),
        ("monthly", date(2026, 6, 1), date(2026, 5, 1), date(2026, 5, 31)),
        ("monthly", date(2026, 1, 15), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_a_report_is_about_the_last_finished_week_or_month(
    frequency: str, today: date, first: date, last: date
) -> None:
    assert finished_period(frequency, today) == (first, last)


def test_a_report_goes_to_every_recipient_once(mailbox: BusinessEntityChannel, sink: MailSink) -> None:
    schedule(mailbox)
    assert reports_send_due(now=TUESDAY.replace(hour=2)) == 0  # four in the morning
    assert reports_send_due(now=TUESDAY) == 2
    assert reports_send_due(now=TUESDAY) == 0
    assert sorted(envelope.rcpt_tos[0] for envelope in sink.received) == [
        "bas@chargecars.example", "chef@chargecars.example"
    ]  # fmt: skip
    mail = message_from_bytes(sink.received[0].content, policy=default)  # type: ignore[arg-type]
    assert mail["Subject"] == "Chargecars: 1 tot en met 7 juni 2026"
    (attachment,) = mail.iter_attachments()  # type: ignore[attr-defined]
    assert attachment.get_filename() == "chargecars-2026-06-01-2026-06-07.xlsx"
    rows = list(load_workbook(BytesIO(attachment.get_payload(decode=True))).worksheets[0].values)
    assert [row[0] for row in rows[1:]] == ["chargecars"]
    assert "12 min" in mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert "12 min" in mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


def test_a_server_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    mailbox: BusinessEntityChannel, sink: MailSink
) -> None:
    planned = schedule(mailbox, recipients=["chef@chargecars.example"])
    sink.answers["RCPT"] = "451 4.3.0 later"
    assert reports_send_due(now=TUESDAY) == 0
    planned.refresh_from_db()
    assert planned.last_error
    assert not ReportDelivery.objects.exists()
    sink.answers.clear()
    assert reports_send_due(now=TUESDAY) == 1
    planned.refresh_from_db()
    assert planned.last_error == ""
    ReportDelivery.objects.all().delete()
    sink.answers["RCPT"] = "550 5.1.1 unknown"
    assert reports_send_due(now=TUESDAY) == reports_send_due(now=TUESDAY) == 0
    assert ReportDelivery.objects.count() == 1


def test_nothing_leaves_a_brand_in_shadow_mode(mailbox: BusinessEntityChannel, sink: MailSink) -> None:
    schedule(mailbox)
    type(mailbox.business_entity).objects.update(shadow_mode=True)
    assert reports_send_due(now=TUESDAY) == 0
    assert sink.received == []


def test_a_report_names_no_other_brand(mailbox: BusinessEntityChannel) -> None:
    report = report_build(
        mailbox.business_entity, date(2026, 6, 1), date(2026, 6, 7), TUESDAY, attachment="csv"
    )
    assert b"chargecars;admin;email;2026-06-03;3" in report.file
    for content in (report.html, report.text, report.file.decode()):
        assert "laderthuis" not in content.lower()


def test_reports_are_planned_in_the_admin_for_own_brands_and_mailboxes_only(
    mailbox: BusinessEntityChannel,
) -> None:
    world.channel(world.brand("zonnepark"), "support", "email")
    client = manager_of("chargecars")
    page = client.get("/admin/analytics/reportschedule/add/")
    assert page.status_code == 200
    assert b"zonnepark" not in page.content.lower()
    User.objects.create_superuser("root", password="a-long-password-1")
    root = Client()
    root.force_login(User.objects.get(username="root"))
    schedule(mailbox)
    assert root.get("/admin/analytics/reportschedule/").status_code == 200
