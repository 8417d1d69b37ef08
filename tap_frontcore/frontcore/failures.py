"""What a failed connection means, and in what words.

requests says "Max retries exceeded" of nearly everything; the reason stands in the exceptions
that it wraps. Their own texts aren't shown: they may quote the server, or a proxy's password.
"""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

import requests
import urllib3.exceptions as urllib3

from tap_frontcore.errors import RefusedError, RetriableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.errors import TapError

UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a look-up says of a name that doesn't exist; other errors of it may pass."""

UNREACHABLE = {
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.EHOSTDOWN,
    errno.EADDRNOTAVAIL,
}

EXPIRED = {9, 10}
"""X509_V_ERR_CERT_NOT_YET_VALID and _CERT_HAS_EXPIRED, of OpenSSL's x509_vfy.h."""

UNKNOWN_ISSUER = {18, 19, 20, 21}
"""_DEPTH_ZERO_SELF_SIGNED_CERT to _UNABLE_TO_VERIFY_LEAF_SIGNATURE."""

OTHER_NAME = {62, 64}
"""_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""

NOTHING_IN_COMMON = re.compile("PROTOCOL|VERSION|HANDSHAKE_FAILURE|CIPHER")
"""How OpenSSL names it if two sides have no TLS version, or no cipher, that both take."""

BUNDLE = "REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE"
PROXIES = "HTTPS_PROXY and ALL_PROXY"


class _Fault(NamedTuple):
    """What happened and what to do, in a sentence without a full stop."""

    text: str
    is_final: bool = False
    """Whether another try would end the same way."""


class _Request(NamedTuple):
    """What was tried, as far as a sentence needs it."""

    peer: str
    """Who should have answered: the API's host, or the proxy."""

    host: str
    settings: str
    """What holds the peer's address."""

    connect_timeout: float
    timeout: float


