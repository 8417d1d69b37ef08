"""Turn the exceptions of a failed connection into errors for the user, by a table.

requests says "Max retries exceeded" of nearly everything; the reason is in the exceptions that it
wraps. Never show their texts, nor chain them: they may quote the server, or a proxy's password.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from functools import partial
from typing import NamedTuple

import requests.exceptions as requests
import urllib3.exceptions as urllib3

from tap_frontcore.errors import RefusedError, RetriableError, TapError
from tap_frontcore.frontcore.answers import RETRIABLE_STATUSES

# What a look-up says of a name that doesn't exist. Its other errors may pass.
UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
# OpenSSL's names for a port without TLS, and for no version or cipher that both sides know.
NO_COMMON_TLS = re.compile("HTTP_REQUEST|PROTOCOL|VERSION|HANDSHAKE_FAILURE|CIPHER")
OF_A_FILE = (FileNotFoundError, PermissionError)
TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
PROXIES = "HTTPS_PROXY and ALL_PROXY"
NO_BUNDLE = "The file with certificates can't be used; check REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE"
NO_CONNECTION = "No connection to {peer}: {why}; check {settings}, and the network"


class _Fault(NamedTuple):
    """What happened and what to do, without a full stop; {peer} is who should have answered."""

    error: type[TapError]
    text: str
    why: str = ""  # fills {why}


_final, _passing = partial(_Fault, RefusedError), partial(_Fault, RetriableError)


def error_of(cause: Exception, host: str) -> TapError:
    """Return the error for a request without an answer."""
    causes = _causes(cause)
    is_proxy = any(isinstance(it, requests.ProxyError | urllib3.ProxyError) for it in causes)
    peer, settings = ("the proxy", PROXIES) if is_proxy else (host, "api_url")
    # The innermost says most. But a file that can't be opened says less than what is around it.
    in_order = sorted(causes, key=lambda it: isinstance(it, OF_A_FILE))
    unknown = _passing(NO_CONNECTION, type(causes[0]).__name__)
    fault = next(filter(None, map(_fault_of, in_order)), unknown)
    text = fault.text.format(why=fault.why, host=host, peer=peer, settings=settings)
    end = "." if fault.error is RefusedError else ""
    return fault.error(f"{text}{end}", text.partition(";")[0])


def _causes(error: BaseException) -> list[BaseException]:
    """Return an exception and all that it wraps, the innermost first."""
    inner = [getattr(error, name, None) for name in ("reason", "original_error", "__cause__")]
    causes = dict.fromkeys(it for it in (*error.args, *inner) if isinstance(it, BaseException))
    return [*(it for cause in causes for it in _causes(cause)), error]


def _fault_of(cause: BaseException) -> _Fault | None:  # noqa: C901, PLR0911  # a table
    """Return what an exception stands for, or None if it says nothing by itself."""
    match cause:
        # Settings of this machine
        case requests.InvalidSchema() | requests.InvalidURL() | urllib3.LocationValueError():
            return _final(
                f"The proxy can't be used; check {PROXIES}: special characters of a password are "
                "written as %40 and the like, and SOCKS needs requests[socks] beside the tap"
            )
        case (
            ssl.SSLError(library="X509" | "PEM")
            | urllib3.SSLError(args=(FileNotFoundError() | PermissionError(), *_))
        ):
            return _final(NO_BUNDLE)
        case OSError() if "certificate bundle" in str(cause):  # requests' own
            return _final(NO_BUNDLE)
        # Connecting
        case ssl.SSLError() | requests.SSLError():
            reason = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
            why = str(reason or type(cause).__name__).rstrip(".")
            is_untrusted = isinstance(cause, ssl.SSLCertVerificationError)
            return (_final if is_untrusted or NO_COMMON_TLS.search(why) else _passing)(
                "No trusted connection to {peer}: {why}; check {settings}, this machine's clock "
                "and, behind a company's proxy, REQUESTS_CA_BUNDLE",
                why,
            )
        case socket.gaierror(errno=code):
            return (_final if code in UNKNOWN_NAME else _passing)(
                NO_CONNECTION, "its name is unknown, or can't be looked up"
            )
        case OSError(errno=int(number)):
            return _passing(NO_CONNECTION, os.strerror(number))  # `cause.strerror` may be others'
        case urllib3.ConnectTimeoutError():
            return _passing(NO_CONNECTION, os.strerror(errno.ETIMEDOUT))
        case OSError() if match := TUNNEL.match(str(cause)):
            may_pass = match[1][0] != "4" or int(match[1]) in RETRIABLE_STATUSES
            return (_passing if may_pass else _final)(
                "The proxy doesn't connect to {host} ({why}); have it allowed there, or check "
                f"{PROXIES}, with the user name and password",
                match[1],
            )
        # Answers
        case requests.Timeout() | urllib3.TimeoutError():
            return _passing(
                "No whole answer from {host} in time; set request_timeout higher if it is just slow"
            )
        case urllib3.DecodeError() | urllib3.ProtocolError() | urllib3.InvalidHeader():
            return _passing(
                "The answer of {host} broke off, or isn't HTTP ({why})", type(cause).__name__
            )
    return None
