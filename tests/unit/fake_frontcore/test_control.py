"""Lines that change a row of the fake by hand."""

from __future__ import annotations

import pytest

from tests.fake_frontcore import FakeFrontcore, generate_customers
from tests.fake_frontcore.control import EXAMPLES, change


def test_a_line_edits_adds_or_deletes_a_row() -> None:
    fake = FakeFrontcore(generate_customers(3))
    edit, add, delete = EXAMPLES.splitlines()

    assert change(fake, edit) == "Changed: customers 1001"
    assert change(fake, add) == "Changed: customers 1004"
    assert change(fake, delete) == "Changed: customers 1002"

    titles = {id_: row["title"] for id_, row in fake.tables["customers"].items()}
    assert titles.keys() == {1001, 1003, 1004}
    assert titles[1001] == "Ny Kunde AS"
    assert titles[1004] == "Helt Ny AS"
    assert fake.tables["customers"][1001]["updated_at"] is not None
    assert fake.tables["customers"][1004]["updated_at"] is None


def test_a_value_is_json_or_text() -> None:
    fake = FakeFrontcore(generate_customers(1))

    change(fake, "edit customers 1001 phone=null title=null-punkt turnover=12")

    row = fake.tables["customers"][1001]
    assert (row["phone"], row["title"], row["turnover"]) == (None, "null-punkt", 12)


@pytest.mark.parametrize(
    "line", ["", "drop customers", "delete customers 9", "edit customers one", "add trips", "add '"]
)
def test_a_line_that_names_no_row_changes_nothing(line: str) -> None:
    fake = FakeFrontcore(generate_customers(3))
    before = {name: dict(rows) for name, rows in fake.tables.items()}

    assert EXAMPLES in change(fake, line)

    assert fake.tables == before
