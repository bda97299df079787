"""Connections that cannot be pointed at our own network.

Hosts that staff type in (mail servers, Teams workflows) and hosts that a vendor's answer names (media)
are resolved here, every address is judged, and the socket is opened to the very address that was
judged, so that a name that resolves differently a moment later (DNS rebinding) gains nothing.

`OUTBOUND_ALLOWED_HOSTS` (setting, empty by default) lists exceptions for on-premises servers:
`mail.intern`, `mail.intern:993`, `10.20.0.0/16`, `[fd00::5]:25`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

from channels_app.providers.base import ProviderError

IPAddress = IPv4Address | IPv6Address

# IANA special-purpose registries (RFC 6890 and successors), plus multicast, the reserved block and the
# metadata service of Azure, which has a public-looking address.
REFUSED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only global unicast is public in IPv6; of it Teredo and other protocol blocks, documentation and 6to4
# (which tunnels to any IPv4 address) are not.
PUBLIC_IPV6 = IPv6Network("2000::/3")
REFUSED_IPV6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(ProviderError):
    """The host is not on the public internet and not on the allow-list."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not a public address; OUTBOUND_ALLOWED_HOSTS can allow it",
            code="address_refused",
            permanent=True,
        )


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """A numeric address, ready for `socket.connect`."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    @property
    def ip(self) -> IPAddress:
        return ip_address(self.sockaddr[0].partition("%")[0])


Resolver = Callable[[str, int], Sequence[SocketAddress]]


def system_resolver(host: str, port: int) -> Sequence[SocketAddress]:
    """Every address of a host, in the system's order of preference. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [
        SocketAddress(family, sockaddr)  # type: ignore[arg-type]  # an INET or INET6 tuple, see the test below
        for family, _, _, _, sockaddr in found
        if family in (socket.AF_INET, socket.AF_INET6)
    ]


def is_public(address: IPAddress) -> bool:
    """Whether an address is on the public internet; an embedded IPv4 address is judged by itself."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in REFUSED_IPV4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in PUBLIC_IPV6 and not any(address in block for block in REFUSED_IPV6)


@dataclass(frozen=True, slots=True)
class AllowList:
    """The parsed `OUTBOUND_ALLOWED_HOSTS`."""

    hosts: frozenset[tuple[str, int | None]]
    networks: tuple[IPv4Network | IPv6Network, ...]

    def names(self, host: str, port: int) -> bool:
        """Whether the host itself is listed, for this port or for all."""
        known = _normalised(host)
        return (known, port) in self.hosts or (known, None) in self.hosts

    def contains(self, address: IPAddress) -> bool:
        """Whether a listed network holds the address."""
        return any(address in network for network in self.networks)


def allow_list() -> AllowList:
    """The allow-list in force."""
    return _parsed_allow_list(tuple(settings.OUTBOUND_ALLOWED_HOSTS))


@lru_cache(maxsize=8)
def _parsed_allow_list(entries: tuple[str, ...]) -> AllowList:
    networks = tuple(ip_network(entry.strip(), strict=False) for entry in entries if "/" in entry)
    hosts = frozenset(_host_and_port(entry) for entry in entries if "/" not in entry)
    return AllowList(hosts=hosts, networks=networks)


def _host_and_port(entry: str) -> tuple[str, int | None]:
    entry = entry.strip()
    if entry.count(":") > 1 and not entry.startswith("["):  # a bare IPv6 address
        return _normalised(entry), None
    host, separator, port = entry.rpartition(":")
    if not separator or not port.isdigit():
        return _normalised(entry), None
    return _normalised(host), int(port)


def _normalised(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def checked_socket_address(host: str, port: int, *, resolve: Resolver = system_resolver) -> SocketAddress:
    """The address a connection to `host` would be made to.

    Raises AddressRefused when any address of the host is not public, ProviderError (code "dns",
    retryable) when the name does not resolve. A form may call it to refuse a host at save.
    """
    return _checked_addresses(host, port, resolve)[0]


def _checked_addresses(host: str, port: int, resolve: Resolver) -> Sequence[SocketAddress]:
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        addresses = ()
    if not addresses:
        raise ProviderError(f"{host} does not resolve", code="dns")
    allowed = allow_list()
    if allowed.names(host, port):
        return addresses
    # One private address among public ones is how a name is made to slip past a check: refuse all.
    if not all(is_public(address.ip) or allowed.contains(address.ip) for address in addresses):
        raise AddressRefused(host)
    return addresses


def connect_checked(
    host: str, port: int, timeout: float, *, resolve: Resolver = system_resolver
) -> socket.socket:
    """A connected TCP socket to a public (or allowed) address of `host`.

    timeout: seconds for all attempts together; the socket keeps it for later operations. Name
    resolution itself is bounded by the system's resolver. Raises AddressRefused or ProviderError, and
    OSError when no address answers. TLS must be started with `server_hostname=host`.
    """
    return connect_to(_checked_addresses(host, port, resolve), timeout)


def connect_to(addresses: Sequence[SocketAddress], timeout: float) -> socket.socket:
    """A socket connected to the first address that answers. Raises OSError."""
    deadline = time.monotonic() + timeout
    failure: OSError = TimeoutError("timed out")
    for address in addresses:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            break
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        try:
            connection.settimeout(remaining)
            connection.connect(address.sockaddr)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            connection.close()
            failure = error
            continue
        connection.settimeout(timeout)
        return connection
    raise failure