def describe(error: Exception, host: str, connect_timeout: float, timeout: float) -> TapError:
    """Say why a request has no answer, and whether another try may get one.

    Don't chain the error to the result: at DEBUG its text would be shown.

    Args:
        error: What requests or urllib3 raised.
        host: Of the API, with the port if there is one.
        connect_timeout: Seconds that a connection may take.
        timeout: Seconds that an answer may take.

    Returns:
        A `RefusedError` for what no try mends, such as an expired certificate; else a
        `RetriableError`.
    """
    causes = list(_causes(error))
    is_proxy = any(
        isinstance(cause, (requests.exceptions.ProxyError, urllib3.ProxyError)) for cause in causes
    )
    request = _Request(
        "the proxy" if is_proxy else host,
        host,
        PROXIES if is_proxy else "api_url",
        connect_timeout,
        timeout,
    )
    for cause in reversed(causes):
        if fault := _fault_of(cause, request):
            return RefusedError(f"{fault.text}.") if fault.is_final else RetriableError(fault.text)
    return RetriableError(f"No connection to {request.peer} ({type(causes[-1]).__name__})")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it wraps, the innermost last."""
    yield error
    inner = [*error.args, *(getattr(error, name, None) for name in ("reason", "original_error"))]
    for cause in dict.fromkeys([*filter(_is_exception, inner), error.__cause__]):
        if cause is not None:
            yield from _causes(cause)


def _is_exception(value: object) -> bool:
    return isinstance(value, BaseException)


def _fault_of(cause: BaseException, request: _Request) -> _Fault | None:
    """Return what an exception stands for, or null if it says nothing by itself."""
    return (
        _fault_of_settings(cause)
        or _fault_of_tls(cause, request)
        or _fault_of_connecting(cause, request)
        or _fault_of_answer(cause, request)
    )


def _fault_of_settings(cause: BaseException) -> _Fault | None:
    match cause:
        case requests.exceptions.InvalidSchema():
            text = (
                f"{PROXIES} name a SOCKS proxy, for which a library is missing; install "
                "requests[socks] beside the tap, or use another proxy"
            )
        case requests.exceptions.InvalidURL() | urllib3.LocationValueError():
            text = (
                f"The address of a proxy is no URL; check {PROXIES}, and write special characters "
                "of a password as %40 and the like"
            )
        case ssl.SSLError(library="X509" | "PEM"):
            text = f"A file with certificates holds none; check {BUNDLE}, or unset them"
        case urllib3.SSLError(args=(FileNotFoundError() | PermissionError(), *_)):
            text = f"A file with certificates can't be read; check {BUNDLE}, or unset them"
        case OSError() if "certificate bundle" in str(cause):  # requests' own
            text = f"A file with certificates isn't there; check {BUNDLE}, or unset them"
        case _:
            return None
    return _Fault(text, is_final=True)


def _fault_of_tls(cause: BaseException, request: _Request) -> _Fault | None:
    start = f"No trusted connection to {request.peer}"
    match cause:
        case ssl.SSLCertVerificationError(verify_code=code) if code in EXPIRED:
            reason = (
                "its certificate has expired or isn't valid yet; check this machine's clock, or "
                "tell whoever runs it"
            )
        case ssl.SSLCertVerificationError(verify_code=code) if code in OTHER_NAME:
            reason = f"its certificate is for another name; check {request.settings}"
        case ssl.SSLCertVerificationError(verify_code=code) if code in UNKNOWN_ISSUER:
            reason = (
                "its certificate was issued by somebody who isn't trusted here; if that is your "
                "company's proxy, set REQUESTS_CA_BUNDLE to a file with its certificate"
            )
        case ssl.SSLCertVerificationError(verify_message=message):
            reason = f"its certificate isn't accepted ({message}); tell whoever runs it"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ssl.SSLSyscallError():
            return _Fault(f"{start}: it broke off")
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "HTTP_REQUEST"):
            reason = f"no TLS is spoken there; check the port and https in {request.settings}"
        case ssl.SSLError(reason=str(name)) if NOTHING_IN_COMMON.search(name):
            reason = (
                "no TLS version or cipher is in common; use a newer Python, or check what stands "
                "between"
            )
        case ssl.SSLError(reason=name):
            return _Fault(f"{start}: TLS failed ({name})")
        case requests.exceptions.SSLError():
            return _Fault(f"{start}: TLS failed")
        case _:
            return None
    return _Fault(f"{start}: {reason}", is_final=True)


def _fault_of_connecting(cause: BaseException, request: _Request) -> _Fault | None:
    start, is_final = f"No connection to {request.peer}", False
    seconds = f"{request.connect_timeout:g} seconds"
    match cause:
        case socket.gaierror(errno=code) if code in UNKNOWN_NAME:
            reason = f": its name is unknown; check {request.settings}, and the network"
            is_final = True
        case socket.gaierror():
            reason = ": its name can't be looked up; check the network and its DNS"
        case ConnectionRefusedError():
            reason = f": it was refused; check {request.settings}, and firewalls"
        case OSError(errno=code) if code in UNREACHABLE:
            reason = ": there is no way to it; check the network"
        case OSError() if match := re.match(r"Tunnel connection failed: (\d{3})", str(cause)):
            return _fault_of_tunnel(int(match[1]), request)
        case urllib3.ReadTimeoutError(url=str(url)) if "://" in url:  # the proxy's, not a path
            reason = f" through the proxy within {seconds}; check {PROXIES}"
        case requests.ConnectTimeout() | urllib3.ConnectTimeoutError():
            reason = f" within {seconds}; check the network, and firewalls"
        case _:
            return None
    return _Fault(start + reason, is_final)


def _fault_of_tunnel(status: int, request: _Request) -> _Fault:
    if status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        text = f"The proxy wants a user name and a password that it knows (407); check {PROXIES}"
        return _Fault(text, is_final=True)
    text = f"The proxy doesn't connect to {request.host} ({status})"
    if http.HTTPStatus.BAD_REQUEST <= status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Fault(f"{text}; have it allowed there, or check {PROXIES}", is_final=True)
    return _Fault(text)


def _fault_of_answer(cause: BaseException, request: _Request) -> _Fault | None:
    host, advice = request.host, "check api_url, and what stands between"
    match cause:
        case requests.Timeout() | urllib3.TimeoutError():
            text = (
                f"No answer from {host}, or not all of it, within {request.timeout:g} seconds; set "
                "request_timeout higher if it is just slow"
            )
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            text = f"No answer from {host}: it closed the connection"
        case http.client.BadStatusLine() | http.client.UnknownProtocol():
            text = f"{host} answered with something else than HTTP; {advice}"
        case http.client.HTTPException() if "got more than" in str(cause):
            text = f"{host} answered with larger headers than can be read; {advice}"
        case urllib3.DecodeError():
            text = f"The answer of {host} can't be decompressed"
        case urllib3.ProtocolError() | requests.exceptions.ChunkedEncodingError():
            text = f"The answer of {host} broke off"
        case _:
            return None
    return _Fault(text)
