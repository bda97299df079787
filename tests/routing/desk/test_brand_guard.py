"""Nothing of one brand leaves in the name of another: refused at the service, or warned of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from channels_app.models import (
    Attachment,
    BusinessEntity,
    BusinessEntityChannel,
    CommunicationChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    Membership,
    OutboxItem,
)
from routing.services.desk.brand_guard import Outgoing, leaks_of
from routing.services.desk.composing import composer_for
from routing.services.desk.errors import LeakRefused
from routing.services.desk.files import draft_file_add
from routing.services.desk.forwarding import Forward, forward_send
from routing.services.desk.replying import Reply, leaks_in_reply
from routing.services.desk.starting import NewConversation, conversation_start
from routing.services.override import thread_move
from tests.factories import Brand, make_member

pytestmark = pytest.mark.django_db

Answer = Callable[..., Any]
Mail = Callable[..., CommunicationThread]


@pytest.fixture
def both(chargecars: Brand, laderthuis: Brand) -> Any:
    """Somebody who answers for both brands: exactly whom this protects."""
    BusinessEntity.objects.filter(pk=laderthuis.entity.pk).update(website="https://www.mijnlader.example/")
    return make_member("both", "agent", chargecars, laderthuis)


def template(brand: Brand, situation: str = "reply", **fields: Any) -> CommunicationTemplate:
    return CommunicationTemplate.objects.create(
        business_entity=brand.entity, template_code=f"t-{situation}", template_name=f"Tekst {brand.entity.entity_name}",
        situation=situation, content="Groet van {{ entity_name }}", **fields,
    )  # fmt: skip


def refused(
    answer: Answer, thread: CommunicationThread, user: Any, **fields: Any
) -> list[tuple[str, str, str]]:
    before = CommunicationMessage.objects.count(), OutboxItem.objects.count()
    with pytest.raises(LeakRefused) as refusal:
        answer(thread, user=user, **fields)
    assert (CommunicationMessage.objects.count(), OutboxItem.objects.count()) == before
    assert str(refusal.value)
    return [(leak.kind, leak.level, leak.where) for leak in refusal.value.findings]


def test_a_sender_address_of_another_brand_is_refused(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars)
    theirs = laderthuis.channel("email", "support")
    for confirmed in (False, True):
        assert refused(answer, thread, both, channel_id=theirs.id, confirmed_leaks=confirmed) == [
            ("sender", "refuse", "support@laderthuis.nl")
        ]
    own = chargecars.channel("email", "operations")
    assert answer(thread, user=both, channel_id=own.id).message.sender == "planning@chargecars.nl"


def test_a_template_of_another_brand_is_refused(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars)
    found = refused(answer, thread, both, template_id=template(laderthuis).id, confirmed_leaks=True)
    assert found == [("template", "refuse", "Tekst LaderThuis")]
    answer(thread, user=both, template_id=template(chargecars).id)


def test_a_signature_of_another_brand_is_found(chargecars: Brand, laderthuis: Brand, both: Any) -> None:
    [leak] = leaks_of(Outgoing(entity_id=chargecars.entity.id, signature=template(laderthuis, "signature")))
    assert (leak.kind, leak.level) == ("signature", "refuse")
    assert leaks_of(Outgoing(entity_id=laderthuis.entity.id, signature=template(chargecars, "signature")))


def test_the_signature_is_always_the_conversations_own(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail
) -> None:
    template(chargecars, "signature")
    template(laderthuis, "signature")
    for brand in (chargecars, laderthuis):
        thread = mail(brand, to=f"support@{brand.entity.entity_code}.nl")
        composer = composer_for(thread=thread, user=both, now=timezone.now())
        assert composer.signature == f"Groet van {brand.entity.entity_name}"
        assert {choice.name for choice in composer.templates} <= {f"Tekst {brand.entity.entity_name}"}


def test_a_file_of_another_brand_is_refused_uploaded_or_received(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    ours, theirs = mail(chargecars), mail(laderthuis, to="support@laderthuis.nl")
    upload = draft_file_add(
        entity_id=laderthuis.entity.id, user=both, name="prijzen.pdf", content_type="application/pdf", data=b"%PDF",
        now=timezone.now(),
    )  # fmt: skip
    received = Attachment(
        business_entity=laderthuis.entity, message=theirs.messages.filter(direction="inbound").get(),
        name="foto.png", state="stored", size=3,
    )  # fmt: skip
    received.file.save("x.bin", ContentFile(b"png"))
    for file in (upload, received):
        assert refused(answer, ours, both, attachments=(file.id,), confirmed_leaks=True) == [
            ("attachment", "refuse", file.name)
        ]


def test_a_copy_to_another_brand_is_refused_and_one_to_our_own_or_anybody_else_is_not(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars)
    for address in ("baas@laderthuis.nl", "Support@LaderThuis.nl", "x@mail.laderthuis.nl"):
        assert refused(answer, thread, both, cc=(address,), confirmed_leaks=True) == [
            ("cc", "refuse", address)
        ]
    answer(thread, user=both, cc=("collega@chargecars.nl", "piet@klant.example"))


@pytest.mark.parametrize(
    ("text", "kind", "where"),
    [
        ("Zie https://www.laderthuis.nl/handleiding", "link", "laderthuis.nl"),
        ("Kijk op shop.laderthuis.nl.", "link", "shop.laderthuis.nl"),
        ("Onze site: mijnlader.example", "link", "mijnlader.example"),
        ("Mail support@laderthuis.nl even", "text", "support@laderthuis.nl"),
        ("Met groet, LaderThuis", "text", "LaderThuis"),
    ],
)
def test_words_that_point_at_another_brand_are_warned_of_and_leave_when_confirmed(
    chargecars: Brand,
    laderthuis: Brand,
    both: Any,
    mail: Mail,
    answer: Answer,
    text: str,
    kind: str,
    where: str,
) -> None:
    thread = mail(chargecars)
    shown = leaks_in_reply(thread=thread, user=both, reply=Reply(body=text, key="x"), now=timezone.now())
    found = refused(answer, thread, both, body=text)
    assert [(leak.kind, leak.level, leak.where) for leak in shown] == found
    assert (kind, "warn", where) in found
    assert all(level == "warn" for _, level, _ in found)
    answer(thread, user=both, body=text, confirmed_leaks=True)


def test_a_number_of_another_brand_is_warned_of(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    number = laderthuis.channel("whatsapp", "support").channel_address
    spaced = f"0{number[3]} {number[4:8]} {number[8:]}"
    found = refused(answer, mail(chargecars), both, body=f"Bel {spaced}")
    assert found == [("text", "warn", spaced)]


@pytest.mark.parametrize(
    "text",
    [
        "Zie https://www.chargecars.nl of mail support@chargecars.nl, ChargeCars",
        "De laderthuisbezorger komt om 10.30 uur, bel 06-12345678 of kijk op example.nl",
        "laad er thuis mee op",
    ],
)
def test_our_own_and_ordinary_words_are_no_leak(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer, text: str
) -> None:
    answer(mail(chargecars), user=both, body=text)


def test_a_colleague_of_the_other_brand_who_wrote_is_answered(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    thread = mail(chargecars, sender="Baas <baas@laderthuis.nl>")
    assert answer(thread, user=both).message.recipients == ["baas@laderthuis.nl"]


def test_a_desk_of_several_brands_answers_in_the_conversations_brand(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail, answer: Answer
) -> None:
    """The night desk belongs to LaderThuis; a ChargeCars customer must not notice."""
    desk = laderthuis.channel("email", "emergency")
    CommunicationChannel.objects.filter(business_entity_channel=desk).update(entity_scope="global")
    laderthuis.entity.save()  # a new version of the configuration
    template(chargecars, "signature")
    template(laderthuis, "signature")
    thread = mail(chargecars)
    thread_move(thread=thread, channel=desk, user=both, reason="nacht", now=timezone.now())

    message = answer(thread, "We komen.", user=both).message

    assert (message.sender, message.sender_name) == ("support@chargecars.nl", "ChargeCars support")
    assert message.body == "We komen.\n\nGroet van ChargeCars"


def test_a_desk_of_several_brands_sends_no_text_or_name_of_its_own_automatically(
    chargecars: Brand, laderthuis: Brand, mail: Mail
) -> None:
    """No planning at ChargeCars: LaderThuis plans for both."""
    desk = laderthuis.channel("email", "operations")
    desk.auto_response_template = template(laderthuis, "first_contact", channel=desk)
    desk.save()
    CommunicationChannel.objects.filter(business_entity_channel=desk).update(entity_scope="global")
    BusinessEntityChannel.objects.filter(business_entity=chargecars.entity, channel_code="operations").update(
        is_active=False
    )
    CommunicationTemplate.objects.filter(
        business_entity=chargecars.entity, situation__in=["first_contact", "lead_greeting"]
    ).update(content="Dag, {{ channel_name }} van {{ entity_name }}")
    chargecars.entity.save()
    thread = mail(chargecars, "Ik wil een afspraak maken met de technicus voor de planning.")
    assert thread.channel == desk

    answer = thread.messages.get(message_type="auto_response")
    assert (answer.sender, answer.sender_name) == ("support@chargecars.nl", "ChargeCars support")
    assert answer.body == "Dag, ChargeCars support van ChargeCars"

    CommunicationTemplate.objects.filter(business_entity=chargecars.entity).update(is_active=False)
    chargecars.entity.save()
    silent = mail(chargecars, "Weer een afspraak met de technicus.", sender="Piet <piet@klant.example>")
    assert silent.channel == desk
    assert not silent.messages.filter(message_type="auto_response").exists()


def test_forwarding_and_beginning_a_conversation_pass_the_same_guard(
    chargecars: Brand, laderthuis: Brand, both: Any, mail: Mail
) -> None:
    thread = mail(chargecars)
    now = timezone.now()
    for forward in (
        Forward(to="monteur@laderthuis.nl", body="Kijk", key="a"),
        Forward(to="monteur@extern.example", body="Kijk", key="b", cc=("x@laderthuis.nl",)),
        Forward(to="monteur@extern.example", body="Zie laderthuis.nl", key="c"),
    ):
        with pytest.raises(LeakRefused):
            forward_send(thread=thread, user=both, forward=forward, now=now)
    for fields in (
        {"address": "baas@laderthuis.nl"},
        {"address": "nieuw@klant.example", "channel_id": laderthuis.channel("email", "support").id},
        {"address": "nieuw@klant.example", "template_id": template(laderthuis).id},
    ):
        start = NewConversation(medium="email", body="Dag", subject="Hallo", key="d", **fields)  # type: ignore[arg-type]
        with pytest.raises(LeakRefused):
            conversation_start(entity_id=chargecars.entity.id, user=both, start=start, now=now)
    assert CommunicationThread.objects.count() == 1
    assert Membership.objects.filter(user=both).count() == 2
