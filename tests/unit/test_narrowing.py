"""A query parameter that leaves out rows keeps ACTIVATE_VERSION back: targets would delete them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_frontcore.frontcore.filters import Span
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY

if TYPE_CHECKING:
    from tap_frontcore.streams.base import FrontcoreStream

LEAVE_NO_ROW_OUT = {"include[]", "order_by", "exported"}
"""They add to rows, put them in order, or ask for those that the API would leave out itself."""


def every_setting() -> dict[str, Any]:
    """Give a value to every setting that may be a query parameter: no secret, and no default."""
    config: dict[str, Any] = {"api_key": API_KEY}
    for name, field in TapFrontcore.config_jsonschema["properties"].items():
        is_other_text = "string" in field["type"] and bool({"secret", "default"} & field.keys())
        if "object" in field["type"] or is_other_text:
            continue
        if field.get("format") == "date-time":
            config[name] = "2021-01-01" if name.endswith(("_max", "end_date")) else "2020-01-01"
        elif "enum" in field:
            config[name] = field["enum"][0]
        elif "boolean" in field["type"]:
            config[name] = True
        else:
            config[name] = "text" if "string" in field["type"] else field.get("maximum", 1000)
    return config


@pytest.mark.parametrize("name", [stream.name for stream in STREAMS])
def test_a_query_parameter_narrows_a_list_or_leaves_no_row_out(name: str) -> None:
    stream = cast("FrontcoreStream", TapFrontcore(config=every_setting()).streams[name])
    there = f"{inspect.getsourcefile(type(stream))}:{inspect.getsourcelines(type(stream))[1]}"

    sent = {parameter for query in stream.queries(Span()) for parameter in query.filters}

    assert sent >= {*stream.narrowed_by}
    assert bool(stream.narrowed_by) == bool(stream.doubts())
    for parameter in sent - {*stream.narrowed_by} - LEAVE_NO_ROW_OUT:
        pytest.fail(
            f"{there}: name {parameter} in `narrowed_by`, or here in LEAVE_NO_ROW_OUT if it does so"
        )
