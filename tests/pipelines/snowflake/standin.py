"""Starting and stopping the stand-in, and the way to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import trustme
from typing_extensions import override

from tests.pipelines.warehouses import Relay, Warehouse, port_to
from tests.support.meltano import ROOT
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_frontcore.rows import Row

ACCOUNT, DATABASE = "tap-frontcore-test", "FRONTCORE"
HOST = f"{ACCOUNT}.snowflakecomputing.com"
"""The one name that the proxy knows; the target makes it of the account."""


@dataclass
class StandIn:
    """Where the stand-in is."""

    proxy: str
    """URL of the proxy that leads to it."""

    authority: str
    """File with the certificate that vouches for it."""

    def environment(self) -> dict[str, str]:
        """Return what leads the target to it."""
        return {
            "HTTPS_PROXY": self.proxy,
            "https_proxy": self.proxy,
            "REQUESTS_CA_BUNDLE": self.authority,
            "SSL_CERT_FILE": self.authority,
            # Else the connector asks the clouds' metadata addresses where it runs.
            "SNOWFLAKE_DISABLE_PLATFORM_DETECTION": "true",
        }


class Snowflake(Warehouse):
    """A schema in the stand-in."""

    target = "target-snowflake"

    def __init__(self, standin: StandIn, schema: str) -> None:
        self.standin = standin
        self.schema = schema.upper()

    @override
    def config(self) -> dict[str, str]:
        return {
            "account": ACCOUNT,
            "user": "loader",
            "password": "not asked for",
            "database": DATABASE,
            "default_target_schema": self.schema,
        }

    @override
    def environment(self) -> dict[str, str]:
        return self.standin.environment()

    @override
    def rows(self, table: str) -> list[Row]:
        response = requests.get(
            f"https://{HOST}/stored/{DATABASE}/{self.schema}/{table.upper()}",
            proxies={"https": self.standin.proxy},
            verify=self.standin.authority,
            timeout=TIMEOUT,
        )
        response.raise_for_status()
        return [{name.lower(): value for name, value in row.items()} for row in response.json()]


class _Tunnel(Relay):
    """A proxy's CONNECT, to the stand-in alone."""

    @override
    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = self.request.recv(65_536)
            if not data:
                return
            head += data
        if not head.startswith(f"CONNECT {HOST}:443 ".encode()):
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        super().handle()


@contextmanager
def standin() -> Iterator[StandIn]:
    """Run the stand-in until the end of the `with` block."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        authority, certificate = folder / "authority.pem", folder / "certificate.pem"
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(authority))
        ca.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(certificate))
        address = str(folder / "socket")
        with _process(address, certificate, folder), port_to(address, _Tunnel) as port:
            yield StandIn(f"http://127.0.0.1:{port}", str(authority))


@contextmanager
def _process(address: str, certificate: Path, folder: Path) -> Iterator[None]:
    """Run the server; who connects before it is up waits at its socket."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.pipelines.snowflake"),
                *(str(listening.fileno()), str(certificate)),
            ],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(folder)},  # staged files go with it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[listening.fileno()],
        )
    try:
        assert process.stdout
        assert process.stdout.readline(), "the stand-in didn't start"
        yield
    finally:
        try:
            process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
            process.wait()
