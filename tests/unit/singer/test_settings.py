"""Every setting, and what is said of a wrong one: before anything is asked for."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import requests_mock
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.singer import settings
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "TAP_FRONTCORE_"
OUT_OF_RANGE: dict[str, tuple[str, list[Any]]] = {
    "max_parallel_requests": ("whole number from 1 to 8", [0, 9, "4", 4.5, math.nan, True]),
    "requests_per_second": (
        "number from 0.01 to 1000",
        [0, 1e-300, math.nan, math.inf, "NaN", "1_0"],
    ),
    "request_timeout": ("number from 0.1 to 3600", ["long", 1e10, -math.inf]),
    "max_retries": ("whole number from 0 to 100", [-1, 10**30]),
    "lookback_seconds": ("whole number from 0 to 31536000", [1.5, 1e10]),
    "since_id": ("whole number from 0", ["x", math.inf]),
}
"""What a setting must be, and values that it can't have."""

NO_SALTS: list[Any] = ["", None, " \n", "$SALT", "${FRONTCORE_SALT}", " ${LONG_NAME} ", {}, False]
IS_UNSET = "is empty, or a variable's name. Is the variable for it set?"


@pytest.fixture(autouse=True)
def nothing_else_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take no settings from the machine that runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in settings.variables():
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def errors_of(given: Mapping[str, Any], **arguments: Any) -> list[str]:
    """Return what is said of wrong settings, and make sure that nothing is asked for."""
    with requests_mock.Mocker() as server, pytest.raises(ConfigurationError) as caught:
        TapFrontcore(config={"api_key": API_KEY} | dict(given), **arguments)
    assert server.call_count == 0
    assert API_KEY not in str(caught.value)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"api_key": None},
            "The setting api_key is missing. TAP_FRONTCORE_API_KEY is read with --config=ENV, or",
        ),
        ({"api_key": ""}, "The setting api_key is missing."),
        ({"api_key": " \n"}, "The setting api_key is missing."),
        ({"api_key": f"{API_KEY} {API_KEY}"}, "The setting api_key must be text without spaces"),
        ({"api_key": f"{API_KEY}\n{API_KEY}"}, "The setting api_key must be text without spaces"),
        ({"api_key": 7319}, "The setting api_key must be text without"),
        ({"maxretries": 50}, "There is no setting maxretries. Did you mean max_retries?"),
        ({"token": "x"}, "There is no setting token. There are: api_key, api_url, created_at"),
        ({"page_size": 100}, "There is no setting page_size. There are: "),
        *(
            ({name: value}, f"The setting {name} must be a {allowed}.")
            for name, (allowed, values) in OUT_OF_RANGE.items()
            for value in values
        ),
        ({"include_employees": "yes"}, "The setting include_employees must be true or false."),
        (
            {"stream_maps": {"customers": {"tenant": 5}}},
            "The setting stream_maps.customers must be expressions by field, each as text, or null",
        ),
        ({"start_date": "yesterday"}, "The setting start_date must be a date or time such as"),
        ({"start_date": "0001-01-01"}, "The setting start_date must be a date or time such as"),
        ({"start_date": "9999-01-01"}, "The setting start_date must be a date or time such as"),
        ({"end_date": 2024}, "The setting end_date must be a date or time such as"),
        (
            {"start_date": "2999-01-01"},
            "The setting start_date lies in the future, so no row would come.",
        ),
        ({"created_at_min": "2999-01-01"}, "The setting created_at_min lies in the future"),
        (
            {"start_date": "2024-01-01", "end_date": "2024-01-01T00:00:00Z"},
            "The setting start_date must be a time before end_date.",
        ),
        (
            {"created_at_min": "2024-01-02", "created_at_max": "2024-01-01"},
            "The setting created_at_min must be a time before created_at_max.",
        ),
        *(
            ({"timezone": name}, "The setting timezone must be a name of the tz database")
            for name in ("Oslo", "Europe", "../etc/passwd")
        ),
        ({"api_url": "http://api.frontcore.com/v2"}, "plain http is for this machine"),
        ({"api_url": "http://evil-localhost/v2"}, "plain http is for this machine"),
        ({"api_url": "http://127.0.0.1.example.com"}, "plain http is for this machine"),
        ({"api_url": "https://user:pw@api.frontcore.com"}, "without user name"),
        ({"api_url": "https://:secret@api.frontcore.com/v2"}, "without user name"),
        ({"api_url": "https://api.frontcore.com/v2?key=1"}, "and query"),
        *(
            ({"api_url": url}, "must be a URL such as")
            for url in (
                *("https://api.frontcore.com/{api_key}", "https://:443", "https://[::1"),
                *("https://a:port/", "https://a:70000/", "api.frontcore.com/v2", "https://a..b/v2"),
                *(f"https://{'a' * 64}.no", "https://x.no/v2#a", "https://x.no/\u200bv2"),
                *("https://[::::]/v2", "https://a:65536/", "http://127.256.0.1"),
            )
        ),
        ({"stream_maps": "none"}, "The setting stream_maps must be JSON of type object."),
        ({"flattening_enabled": True}, "The setting flattening_max_depth is missing"),
        (
            {
                "flattening_enabled": True,
                "flattening_max_depth": 2,
                "flattening_max_key_length": 8,
            },
            "products can't be flattened: Duplicate column name",
        ),
        ({"faker_config": {"locale": "xx"}}, "faker_config.locale must be one that Faker knows"),
        *(
            ({"stream_map_config": {"salt": salt}}, f"stream_map_config.salt {IS_UNSET}")
            for salt in NO_SALTS
        ),
        ({"personal_data": "hash"}, f"The setting personal_data_salt {IS_UNSET}"),
        (
            {"personal_data": "hash", "personal_data_salt": "${FRONTCORE_PERSONAL_DATA_SALT}"},
            f"The setting personal_data_salt {IS_UNSET}",
        ),
        (
            {"personal_data": "hash", "personal_data_salt": "short"},
            "The setting personal_data_salt must be text of at least 16 characters.",
        ),
        ({"personal_data": "ommit"}, "The setting personal_data must be keep or hash or omit."),
        (
            {"personal_data": "omit", "stream_maps": {"customers": {"mail": "email.lower()"}}},
            "stream_maps, customers: `mail: email.lower()` reads email, which personal_data leaves",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(given: dict[str, Any], message: str) -> None:
    (line,) = errors_of(given)

    assert message in line


def test_end_date_may_lie_in_the_future() -> None:
    TapFrontcore(config={"api_key": API_KEY, "end_date": "2999-01-01"})


def test_each_wrong_setting_has_its_line() -> None:
    assert len(errors_of({"max_parallel_requests": 9, "max_retries": -1, "api_key": None})) == 3


@pytest.mark.parametrize(
    "given",
    [{"faker_config": {"seed": 1}}, {"stream_maps": {"customers": {"title": "fake.name()"}}}],
)
def test_faker_must_be_installed_where_it_is_used(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    TapFrontcore(config={"api_key": API_KEY, **given})

    monkeypatch.setitem(sys.modules, "faker", None)
    assert errors_of(given) == ["Expressions with `fake` need Faker: install tap-frontcore[faker]."]


@pytest.mark.parametrize(
    "url",
    [
        *("http://localhost:8000/v2", "http://127.9.0.255", "http://[::1]:80/v2/", "https://x.no"),
        *("https://x.no:65535", "https://10.0.0.7:59999/v2", "https://[::1]/v2"),
    ],
)
def test_https_and_local_urls_are_accepted(url: str) -> None:
    TapFrontcore(config={"api_key": API_KEY, "api_url": url})


@pytest.mark.parametrize(
    ("name", "given", "used"),
    [
        ("max_parallel_requests", 4.0, "4"),
        ("requests_per_second", "2.5", "2.5"),
        ("requests_per_second", 2, "2"),
        ("start_date", None, "None"),
        ("max_parallel_requests", "", "8"),
        ("api_key", f" {API_KEY}\n", API_KEY),
    ],
)
def test_a_setting_is_converted_to_its_type(name: str, given: Any, used: str) -> None:
    tap = TapFrontcore(config={"api_key": API_KEY, name: given})

    assert str(tap.config.get(name)) == used


def test_times_are_logged_in_utc(caplog: pytest.LogCaptureFixture) -> None:
    given = {"start_date": "2015-08-15T21:08:29+02:00", "created_at_max": "2016-01-01"}

    with caplog.at_level("INFO"):
        TapFrontcore(config={"api_key": API_KEY, **given})

    expected = "start_date 2015-08-15T19:08:29+00:00, created_at_max 2016-01-01T00:00:00+00:00"
    assert f"In UTC: {expected}" in caplog.messages


# The environment


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        ("REQUESTS_PER_SECOND", "99.5", 99.5),
        ("MAX_PARALLEL_REQUESTS", "5", 5),
        *(("INCLUDE_EMPLOYEES", word, True) for word in ("True", "1", "yes", "On")),
        *(("INCLUDE_EMPLOYEES", word, False) for word in ("false", "0", "NO", "off")),
        ("START_DATE", "", None),
        ("API_KEY", "123", "123"),
        ("STREAM_MAPS", '{"customer_contacts": "__NULL__"}', {"customer_contacts": "__NULL__"}),
    ],
)
def test_settings_from_the_environment(
    name: str, value: str, used: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    tap = TapFrontcore(config={"api_key": API_KEY}, parse_env_config=True)

    assert tap.config.get(name.lower()) == used


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("MAX_PARALLEL_REQUESTS", "many", "must be a whole number from 1 to 8"),
        ("MAX_PARALLEL_REQUESTS", "1e1000", "must be a whole number from 1 to 8"),
        ("INCLUDE_EMPLOYEES", "flase", "include_employees must be true or false"),
        ("REQUESTS_PER_SECOND", "fast", "requests_per_second must be a number from 0.01 to 1000"),
        ("STREAM_MAPS", "{", "stream_maps must be JSON of type object"),
        ("MAXRETRIES", "50", "There is no setting maxretries. Did you mean max_retries?"),
        ("MAPS", '{"customers": {"email": null}}', "There is no setting maps. There are: api_key"),
        ("STREAM_MAPS_CUSTOMERS_EMAIL", "__NULL__", "There is no setting stream_maps_customers"),
        ("STREAM_MAPS_CUSTOMERS_EMAIL", "", "There is no setting stream_maps_customers"),
    ],
)
def test_a_wrong_setting_in_the_environment_is_named(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + name, value)

    (line,) = errors_of({}, parse_env_config=True)

    assert message in line


