"""How a list is divided into pages, and in which order it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.asking import PAGE_SIZE, TOO_SMALL, Finding
from tap_frontcore.frontcore.pagination import SMALLEST_MAXIMUM

if TYPE_CHECKING:
    from tap_frontcore.check.asking import Asker
    from tap_frontcore.frontcore.windows import Row

FAR = 100_000
"""A page that no list has."""

FEW = 4
"""Rows from which on a page can be told from another."""


def check_paging(asker: Asker, reserve: int) -> list[Finding]:
    """Find out how a list is divided, with the first request of all.

    Args:
        asker: Who asks.
        reserve: Requests to leave for others.

    Raises:
        TapError: The list can't be read.
    """
    first = asker.first = asker.page(PAGE_SIZE, 1)
    again = asker.page(PAGE_SIZE, 1)
    findings = [_agreement(asker, first, again), _order(asker, first)]
    if not asker.endpoint.is_paged:
        return [*findings, _rows(str(len(first)), "one answer")]
    if len(first) < FEW:
        few = [Finding(name, TOO_SMALL, "first page", "both hold") for name in ("page", "hidden")]
        return [*findings, *few, _past_end(asker, first)[0], _rows(str(len(first)), "first page")]

    limit = min(len(first) // 2, 20)
    second = asker.page(limit, 2)
    findings.append(_page(asker, first, second, limit))
    if len(second) > limit:
        return [*findings, _rows(str(len(first)), "first page")]
    past_end, last = _past_end(asker, first)
    is_hidden = _has_gap(asker, first, second, limit)
    maximum, size, gap = _extent(asker, first, last, reserve)
    return [*findings, past_end, maximum, _hidden(is_hidden=is_hidden or gap), size]


def _agreement(asker: Asker, first: list[Row], again: list[Row]) -> Finding:
    one, other = asker.keys_of(first), asker.keys_of(again)
    how = "first page twice"
    if len(first) < FEW:
        return Finding("two reads agree", TOO_SMALL, how, "both hold")
    if one == other:
        return Finding("two reads agree", "yes", how, "pages can be joined", holds=True)
    if sorted(one) == sorted(other):
        text = "rows may be missed, and no target is told to drop any"
        return Finding("two reads agree", "in another order", how, text, holds=False)
    return Finding("two reads agree", "rows came or went", how, "pages overlap for that")


def _order(asker: Asker, rows: list[Row]) -> Finding:
    how = f"{len(rows)} rows"
    meaning = "any order holds that doesn't change by itself"
    names = dict.fromkeys((asker.endpoint.key, "created_at", "updated_at", "title", "start_at"))
    for name in names:
        values = [row.get(name) for row in rows]
        if len(set(map(str, values))) < FEW:
            continue
        ordered: list[float] | list[str] = (
            [float(value or 0) for value in values]
            if all(isinstance(value, int) for value in values)
            else [str(value or "") for value in values]
        )
        if ordered == sorted(ordered):
            return Finding("order", f"by {name}", how, meaning)
        if ordered == sorted(ordered, reverse=True):
            return Finding("order", f"by {name}, backwards", how, meaning)
    found = TOO_SMALL if len(rows) < FEW else "none that shows"
    return Finding("order", found, how, meaning)


def _page(asker: Asker, first: list[Row], second: list[Row], limit: int) -> Finding:
    keys, all_keys = asker.keys_of(second), asker.keys_of(first)
    how = f"page 2 of {limit} rows"
    if keys == all_keys:
        meaning = "the list is taken as it comes, whole"
        return Finding("page", "the list comes whole", how, meaning, holds=True)
    if len(second) > limit:
        return Finding("page", "limit is ignored", how, "the run ends with an error", holds=False)
    if keys == all_keys[:limit]:
        return Finding("page", "page is ignored", how, "the run ends with an error", holds=False)
    if keys and not set(keys) <= set(all_keys):
        meaning = "rows that many share a place with may be missed"
        return Finding("page", "in another order", how, meaning, holds=False)
    return Finding("page", "as documented", how, "pages can overlap", holds=True)


def _past_end(asker: Asker, first: list[Row]) -> tuple[Finding, list[Row] | None]:
    last = asker.page_or_none(PAGE_SIZE, FAR)
    found = "error" if last is None else "last page" if last else "empty"
    if not first:
        found = TOO_SMALL
    finding = Finding("page past the end", found, f"page {FAR}", "it is never relied on")
    return finding, last


def _has_gap(asker: Asker, first: list[Row], second: list[Row], limit: int) -> bool:
    """Tell whether the second of two small pages shows that rows are taken out of the first."""
    keys = asker.keys_of(second)
    expected = asker.keys_of(first[limit : limit * 2])
    return keys != expected and set(keys) <= set(asker.keys_of(first))


def _extent(
    asker: Asker, first: list[Row], last: list[Row] | None, reserve: int
) -> tuple[Finding, Finding, bool]:
    """Find the largest page, the length of the list, and whether a page within it is short."""
    count = len(first)
    how = f"{PAGE_SIZE} asked for"
    if count < SMALLEST_MAXIMUM:
        maximum = Finding("largest page", TOO_SMALL, how, "any from 25 up holds")
        return maximum, _rows(str(count), "first page"), False
    if count < PAGE_SIZE:
        # Laid over the last row that came: a full page tells of a maximum, a lone row of the end.
        over = asker.page(count - 1, 2)
        if asker.keys_of(over) == asker.keys_of(first[-1:]):
            maximum = Finding("largest page", TOO_SMALL, how, "any from 25 up holds")
            return maximum, _rows(str(count), "a page over its last row"), False
        if len(over) < count - 1:
            maximum = Finding("largest page", f"at least {count}", how, "any from 25 up holds")
            return maximum, _rows("more than a page", "a page over its last row"), True
    meaning = "any from 25 up holds"
    maximum = Finding("largest page", str(count), how, meaning, holds=True)
    size, gap = _search(asker, count, asker.keys_of(last or []), reserve)
    return maximum, size, gap


def _search(asker: Asker, limit: int, last: list[str], reserve: int) -> tuple[Finding, bool]:
    """Search for the last page of so many rows."""
    lengths = {1: limit}
    low, high = 1, 0
    while asker.left > reserve + 1:
        page = (low + high) // 2 if high else low * 4
        if page == low:
            break
        rows = asker.page_or_none(limit, page)
        if not rows or asker.keys_of(rows) == last:
            high = page
        else:
            low, lengths[page] = page, len(rows)
            if len(rows) < limit and page + 1 != high:  # the last, or rows are taken out of it
                beyond = asker.page_or_none(limit, page + 1)
                if not beyond or asker.keys_of(beyond) == last:
                    high = page + 1
    gap = any(length < limit for page, length in lengths.items() if page < low)
    if high == low + 1:
        tail = len(last) if last and len(last) <= limit and not lengths.get(high) else 0
        count = (low - 1) * limit + lengths[low]
        about = f"{count} to {count + limit}" if tail else str(count)
        return _rows(f"about {count}" if gap else about, "search"), gap
    upper = f" to {(high - 1) * limit}" if high else " or more"
    return _rows(f"{low * limit}{upper}", "search"), gap


def _hidden(*, is_hidden: bool) -> Finding:
    found = "yes" if is_hidden else "none seen"
    return Finding("hidden", found, "short pages within the list", "both hold", holds=True)


def _rows(found: str, how: str) -> Finding:
    return Finding("rows", found, how, "all are read")
