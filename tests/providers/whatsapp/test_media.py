from __future__ import annotations

import hashlib
import socket
from dataclasses import replace
from typing import Any

import pytest

from channels_app.providers.base import Account, AttachmentContent, InboundAttachment, ProviderError
from channels_app.providers.whatsapp import WhatsAppProvider, media
from channels_app.providers.whatsapp.content import sha256_hex
from channels_app.sandbox.graph_api import GraphSandbox
from channels_app.sandbox.graph_faults import Fault

provider = WhatsAppProvider()
CONTENT = bytes(range(256)) * 3000


@pytest.fixture
def attachment(graph: GraphSandbox) -> InboundAttachment:
    return InboundAttachment(
        name="image.jpg",
        content_type="image/jpeg",
        content=AttachmentContent.REMOTE,
        media_id=graph.add_media(CONTENT, "image/jpeg"),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )


def error_of(attachment: InboundAttachment, account: Account) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        provider.download(attachment, account)
    return raised.value


def test_a_received_file_is_downloaded_by_its_id(attachment: InboundAttachment, account: Account) -> None:
    assert provider.download(attachment, account) == CONTENT


def test_a_file_that_differs_from_its_checksum_is_refused(
    attachment: InboundAttachment, account: Account
) -> None:
    assert error_of(replace(attachment, sha256="0" * 64), account).code == "checksum"


def test_without_a_checksum_in_the_message_the_one_of_the_media_counts(
    attachment: InboundAttachment, account: Account, graph: GraphSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless = replace(attachment, sha256="")
    assert provider.download(nameless, account) == CONTENT
    facts = graph._media_facts
    monkeypatch.setattr(graph, "_media_facts", lambda *args: {**facts(*args), "sha256": "0" * 64})
    assert error_of(nameless, account).code == "checksum"


def test_a_file_above_the_limit_is_not_fetched(
    attachment: InboundAttachment, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_MEDIA_BYTES", len(CONTENT) - 1)
    error = error_of(attachment, account)
    assert (error.code, error.permanent) == ("too_large", True)


def test_a_file_larger_than_it_said_is_cut_off(
    attachment: InboundAttachment, account: Account, graph: GraphSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = graph._media_facts
    monkeypatch.setattr(graph, "_media_facts", lambda *args: {**facts(*args), "file_size": 1})
    monkeypatch.setattr(media, "MAX_MEDIA_BYTES", 1000)
    error = error_of(attachment, account)
    assert (error.code, error.permanent, error.ambiguous) == ("too_large", True, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "https://lookaside.fbsbx.com.evil.example/file",
        "https://evilfbsbx.com/file",
        "http://lookaside.fbsbx.com/file",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ],
)
def test_the_token_goes_to_no_other_server_than_metas(
    attachment: InboundAttachment,
    account: Account,
    graph: GraphSandbox,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
) -> None:
    facts = graph._media_facts
    monkeypatch.setattr(graph, "_media_facts", lambda *args: {**facts(*args), "url": url})
    error = error_of(attachment, account)
    assert (error.code, error.permanent) == ("foreign_media_host", True)


def test_a_media_server_name_that_leads_home_is_refused(
    attachment: InboundAttachment, account: Account, graph: GraphSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = graph._media_facts
    url = "https://lookaside.fbsbx.com/file"
    monkeypatch.setattr(graph, "_media_facts", lambda *args: {**facts(*args), "url": url})
    real = socket.getaddrinfo

    def rebound(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        return real("127.0.0.1" if host == "lookaside.fbsbx.com" else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    assert error_of(attachment, account).code == "address_refused"


def test_a_file_that_is_gone_fails_for_good(
    attachment: InboundAttachment, account: Account, graph: GraphSandbox
) -> None:
    graph.numbers = {"123456789012345": "+31612345001"}
    for media_id, code in (("gone", "100"), ("", "no_media_id")):
        error = error_of(replace(attachment, media_id=media_id), account)
        assert (error.code, error.permanent, error.suspends_channel) == (code, True, False)


def test_a_hiccup_of_the_media_server_is_retried(
    attachment: InboundAttachment, account: Account, graph: GraphSandbox
) -> None:
    graph.fail_next(Fault("http", status=503))
    error = error_of(attachment, account)
    assert (error.permanent, error.ambiguous) == (False, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=", hashlib.sha256(b"test").hexdigest()),
        (hashlib.sha256(b"test").hexdigest().upper(), hashlib.sha256(b"test").hexdigest()),
        ("29ed500fa64eb55fc19dc4124acb300e5dcc54a0f822a301ae99944db", ""),
        ("IMAGE_HASH", ""),
        ("é", ""),
        ("", ""),
        (None, ""),
        (12, ""),
    ],
)
def test_a_checksum_is_read_in_either_spelling_and_garbage_is_none(value: object, expected: str) -> None:
    assert sha256_hex(value) == expected
