"""The queries that together return every row that is due.

Frontcore's `updated_at` is null until the first edit, and its filter may drop such rows. So an
incremental run queries edited rows by `updated_at` and new ones by `created_at`, and takes each row
from one of the two; from both, where a row lacks the times that would tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_frontcore import clock
from tap_frontcore.frontcore.filters import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    null_is_unedited: bool = True  # whether a null `updated_at` is known to say so
    by_creation: bool = False  # whether it is for new rows only: another is for the edited ones

    def wants(self, row: Row, began: str | None) -> bool:
        """Return whether to take a row from this query: unless its own times say that it isn't due.

        A row that was edited since the run `began` may have been new when the other query looked.
        """
        if not any(self.changed):
            return not any(self.created) or self.created.has(clock.exact(row.get("created_at")))
        created_at, updated_at = (clock.exact(row.get(it)) for it in ("created_at", "updated_at"))
        if not self.created.has(created_at):
            return False
        tells_edit = bool(updated_at) or (self.null_is_unedited and is_unedited(row))
        if not (created_at if self.by_creation else tells_edit):
            return True  # Frontcore's filter found it; that it may come twice is no harm
        last_change = max(filter(None, (created_at, updated_at)), default=None)
        # An imported row may have been edited in 2019 and created today: it is new, not edited.
        edits = self.changed.narrow(Span(until=began)) if self.by_creation else self.changed
        was_edited = updated_at is not None and edits.has(updated_at)
        return self.changed.has(last_change) and was_edited != self.by_creation


def is_unedited(row: Row) -> bool:
    """Return whether a row says that it was never edited; without `updated_at`, it doesn't say."""
    return "updated_at" in row and clock.is_unset(row["updated_at"])


def queries(
    scope: Mapping[str, str],
    *,
    created: Span,
    changed: Span,
    timezone: str,
    null_is_unedited: bool = True,
) -> Iterator[Query]:
    """Yield one query for all rows if `changed` is open, else one for edited and one for new."""
    filters = changed.filters("updated_at", timezone) | created.filters("created_at", timezone)
    if not (changed.is_empty or created.is_empty):
        yield Query({**scope, **filters}, created, changed, null_is_unedited)
    both = changed.narrow(created)
    if any(changed) and not both.is_empty:
        filters = both.filters("created_at", timezone)
        yield Query({**scope, **filters}, created, changed, by_creation=True)
