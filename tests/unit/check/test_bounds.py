"""What `--check` says of filters where rows don't tell when they changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_frontcore import FakeFrontcore, Switches, generate_account, generate_customers
from tests.unit.check.worlds import check

OTHERS = generate_account(generate_customers(9))


def said(stream: str, *, rows: int = 40, **switches: Any) -> tuple[bool, str]:
    edited = {"updated_at": "2026-10-30T10:00:00+01:00"}
    listed = [row | edited for row in OTHERS[stream][:rows]]
    fake = FakeFrontcore([], [], {stream: listed}, switches=Switches(**switches))
    checked = check(fake, stream)
    return checked.is_ok, " ".join(checked.text.split())


@pytest.mark.parametrize("stream", ["participants", "orders"])
@pytest.mark.parametrize(
    ("switches", "is_ok", "words"),
    [
        ({}, True, "rows don't tell when they changed, filters take rows out"),
        (
            {"ignores_filters": True},
            True,
            "rows don't tell when they changed, filters take no row out, so each run reads all",
        ),
        ({"refuses": frozenset({"updated_at_min"})}, False, "a filter by time is refused"),
        ({"refuses": frozenset({"created_at_min"})}, False, "a filter by time is refused"),
        ({"rows": 0}, True, "filters: could not be tried: updated_at_min, created_at_min"),
    ],
    ids=["works", "ignored", "changes refused", "creation refused", "no rows"],
)
def test_whether_a_filter_takes_rows_out_is_asked_by_a_bound_in_the_future(
    stream: str, switches: dict[str, Any], words: str, *, is_ok: bool
) -> None:
    assert said(stream, **switches)[0] == is_ok
    assert words in said(stream, **switches)[1]


@pytest.mark.parametrize("stream", ["participants", "orders"])
def test_rows_that_tell_when_they_changed_are_tried_themselves(stream: str) -> None:
    rows = [row | {"updated_at": row["created_at"]} for row in OTHERS[stream]]
    fake = FakeFrontcore([], [], {stream: rows}, switches=Switches(shows=lambda _, row: row))

    checked = check(fake, stream)

    assert checked.is_ok
    assert "filters lose nothing" in checked.text
    assert "don't tell" not in checked.text


def test_a_filter_that_drops_all_new_rows_is_told() -> None:
    """No run would bring a new one."""
    fake = FakeFrontcore(
        [], [], {"orders": [row | {"created_at": None} for row in OTHERS["orders"]]}
    )

    checked = check(fake, "orders")

    assert not checked.is_ok
    assert "created_at_min filter drops a row" in checked.text
