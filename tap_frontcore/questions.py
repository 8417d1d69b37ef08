"""Which lists to ask for, so that together they have every row that is due.

Frontcore's `updated_at` is null until the first edit, and nobody says whether such a row passes
a filter by `updated_at`. So a run that asks for changes asks twice: for what was edited, by
`updated_at`, and for what is new, by `created_at`. Each row is taken from one of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.clock import Span
    from tap_frontcore.pagination import Row


class Question(NamedTuple):
    """One list to read: what Frontcore filters, and what is left for us to leave out."""

    filters: dict[str, str]
    """Query parameters."""

    created: Span
    changed: Span
    """When a row that is due was created, and when it last changed."""

    by_creation: bool = False
    """Whether this is the second question of two: the first has brought what was edited."""

    def wants(self, row: Row, record: Row) -> bool:
        """Tell whether a row is due, and due here.

        Frontcore's filters are asked for a little more than that, to be safe.

        Args:
            row: The row as it came.
            record: The record that was made of it.
        """
        last_change, edited = record["updated_at"], bool(row.get("updated_at"))
        if self.by_creation:
            # One with an edit before it was created can't have come with the first question.
            due = edited != self.changed.has(last_change)
        else:
            due = edited or not any(self.changed)
        return (
            due
            and (self.changed.until is None or last_change < self.changed.until)
            and self.created.has(record.get("created_at"))
        )


def questions(
    scope: dict[str, str],
    *,
    created: Span,
    changed: Span,
    timezone: str,
) -> Iterator[Question]:
    """Work out the lists to ask for.

    Args:
        scope: Query parameters of every list.
        created: When the rows to read were created.
        changed: When they last changed. Open at both ends, one list has them all.
        timezone: The zone of Frontcore's filters.
    """
    filters = changed.filters("updated_at", timezone) | created.filters("created_at", timezone)
    yield Question(scope | filters, created, changed)
    if any(changed):
        filters = changed.narrow(created).filters("created_at", timezone)
        yield Question(scope | filters, created, changed, by_creation=True)
