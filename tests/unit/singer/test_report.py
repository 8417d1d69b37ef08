"""The words about a run."""

from __future__ import annotations

import logging

import pytest

from tap_frontcore.singer.report import Run, listed
from tap_frontcore.singer.writer import MessageWriter

UNCHANGED = ". The others are complete; the bookmarks of what failed are unchanged."


def test_zeros_are_left_out() -> None:
    assert listed({"requests": 3, "retries": 0, "bookmark": None}) == "requests=3"
    assert listed({}) == ""


@pytest.mark.parametrize(
    ("complete", "failures", "line"),
    [
        (["a"], {}, "Done: streams=1 records=2000 requests=9 seconds=9.0"),
        (["a", "b"], {}, "Done: streams=2 records=4000 requests=18 seconds=9.0"),
        ([], {}, "Done: seconds=9.0"),
        (["a"], {"b": "no access"}, f"1 of 2 streams failed: b (no access){UNCHANGED}"),
        (
            ["a", "b"],
            {"c": "no access", "d": "refused", "e": "no access"},
            f"3 of 5 streams failed: c, e (no access); d (refused){UNCHANGED}",
        ),
        ([], {"a": "refused"}, "No stream could be read to its end: a (refused)."),
        ([], {"a": "x", "b": "y"}, "No stream could be read to its end: a (x); b (y)."),
    ],
)
def test_the_last_line_counts_or_names_what_failed(
    complete: list[str], failures: dict[str, str], line: str
) -> None:
    counts = {"records": 2000, "requests": 9, "retries": 0}
    rows = [{"stream": name, "failure": failures.get(name)} for name in [*complete, *failures]]
    run = Run(MessageWriter(), 1)
    run.failures, run.rows = failures, [row if row["failure"] else row | counts for row in rows]

    level = logging.ERROR if failures else logging.INFO
    assert run.end("Done", 9.0) == (level, line)
