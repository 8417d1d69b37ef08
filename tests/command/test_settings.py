"""Settings, files and states as the command takes them; `unit/singer` has all the cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import API_KEY, FakeFrontcore, generate_customers
from tests.fake_frontcore.app import DEFAULT, INCREMENTAL, TABLES
from tests.support.cli import catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Serving


DEAD: dict[str, Any] = {
    "api_key": API_KEY,
    "api_url": "http://127.0.0.1:9/v2",
    "max_retries": 0,
}
"""Settings with which nothing is asked for elsewhere, should a check be broken."""

BOOKMARK = {"replication_key": "updated_at", "replication_key_value": "2024-01-31T00:00:00+00:00"}


@pytest.mark.parametrize("arguments", [[], ["--test"]])
def test_an_invalid_key_is_not_shown(arguments: list[str]) -> None:
    run = run_tap(DEAD | {"api_key": f"{API_KEY} {API_KEY}"}, *arguments)

    assert run.code == 1
    assert len(run.errors) == 1
    assert API_KEY not in run.stderr
    assert "Traceback" not in run.stderr


def test_nan_and_infinity_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    text = json.dumps(DEAD | {"request_timeout": 1, "requests_per_second": 2})
    path.write_text(text.replace(": 1,", ": NaN,").replace(": 2}", ": Infinity}"), encoding="utf-8")

    run = run_tap(None, "--config", str(path))

    assert run.code == 1
    assert ["must be a number from" in line for line in run.errors] == [True, True]


def test_a_float_for_an_integer_is_sent_as_an_integer(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(3))

    run_tap(config_for(serving(fake), max_parallel_requests=4.0))

    assert fake.asked
    assert all(asked.params["limit"].isdecimal() for asked in fake.asked)


def test_settings_from_the_environment(serving: Serving) -> None:
    env = {
        "TAP_FRONTCORE_API_KEY": f"{API_KEY}\n",
        "TAP_FRONTCORE_API_URL": serving(FakeFrontcore(generate_customers(30))),
        "TAP_FRONTCORE_REQUESTS_PER_SECOND": "99.5",
        "TAP_FRONTCORE_MAX_PARALLEL_REQUESTS": "5",
        "TAP_FRONTCORE_INCLUDE_EMPLOYEES": "True",
        "TAP_FRONTCORE_START_DATE": "",
        "TAP_FRONTCORE_STREAM_MAPS": '{"customer_contacts": "__NULL__"}',
    }

    run = run_tap(None, "--config=ENV", env=env)

    assert run.code == 0, run.stderr
    assert len(run.ids()) == 30
    assert all("employees" in record for record in run.records())
    assert run.records("customer_contacts") == []


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
@pytest.mark.parametrize("content", [None, "{"])
def test_a_missing_or_invalid_file_is_an_error(
    option: str, content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "file.json"
    if content:
        path.write_text(content, encoding="utf-8")
    config = None if option == "--config" else DEAD

    run = run_tap(config, option, str(path))

    assert run.code == 2
    assert "Traceback" not in run.stderr
    assert len(run.errors) == 1
    assert option in run.errors[0]
    assert str(path) in run.errors[0]


def test_a_bookmark_in_the_future_is_refused() -> None:
    bookmark = BOOKMARK | {"replication_key_value": "2999-01-01"}

    run = run_tap(DEAD, state={"bookmarks": {"customers": bookmark}})

    assert run.code == 1
    (error,) = run.errors
    assert "The state's bookmark for customers, 2999-01-01T00:00:00+00:00, lies in the fut" in error


@pytest.mark.parametrize(
    "wrap",
    [lambda state: {"singer_state": state}, lambda state: {"type": "STATE", "value": state}],
    ids=["of Meltano", "of Singer"],
)
def test_a_wrapped_state_is_resumed(
    serving: Serving, wrap: Callable[[Any], dict[str, Any]]
) -> None:
    fake = FakeFrontcore(generate_customers(30), [])
    config = config_for(serving(fake))
    first = run_tap(config, catalog=catalog_with("customers"))

    second = run_tap(config, catalog=catalog_with("customers"), state=wrap(first.state))

    assert len(first.ids()) == 30
    assert len(second.ids()) == 1, "the row at the bookmark"


def test_unknown_parts_of_a_state_are_ignored(serving: Serving) -> None:
    interim = {"partitions": None, "progress_markers": [1], "replication_key_signpost": 5}

    run = run_tap(
        config_for(serving(FakeFrontcore(generate_customers(3), []))),
        state={"bookmarks": {"customers": BOOKMARK | interim, "no_such_stream": interim}},
    )

    assert run.code == 0, run.stderr


def test_discovery_needs_no_setting() -> None:
    run = run_tap(None, "--discover")

    assert run.code == 0
    catalog = json.loads(run.stdout)
    assert [entry["stream"] for entry in catalog["streams"]] == [*sorted(TABLES), "sync_runs"]
    for entry in catalog["streams"]:
        properties = entry["schema"]["properties"]
        assert all(field.get("description") for field in properties.values())
    for entry in catalog["streams"][:-1]:
        name = entry["stream"]
        assert entry["key_properties"] == [TABLES[name].key]
        assert entry.get("replication_key") == ("updated_at" if name in INCREMENTAL else None)
        (root,) = [item["metadata"] for item in entry["metadata"] if not item["breadcrumb"]]
        assert root["selected"] is (name in DEFAULT)
        assert "additional_properties" in entry["schema"]["properties"]
