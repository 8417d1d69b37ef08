"""Reading the beginning of a list as a run does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.pagination import OverlappingPaginator
from tap_frontcore.frontcore.reading import ListReader

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.client import Request
    from tap_frontcore.frontcore.windows import Row, Window


class Reading(ListReader):
    """The beginning of a list, read by the tap's own rules, one request after the other."""

    def __init__(self, probe: Probe, reserve: int, *, is_whole: bool) -> None:
        """Read, as far as requests are left.

        Args:
            probe: Who asks.
            reserve: Requests to leave for others.
            is_whole: Whether to read as a full run does; else as one that begins at a time.
        """
        paginator = OverlappingPaginator(probe.limit, probe.endpoint.key, is_long=is_whole)
        super().__init__(probe.client, probe.endpoint, probe.filters, paginator)
        self.name = "a full run" if is_whole else "an incremental run"
        self.error = ""
        """Why the run fails."""

        self.is_finished = False
        """Whether the whole list was read."""

        self.has_doubles = False
        """Whether a key came again with another row that was edited at the same time."""

        self._probe = probe
        self._reserve = reserve
        self._rows: dict[str, Row] = {}
        try:
            for rows in self:
                self._add(rows)
            self.is_finished = True
        except _EnoughError:
            pass
        except PaginationError as error:
            self.error = str(error)

    @property
    def has_hidden(self) -> bool:
        """Whether the server takes rows out of its pages."""
        return self._paginator.condition.has_hidden

    def failure(self, near: Collection[str], reason: str) -> str:
        """Say what such a run fails to do; empty if nothing.

        Args:
            near: The keys of the rows on the first page. Only they must have come if the list
                wasn't read to its end.
            reason: Why rows may be lost.
        """
        if self.error:
            return f"{self.name} fails: {self.error}"
        if self.is_finished:
            near = self._probe.seen
        elif len(self._rows) <= self._probe.limit:
            return ""
        lost = sum(key not in self._rows and self._probe.is_settled(key) for key in near)
        return f"{self.name} loses {lost} rows or more, since {reason}" if lost else ""

    @override
    def send_ahead(self, window: Window, needed: Request) -> None:
        return None

    @override
    def _send(self, page: Mapping[str, str]) -> Request:
        params = {**self._filters, **page}
        if self._probe.left <= self._reserve and not self._probe.has_sent(params):
            raise _EnoughError
        return self._probe.send(params)

    @override
    def _rows_of(self, sent: Request, tries: int | None = None) -> list[Row]:
        return self._probe.receive(sent, tries)

    def _add(self, rows: list[Row]) -> None:
        for key, row in zip(self._probe.keys(rows), rows, strict=True):
            other = self._rows.setdefault(key, row)
            self.has_doubles |= other != row and all(
                other.get(name) == row.get(name) for name in ("created_at", "updated_at")
            )


class _EnoughError(Exception):
    """No request is left."""
