"""What a broken connection is: a table.

requests says "Max retries exceeded" of nearly everything; the reason is in the exceptions that it
wraps. Their own texts aren't shown: they may quote the server, or a proxy's password.
"""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import requests
import urllib3.exceptions as urllib3

from tap_frontcore.errors import RefusedError, RetriableError
from tap_frontcore.frontcore.answers import RETRIABLE_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.errors import TapError

UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a look-up says of a name that doesn't exist; its other errors may pass."""

NOTHING_IN_COMMON = re.compile("PROTOCOL|VERSION|HANDSHAKE_FAILURE|CIPHER")
"""How OpenSSL names it if two sides have no TLS version, or no cipher, that both take."""

BUNDLE = "REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE"
PROXIES = "HTTPS_PROXY and ALL_PROXY"


class _Fault(NamedTuple):
    """What happened and what to do, without a full stop; {peer} is who should have answered."""

    text: str
    reason: str = ""
    """What fills {reason}."""

    is_final: bool = True
    """Whether a retry would end the same way."""


def error_of(cause: Exception, host: str, connect_timeout: float, timeout: float) -> TapError:
    """Say why a request has no answer, and whether a retry may get one.

    Don't chain the cause to the result: at DEBUG its text would be shown.

    Args:
        cause: What requests or urllib3 raised.
        host: Of the API, with the port if there is one.
        connect_timeout: Seconds that a connection may take.
        timeout: Seconds that an answer may take.

    Returns:
        A `RefusedError` for what no retry mends, such as an expired certificate; else a
        `RetriableError`.
    """
    causes = list(_causes(cause))
    is_proxy = any(
        isinstance(it, (requests.exceptions.ProxyError, urllib3.ProxyError)) for it in causes
    )
    # The innermost says most, but a bare errno least.
    found = [*map(_fault_of, reversed(causes)), *map(_fault_of_number, causes)]
    fault = next(filter(None, found), None) or _Fault(
        "No connection to {peer} ({reason})", type(causes[-1]).__name__, is_final=False
    )
    text = fault.text.format(
        reason=fault.reason,
        host=host,
        peer="the proxy" if is_proxy else host,
        settings=PROXIES if is_proxy else "api_url",
        connect_timeout=f"{connect_timeout:g} seconds",
        timeout=f"{timeout:g} seconds",
    )
    return (
        RefusedError(f"{text}.", text.partition(";")[0])
        if fault.is_final
        else RetriableError(text, text.partition(";")[0])
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it wraps, the innermost last."""
    yield error
    inner = [*error.args, *(getattr(error, name, None) for name in ("reason", "original_error"))]
    for cause in dict.fromkeys([*filter(_is_exception, inner), error.__cause__]):
        if cause is not None:
            yield from _causes(cause)


def _is_exception(value: object) -> bool:
    return isinstance(value, BaseException)


def _fault_of(cause: BaseException) -> _Fault | None:  # noqa: C901, PLR0911, PLR0912  # a table
    """Return what an exception stands for, or None if it says nothing by itself."""
    match cause:
        # Settings of this machine
        case requests.exceptions.InvalidSchema():
            return _Fault(
                f"{PROXIES} name a SOCKS proxy, for which a library is missing; install "
                "requests[socks] beside the tap, or use another proxy"
            )
        case requests.exceptions.InvalidURL() | urllib3.LocationValueError():
            return _Fault(
                f"The address of a proxy is no URL; check {PROXIES}, and write special characters "
                "of a password as %40 and the like"
            )
        case (
            ssl.SSLError(library="X509" | "PEM")
            | urllib3.SSLError(args=(FileNotFoundError() | PermissionError(), *_))
        ):
            return _Fault(f"The file with certificates can't be used; check {BUNDLE}")
        case OSError() if "certificate bundle" in str(cause):  # requests' own
            return _Fault(f"The file with certificates isn't there; check {BUNDLE}")
        # TLS
        case ssl.SSLCertVerificationError(verify_message=reason):
            return _Fault(
                "No trusted connection to {peer}: {reason}; check {settings}, this machine's clock "
                "and, behind a company's proxy, REQUESTS_CA_BUNDLE",
                reason.rstrip("."),
            )
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ssl.SSLSyscallError():
            return _Fault("No trusted connection to {peer}: it broke off", is_final=False)
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST"):
            return _Fault(
                "No trusted connection to {peer}: no TLS is spoken there; check the port and https "
                "in {settings}"
            )
        case ssl.SSLError(reason=str(name)) if NOTHING_IN_COMMON.search(name):
            return _Fault(
                "No trusted connection to {peer}: no TLS version or cipher is in common; use a "
                "newer Python, or check what is between"
            )
        case ssl.SSLError(reason=name):
            return _Fault("No TLS connection to {peer} ({reason})", str(name), is_final=False)
        case requests.exceptions.SSLError():
            return _Fault("No TLS connection to {peer}", is_final=False)
        # Connecting
        case socket.gaierror(errno=code) if code in UNKNOWN_NAME:
            return _Fault(
                "No connection to {peer}: its name is unknown; check {settings}, and the network"
            )
        case socket.gaierror():
            text = "No connection to {peer}: its name can't be looked up; check the network"
            return _Fault(text, is_final=False)
        case OSError(errno=int()) if not isinstance(cause, (FileNotFoundError, PermissionError)):
            return _fault_of_number(cause)
        case OSError() if match := re.match(r"Tunnel connection failed: (\d{3})", str(cause)):
            return _fault_of_tunnel(int(match[1]))
        case urllib3.ReadTimeoutError(url=str(url)) if "://" in url:  # the proxy's, not a path
            return _Fault(
                f"No connection to {{peer}} through the proxy within {{connect_timeout}}; check "
                f"{PROXIES}",
                is_final=False,
            )
        case requests.ConnectTimeout() | urllib3.ConnectTimeoutError():
            return _Fault(
                "No connection to {peer} within {connect_timeout}; check the network and firewalls",
                is_final=False,
            )
        # Answers
        case requests.Timeout() | urllib3.TimeoutError():
            return _Fault(
                "No whole answer from {host} within {timeout}; set request_timeout higher if it is "
                "just slow",
                is_final=False,
            )
        case requests.exceptions.InvalidHeader() | urllib3.InvalidHeader():
            return _Fault(
                "The headers of {host}'s answer contradict each other; check what is between"
            )
        case urllib3.DecodeError() | urllib3.ProtocolError() | http.client.HTTPException():
            return _Fault(
                "The answer of {host} broke off, or isn't HTTP ({reason})",
                type(cause).__name__,
                is_final=False,
            )
        case _:
            return None


def _fault_of_number(cause: BaseException) -> _Fault | None:
    if not isinstance(cause, OSError) or not isinstance(cause.errno, int):
        return None
    text = "No connection to {peer}: {reason}; check {settings}, and the network"
    # Never `cause.strerror`, which may be from others.
    return _Fault(text, os.strerror(cause.errno), is_final=False)


def _fault_of_tunnel(status: int) -> _Fault:
    """Return what the answer of a proxy stands for."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _Fault(
            f"The proxy wants a user name and a password that it knows (407); check {PROXIES}"
        )
    text = f"The proxy doesn't connect to {{host}} ({status})"
    if status in RETRIABLE_STATUSES:
        return _Fault(text, is_final=False)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Fault(f"{text}; have it allowed there, or check {PROXIES}")
    return _Fault(text, is_final=False)
