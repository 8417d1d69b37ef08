"""What can go wrong. Each error's text is a line for the user: what happened, and what to do."""

from __future__ import annotations

from typing import ClassVar


class TapError(Exception):
    """Something that the tap knows of; its text is meant to be read."""

    brief: ClassVar[str] = "see above"
    """Why a list failed, in a few words, for the last line of a run."""


class RetriableError(TapError):
    """Another try may succeed; the text has no full stop, so that the tries can be added."""

    brief = "no good answer"

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

    brief = "refused"


class NotFoundError(RefusedError):
    """There is nothing at this path, or no such page."""

    brief = "nothing there"


class NoAccessError(RefusedError):
    """The key isn't allowed here; that says nothing of other lists."""

    brief = "no access"


class KeyRejectedError(RefusedError):
    """Frontcore doesn't accept the key, and has accepted it for no list before.

    It may be wrong, or not allowed for this list: many APIs answer 401 for both.
    """

    brief = "the key was rejected; check api_key"


class PaginationError(TapError):
    """The pages that the API gives don't make up a list; the message says in which way."""

    brief = "its pages make up no list"


class RecordError(TapError):
    """A row can't be handed on at all, since its key can't be used."""

    brief = "a row without a usable key"


class ReplicationError(TapError):
    """A list can't be read in the way that the catalog says."""

    brief = "not incrementally"


class StreamMapError(TapError):
    """An expression of the user's can't be applied to a row."""

    brief = "its stream map"


class OutputError(TapError):
    """Nobody takes what the tap writes, so there is no use in reading on."""
