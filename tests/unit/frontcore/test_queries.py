from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.queries import queries

# Half a day apart: less than an upper bound is too late, so rows come that aren't due.
TIMES = [f"2026-10-{day}T{hour}:00:00+00:00" for day in range(20, 25) for hour in ("00", "12")]
times = st.sampled_from(TIMES)
spans = st.builds(Span, st.none() | times, st.none() | times)


def passes(row: dict[str, Any], filters: dict[str, str], zone: str, *, null_passes: bool) -> bool:
    """Filter as Frontcore does, by wall time, of a zone that nobody documents."""
    for name, bound in filters.items():
        field, _, side = name.rpartition("_")
        if row[field] is None:
            if null_passes:
                continue
            return False
        time = datetime.fromisoformat(row[field]).astimezone(ZoneInfo(zone))
        wall = time.strftime("%Y-%m-%d %H:%M:%S")
        if not (wall > bound if side == "min" else wall < bound):
            return False
    return True


def taken(row: dict[str, Any], created: Span, changed: Span, **server: Any) -> int:
    """Count the queries that bring a row."""
    zone = server.pop("zone", "Europe/Oslo")
    return sum(
        passes(row, query.filters, zone, **server) and query.wants(row, None)
        for query in queries({}, created=created, changed=changed, timezone="Europe/Oslo")
    )


@given(
    changed=spans,
    created=spans,
    created_at=st.none() | times,
    updated_at=st.none() | times,
    null_passes=st.booleans(),
    zone=st.sampled_from(["Europe/Oslo", "UTC", "Europe/London", "Europe/Helsinki"]),
)
def test_each_row_that_is_due_is_taken_once(  # noqa: PLR0913
    *,
    changed: Span,
    created: Span,
    created_at: str | None,
    updated_at: str | None,
    null_passes: bool,
    zone: str,
) -> None:
    row = {"created_at": created_at, "updated_at": updated_at}

    taken_by = taken(row, created, changed, null_passes=null_passes, zone=zone)

    # A row changes when it is edited, and when it is created: an import can be older than that.
    change = max(filter(None, (created_at, updated_at)), default=None)
    due = created.has(created_at) and changed.has(change)
    is_creation_unknown = created_at is None and any(changed)
    is_edit = updated_at is not None and changed.has(updated_at)
    is_shown = null_passes or created_at is not None or not (any(created) or not is_edit)
    # A row that tells no time can't be both too old and too new.
    assume(created_at or not created.narrow(changed).is_empty)
    if created.is_empty or changed.is_empty or not (due or is_creation_unknown):
        assert taken_by == 0
    elif is_creation_unknown:  # a filter by `created_at` is believed
        assert taken_by <= 2
    elif is_shown or not (any(created) or any(changed)):
        assert taken_by == 1
    else:
        assert taken_by <= 1


def test_an_import_with_an_older_edit_comes_when_it_is_new() -> None:
    row = {"created_at": TIMES[5], "updated_at": TIMES[1]}

    assert taken(row, Span(), Span(TIMES[3]), null_passes=False) == 1
    assert taken(row, Span(), Span(TIMES[6]), null_passes=False) == 0


@pytest.mark.parametrize(
    ("fields", "is_wanted"),
    [
        *(({"updated_at": unset}, (False, True)) for unset in (None, "", "0000-00-00 00:00:00")),
        *(({"updated_at": odd}, (True, True)) for odd in ("soon", 17, "2019-10-20 12:00:00")),
        ({}, (True, True)),
    ],
    ids=str,
)
def test_a_row_that_does_not_say_when_it_was_edited_comes_by_both_queries(
    fields: dict[str, Any], is_wanted: tuple[bool, bool]
) -> None:
    """Either filter of Frontcore's may have found it; null says that it was never edited."""
    row = {"created_at": TIMES[5]} | fields
    first, second = queries({}, created=Span(), changed=Span(TIMES[3]), timezone="Europe/Oslo")

    assert (first.wants(row, None), second.wants(row, None)) == is_wanted
    assert not second.wants(row | {"created_at": TIMES[1]}, None), "it isn't new"


