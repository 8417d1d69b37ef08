"""Every setting, and what is said of a wrong one."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import requests_mock
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY, FakeFrontcore, generate_customers
from tests.fake_frontcore.app import DEFAULT, INCREMENTAL, TABLES
from tests.support.cli import TAP, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


DEAD: dict[str, Any] = {
    "api_key": API_KEY,
    "api_url": "http://127.0.0.1:9/v2",
    "max_retries": 0,
}
"""Settings with which nothing is asked for elsewhere, should a check be broken."""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api_key": None}, "The setting api_key is missing."),
        ({"api_key": ""}, "The setting api_key is missing."),
        ({"api_key": f"{API_KEY}\n"}, "The setting api_key must be text without spaces, line"),
        ({"api_key": 7319}, "The setting api_key must be text without"),
        ({"pagesize": 50}, "There is no setting pagesize."),
        ({"page_size": 24}, "The setting page_size must be a whole number from 25 to 250."),
        ({"page_size": 251}, "The setting page_size must be a whole number from 25 to 250."),
        ({"page_size": "100"}, "The setting page_size must be a whole number from 25 to 250."),
        ({"max_parallel_requests": 0}, "must be a whole number from 1 to 8."),
        ({"requests_per_second": 0}, "The setting requests_per_second must be a number above 0."),
        ({"request_timeout": "long"}, "The setting request_timeout must be a number above 0."),
        ({"max_retries": -1}, "The setting max_retries must be a whole number from 0 up."),
        ({"lookback_seconds": 1.5}, "lookback_seconds must be a whole number from 0 up."),
        ({"since_id": "x"}, "The setting since_id must be a whole number from 0 up."),
        ({"include_employees": "yes"}, "The setting include_employees must be true or false."),
        ({"start_date": "yesterday"}, "The setting start_date must be a date or time such as"),
        ({"end_date": 2024}, "The setting end_date must be a date or time such as"),
        (
            {"start_date": "2024-01-01", "end_date": "2024-01-01T00:00:00Z"},
            "The setting start_date must be a time before end_date.",
        ),
        (
            {"created_at_min": "2024-01-02", "created_at_max": "2024-01-01"},
            "The setting created_at_min must be a time before created_at_max.",
        ),
        ({"timezone": "Oslo"}, "The setting timezone must be a name of the tz database"),
        ({"api_url": "http://api.frontcore.com/v2"}, "plain http is for this machine"),
        ({"api_url": "https://user:pw@api.frontcore.com"}, "without user name"),
        ({"api_url": "https://api.frontcore.com/v2?key=1"}, "and query"),
        ({"api_url": "https://api.frontcore.com/{api_key}"}, "must be a URL such as"),
        ({"api_url": "https://:443"}, "must be a URL such as"),
        ({"api_url": "https://[::1"}, "must be a URL such as"),
        ({"api_url": "https://a:port/"}, "must be a URL such as"),
        ({"api_url": "api.frontcore.com/v2"}, "must be a URL such as"),
        ({"api_url": "https://a..b/v2"}, "must be a URL such as"),
        ({"api_url": f"https://{'a' * 64}.no"}, "must be a URL such as"),
        ({"api_url": "https://:secret@api.frontcore.com/v2"}, "without user name"),
        ({"api_url": "http://evil-localhost/v2"}, "plain http is for this machine"),
        ({"api_url": "https://x.no/v2#a"}, "must be a URL such as"),
        ({"api_url": "https://x.no/\u200bv2"}, "must be a URL such as"),
        ({"start_date": "0001-01-01"}, "The setting start_date must be a date or time such as"),
        ({"api_url": "http://127.0.0.1.example.com"}, "plain http is for this machine"),
        ({"stream_maps": "none"}, "The setting stream_maps must be JSON of type object."),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    settings: dict[str, Any], message: str
) -> None:
    with requests_mock.Mocker() as server, pytest.raises(ConfigurationError) as caught:
        TapFrontcore(config={"api_key": API_KEY} | settings)

    assert len(str(caught.value).splitlines()) == 1
    assert message in str(caught.value)
    assert API_KEY not in str(caught.value)
    assert server.call_count == 0


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/v2", "http://127.9.0.1", "http://[::1]:80/v2/", "https://x.no"]
)
def test_urls_that_are_safe(url: str) -> None:
    TapFrontcore(config={"api_key": API_KEY, "api_url": url})


def test_each_wrong_setting_has_its_line() -> None:
    run = run_tap({"api_url": DEAD["api_url"], "page_size": 1, "max_retries": -1})

    assert run.code == 1
    assert len(run.errors) == 3
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("arguments", [[], ["--test"]])
def test_a_key_of_the_wrong_form_is_not_shown(arguments: list[str]) -> None:
    run = run_tap(DEAD | {"api_key": f"{API_KEY} "}, *arguments)

    assert run.code == 1
    assert len(run.errors) == 1
    assert API_KEY not in run.stderr
    assert "Traceback" not in run.stderr


def test_settings_from_the_environment(serving: Callable[[FakeFrontcore], str]) -> None:
    env = {
        "TAP_FRONTCORE_API_KEY": API_KEY,
        "TAP_FRONTCORE_API_URL": serving(FakeFrontcore(generate_customers(30))),
        "TAP_FRONTCORE_REQUESTS_PER_SECOND": "99.5",
        "TAP_FRONTCORE_PAGE_SIZE": "25",
        "TAP_FRONTCORE_INCLUDE_EMPLOYEES": "True",
        "TAP_FRONTCORE_START_DATE": "",
        "TAP_FRONTCORE_STREAM_MAPS": '{"customer_contacts": "__NULL__"}',
    }

    run = run_tap(None, "--config=ENV", env=env)

    assert run.code == 0, run.stderr
    assert len(run.ids()) == 30
    assert all("employees" in record for record in run.records())
    assert run.records("customer_contacts") == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PAGE_SIZE", "many", "page_size must be a whole number from 25 to 250"),
        ("INCLUDE_EMPLOYEES", "flase", "include_employees must be true or false"),
        ("REQUESTS_PER_SECOND", "fast", "requests_per_second must be a number above 0"),
        ("STREAM_MAPS", "{", "stream_maps must be JSON of type object"),
    ],
)
def test_a_wrong_setting_in_the_environment_is_named(name: str, value: str, message: str) -> None:
    env = {
        "TAP_FRONTCORE_API_KEY": API_KEY,
        "TAP_FRONTCORE_API_URL": str(DEAD["api_url"]),
        f"TAP_FRONTCORE_{name}": value,
    }

    run = run_tap(None, "--config=ENV", env=env)

    assert run.code == 1
    assert len(run.errors) == 1
    assert message in run.errors[0]


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_a_file_that_is_missing_or_no_json(
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


@pytest.mark.parametrize("value", ["yesterday", 20240101, [], "0001-01-01"])
def test_a_bookmark_that_is_no_time(value: Any) -> None:
    bookmark = {"replication_key": "updated_at", "replication_key_value": value}

    run = run_tap(DEAD, state={"bookmarks": {"customers": bookmark}})

    assert run.code == 1
    assert len(run.errors) == 1
    assert "The state's bookmark for customers is not a date or time" in run.errors[0]


@pytest.mark.parametrize("state", [{"bookmarks": None}, {"bookmarks": {"customers": None}}])
def test_a_state_that_is_none(state: dict[str, Any]) -> None:
    run = run_tap(DEAD, state=state)

    assert run.code == 1
    assert len(run.errors) == 1
    assert "must be an object" in run.errors[0]


def test_settings_in_place_of_a_files_name_are_not_shown() -> None:
    run = run_tap(None, "--config", json.dumps({"api_key": API_KEY}))

    assert run.code == 2
    assert len(run.errors) == 1
    assert "what was given is no file's name" in run.errors[0]
    assert API_KEY not in run.stderr


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"api_key": API_KEY, "page_size": 1}).encode())

    run = run_tap(None, "--config", str(path))

    assert run.code == 1
    assert "page_size must be" in run.errors[0]


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes('{"api_key": "nøkkel"}'.encode("latin-1"))

    run = run_tap(None, "--config", str(path))

    assert run.code == 2
    assert len(run.errors) == 1
    assert "isn't written in UTF-8" in run.errors[0]


def test_settings_from_a_file_named_env(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"TAP_FRONTCORE_API_KEY={API_KEY}\nTAP_FRONTCORE_PAGE_SIZE=1\n", encoding="utf-8"
    )

    done = subprocess.run(
        [TAP, "--config=ENV"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "The setting page_size must be a whole number from 25" in done.stderr


def test_discovery_needs_no_setting() -> None:
    run = run_tap(None, "--discover")

    assert run.code == 0
    catalog = json.loads(run.stdout)
    assert [entry["stream"] for entry in catalog["streams"]] == sorted(TABLES)
    for entry in catalog["streams"]:
        name = entry["stream"]
        assert entry["key_properties"] == [TABLES[name].key]
        assert entry.get("replication_key") == ("updated_at" if name in INCREMENTAL else None)
        (root,) = [item["metadata"] for item in entry["metadata"] if not item["breadcrumb"]]
        assert root["selected"] is (name in DEFAULT)
        assert "additional_properties" in entry["schema"]["properties"]
        properties = entry["schema"]["properties"]
        assert all(field.get("description") for field in properties.values())
