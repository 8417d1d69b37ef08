"""Which lists to ask for, so that together they have every row that is due.

Frontcore's `updated_at` is null until the first edit, and nobody says whether such a row passes a
filter by `updated_at`. So a run that asks for changes sends two queries: one by `updated_at` for
what was edited, and one by `created_at` for what is new. Each row is taken from one of the two.
The filters let too much pass (see `filters`); a row that its own times show to be too early or
too late is left out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_frontcore.frontcore.filters import Span
    from tap_frontcore.frontcore.windows import Row


class Query(NamedTuple):
    """One list to read: what Frontcore filters, and what is left for us to leave out."""

    filters: dict[str, str]
    """Query parameters."""

    created: Span
    changed: Span
    """When a row that is due was created, and when it last changed."""

    by_creation: bool = False
    """Whether this is the second of two queries. The first has brought what was edited."""

    @property
    def is_open(self) -> bool:
        """Whether every row is due."""
        return not any(self.changed) and not any(self.created)

    def wants(self, row: Row, created_at: str | None, updated_at: str | None) -> bool:
        """Tell whether a row is due, and to be taken from this query.

        Args:
            row: The row as it came.
            created_at: When it was created, in the form of `clock.to_text`; null if unknown.
            updated_at: When it was last edited, likewise; null also if it never was.
        """
        if not self.created.has(created_at):
            return False
        if not any(self.changed):
            return True
        if updated_at is None and not clock.is_unset(row.get("updated_at")):
            return not self.by_creation  # edited at an unknown time; Frontcore's filter has it
        last_change = max(filter(None, (created_at, updated_at)), default=None)
        # An imported row may have been edited in 2019 and created today: it is new, not edited.
        was_edited = updated_at is not None and self.changed.has(updated_at)
        return self.changed.has(last_change) and was_edited != self.by_creation


def queries(
    scope: Mapping[str, str],
    *,
    created: Span,
    changed: Span,
    timezone: str,
) -> Iterator[Query]:
    """Work out the lists to ask for.

    Args:
        scope: Query parameters of every list.
        created: When the rows to read were created.
        changed: When they last changed. Open at both ends, one list has them all.
        timezone: The zone of Frontcore's clock.
    """
    filters = changed.filters("updated_at", timezone) | created.filters("created_at", timezone)
    if not (changed.is_empty or created.is_empty):
        yield Query({**scope, **filters}, created, changed)
    both = changed.narrow(created)
    if any(changed) and not both.is_empty:
        filters = both.filters("created_at", timezone)
        yield Query({**scope, **filters}, created, changed, by_creation=True)