def test_null_may_be_no_word_on_edits() -> None:
    """Where no row with its `updated_at` was ever seen, Frontcore's filter is believed."""
    row = {"created_at": TIMES[1], "updated_at": None}
    edited, new = queries(
        {}, created=Span(), changed=Span(TIMES[3]), timezone="Europe/Oslo", null_is_unedited=False
    )

    assert edited.wants(row, None)
    assert not new.wants(row, None)


def test_a_row_that_does_not_say_when_it_was_created_comes_by_the_query_of_new_ones() -> None:
    """An import can be edited in an older system, and be new in this one."""
    edited, new = queries({}, created=Span(), changed=Span(TIMES[3]), timezone="Europe/Oslo")
    row = {"updated_at": TIMES[1]}

    assert new.wants(row, None)
    assert not edited.wants(row, None)


def test_a_row_that_was_edited_since_the_run_began_comes_by_the_query_of_new_ones_too() -> None:
    """When the query of edited ones looked, it may not have been one."""
    edited, new = queries({}, created=Span(), changed=Span(TIMES[3]), timezone="Europe/Oslo")
    row = {"created_at": TIMES[4], "updated_at": TIMES[6]}

    assert [new.wants(row, began) for began in TIMES[5:8]] == [True, True, False]
    assert edited.wants(row, TIMES[5])


def test_a_row_whose_time_is_unknown_comes() -> None:
    """A time without an offset may mean several instants, so it counts as unknown."""
    row = {"created_at": "2026-10-25 02:10:00", "updated_at": None}
    changed = Span("2026-10-25T00:59:00+00:00")
    first, second = queries({}, created=Span(), changed=changed, timezone="Europe/Oslo")

    assert second.wants(row, None)
    assert first.wants(row | {"updated_at": "2026-10-25 02:10:00"}, None)


def test_an_import_edited_before_it_was_created_comes_in_the_hour_that_occurs_twice() -> None:
    row = {"created_at": "2026-10-25T01:10:00+00:00", "updated_at": "2026-10-25T00:30:00+00:00"}

    assert taken(row, Span(), Span("2026-10-25T00:59:00+00:00"), null_passes=False) == 1


@pytest.mark.parametrize(
    ("created", "changed", "asked"),
    [
        (Span(), Span(TIMES[3], TIMES[3]), 0),
        (Span(TIMES[5], TIMES[4]), Span(), 0),
        (Span(until=TIMES[2]), Span(TIMES[3]), 1),
        (Span(), Span(TIMES[3]), 2),
    ],
)
def test_what_can_have_no_answer_is_not_asked(created: Span, changed: Span, asked: int) -> None:
    asked_for = list(queries({}, created=created, changed=changed, timezone="Europe/Oslo"))

    assert len(asked_for) == asked


def test_the_filters_are_wall_time_an_hour_and_a_second_early() -> None:
    first, second = queries(
        {"since_id": "7"},
        created=Span(TIMES[0], TIMES[8]),
        changed=Span(TIMES[3]),
        timezone="Europe/Oslo",
    )

    assert first.filters == {
        "since_id": "7",
        "updated_at_min": "2026-10-21 10:59:59",
        "created_at_min": "2026-10-19 22:59:59",
        "created_at_max": "2026-10-24 15:00:01",
    }
    assert second.filters == {
        "since_id": "7",
        "created_at_min": "2026-10-21 10:59:59",
        "created_at_max": "2026-10-24 15:00:01",
    }


def test_without_a_span_one_question_is_enough() -> None:
    (only,) = queries({}, created=Span(), changed=Span(), timezone="Europe/Oslo")

    assert only.filters == {}
    assert only.wants({}, None)
