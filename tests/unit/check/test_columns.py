from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.columns import check_fields
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY, generate_customers

if TYPE_CHECKING:
    from tap_frontcore.frontcore.windows import Row


def found_in(rows: list[Row]) -> dict[str, str]:
    stream = TapFrontcore(config={"api_key": API_KEY}).streams["customers"]
    return {found.question: found.answer for found in check_fields(stream, rows)}  # type: ignore[arg-type]


def test_fields_that_are_new_or_odd_are_named_without_their_values() -> None:
    rows = generate_customers(30)
    rows[0] |= {"country": "Hemmelig", "loyalty": ["Hemmelig"], "turnover": 1}
    rows[1] |= {"country": {"code": "NO", "secret": "Hemmelig"}, "loyalty": []}

    found = found_in(rows)

    assert found["new fields"] == "loyalty (array)"
    assert found["fields of another type or with new parts"] == "country (object, text)"
    assert "turnover (null, number)" in found["undocumented fields"]
    assert "Hemmelig" not in str(found)


def test_a_row_without_its_key_breaks_a_promise() -> None:
    found = found_in([*generate_customers(3), {"title": "No id"}])

    assert found["key"] == "a row has no key that can be used: the run ends there"


def test_no_row_tells_nothing() -> None:
    assert found_in([]) == {}
