"""No text of a person leaves the tap, whatever comes and whatever a stream map makes of it."""

from __future__ import annotations

import io
import logging
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import requests_mock
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, KEYWORD, PERSON, PRIVATE
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests.support.cli import catalog_with, config_for
from tests.support.fuzz import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn, SearchStrategy

SECRET = "Ragnhild@Hemmelig.example"  # noqa: S105  # an email address
MODES: list[dict[str, Any]] = [
    {"personal_data": "omit"},
    {"personal_data": "hash", "personal_data_salt": "et langt og tilfeldig salt"},
]
FLATTENING: list[dict[str, Any]] = [{}, {"flattening_enabled": True, "flattening_max_depth": 1}]

PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "plain"])
NAMES = st.sampled_from(["by", "email", "name", "0", SECRET])
ANY = st.recursive(
    PLAIN | st.just(SECRET), lambda it: st.lists(it, max_size=2) | st.dictionaries(NAMES, it)
)
UNKNOWN = st.dictionaries(st.sampled_from(["by", "who", SECRET]), ANY, max_size=2)
OF_NOBODY = PLAIN | UNKNOWN | st.lists(UNKNOWN, max_size=2)


def values_of(field: dict[str, Any], *, of_company: bool) -> SearchStrategy[Any]:
    """Draw a column's value, with a person wherever one can be by what the column declares."""
    mark = field[KEYWORD]
    if mark in (ALWAYS, EMAIL) or (mark == PRIVATE and not of_company):
        return ANY
    names = mark if isinstance(mark, dict) else field.get("properties", ())
    parts = {name: ANY if name == "email" and mark == PERSON else OF_NOBODY for name in names}
    known: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({}, optional=parts)
    return OF_NOBODY | st.builds(lambda one, other: other | one, known, UNKNOWN)


@st.composite
def rows(draw: DrawFn, stream: Any) -> list[dict[str, Any]]:
    """Draw rows with times and a key, and else with odd ones."""
    drawn = []
    for number in range(1, 4):
        of_company = draw(st.booleans())
        row = {
            name: draw(values_of(field, of_company=of_company))
            for name, field in stream.schema["properties"].items()
        }
        row |= draw(st.dictionaries(st.sampled_from(["mobile", "created_by", SECRET]), ANY))
        row |= dict.fromkeys(("created_at", "updated_at"), "2024-01-31T10:00:00+01:00")
        kind = "Company" if of_company else draw(st.sampled_from(["Private", None, [SECRET]]))
        drawn.append(row | {"type": kind, stream.primary_keys[0]: number})
    return drawn


@st.composite
def maps(draw: DrawFn, stream: Any) -> dict[str, Any]:
    """Draw a stream map that copies and renames, and reads all that there is."""
    stay = [
        name
        for name, field in stream.schema["properties"].items()
        if field[KEYWORD] not in (ALWAYS, EMAIL, PERSON)
    ]
    column = st.sampled_from(stay)
    expression = st.one_of(
        st.sampled_from(["record", "str(record)", "json.dumps(record)", "str(_)", "_", "self"]),
        st.builds("str({})".format, column),
        st.builds("_['{}']".format, column),
        st.sampled_from(["record['email']", "record.get('note')", "str(self)", "None"]),
        column,
    )
    fields = draw(st.dictionaries(column | st.just("new"), expression, max_size=3))
    if draw(st.booleans()):
        fields |= {"__else__": None, **{name: name for name in stream.primary_keys}}
    copy = {"__source__": stream.name, **fields}
    return draw(st.sampled_from([{stream.name: fields}, {"copy": copy}]))


@contextmanager
def output() -> Iterator[io.BytesIO]:
    """Take what is written to stdout, and what is logged at any level."""
    taken, stdout, root = io.BytesIO(), sys.stdout, logging.getLogger()
    log = logging.StreamHandler(io.TextIOWrapper(taken, write_through=True))
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    sys.stdout = io.TextIOWrapper(taken, write_through=True)
    try:
        yield taken
    finally:
        for wrapper in (sys.stdout, log.stream):
            wrapper.detach()
        sys.stdout = stdout
        root.removeHandler(log)
        root.setLevel(level)


@settings(max_examples=examples(20))
@given(st.data(), st.sampled_from(STREAMS), st.sampled_from(MODES), st.sampled_from(FLATTENING))
def test_nobody_is_named(data: Any, stream: Any, mode: Any, flattening: Any) -> None:
    config = config_for("http://127.0.0.1:9/v2", **mode, **flattening)
    if data.draw(st.booleans()):
        config["stream_maps"] = data.draw(maps(stream))
    sent = data.draw(rows(stream))

    with requests_mock.Mocker() as server, output() as taken:
        server.get(requests_mock.ANY, json=sent)
        with suppress(ConfigurationError):  # told before the first request
            TapFrontcore(config=config, catalog=catalog_with(stream.name)).sync_all()

    text = taken.getvalue().decode().casefold()
    assert "hemmelig" not in text
    assert config.get("stream_maps") or text.count('"type":"record"') == len(sent)
