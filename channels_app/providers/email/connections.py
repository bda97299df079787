"""Connections to mail servers: through the address guard, and in the clear only where the operator of the
deployment allowed it."""

from __future__ import annotations

import socket
import ssl
from functools import lru_cache

from channels_app.providers.address_guard import allow_list
from channels_app.providers.base import ProviderError
from channels_app.providers.http import connect_checked

CONNECT_TIMEOUT = 15.0
READ_TIMEOUT = 60.0


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Certificate and host name are verified, always."""
    return ssl.create_default_context()


def open_socket(host: str, port: int, *, security: str, timeout: float = CONNECT_TIMEOUT) -> socket.socket:
    """A connected socket, inside TLS when `security` is "tls".

    Raises ProviderError: "dns", "address_refused", "connect", "tls" or "plaintext".
    """
    if security == "none" and not allow_list().names(host, port):
        raise ProviderError(f"{host} must be reached with encryption", code="plaintext", permanent=True)
    try:
        connection = connect_checked(host, port, timeout)
    except OSError as error:
        raise ProviderError(f"no connection to {host}:{port}", code="connect") from error
    if security != "tls":
        return connection
    try:
        return tls_context().wrap_socket(connection, server_hostname=host)
    except (ssl.SSLError, OSError) as error:
        connection.close()
        raise tls_failure(host, error) from error


def tls_failure(host: str, error: Exception) -> ProviderError:
    """What a failed TLS start means: an untrusted certificate is for people to mend, the rest may pass."""
    untrusted = isinstance(error, ssl.SSLCertVerificationError)
    reason = (
        error.verify_message
        if isinstance(error, ssl.SSLCertVerificationError)
        else "TLS could not be started"
    )
    return ProviderError(f"{host}: {reason}", code="tls", suspends_channel=untrusted)
