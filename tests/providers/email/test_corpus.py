"""The collected mails of other projects: what their tests assert, we must read too."""

from __future__ import annotations

import json

import pytest

from channels_app.providers.base import Automated
from channels_app.providers.email.classification import answer_refusal, classify
from channels_app.providers.email.structure import headers_only
from tests.providers.email import corpus

pytestmark = corpus.needs_corpus


def test_every_mail_is_read_without_an_exception() -> None:
    assert len(corpus.mails()) > 500
    for path in corpus.mails():
        message = corpus.read(path)
        assert message.external_id.startswith("<"), path.name
        assert "\x00" not in message.body + message.subject + message.html, path.name
        assert not any("\ud800" <= character <= "\udfff" for character in message.body), path.name


@pytest.mark.parametrize(
    ("field", "least"),
    [
        ("sender", 0.98),
        ("subject", 0.98),
        ("message id", 0.98),
        ("attachment names", 0.98),
        ("text", 0.95),
        ("bounce", 1.0),
        ("automatic answer", 1.0),
    ],
)
def test_fields_agree_with_what_the_source_projects_assert(field: str, least: float) -> None:
    right, compared = corpus.share(field)
    assert right / compared >= least, [
        item for item in corpus.comparisons() if item.field == field and not item.right
    ]


def test_the_new_part_of_a_reply_is_found() -> None:
    results = corpus.reply_comparisons()
    assert len(results) > 60
    assert sum(item.right for item in results) / len(results) >= 0.92, [
        item for item in results if not item.right
    ]


def test_reading_the_same_mail_twice_gives_the_same_message() -> None:
    for path in corpus.mails()[::9]:
        assert corpus.read(path) == corpus.read(path), path.name


# Three vectors are one message with different settings of the answering program: whether it looks at the
# recipient at all, and which addresses count as its own.
SETTINGS = {
    "No reply for original recipient": {"own": ["stephan@example.com"], "check": True},
    "Reply for :addresses": {"own": ["stephan@example.com", "all@example.com"], "check": True},
    "Reply for original recipient": {"own": ["stephan@example.com", "all@example.com"], "check": True},
    "Reply for any recipient": {"own": ["stephan@example.com"], "check": False},
    "No reply to own address": {"own": ["stephan@example.com", "sirius@example.com"], "check": False},
}


def test_the_vectors_of_rfc_3834_are_answered_or_not_as_they_say() -> None:
    vectors = json.loads((corpus.CORPUS / "rfc3834_vacation_vectors.json").read_text(encoding="utf-8"))
    assert len(vectors) == 9
    for vector in vectors:
        message = headers_only(vector["message"].encode())
        settings = SETTINGS.get(vector["test"], {"own": ["stephan@example.com"], "check": False})
        sender = str(message["From"])
        refusal = answer_refusal(
            classify(message, sender=sender, subject=str(message["Subject"])),
            sender=sender,
            envelope_sender=vector["envelope"]["from"],
            recipients=[str(message["To"])],
            own_addresses=settings["own"],
            check_recipient=settings["check"],
        )
        assert (not refusal) is vector["reply"], (vector["test"], refusal)


def test_no_bounce_is_taken_for_a_message_of_a_person() -> None:
    bounces = [item for item in corpus.comparisons() if item.field == "bounce" and item.expected == "True"]
    assert len(bounces) > 40
    assert all(item.actual == Automated.BOUNCE for item in bounces)
