"""What the setting `personal_data` lets pass of a row, whatever comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, KEYWORD, NO, PERSON, PRIVATE, Privacy

HASH = {"personal_data": "hash", "personal_data_salt": "et langt og tilfeldig salt"}
OMIT = {"personal_data": "omit"}
TEXT, OBJECT = {"type": ["string", "null"]}, {"type": ["object", "null"]}
LIST = {"type": ["array", "null"], "items": {"type": ["object", "string", "null"]}}
ADDRESS = OBJECT | {"properties": {"city": TEXT, "zipcode": TEXT}}
SCHEMA: dict[str, Any] = {
    "properties": {
        "id": {"type": ["integer"], KEYWORD: NO},
        "kind": TEXT | {KEYWORD: NO},
        "name": TEXT | {KEYWORD: PRIVATE},
        "address": ADDRESS | {KEYWORD: PRIVATE},
        "country": ADDRESS | {KEYWORD: NO},
        "email": TEXT | {KEYWORD: EMAIL},
        "note": TEXT | {KEYWORD: ALWAYS},
        "user": OBJECT | {KEYWORD: PERSON},
        "course": OBJECT | {KEYWORD: {"id": NO, "place": {"id": NO}}},
        "tags": LIST | {KEYWORD: {"id": NO}},
        "roles": {"type": ["array", "null"], "items": {"type": ["integer"]}, KEYWORD: NO},
        "undecided": TEXT,
    }
}
KARI = "kari@example.com"
HASHED = "aaca1f5b0b303408e238abade29a6aaf06debedf37d3e85f8dbd22a920c3541a"
"""By `printf '%s' 'et langt og tilfeldig saltkari@example.com' | sha256sum`."""


def masked(row: dict[str, Any], settings: dict[str, str] = HASH) -> dict[str, Any]:
    """Return what passes of a row, in which `kind` tells companies."""
    result: dict[str, Any] = Privacy(SCHEMA, settings, ("kind", "Company")).mask(row)
    return result


def test_an_email_is_hashed_without_its_case_and_edges() -> None:
    hashes = {masked({"email": it})["email"] for it in (KARI, " Kari@Example.COM\n")}

    assert hashes == {HASHED}
    assert [masked({"email": it})["email"] for it in ("", " ", None, 7, [KARI])] == [None] * 5


@pytest.mark.parametrize(
    ("row", "by_hash", "by_omit"),
    [
        ({"id": 1}, {"id": 1}, {"id": 1}),
        ({"note": "x", "undecided": "x", "unknown": "x"}, {}, {}),
        ({"email": KARI}, {"email": HASHED}, {}),
        ({"user": {"id": 7, "email": KARI, "firstname": "Kari"}},) * 2 + ({},),
        ({"user": KARI}, {"user": None}, {}),
        ({"user": {"id": {"x": 1}}}, {"user": {"id": None}}, {}),
        *(
            (row, expected, expected)
            for row, expected in [
                ({"name": "Kari"}, {}),
                ({"kind": "Private", "name": "Kari"}, {"kind": "Private"}),
                ({"kind": "company", "address": {"city": "Moss"}}, {"kind": "company"}),
                ({"kind": ["Company"], "name": "Kari"}, {"kind": None}),
                ({"kind": "Company", "name": "Bygg AS"}, {"kind": "Company", "name": "Bygg AS"}),
                ({"country": {"city": "Moss", "by": "Kari"}}, {"country": {"city": "Moss"}}),
                ({"country": {"city": {"by": "Kari"}}}, {"country": {"city": None}}),
                ({"country": []}, {"country": []}),
                ({"country": ["Kari"]}, {"country": None}),
                ({"country": "Kari"}, {"country": None}),
                (
                    {"course": {"id": 1, "place": {"id": 2, "by": "Kari"}, "by": "Kari"}},
                    {"course": {"id": 1, "place": {"id": 2}}},
                ),
                ({"course": {"id": ["Kari"]}}, {"course": {"id": None}}),
                ({"course": {"place": "Kari"}}, {"course": {"place": None}}),
                (
                    {"tags": ["a", {"id": 1, "by": "Kari"}, ["Kari"], None]},
                    {"tags": ["a", {"id": 1}, None, None]},
                ),
                ({"tags": {"0": "a", "2": "b"}}, {"tags": ["a", "b"]}),
                ({"tags": {"by": "Kari"}}, {"tags": None}),
                ({"tags": "Kari"}, {"tags": None}),
                ({"roles": [1, 2]}, {"roles": [1, 2]}),
                ({"roles": [{"by": "Kari"}]}, {"roles": [None]}),
            ]
        ),
    ],
)
def test_what_passes(row: dict[str, Any], by_hash: dict[str, Any], by_omit: dict[str, Any]) -> None:
    if by_hash is row:
        by_hash = {"user": {"id": 7, "email": HASHED}}

    assert masked(row) == by_hash
    assert masked(row, OMIT) == by_omit


SECRET = "Kari Nordmann"  # noqa: S105  # a name
PLAIN = st.none() | st.booleans() | st.integers() | st.just("plain")
ANY = st.recursive(
    PLAIN | st.just(SECRET),
    lambda it: (
        st.lists(it, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "email", "city", "place", "0", SECRET]), it)
    ),
)
WITHIN = st.dictionaries(st.sampled_from(["by", "email", SECRET]), ANY)
"""An object, of which no part is known."""

ROWS = st.fixed_dictionaries(
    {"id": PLAIN | WITHIN, "kind": PLAIN | WITHIN},
    optional={
        **dict.fromkeys(("name", "address", "email", "note", "undecided", "unknown", SECRET), ANY),
        "country": WITHIN | st.lists(ANY) | st.just(SECRET),
        "user": ANY.filter(lambda it: not (isinstance(it, dict) and it.get("id") == SECRET)),
        "course": WITHIN | st.fixed_dictionaries({"id": WITHIN, "place": WITHIN}),
        "tags": st.lists(PLAIN | WITHIN | st.lists(ANY)),
        "roles": st.lists(PLAIN | WITHIN),
    },
)


@given(ROWS, st.sampled_from([HASH, OMIT]))
def test_no_text_of_a_person_passes(row: dict[str, Any], settings: dict[str, str]) -> None:
    """A text stands where texts are of nobody, or else in what nobody knows."""
    assert SECRET not in json.dumps(masked(row, settings))
