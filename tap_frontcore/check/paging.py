"""Whether a run brings all rows of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tap_frontcore.check.probe import EnoughError, Finding
from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.pagination import MIN_SERVER_PAGE_SIZE, OverlappingPaginator
from tap_frontcore.frontcore.reading import ListReader
from tap_frontcore.streams.base import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.client import FrontcoreClient

LOSES = (
    "incremental runs lose rows: they take a first page of fewer than "
    f"{MIN_SERVER_PAGE_SIZE} rows for all of them, and here are more"
)


def check_pages(probe: Probe, *, is_incremental: bool) -> Iterator[Finding]:
    """Read the beginning of a list as a run does, and yield what the reader notices.

    What is further into the list, the check can't tell; a run notices it there.

    Raises:
        TapError: A page that a run needs can't be had.
    """
    paginator = OverlappingPaginator(PAGE_SIZE, probe.endpoint.key, is_full_read=True)
    reader = ListReader(cast("FrontcoreClient", probe), probe.endpoint, probe.filters, paginator)
    is_finished = is_broken = False
    try:
        for _ in reader:
            pass
        is_finished = True
    except EnoughError:
        pass
    except PaginationError as error:
        is_broken = True
        yield Finding("broken", "pages", f"runs fail: {error.__cause__}")
    first, count, stability = probe.page(), len(probe.seen), paginator.stability
    if is_incremental and len(first) < MIN_SERVER_PAGE_SIZE and count > len(first):
        yield Finding("broken", "pages", LOSES)
    if not stability.is_orderly:
        answer = "rows that share a place in the order change it, so a run may lose some"
        yield Finding("unsure", "pages", answer)
    rows = "1 row" if count == 1 else f"{count} rows"
    yield Finding("fact", "rows", rows if is_finished else f"more than {rows}")
    facts = {
        "all in one answer": probe.is_whole,
        "some are hidden": stability.has_hidden,
        f"at most {len(first)} a page": MIN_SERVER_PAGE_SIZE <= len(first) < min(count, PAGE_SIZE)
        and not (stability.has_hidden or probe.is_whole),
        "some came, went or changed places meanwhile": stability.has_moved
        and not stability.has_hidden,
    }
    if not is_broken:
        yield from (Finding("fact", "pages", fact) for fact, is_so in facts.items() if is_so)
