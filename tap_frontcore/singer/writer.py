"""Write Singer messages to stdout."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage
from typing_extensions import override

from tap_frontcore.errors import OutputError

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message

BUFFER_SIZE = 65_536  # bytes of records to collect: the size of a pipe
ATOMIC_SIZE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes at once, or not at all


class MessageWriter(MsgSpecWriter):
    """The SDK's fast writer, with a buffer for records; other messages are written at once.

    A target can't read half a line, and a signal can end the process at each write. So a write has
    whole lines, as many as a pipe takes at once or not at all. Only a longer line, of more than
    4 096 bytes on Linux, can be torn. Then the target ends with an error, its state isn't moved,
    and the next run brings all rows of this one again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._buffer = bytearray()

    @override
    def write_message(self, message: Message) -> None:
        self._buffer += self.format_message(message)
        if len(self._buffer) >= BUFFER_SIZE or not isinstance(message, RecordMessage):
            self.flush()

    def flush(self) -> None:
        """Write what was collected."""
        try:
            sys.stdout.flush()
            # Python's own buffer would retry, and fail, at the end of the process.
            raw = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
            while self._buffer:
                end = self._buffer.rfind(b"\n", 0, ATOMIC_SIZE)
                if end < 0:
                    end = self._buffer.index(b"\n")
                written = raw.write(self._buffer[: end + 1])
                if written is None:  # another program has made the pipe non-blocking
                    select.select([], [raw], [])
                else:
                    del self._buffer[:written]
        except BrokenPipeError as error:
            msg = "The target has stopped reading. Look for its own message, and run again."
            raise OutputError(msg) from error
        except (OSError, ValueError, AttributeError) as error:  # AttributeError: stdout is None
            reason = error.strerror if isinstance(error, OSError) else "it is closed"
            msg = f"stdout can't be written: {reason}."
            raise OutputError(msg) from error
