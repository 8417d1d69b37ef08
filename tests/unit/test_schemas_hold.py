"""Whatever goes out fits the SCHEMA message before it, whatever comes."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import Any

import pytest
import requests_mock
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import generate_customers
from tests.support.cli import Run, config_for, discovered

CONFIG = config_for("http://127.0.0.1:9/v2")
VALUES: list[Any] = [
    *(None, True, 0, -7, 2**70, 1.5, 1e300, "", "x", "12", "Æ\u0000", "2024-01-31", "1e5", [], {}),
    *([1, None], [{"a": 1}], {"a": {"b": [1]}}, {"city": 5}, "2024-01-31T10:00:00.1234567Z"),
]
TYPES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": ["string", "null"], "maxLength": 2},
    {"type": "integer"},
    {"type": ["number", "null"]},
    {"type": "boolean"},
    {"type": ["string", "null"], "format": "date-time"},
    {"type": "object", "properties": {"a": {"type": "string"}}},
    {"type": ["object", "string", "null"]},
    {"type": "array", "items": {"type": ["object", "null"]}},
    {},
]
EXPRESSIONS = ["title", "str(id)", "id / 7", "duedate_days", "md5(str(id))", "None", "float('nan')"]


def catalog_of(chance: random.Random) -> dict[str, Any]:
    """Make a catalog in which a user has declared some fields in another way."""
    catalog: dict[str, Any] = json.loads(discovered())
    catalog["streams"] = [it for it in catalog["streams"] if it["tap_stream_id"] == "customers"]
    properties = catalog["streams"][0]["schema"]["properties"]
    for name in chance.sample(sorted(properties.keys() - {"id", "updated_at"}), 5):
        properties[name] = chance.choice(TYPES)
    properties["own"] = chance.choice(TYPES)
    return catalog


@pytest.mark.parametrize("seed", range(100))
def test_each_record_is_valid_by_its_schema(
    seed: int, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = generate_customers(5, odd=True)
    names = [*sorted(rows[0].keys() - {"id"}), "own", "unknown"]
    for row in rows:
        row |= {name: chance.choice(VALUES) for name in chance.sample(names, 8)}
    config = dict(CONFIG)
    if seed % 3 == 0:
        fields = {name: chance.choice(EXPRESSIONS) for name in chance.sample(names, 2)}
        config["stream_maps"] = {"customers": fields}
    if seed % 4 == 0:
        config |= {"flattening_enabled": True, "flattening_max_depth": 1}

    with requests_mock.Mocker() as server:
        server.get(requests_mock.ANY, json=rows)
        with suppress(ConfigurationError):  # told before the first request
            TapFrontcore(config=config, catalog=catalog_of(chance)).sync_all()

    run = Run(0, capsysbinary.readouterr().out.decode(), "")
    records = [message for message in run.messages if message["type"] == "RECORD"]
    assert records or seed % 3 == 0 or seed % 4 == 0, "only a map, or flattening, may end a stream"
    run.check()