@pytest.mark.parametrize("name", ["apikey", "start_dates", "request_per_second", "personaldata"])
def test_a_misspelled_variable_is_a_warning_beside_a_config_file(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), "50")

    TapFrontcore(config={"api_key": API_KEY})

    (warning,) = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert f"There is no setting {name}. Did you mean " in warning.getMessage()


@pytest.mark.parametrize(
    "name",
    [
        *("LOGLEVEL", "SOURCE", "CONFIG", "_SELECT", "_SWEDEN_API_KEY", "_SWEDEN_APIKEY"),
        *("SE_MAX_PARALLEL_REQUESTS", "SE_STREAM_MAPS", "_MAXRETRIES"),
    ],
)
def test_a_variable_that_is_no_setting_ends_no_run(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PREFIX + name, "INFO")

    TapFrontcore(config={"api_key": API_KEY})
    assert PREFIX not in caplog.text
    TapFrontcore(config={"api_key": API_KEY}, parse_env_config=True)

    text = f"Only Meltano reads {PREFIX}{name}; without it, --catalog selects."
    assert (text in caplog.text) == name.startswith("_")
    assert "There is no setting" not in caplog.text


def test_a_part_of_a_setting_that_meltano_sets_is_no_misspelled_setting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for part in ("STREAM_MAPS_CUSTOMERS_EMAIL", "FAKER_CONFIG_SEED"):
        monkeypatch.setenv(PREFIX + part, "1")

    TapFrontcore(config={"api_key": API_KEY})

    assert "There is no setting" not in caplog.text


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_settings_from_dotenv(start: bytes) -> None:
    Path(".env").write_bytes(
        start + b"TAP_FRONTCORE_MAX_PARALLEL_REQUESTS=9\nTAP_FRONTCORE_INCLUDE_EMPLOYEES\n"
    )

    (line,) = errors_of({}, parse_env_config=True)

    assert "The setting max_parallel_requests must be a whole number from 1" in line


