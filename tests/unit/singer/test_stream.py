"""What is overruled of the SDK: each test goes red where the SDK changes it."""

from __future__ import annotations

import inspect
import itertools
import json
import logging
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk import Stream, Tap
from singer_sdk.plugin_base import PluginBase
from typing_extensions import override

from tap_frontcore.errors import NoAccessError, OutputError, RefusedError
from tap_frontcore.singer.configured import ConfiguredTap
from tap_frontcore.singer.runs import SyncRunsStream
from tap_frontcore.singer.shape import ShapedStream
from tap_frontcore.singer.singer_tap import SingerTap
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": ["integer"]},
        "updated_at": {"type": ["string", "null"], "format": "date-time"},
        "place": {"type": ["object", "null"], "properties": {"city": {"type": ["string", "null"]}}},
    },
    "required": ["id"],
}
ROWS: list[dict[str, Any]] = [
    {"id": 1, "updated_at": "2026-01-02T00:00:00+00:00", "place": None},
    {"id": 2, "updated_at": None, "place": {"city": "Oslo"}},
    {"id": 3, "updated_at": "2026-01-01T00:00:00+00:00", "place": None},
]


class ListStream(SingerStream):
    """Rows of the test's making."""

    name = "things"
    primary_keys = ("id",)
    replication_key = "updated_at"
    schema = SCHEMA
    error: ClassVar[Exception | None] = None
    why: ClassVar[str | None] = None
    timezone = "UTC"

    @override
    def get_records(self, context: Any) -> Iterator[dict[str, Any]]:
        for row in ROWS:
            yield self.converter.convert(row)
        if self.error:
            raise self.error

    @override
    def doubts(self) -> list[tuple[str, str | None]]:
        return [(self.why, None)] if self.why else []


class OtherStream(ListStream):
    """Another, which has no error."""

    name = "others"


class ListTap(SingerTap):
    """A tap that knows nothing of Frontcore."""

    name = "tap-list"
    stream_classes: ClassVar[Sequence[type[ShapedStream]]] = (ListStream, OtherStream)
    config_jsonschema: ClassVar[dict[str, Any]] = {
        "properties": {"emit_activate_version_messages": {"type": ["boolean"]}}
    }

    @classmethod
    @override
    def config_errors(cls, config: dict[str, Any]) -> Iterator[str]:
        yield from ()

    @override
    def discover_streams(self) -> list[Stream]:
        return [ListStream(self), OtherStream(self)]


class RunsTap(ListTap):
    """With the stream that tells of the others."""

    stream_classes = (SyncRunsStream, *ListTap.stream_classes)

    @override
    def discover_streams(self) -> list[Stream]:
        return [SyncRunsStream(self), *super().discover_streams()]


Stdout = pytest.CaptureFixture[bytes]


@pytest.fixture
def stdout(capsysbinary: Stdout) -> Stdout:
    return capsysbinary


def messages(stdout: Stdout) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stdout.readouterr().out.splitlines()]


def test_overridden_private_methods_are_the_sdks() -> None:
    """And they are all: whoever overrules another adds it here."""
    private = {
        name
        for own, base in (
            (ShapedStream, Stream),
            (SingerStream, Stream),
            (ConfiguredTap, PluginBase),
            (SingerTap, Tap),
        )
        for name in vars(own)
        if name.startswith("_") and not name.startswith("__") and hasattr(base, name)
    }

    assert private == {
        "_sync_records",
        "_generate_record_messages",
        "_validate_config",
        "_setup_signal_handlers",
        "_abc_impl",
    }
    for method, parameters in (
        (Stream._sync_records, {"self", "context", "write_messages"}),
        (Stream._generate_record_messages, {"self", "record"}),
        (PluginBase._validate_config, {"self", "raise_errors"}),
        (Tap._setup_signal_handlers, {"self"}),
    ):
        assert inspect.signature(method).parameters.keys() == parameters


