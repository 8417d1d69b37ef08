"""Writing Singer messages to stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.exceptions import FatalSyncError
from singer_sdk.singerlib import RecordMessage
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message

BUFFER_SIZE = 65_536
"""Bytes of records to collect: what a pipe takes at once."""


class MessageWriter(MsgSpecWriter):
    """The SDK's fast writer, which hands records on by the pipe instead of one by one."""

    def __init__(self) -> None:
        """Begin with nothing to write."""
        super().__init__()
        self._buffer = bytearray()

    @override
    def write_message(self, message: Message) -> None:
        """Write a message, at once unless it is a record.

        Raises:
            FatalSyncError: Nobody reads stdout any more.
        """
        self._buffer += self.format_message(message)
        if len(self._buffer) >= BUFFER_SIZE or not isinstance(message, RecordMessage):
            self.flush()

    def flush(self) -> None:
        """Hand on what was collected.

        Raises:
            FatalSyncError: Nobody reads stdout any more.
        """
        try:
            while self._buffer:  # with PYTHONUNBUFFERED set, a part may be all that is written
                del self._buffer[: sys.stdout.buffer.write(self._buffer)]
            sys.stdout.flush()
        except BrokenPipeError as error:
            self._buffer.clear()
            msg = "The target has stopped reading. Look for its own message, and run again."
            raise FatalSyncError(msg) from error
