"""The errors that the tap reports. Their text is for the user: what happened, and what to do.

TapError                  The stream fails, in one line; the others go on.
├── RetriableError        No good answer: the request is sent again, at last the stream fails.
├── RefusedError          A retry would end the same way: the stream fails at once.
│   ├── NotFoundError     Nothing at this path. Of a later page: the list ends before it.
│   ├── NoAccessError     The key isn't allowed here, which says nothing of other streams.
│   └── KeyRejectedError  The key is wrong, or not allowed here: `--check` ends at once.
├── PaginationError       The pages make up no list.
├── RecordError           A row without a usable key: the rows before it were emitted.
├── StreamMapError        An expression of the user's can't be applied to a row.
└── OutputError           Nobody takes what the tap writes: the run ends.
"""

from __future__ import annotations


class TapError(Exception):
    """An error with a text that may be shown, since it quotes no values."""

    brief = "see above"  # why a stream failed, in a few words, for the last line of a run

    def __init__(self, text: str, brief: str | None = None) -> None:
        """Say what happened and, in a few words, why."""
        super().__init__(text)
        self.brief = brief or self.brief


class RetriableError(TapError):
    """A retry may succeed. The text has no full stop, so that the number of tries can be added."""

    def __init__(self, text: str, brief: str | None = None, seconds: float = 0.0) -> None:
        """Say what happened, and for how many seconds the server wants no request."""
        super().__init__(text, brief)
        self.seconds = seconds


class RefusedError(TapError):
    """A request is turned down, or can't be sent; a retry would end the same way."""


class NotFoundError(RefusedError):
    """There is nothing at this path, or no such page."""


class NoAccessError(RefusedError):
    """The key isn't allowed here; that says nothing of other streams."""


class KeyRejectedError(RefusedError):
    """The key is wrong, or not allowed for this stream: many APIs answer 401 for both."""


class PaginationError(TapError):
    """The pages that the API gives don't make up a list; the text says in which way."""

    brief = "its pages make up no list"


class RecordError(TapError):
    """A row can't be emitted at all, since its key can't be used."""

    brief = "a row without a usable key"


class StreamMapError(TapError):
    """An expression of the user's can't be applied to a row."""

    brief = "its stream map"


class OutputError(TapError):
    """Nobody takes what the tap writes, so there is no use in reading on."""