def test_a_good_run_logs_no_warning(stdout: Stdout, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        tap_with_clock(0).sync_and_report()

    assert [entry for entry in caplog.records if entry.levelno >= logging.WARNING] == []
    assert [line for line in caplog.messages if "streams=2" in line] == [caplog.messages[-1]]
    assert caplog.messages[-1] == "Done: streams=2 records=6"
    state = [message for message in messages(stdout) if message["type"] == "STATE"][-1]["value"]
    for name in ("things", "others"):
        bookmark = state["bookmarks"][name]["replication_key_value"]
        assert bookmark == "2026-01-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RefusedError("Nothing there."), ("Nothing there.", "see above")),
        (NoAccessError("No.", "no access"), ("No.", "no access")),
        (
            ValueError("Kari Nordmann"),
            ("things: unexpected ValueError. TAP_", "unexpected ValueError"),
        ),
    ],
)
def test_a_failed_stream_leaves_the_other_complete(
    stdout: Stdout,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    words: tuple[str, str],
) -> None:
    line, reason = words
    monkeypatch.setattr(ListStream, "error", error)
    monkeypatch.setattr(OtherStream, "error", None)

    with caplog.at_level(logging.DEBUG), pytest.raises(SystemExit) as end:
        ListTap(config={}).sync_and_report()

    assert end.value.code == 1
    assert "Traceback" in caplog.text
    told, last = [entry for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert told.getMessage().startswith(line)
    assert last is caplog.records[-1]
    assert last.getMessage() == (
        f"1 of 2 streams failed: things ({reason}). The others are complete; the bookmarks of what "
        "failed are unchanged."
    )
    assert "Nordmann" not in caplog.text
    assert "Done with things" not in caplog.text
    sent = messages(stdout)
    streams = [message["stream"] for message in sent if message["type"] == "RECORD"]
    assert streams == ["others"] * 3 + ["things"] * 3
    state = [message for message in sent if message["type"] == "STATE"][-1]["value"]
    assert "replication_key_value" in state["bookmarks"]["others"]
    assert "replication_key_value" not in state["bookmarks"].get("things", {})


def test_an_unwritable_stdout_ends_the_run(
    stdout: Stdout, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListStream, "error", OutputError("Nobody reads."))

    with pytest.raises(SystemExit) as end:
        ListTap(config={}).sync_and_report()

    assert end.value.code == 1
    assert {m["stream"] for m in messages(stdout) if m["type"] == "SCHEMA"} == {"others"}
    assert caplog.messages[-1] == "Nobody reads."


def tap_with_clock(seconds: float) -> ListTap:
    """Make a tap for which so many seconds pass whenever somebody looks at the clock."""
    times = itertools.count(step=seconds)
    tap = ListTap(config={})
    tap.run.now = lambda: float(next(times))
    return tap


def test_progress_is_logged_every_half_minute(
    stdout: Stdout, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [ROWS[0] | {"id": number} for number in range(7)]
    monkeypatch.setattr("tests.unit.singer.test_stream.ROWS", rows)
    monkeypatch.setattr(ListStream, "counts", lambda _: {"requests": 1, "retries": 0})

    with caplog.at_level(logging.INFO):
        tap_with_clock(11).sync_and_report()

    assert messages(stdout)
    progress = [line for line in caplog.messages if line.endswith("so far")]
    assert progress == [
        f"{name}: records={records} requests=1 so far"
        for name in ("others", "things")
        for records in (3, 6)
    ]


def test_sync_runs_is_the_last_stream(stdout: Stdout, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK sorts streams by name, and this one tells of the others."""
    monkeypatch.setattr(SyncRunsStream, "selected_by_default", True)

    RunsTap(config={}).sync_and_report()

    sent = messages(stdout)
    assert [m["stream"] for m in sent if m["type"] == "SCHEMA"] == ["others", "things", "sync_runs"]
    told = [m["record"]["stream"] for m in sent if m.get("record") and m["stream"] == "sync_runs"]
    assert told == ["others", "things"]


@pytest.mark.parametrize(("why", "expected"), [(None, 1), ("a filter is set", 0)])
def test_activate_version_comes_last(
    stdout: Stdout,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    why: str | None,
    expected: int,
) -> None:
    monkeypatch.setattr(ListStream, "why", why)
    monkeypatch.setattr(ListStream, "replication_key", None)

    ListTap(config={"emit_activate_version_messages": True}).sync_and_report()

    sent = messages(stdout)
    kinds = [m["type"] for m in sent if m.get("stream") == "things"]
    assert kinds == ["SCHEMA", *["RECORD"] * 3, *["ACTIVATE_VERSION"] * expected]
    versions = {m["version"] for m in sent if "version" in m}
    assert len(versions) == 1
    activated = [m["version"] for m in sent if m["type"] == "ACTIVATE_VERSION"]
    assert set(activated) == (versions if expected else set())
    assert None not in versions
    assert ("a filter is set" in caplog.text) is not bool(expected)


@pytest.mark.parametrize(
    ("before", "is_sent", "after"),
    [(None, True, 3), (5, True, 3), (6, False, 6)],
)
def test_activate_version_is_not_sent_if_half_of_the_rows_are_gone(  # noqa: PLR0913
    stdout: Stdout,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    before: int | None,
    after: int,
    *,
    is_sent: bool,
) -> None:
    """A key whose rights shrink looks the same."""
    monkeypatch.setattr(ListStream, "replication_key", None)
    state = {"bookmarks": {"things": {"records": before} if before else {}}}

    with caplog.at_level(logging.INFO):
        ListTap(config={"emit_activate_version_messages": True}, state=state).sync_and_report()

    sent = messages(stdout)
    kinds = [m["type"] for m in sent if m.get("stream") == "things"]
    assert ("ACTIVATE_VERSION" in kinds) == is_sent
    (last,) = [m["value"] for m in sent if m["type"] == "STATE"][-1:]
    assert last["bookmarks"]["things"]["records"] == after
    said = "things: sent ACTIVATE_VERSION: the target keeps the 3 rows" in caplog.text
    assert said == is_sent
    assert ("run once with --full-refresh" in caplog.text) != is_sent


@pytest.mark.parametrize("before", [None, 0])
def test_an_empty_list_is_told_as_such_in_each_run(
    stdout: Stdout,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    before: int | None,
) -> None:
    monkeypatch.setattr(ListStream, "replication_key", None)
    monkeypatch.setattr("tests.unit.singer.test_stream.ROWS", [])
    state = {"bookmarks": {"things": {} if before is None else {"records": before}}}

    ListTap(config={"emit_activate_version_messages": True}, state=state).sync_and_report()

    assert [m for m in messages(stdout) if m["type"] == "ACTIVATE_VERSION"] == []
    (line,) = [line for line in caplog.messages if line.startswith("things: ")]
    assert line.endswith("no row came, which may be a mistake.")


@pytest.mark.parametrize(
    ("bookmark", "after"),
    [
        ("2026-01-01T12:00:00+00:00", "2026-01-02T00:00:00+00:00"),
        ("2026-01-03T00:00:00+00:00", "2026-01-03T00:00:00+00:00"),
    ],
)
def test_a_bookmark_never_moves_back(stdout: Stdout, bookmark: str, after: str) -> None:
    """The time of a row may be unreadable, so that the time of its creation stands for it."""
    before = {"replication_key": "updated_at", "replication_key_value": bookmark}

    ListTap(config={}, state={"bookmarks": {"things": before}}).sync_and_report()

    states = [m["value"]["bookmarks"] for m in messages(stdout) if m["type"] == "STATE"]
    assert {state["things"]["replication_key_value"] for state in states} == {bookmark, after}
    assert states[-1]["things"] == before | {"replication_key_value": after}


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "None"},
        {"__key_properties__": ["updated_at"]},
        {"__key_properties__": ["updated_at"], "updated_at": "updated_at"},
        {"__key_properties__": ["k"], "k": "updated_at"},
    ],
)
def test_a_mapped_row_without_its_key_ends_the_stream(
    stdout: Stdout,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, Any],
) -> None:
    monkeypatch.setattr(ListStream, "replication_key", None)
    rows = [{"id": 1, "updated_at": None, "place": None}]
    monkeypatch.setattr(ListStream, "get_records", lambda *_: iter(rows))

    with pytest.raises(SystemExit):
        ListTap(config={"stream_maps": {"things": fields}}).sync_and_report()

    key = fields.get("__key_properties__", ["id"])[0]
    assert f"things: a row's key, `{key}`, is missing. The stream ends there." in caplog.text
    assert not [m for m in messages(stdout) if m["type"] == "RECORD" and m["stream"] == "things"]


@pytest.mark.parametrize(
    ("expression", "cities"),
    [("{'city': 'Oslo'}", ["Oslo"] * 3), ("None", [None] * 3), ("id and 'Oslo'", [])],
)
def test_text_mapped_onto_a_flattened_object_is_refused(
    stdout: Stdout, caplog: pytest.LogCaptureFixture, expression: str, cities: list[str | None]
) -> None:
    """Its columns would be null, without a word."""
    flattening = {"flattening_enabled": True, "flattening_max_depth": 1}
    tap = ListTap(config={"stream_maps": {"things": {"place": expression}}, **flattening})

    with nullcontext() if cities else pytest.raises(SystemExit):
        tap.sync_and_report()

    records = [m["record"] for m in messages(stdout) if m.get("record") and m["stream"] == "things"]
    assert [record["place__city"] for record in records] == cities
    assert ("it gives a str, and object is declared" in caplog.text) is not bool(cities)
