"""What the filters let pass, and in which zone they are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_frontcore import clock
from tap_frontcore.check.asking import PAGE_SIZE, TOO_SMALL, Finding

if TYPE_CHECKING:
    from tap_frontcore.check.asking import Asker
    from tap_frontcore.frontcore.windows import Row

HOUR = timedelta(hours=1)
WIDE = 12 * HOUR
"""How far the other bound lies, so that a page has all rows between the two."""

NEIGHBOURS = ("UTC", "Europe/London", "Europe/Helsinki")
"""Zones that filters could be read in, besides the one that is set."""

FIELDS = ("updated_at", "created_at")

MOST_REQUESTS = 16
"""Two for the first questions, and seven for each field."""


def check_filters(asker: Asker, timezone: str) -> list[Finding]:
    """Find out what the filters of a list do, by rows whose times are known."""
    findings = [_since_id(asker), *_nulls(asker)]
    for field in FIELDS:
        row = _known_row(asker, field)
        if row is None:
            names = (f"{field}_min zone", f"{field}_min", f"{field}_max")
            findings += [Finding(name, TOO_SMALL, "", "both hold") for name in names]
            continue
        findings += _bounds(asker, field, row, timezone)
    return findings


def _known_row(asker: Asker, field: str) -> Row | None:
    """Choose a row whose time says what it means, in summer if there is one.

    In summer, each zone that comes into question has another offset.
    """
    rows = [row for row in asker.first if (time := _time(row, field)) and time.tzinfo]
    oslo = ZoneInfo("Europe/Oslo")
    in_summer = [row for row in rows if (time := _time(row, field)) and time.astimezone(oslo).dst()]
    return next(iter(in_summer or rows), None)


def _time(row: Row, field: str) -> datetime | None:
    try:
        return datetime.fromisoformat(row[field])
    except (KeyError, TypeError, ValueError):
        return None


def _since_id(asker: Asker) -> Finding:
    ids = sorted(id_ for row in asker.first if isinstance(id_ := row.get(asker.endpoint.key), int))
    if len(set(ids)) < 3:  # noqa: PLR2004  # one below, one above
        return Finding("since_id", TOO_SMALL, "", "it is asked for only if it is set")
    middle = ids[len(ids) // 2]
    rows = asker.ask(since_id=str(middle), limit=str(PAGE_SIZE), page="1")
    works = bool(rows) and all(
        isinstance(id_ := row.get(asker.endpoint.key), int) and id_ > middle for row in rows
    )
    found = "as documented" if works else "it doesn't keep others out"
    return Finding("since_id", found, "a row's id", "it is asked for only if it is set")


def _nulls(asker: Asker) -> list[Finding]:
    unset = [row for row in asker.first if clock.is_unset(row.get("updated_at"))]
    share = f"{len(unset) / len(asker.first):.0%}" if asker.first else TOO_SMALL
    how = f"{len(asker.first)} rows"
    meaning = "such rows are asked for by created_at too, and come once"
    findings = [Finding("updated_at is null", share, how, meaning)]
    row = next((row for row in unset if _time(row, "created_at")), None)
    if row is None or (created := _time(row, "created_at")) is None:
        return [*findings, Finding("null passes updated_at_min", TOO_SMALL, "", meaning)]
    around = {
        "created_at_min": _text(created.astimezone(UTC) - WIDE),
        "created_at_max": _text(created.astimezone(UTC) + WIDE),
    }
    passes = _passes(asker, row, updated_at_min="2000-01-01 00:00:00", **around)
    found = "yes" if passes else "no"
    return [*findings, Finding("null passes updated_at_min", found, "a row never edited", meaning)]


def _bounds(asker: Asker, field: str, row: Row, timezone: str) -> list[Finding]:
    time = _time(row, field)
    assert time is not None  # noqa: S101  # `_known_row` has chosen it for that
    utc = time.astimezone(UTC)

    def passes(hours: float) -> bool:
        bound = utc + hours * HOUR
        around = {f"{field}_min": _text(bound), f"{field}_max": _text(bound + WIDE)}
        return _passes(asker, row, **around)

    zone = f"{field}_min zone"
    how = "around a known row's time"
    if not passes(-1.5):
        meaning = "changes would be lost: set `timezone` to the zone that the filters are read in"
        lost = Finding(zone, "west of UTC, or not a filter", how, meaning, holds=False)
        return [lost, *(Finding(f"{field}_{side}", "unknown", how, "") for side in ("min", "max"))]
    offset = 0
    while offset < 3 and passes(offset + 0.5):  # noqa: PLR2004  # further east there is no Norway
        offset += 1
    names = [
        name
        for name in dict.fromkeys((timezone, *NEIGHBOURS))
        if time.astimezone(ZoneInfo(name)).utcoffset() == offset * HOUR
    ]
    found = " or ".join(names) or f"UTC+{offset}"
    meaning = f"the earlier of {timezone} and UTC is asked for, so no change is lost"

    wall = utc + offset * HOUR
    is_inclusive = passes(offset)
    below = {f"{field}_min": _text(wall - WIDE)}
    is_inclusive_above = _passes(asker, row, **below, **{f"{field}_max": _text(wall)})
    is_ignored_above = _passes(asker, row, **below, **{f"{field}_max": _text(wall - HOUR)})
    above = (
        "not a filter" if is_ignored_above else "inclusive" if is_inclusive_above else "exclusive"
    )
    return [
        Finding(zone, found, how, meaning, holds=True),
        Finding(
            f"{field}_min",
            "inclusive" if is_inclusive else "exclusive",
            "a known row's time",
            "a second earlier is asked for",
            holds=True,
        ),
        Finding(f"{field}_max", above, "a known row's time", "each row's own time is looked at"),
    ]


def _passes(asker: Asker, row: Row, **filters: str) -> bool:
    rows = asker.ask(**filters, limit=str(PAGE_SIZE), page="1")
    return asker.key_of(row) in asker.keys_of(rows)


def _text(time: datetime) -> str:
    return time.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
