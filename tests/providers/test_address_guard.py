from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.providers.address_guard import (
    AddressRefused,
    SocketAddress,
    checked_socket_address,
    connect_checked,
    is_public,
)
from channels_app.providers.base import ProviderError

REFUSED = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "31.13.64.51",
    "2606:4700::1111",
    "2a03:2880:f10c::1",
    "64:ff9b::808:808",
]
PUBLIC += ["::ffff:8.8.8.8"]


def resolving_to(*addresses: str) -> Any:
    def resolve(host: str, port: int) -> Sequence[SocketAddress]:
        return [
            SocketAddress(socket.AF_INET6, (address, port, 0, 0))
            if ":" in address
            else SocketAddress(socket.AF_INET, (address, port))
            for address in addresses
        ]

    return resolve


@pytest.fixture(autouse=True)
def nothing_allowed(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []


@pytest.fixture
def listener() -> Iterator[int]:
    """The port of a loopback server that greets and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"220 hello\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused) as refused:
        checked_socket_address("host.example", 443, resolve=resolving_to(address))
    assert refused.value.permanent
    assert address not in refused.value.text


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_used(address: str) -> None:
    assert checked_socket_address("host.example", 443, resolve=resolving_to(address)).sockaddr[:2] == (
        address,
        443,
    )


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_every_disguise(address: Any) -> None:
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(address)
    assert is_public(ip_address(f"64:ff9b::{address}")) == is_public(address)


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_passes(address: Any) -> None:
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        embedded = getattr(address, "ipv4_mapped", None)
        assert not is_public(address) or (embedded is not None and is_public(embedded))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]".strip("[]"), "0"]
)
def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises(ProviderError) as refused:
        checked_socket_address(host, 80)
    assert refused.value.code in ("address_refused", "dns")


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(AddressRefused):
        checked_socket_address("mixed.example", 443, resolve=resolving_to("8.8.8.8", "10.0.0.1"))


def test_a_name_that_does_not_resolve_may_be_tried_again() -> None:
    def fails(host: str, port: int) -> Sequence[SocketAddress]:
        raise socket.gaierror

    for resolve in (fails, resolving_to()):
        with pytest.raises(ProviderError) as raised:
            checked_socket_address("nowhere.example", 443, resolve=resolve)
        assert (raised.value.code, raised.value.permanent) == ("dns", False)


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "allowed"),
    [
        ("mail.intern", "mail.intern", 993, "10.0.0.5", True),
        ("mail.intern", "MAIL.intern.", 25, "10.0.0.5", True),
        ("mail.intern:993", "mail.intern", 993, "10.0.0.5", True),
        ("mail.intern:993", "mail.intern", 25, "10.0.0.5", False),
        ("mail.intern", "other.intern", 993, "10.0.0.5", False),
        ("10.0.0.0/24", "mail.intern", 993, "10.0.0.5", True),
        ("10.0.0.0/24", "mail.intern", 993, "10.0.1.5", False),
        ("127.0.0.1:8025", "127.0.0.1", 8025, "127.0.0.1", True),
        ("::1", "::1", 25, "::1", True),
        ("[fd00::5]:25", "fd00::5", 25, "fd00::5", True),
        ("[fd00::5]:25", "fd00::5", 26, "fd00::5", False),
        ("fd00::/8", "mail.intern", 25, "fd12::1", True),
    ],
)
def test_the_allow_list_names_hosts_ports_and_networks(
    settings: Any, entry: str, host: str, port: int, address: str, allowed: bool
) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = [entry]
    if allowed:
        assert checked_socket_address(host, port, resolve=resolving_to(address)).sockaddr[1] == port
    else:
        with pytest.raises(AddressRefused):
            checked_socket_address(host, port, resolve=resolving_to(address))


def test_the_socket_is_opened_to_the_address_that_was_judged(settings: Any, listener: int) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = [f"mail.intern:{listener}"]
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[SocketAddress]:
        asked.append(host)
        return resolving_to("127.0.0.1")(host, port)

    with connect_checked("mail.intern", listener, 2.0, resolve=resolve) as connection:
        assert connection.getpeername() == ("127.0.0.1", listener)
        assert connection.gettimeout() == 2.0
        assert connection.recv(100) == b"220 hello\r\n"
    assert asked == ["mail.intern"]


def test_a_private_server_is_not_even_knocked_at(listener: int) -> None:
    with pytest.raises(AddressRefused):
        connect_checked("rebinding.example", listener, 2.0, resolve=resolving_to("127.0.0.1"))


def test_the_next_address_is_tried_when_one_does_not_answer(settings: Any, listener: int) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["mail.intern"]
    resolve = resolving_to("127.0.0.2", "127.0.0.1")
    with connect_checked("mail.intern", listener, 2.0, resolve=resolve) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"


def test_nobody_answering_is_an_os_error(settings: Any) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.0/8"]
    with pytest.raises(OSError):  # noqa: PT011 - which one differs by system
        connect_checked("127.0.0.1", 9, 1.0)
