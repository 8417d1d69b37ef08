"""Whether a run brings all rows of a list, and in which order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_frontcore.check.probe import Finding
from tap_frontcore.check.reading import Reading
from tap_frontcore.frontcore.joints import RowMemory
from tap_frontcore.frontcore.pagination import SMALLEST_MAXIMUM
from tap_frontcore.frontcore.windows import Page, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row

FEWEST_ROWS = 4
"""Rows from which on an order shows."""

ENDS_EARLY = "a page that isn't full looks like the end, and more rows are behind it"
CHANGES_ORDER = "rows that share a place in the order change it"


class Comparison(NamedTuple):
    """How the rows of two small pages differ from those of the page that has both."""

    reach: int = 0
    """How many places further rows stand that didn't change, if they come in another order."""

    has_moved: bool = False
    """Whether others come, in the same order."""

    has_hidden: bool = False
    """Whether the last ones are missing, as where rows are hidden."""


def compare(key: str, page: Sequence[Row], parts: Sequence[Row]) -> Comparison:
    """Compare a page with the small pages that it has the rows of.

    Args:
        key: The field that tells a row from others.
        page: The page's rows.
        parts: The rows of the small pages, one after the other.
    """
    window = Window(1, max(len(page), 1))
    joint = RowMemory(key).join(Page(window, page), Page(window, parts))
    before, after = ([str(row.get(key)) for row in rows] for rows in (page, parts))
    if len(set(before)) < len(before):
        return Comparison()  # rows can't be told apart
    if not joint.is_orderly or len(set(after)) < len(after):
        return Comparison(max([1, *(abs(old - new) for old, new in joint.pairs.items())]))
    if after != before[: len(after)]:
        return Comparison(has_moved=True)
    return Comparison(has_hidden=len(after) < len(before))


def check_paging(probe: Probe, *, is_incremental: bool, reserve: int) -> Iterator[Finding]:
    """Read the beginning of a list as runs do, and look for rows that other pages show.

    Args:
        probe: Who asks.
        is_incremental: Whether the list can also be read from a time on.
        reserve: Requests to leave for others.

    Yields:
        What was found. It says nothing of what is behind the third page: neither rows that share
        a place there show, nor 501 rows in a row that are hidden.

    Raises:
        TapError: A page that a run needs can't be had.
    """
    first, limit = probe.page(), probe.limit
    behind = [probe.page_behind(number) for number in ((2, 3) if len(first) < limit else (3,))]
    half = len(first) // 2 if SMALLEST_MAXIMUM <= len(first) <= limit else 0
    parts = [probe.page(number, half) for number in (1, 2)] if half else [[], []]
    if is_whole := len(parts[0]) > half:
        parts = [[], []]  # how a run takes that shows below
    elif half and parts[0] == parts[1]:
        yield Finding("broken", "pages", "`page` is ignored, so runs fail")
        return
    pieces = [*parts[0], *parts[1]]
    comparison = compare(probe.endpoint.key, first[: half * 2], pieces) if pieces else Comparison()

    kinds = (False, True) if is_incremental else (True,)
    readings = [Reading(probe, reserve, is_whole=is_whole) for is_whole in kinds]
    is_finished = all(reading.is_finished for reading in readings)
    if is_finished and len(first) == limit and probe.left > reserve:
        probe.page_behind(4)
    is_orderly = not comparison.reach and all(reading.is_orderly for reading in readings)
    why = ENDS_EARLY if is_orderly else CHANGES_ORDER
    near = {*probe.keys(first), *probe.keys(pieces)}
    failures = [failure for reading in readings if (failure := reading.failure(near, why))]
    if comparison.reach > limit // 4 and not is_finished:
        failures.append(f"a run may lose rows, since {CHANGES_ORDER}")
    for failure in failures:
        yield Finding("broken", "pages", failure)
    # Where no field changes by itself, which would look the same.
    probe.has_doubles |= first[:1] == pieces[:1] and any(it.has_doubles for it in readings)

    count = len(probe.seen) if is_finished else f"more than {len(first)}"
    yield Finding("fact", "rows", "1 row" if count == 1 else f"{count} rows")
    has_hidden = comparison.has_hidden or any(reading.has_hidden for reading in readings)
    is_cut = len(first) == len(behind[0]) < limit and not is_finished
    facts = {
        "all in one answer": len(first) > limit or is_whole,
        "some are hidden": has_hidden and not failures,
        f"at most {len(first)} a page": is_cut and not has_hidden and not failures,
        "some came, went or changed places meanwhile": comparison.has_moved,
        CHANGES_ORDER: not is_orderly and not probe.has_doubles,
    }
    yield from (Finding("fact", "pages", fact) for fact, is_so in facts.items() if is_so)


def find_order(key: str, rows: Sequence[Row]) -> str:
    """Name the order in which rows come; empty if none shows."""
    words = {"created_at": "newest", "updated_at": "latest edit"}
    for name in ("created_at", "updated_at", key, "title"):
        values = [row.get(name) for row in rows]
        if len(set(map(str, values))) < FEWEST_ROWS:
            continue
        is_text = not all(isinstance(value, int) for value in values)
        ordered: list[Any] = [str(value or "") for value in values] if is_text else values
        word = words.get(name)
        if ordered == sorted(ordered):
            return f"{word} last" if word else f"by {name}"
        if ordered == sorted(ordered, reverse=True):
            return f"{word} first" if word else f"by {name}, backwards"
    return ""
