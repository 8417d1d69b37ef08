"""The queries that together return every row that is due.

Frontcore's `updated_at` is null until the first edit, and its filter may drop such rows. So an
incremental run queries edited rows by `updated_at` and new ones by `created_at`, and takes each row
from one of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_frontcore.frontcore.filters import Span
    from tap_frontcore.frontcore.windows import Row


class Endpoint(NamedTuple):
    """An endpoint of the API that lists rows."""

    path: str  # below the base URL, with a slash before it
    name: str  # the stream, as the user knows it
    key: str = "id"  # the field that tells a row from others
    is_paged: bool = True  # takes `limit` and `page`; else one response has all rows


class Query(NamedTuple):
    """What Frontcore filters, and what the tap filters again."""

    filters: dict[str, str]  # query parameters
    created: Span  # when the rows to read were created
    changed: Span  # when they last changed
    by_creation: bool = False  # whether it is for new rows only: another is for the edited ones

    @property
    def is_open(self) -> bool:
        """Whether every row is due."""
        return not any(self.changed) and not any(self.created)

    def wants(self, row: Row, created_at: str | None, updated_at: str | None) -> bool:
        """Return whether to take a row from this query.

        The times are in the form of `clock.to_text`; None if unknown, or never edited.
        """
        if not self.created.has(created_at):
            return False
        if not any(self.changed):
            return True
        if updated_at is None and not clock.is_unset(row.get("updated_at")):
            return not self.by_creation  # edited at an unknown time: trust Frontcore's filter
        last_change = max(filter(None, (created_at, updated_at)), default=None)
        # An imported row may have been edited in 2019 and created today: it is new, not edited.
        was_edited = updated_at is not None and self.changed.has(updated_at)
        return self.changed.has(last_change) and was_edited != self.by_creation


def queries(
    scope: Mapping[str, str], *, created: Span, changed: Span, timezone: str
) -> Iterator[Query]:
    """Yield one query for all rows if `changed` is open, else one for edited and one for new."""
    filters = changed.filters("updated_at", timezone) | created.filters("created_at", timezone)
    if not (changed.is_empty or created.is_empty):
        yield Query({**scope, **filters}, created, changed)
    both = changed.narrow(created)
    if any(changed) and not both.is_empty:
        filters = both.filters("created_at", timezone)
        yield Query({**scope, **filters}, created, changed, by_creation=True)