def test_a_dotenv_in_another_encoding_is_refused() -> None:
    Path(".env").write_bytes("TAP_FRONTCORE_API_KEY=nøkkel\n".encode("latin-1"))

    (line,) = errors_of({}, parse_env_config=True)

    assert line.endswith("/.env can't be read as text in UTF-8.")


# Files


def message_of(path: object) -> str:
    with pytest.raises(click.BadParameter) as caught:
        settings.JSONObjectFile().convert(path, None, None)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path / "a.json").endswith("/a.json': No such file or directory.")


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"", b"true", '{"api_key": "nøkkel"}'.encode("latin-1"), b"[" * 100_000],
)
def test_a_file_without_a_json_object_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)

    assert message_of(path).endswith("/a.json' holds no JSON object in UTF-8.")


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf{}")

    assert settings.JSONObjectFile().convert(path, None, None) == {}


def test_settings_in_place_of_a_files_name_are_not_shown() -> None:
    message = message_of(json.dumps({"api_key": API_KEY}))

    assert "what was given is no file's name" in message
    assert API_KEY not in message


def test_a_removed_setting_at_its_old_default_is_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Meltano hands on what it has copied of an older version's definition."""
    tap = TapFrontcore(config={"api_key": API_KEY, "page_size": 250})

    (warning,) = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert "The setting page_size was removed." in warning.getMessage()
    assert "page_size" not in tap.config


def test_a_missing_setting_of_a_second_account_names_the_accounts_own_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the first account's, its rows would come as the second's."""
    monkeypatch.setenv("MELTANO_EXTRACTOR_NAME", "tap-frontcore--sweden")

    (line,) = errors_of({"api_key": None})

    assert "The setting api_key is missing. TAP_FRONTCORE__SWEDEN_API_KEY is read" in line
