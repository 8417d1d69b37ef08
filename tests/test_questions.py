from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tap_frontcore.clock import Span
from tap_frontcore.questions import questions

DAYS = [f"2026-10-{day:02}T12:00:00+00:00" for day in range(20, 30)]
days = st.sampled_from(DAYS)
spans = st.builds(Span, st.none() | days, st.none() | days)


def passes(row: dict[str, Any], filters: dict[str, str], *, null_passes: bool) -> bool:
    """Filter as Frontcore does, by Norwegian wall time."""
    for name, bound in filters.items():
        field, _, side = name.rpartition("_")
        if row[field] is None:
            if null_passes:
                continue
            return False
        hour = "14" if row[field] < "2026-10-25T01" else "13"
        wall = f"{row[field][:10]} {hour}:00:00"
        if not (wall > bound if side == "min" else wall < bound):
            return False
    return True


@given(
    changed=spans,
    created=spans,
    created_at=days,
    updated_at=st.none() | days,
    null_passes=st.booleans(),
)
def test_each_row_that_is_due_is_taken_once(
    *, changed: Span, created: Span, created_at: str, updated_at: str | None, null_passes: bool
) -> None:
    row = {"created_at": created_at, "updated_at": updated_at}
    record = row | {"updated_at": updated_at or created_at}

    taken = [
        question
        for question in questions({}, created=created, changed=changed, timezone="Europe/Oslo")
        if passes(row, question.filters, null_passes=null_passes) and question.wants(row, record)
    ]

    due = created.has(created_at) and changed.has(record["updated_at"])
    if due:
        assert len(taken) == 1
    elif updated_at is None or updated_at >= created_at:
        assert taken == []
    else:  # edited before it was created: no harm done if it is taken
        assert len(taken) <= 1


def test_the_filters_are_wall_time_a_second_early() -> None:
    first, second = questions(
        {"since_id": "7"},
        created=Span(DAYS[0], DAYS[8]),
        changed=Span(DAYS[3]),
        timezone="Europe/Oslo",
    )

    assert first.filters == {
        "since_id": "7",
        "updated_at_min": "2026-10-23 13:59:59",
        "created_at_min": "2026-10-20 13:59:59",
        "created_at_max": "2026-10-28 13:00:00",
    }
    assert second.filters == {
        "since_id": "7",
        "created_at_min": "2026-10-23 13:59:59",
        "created_at_max": "2026-10-28 13:00:00",
    }


def test_without_a_span_one_question_is_enough() -> None:
    (only,) = questions({}, created=Span(), changed=Span(), timezone="Europe/Oslo")

    assert only.filters == {}
