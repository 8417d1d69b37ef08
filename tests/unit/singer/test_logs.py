"""Errors are told, whatever logging is set up to do."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.singer import logs
from tap_frontcore.tap import TapFrontcore

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("own_logging")


def config_of(**parts: Any) -> dict[str, Any]:
    handlers = {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}}
    root = {"handlers": ["console"], "level": "INFO"}
    return {"version": 1, "handlers": handlers, "root": root} | parts


@pytest.mark.parametrize(
    "config",
    [
        config_of(),
        config_of(disable_existing_loggers=True),
        config_of(disable_existing_loggers=False),
        config_of(root={"level": "CRITICAL", "handlers": ["console"]}),
        config_of(root={"handlers": []}),
        config_of(loggers={"tap-frontcore": {"propagate": False}}),
        {"version": 1},
    ],
)
def test_errors_are_logged_under_any_configuration(
    config: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "logging.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.setenv(logs.LOG_CONFIG, str(path))

    logs.command_of(TapFrontcore)
    TapFrontcore.logger.error("What went wrong.")

    assert capfd.readouterr().err.count("What went wrong.") == 1


@pytest.mark.parametrize(
    "level", ["critical", "FATAL", "ERROR", "WARN", "WARNING", "INFO", "DEBUG", "NOTSET", ""]
)
def test_errors_are_logged_at_any_level(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGLEVEL", level)

    logs.command_of(TapFrontcore)

    assert TapFrontcore.logger.isEnabledFor(logging.ERROR)


def test_an_unknown_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_FRONTCORE_LOGLEVEL", "TRACE")

    with pytest.raises(ConfigurationError, match=r": TAP_FRONTCORE_LOGLEVEL must be a level "):
        logs.command_of(TapFrontcore)


@pytest.mark.parametrize(
    ("variable", "text"), [("LOGLEVEL", "20"), ("LOGLEVEL", "trace"), (logs.LOG_CONFIG, "")]
)
def test_a_variable_of_another_program_is_ignored(
    variable: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)

    command = logs.command_of(TapFrontcore)

    assert command.name == "tap-frontcore"
    TapFrontcore(config={"api_key": "x"})  # the SDK sets the level of its metrics


@pytest.mark.parametrize(
    "content", [b"", b"a: [\n", b"[]", b"version: 2\n", b"version: 1\nhandlers: {a: {class: x.Y}}"]
)
def test_an_invalid_log_configuration_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "logging.yml"
    path.write_bytes(content)
    monkeypatch.setenv(logs.LOG_CONFIG, str(path))

    with pytest.raises(ConfigurationError) as caught:
        logs.command_of(TapFrontcore)

    (line,) = str(caught.value).splitlines()
    assert "the file in SINGER_SDK_LOG_CONFIG YAML for Python's" in line


def test_an_expected_warning_of_the_sdk_is_dropped() -> None:
    entry = logging.makeLogRecord({"msg": "New replication value is null"})

    assert not logs.is_news(entry)
    assert logs.is_news(logging.makeLogRecord({"msg": "Another warning"}))
