"""The words about a run."""

from __future__ import annotations

import logging

import pytest

from tap_frontcore.singer.report import RunReport, counted, listed

UNCHANGED = "; the bookmarks of what failed are unchanged."


@pytest.mark.parametrize(
    ("number", "things", "text"),
    [
        (0, "records", "0 records"),
        (1, "requests", "1 request"),
        (1, "retries", "1 retry"),
        (2, "retries", "2 retries"),
        (1_234_567, "records", "1 234 567 records"),
    ],
)
def test_a_count_in_words(number: int, things: str, text: str) -> None:
    assert counted(number, things) == text


def test_zeros_say_nothing() -> None:
    assert listed({"requests": 3, "retries": 0}) == "3 requests"
    assert listed({}) == ""


def report_of(complete: tuple[str, ...], failures: dict[str, str]) -> RunReport:
    report = RunReport()
    for name in complete:
        report.complete(name)
        report.count({"records": 2000, "requests": 9, "retries": 0})
    for name, reason in failures.items():
        report.fail(name, reason)
    return report


@pytest.mark.parametrize(
    ("complete", "failures", "line"),
    [
        (("a",), {}, "1 list, 2 000 records, 9 requests, 9.0 s"),
        (("a", "b"), {}, "2 lists, 4 000 records, 18 requests, 9.0 s"),
        ((), {}, "0 lists, 0 records, 9.0 s"),
        (
            ("a",),
            {"b": "no access"},
            f"1 of 2 lists failed: b (no access). The other one is complete{UNCHANGED}",
        ),
        (
            ("a", "b"),
            {"c": "no access", "d": "refused", "e": "no access"},
            "3 of 5 lists failed: c, e (no access); d (refused). The other 2 are complete"
            + UNCHANGED,
        ),
        ((), {"a": "refused"}, "No list could be read to its end: a (refused)."),
        ((), {"a": "no key", "b": "no key"}, "No list could be read to its end: no key."),
        ((), {"a": "x", "b": "y"}, "No list could be read to its end: a (x); b (y)."),
    ],
)
def test_the_last_line_of_a_run(
    complete: tuple[str, ...], failures: dict[str, str], line: str
) -> None:
    level = logging.ERROR if failures else logging.INFO
    assert report_of(complete, failures).end_of_run(9.04) == (level, line)


@pytest.mark.parametrize(
    ("complete", "failures", "line"),
    [
        (("a", "b"), {}, "The key works: 2 of 2 lists answered."),
        (
            ("a",),
            {"b": "no access"},
            "The key works, but only 1 of 2 lists answered: b (no access).",
        ),
        ((), {"a": "no key", "b": "no key"}, "No list answered: no key."),
    ],
)
def test_the_last_line_of_a_test(
    complete: tuple[str, ...], failures: dict[str, str], line: str
) -> None:
    level = logging.ERROR if failures else logging.INFO
    assert report_of(complete, failures).end_of_test() == (level, line)
