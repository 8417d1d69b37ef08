"""What can go wrong. Each error's text is a line for the user: what happened, and what to do."""

from __future__ import annotations


class TapError(Exception):
    """Something that the tap knows of; its text is meant to be read."""


class RetriableError(TapError):
    """Another try may succeed; the text has no full stop, so that the tries can be added."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        """Say what happened.

        Args:
            text: What happened.
            seconds: For how long the server wants no request.
        """
        super().__init__(text)
        self.seconds = seconds


class RefusedError(TapError):
    """A request is turned down, or can't be sent; another try would end the same way."""


class NotFoundError(RefusedError):
    """There is nothing at this path, or no such page."""


class NoAccessError(RefusedError):
    """The key isn't allowed here; that says nothing of other lists."""


class KeyRejectedError(RefusedError):
    """Frontcore doesn't accept the key, and has accepted it for no list before.

    It may be wrong, or not allowed for this list: many APIs answer 401 for both.
    """


class PaginationError(TapError):
    """The pages that the API gives don't make up a list; the message says in which way."""


class RecordError(TapError):
    """A row can't be handed on at all, since its key can't be used."""


class OutputError(TapError):
    """Nobody takes what the tap writes, so there is no use in reading on."""
