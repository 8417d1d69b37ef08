"""`--check` finds what the fake was set to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import (
    API_KEY,
    FakeFrontcore,
    Switches,
    generate_account,
    generate_customers,
    sample_customers,
)
from tests.fake_frontcore.app import CUSTOMERS, DEFAULT, TABLES
from tests.support.cli import Run, catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable

    Serving = Callable[[FakeFrontcore], str]

TOO_SMALL = "too few rows to tell"


class Checked:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.findings: dict[str, list[dict[str, Any]]] = json.loads(run.stdout)

    def __getitem__(self, question: str) -> str:
        """Return what was found of the customers, or of the account."""
        (found,) = [
            finding["found"]
            for finding in self.findings.get("customers", []) + self.findings["account"]
            if finding["question"] == question
        ]
        return str(found)

    @property
    def broken(self) -> set[str]:
        return {
            finding["question"]
            for name, findings in self.findings.items()
            if name != "tap-frontcore"
            for finding in findings
            if finding["holds"] is False
        }


@pytest.fixture
def check(serving: Serving) -> Callable[..., Checked]:
    def checked(fake: FakeFrontcore, *streams: str, **settings: Any) -> Checked:
        config = config_for(serving(fake), **settings)
        catalog = catalog_with(*(streams or ("customers",)))
        return Checked(run_tap(config, "--check=json", catalog=catalog))

    return checked


@pytest.mark.parametrize(
    ("switches", "question", "found"),
    [
        (Switches(), "order", "by id"),
        (Switches(order="-id"), "order", "by id, backwards"),
        (Switches(order="-created_at"), "order", "by created_at, backwards"),
        (Switches(order="orgnr"), "order", "none that shows"),
        (Switches(), "page past the end", "empty"),
        (Switches(past_end="error"), "page past the end", "error"),
        (Switches(past_end="last page"), "page past the end", "last page"),
        (Switches(), "largest page", "250"),
        (Switches(maximum=75), "largest page", "75"),
        (Switches(maximum=120, starts_by_asked=True), "largest page", "120"),
        (Switches(), "hidden", "none seen"),
        (Switches(hides=lambda row: row["id"] % 20 == 7), "hidden", "yes"),
        (Switches(hides=lambda row: row["id"] % 3 == 0), "hidden", "yes"),
        (Switches(), "rows", "600"),
        (Switches(past_end="error"), "rows", "600"),
        (Switches(past_end="last page", order="-id"), "rows", "500 to 750"),
        (Switches(), "page", "as documented"),
        (Switches(ignores_page=True), "page", "page is ignored"),
        (Switches(ignores_paging=frozenset({CUSTOMERS})), "page", "the list comes whole"),
        (Switches(), "since_id", "as documented"),
        (Switches(), "null passes updated_at_min", "no"),
        (Switches(null_passes=True), "null passes updated_at_min", "yes"),
        (Switches(), "updated_at_min", "exclusive"),
        (Switches(inclusive=True), "updated_at_min", "inclusive"),
        (Switches(), "created_at_min", "exclusive"),
        (Switches(inclusive=True), "created_at_min", "inclusive"),
        (Switches(), "updated_at_max", "exclusive"),
        (Switches(inclusive=True), "updated_at_max", "inclusive"),
        *(
            (Switches(filter_zone=zone), f"{field}_min zone", zone)
            for zone in ("Europe/Oslo", "UTC", "Europe/London", "Europe/Helsinki")
            for field in ("updated_at", "created_at")
        ),
        (
            Switches(filter_zone="America/New_York"),
            "updated_at_min zone",
            "west of UTC, or not a filter",
        ),
        (Switches(), "two reads agree", "yes"),
        (
            Switches(shuffles_equals=True, order="status", jitter=1),
            "page",
            "in another order",
        ),
        (Switches(), "compressed", "no"),
        (Switches(compresses=True), "compressed", "gzip"),
        (Switches(), "this machine's clock", "as the server's"),
        (Switches(clock_error=600.0), "this machine's clock", "behind the server's"),
        (Switches(clock_error=-600.0), "this machine's clock", "ahead of the server's"),
        (Switches(latency=0.3), "max_parallel_requests", "too few"),
        (Switches(), "reachable", "yes"),
        (Switches(as_object=True), "page", "as documented"),
    ],
)
def test_it_finds_the_setting_that_was_made(
    check: Callable[..., Checked], switches: Switches, question: str, found: str
) -> None:
    pace = {"requests_per_second": 5} if switches.latency else {}
    fake = FakeFrontcore(generate_customers(600), [], switches=switches)

    checked = check(fake, **pace, max_parallel_requests=1)

    assert found in checked[question]
    assert len(fake.asked) <= 25
    broken = {"page is ignored", "in another order", "west of UTC, or not a filter"}
    assert checked.run.code == (found in broken)
    assert bool(checked.broken) == (found in broken)


def test_it_says_of_fields_what_is_odd(check: Callable[..., Checked]) -> None:
    customers = generate_customers(100, odd=True)
    customers[0]["country"] = "Hemmelig"
    customers[1]["country"] = {"code": "NO", "secret": 1}
    for row in customers:
        del row["fax"]

    checked = check(FakeFrontcore(customers, []))

    assert checked["not in the schema"] == "loyalty (text)"
    assert checked["never sent"] == "fax"
    assert checked["of another type"] == "country (text): 1, note (boolean): 10"
    assert checked["objects with unknown parts"] == "country"
    assert "turnover (integer, null, object)" in checked["undocumented"]
    assert "employees (array of object, empty array, object)" in checked["undocumented"]
    assert checked["updated_at is null"].endswith("%")
    assert checked.run.code == 0


def test_a_row_without_its_key_breaks_a_promise(check: Callable[..., Checked]) -> None:
    customers = generate_customers(30)
    fake = FakeFrontcore(customers, [])
    fake.tables[CUSTOMERS][1002] = customers[1] | {"id": None}
    fake.switches.order = "title"

    checked = check(fake)

    assert checked.broken == {"key"}
    assert checked.run.code == 1


def test_the_documented_customers_are_too_few_to_tell(check: Callable[..., Checked]) -> None:
    checked = check(FakeFrontcore(sample_customers(), []))

    assert checked.run.code == 0
    assert checked["rows"] == "3"
    for question in ("two reads agree", "order", "page", "hidden", "null passes updated_at_min"):
        assert checked[question] == TOO_SMALL
    assert checked["updated_at is null"] == "0%"
    assert checked["updated_at_min zone"] == "Europe/Oslo"
    assert checked["undocumented"].startswith("custom_properties (null), employees (empty array)")


def test_an_account_without_rows(check: Callable[..., Checked]) -> None:
    checked = check(FakeFrontcore([], []))

    assert checked.run.code == 0
    assert checked["fields"] == checked["since_id"] == checked["page past the end"] == TOO_SMALL


def test_all_lists_are_looked_into_and_no_value_is_shown(serving: Serving) -> None:
    customers = generate_customers(300, odd=True)
    fake = FakeFrontcore(customers, others=generate_account(customers))

    run = run_tap(
        config_for(serving(fake)), "--check=json", env={"TAP_FRONTCORE_LOGLEVEL": "DEBUG"}
    )

    assert run.code == 0
    assert json.loads(run.stdout).keys() == {"tap-frontcore", "account", *TABLES}
    for table in TABLES.values():
        assert 0 < len([asked for asked in fake.asked if asked.path == table.path]) <= 25
    said = run.stdout + run.stderr
    assert API_KEY not in said
    values = {
        value
        for table in fake.tables.values()
        for row in table.values()
        for value in texts_of(row)
        if len(value) > 5 and not value.startswith(("course", "Company", "Europe/Oslo"))
    }
    assert len(values) > 1000
    assert not [value for value in values if value in run.stdout]


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(("stream", "code"), [("customers", 1), ("orders", 0)])
def test_a_list_without_access(serving: Serving, stream: str, code: int) -> None:
    customers = generate_customers(30)
    switches = Switches(forbidden=frozenset({TABLES[stream].path}))
    fake = FakeFrontcore(customers, others=generate_account(customers), switches=switches)

    checked = Checked(run_tap(config_for(serving(fake)), "--check=json"))

    assert checked.run.code == code
    assert [f["found"] for f in checked.findings[stream]] == ["no"]
    assert len(checked.findings["products"]) > 5


def test_a_rejected_key_and_no_server(serving: Serving) -> None:
    fake = FakeFrontcore([], key="another key", switches=Switches(key_in_errors=True))

    rejected = run_tap(config_for(serving(fake)), "--check")
    absent = run_tap(config_for("http://127.0.0.1:9/v2"), "--check", catalog=catalog_with("orders"))

    assert rejected.code == absent.code == 1
    assert "NOT OK accepted: no" in rejected.stdout
    assert len(fake.asked) == 1
    assert "NOT OK reachable: no" in absent.stdout
    assert API_KEY not in rejected.stdout + rejected.stderr


def test_the_table_is_for_people(serving: Serving) -> None:
    run = run_tap(config_for(serving(FakeFrontcore(generate_customers(30)))), "--check")

    assert run.stdout.startswith("account\n=======\nok     reachable: yes\n")
    assert run.stdout.endswith("hold with this account, as far as it could be told.\n")
    assert all(f"\n{name}\n" in run.stdout for name in DEFAULT)
    assert max(map(len, run.stdout.splitlines())) <= 100
    assert "ERROR" not in run.stderr
