"""Run the command as often as tests want, without importing the tap anew each time.

A process has imported the tap and forks for each run, which then has its own environment, folder,
files and exit code, as a process that was started from nothing has. A short run's time is mostly
that import.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LARGEST_REQUEST = 131_072  # bytes of arguments and environment


def run_command(
    args: Sequence[str], folder: Path, env: Mapping[str, str], seconds: float
) -> tuple[int, str, str]:
    """Run the command with arguments; return its exit code, stdout and stderr.

    Raises:
        TimeoutError: It took longer. The process that forks, and its fork, were ended.
    """
    process, server = _server()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        request = json.dumps({"args": list(args), "folder": str(folder), "env": dict(env)})
        socket.send_fds(server, [request.encode()], [out.fileno(), err.fileno()])
        server.settimeout(seconds)
        try:
            code = json.loads(server.recv(LARGEST_REQUEST))
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            stop()
            raise
        return code, _text_of(out), _text_of(err)


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _server() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the process that forks; it ends at the latest when the socket closes with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forks", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    return process, ours


def stop() -> None:
    """End the process that forks, if it was started."""
    if _server.cache_info().currsize:
        process, control = _server()
        control.close()
        process.wait()
        _server.cache_clear()


def serve(control: socket.socket) -> None:
    """Fork for each request, and answer with the exit code."""
    while True:
        content, files, _, _ = socket.recv_fds(control, LARGEST_REQUEST, 2)
        if not content:
            return
        pid = os.fork()
        if not pid:
            control.close()
            _become_the_command(json.loads(content), files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(pid, 0)
        control.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())


def _become_the_command(request: dict[str, object], files: Sequence[int]) -> NoReturn:
    args, env, folder = request["args"], request["env"], request["folder"]
    assert isinstance(args, list)
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(str(folder))
    for target, file in zip((1, 2), files, strict=True):
        os.dup2(file, target)
        os.close(file)
    sys.argv = ["tap-frontcore", *args]
    from tap_frontcore.__main__ import main  # noqa: PLC0415

    main()


if __name__ == "__main__":
    import tap_frontcore.check
    import tap_frontcore.command  # noqa: F401  # what each run needs

    gc.freeze()  # else each fork's first collection copies all that was imported
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        serve(requests)
