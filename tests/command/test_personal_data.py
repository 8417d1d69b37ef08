"""What a user leaves out or changes is nowhere to be found in what the command prints.

One test for each door by which it could come, with rows in which a person stands at every place
where one can stand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override
from werkzeug import Request, Response

from tests.fake_frontcore import FakeFrontcore, generate_customers
from tests.fake_frontcore.rows import customer
from tests.support.cli import Run, catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from tests.conftest import Serving

NAME, EMAIL = "Ragnhild Tverrfjellet", "ragnhild@hemmelig.example"
PHONE, STREET = "+47 94 85 76 21", "Hemmeligveien 77"
PERSON = (NAME, EMAIL, PHONE, STREET)

PERSONAL = ("title", "email", "phone", "employees", "invoice_address")
"""The fields of the rows below that say something of the person."""

DEBUG = {"TAP_FRONTCORE_LOGLEVEL": "DEBUG"}
HASH = "str(sha256(config['salt'] + str(self)))"
"""Of any field: its declared type gives way to text, since it begins with `str(`."""


def persons() -> FakeFrontcore:
    """Make an account of three customers, all of them the same person."""
    plain = customer(1003) | {"title": NAME, "email": EMAIL, "phone": PHONE, "type": "Private"}
    plain["employees"] = [{"id": 1, "firstname": NAME}]
    plain["invoice_address"] |= {"address": STREET}
    unknown_part = plain | {"id": 1002}
    unknown_part["invoice_address"] = plain["invoice_address"] | {"mail": EMAIL, NAME: PHONE}
    # The first of the list, which is the one that `--test` reads.
    misfit = plain | {"id": 1001, "invoice_address": [STREET, EMAIL], "employees": NAME}
    return FakeFrontcore([misfit, unknown_part, plain], [])


def assert_nobody_is_named(run: Run) -> None:
    for text in PERSON:
        assert text not in run.stdout + run.stderr
    assert len(run.records()) in {1, 3}, run.stderr


def test_a_person_who_is_not_masked_is_found(serving: Serving) -> None:
    """The other tests would find it."""
    run = run_tap(config_for(serving(persons())), env=DEBUG)

    assert all(text in run.stdout for text in PERSON)
    assert not any(text in run.stderr for text in PERSON)


@pytest.mark.parametrize("flattened", [False, True])
@pytest.mark.parametrize("deselected", [PERSONAL, (*PERSONAL[:-1], "address")])  # or a part of it
def test_deselected_fields_are_in_no_output(
    serving: Serving, deselected: tuple[str, ...], *, flattened: bool
) -> None:
    config = config_for(
        serving(persons()), flattening_enabled=flattened, flattening_max_depth=int(flattened)
    )

    run = run_tap(config, catalog=catalog_with("customers", deselected=deselected), env=DEBUG)

    assert_nobody_is_named(run)


@pytest.mark.parametrize("flattened", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        dict.fromkeys(PERSONAL),
        dict.fromkeys(PERSONAL, HASH),
        {
            "__else__": None,
            "id": "id",
            "orgnr": "orgnr",
            "additional_properties": "additional_properties",
        },
    ],
    ids=["null", "hash", "all others"],
)
def test_mapped_fields_are_in_no_output(
    serving: Serving, fields: dict[str, Any], *, flattened: bool
) -> None:
    config = config_for(
        serving(persons()),
        stream_maps={"customers": fields},
        stream_map_config={"salt": "pepper", "rounds": 5},
        flattening_enabled=flattened,
        flattening_max_depth=int(flattened),
    )

    run = run_tap(config, env=DEBUG)

    assert run.code == 0, run.stderr
    assert_nobody_is_named(run)
    assert not any(record["additional_properties"] for record in run.records())
    assert "`employees` is text that is not an array. It is left out." in run.stderr


class QuotingFrontcore(FakeFrontcore):
    """Refuses customers, and repeats one of them in its error."""

    @override
    def _answer(self, request: Request, stream: str | None) -> Response:
        row = self.tables["customers"][1003]
        body = json.dumps({"error": {"message": "Not valid", "customer": row}})
        return Response(body, 400, content_type="application/json")


def test_a_row_in_an_error_is_not_logged(serving: Serving) -> None:
    fake = QuotingFrontcore(persons().tables["customers"].values(), [])

    run = run_tap(config_for(serving(fake)), catalog=catalog_with("customers"), env=DEBUG)

    assert run.code == 1
    assert "No stream could be read to its end: customers (request rejected)." in run.errors[-1]
    assert not any(text in run.stdout + run.stderr for text in PERSON)


@pytest.mark.parametrize(
    "stream_maps",
    [
        {"cust*": dict.fromkeys(PERSONAL)},
        {"customers": {"__alias__": "people", **dict.fromkeys(PERSONAL)}},
        {"customers": None, "people": {"__source__": "customers", **dict.fromkeys(PERSONAL)}},
    ],
    ids=["a pattern", "an alias", "a source"],
)
def test_maps_by_pattern_alias_and_source_mask(
    serving: Serving, stream_maps: dict[str, Any]
) -> None:
    run = run_tap(config_for(serving(persons()), stream_maps=stream_maps), env=DEBUG)

    assert run.code == 0, run.stderr
    assert not any(text in run.stdout + run.stderr for text in PERSON)
    assert len([message for message in run.messages if message["type"] == "RECORD"]) == 3


def test_test_masks_as_a_run_does(serving: Serving) -> None:
    maps = {"customers": dict.fromkeys(PERSONAL)}

    run = run_tap(config_for(serving(persons()), stream_maps=maps), "--test", env=DEBUG)

    assert_nobody_is_named(run)


@pytest.mark.parametrize(
    ("field", "expression", "failure"),
    [
        ("title", "int(title)", "(ValueError) where title is str"),
        ("__filter__", "int(email) > 1", "(ValueError) where email is str"),
        ("note", "sha256(emial)", "(NameNotDefined)"),
        (
            "duedate_days",
            "duedate_days / 1000",
            "(it gives a float, and integer is declared; write int(…)) where duedate_days is int",
        ),
    ],
)
def test_a_failing_expression_is_named_without_its_value(
    serving: Serving, field: str, expression: str, failure: str
) -> None:
    maps = {"customers": dict.fromkeys(PERSONAL) | {field: expression}}

    run = run_tap(config_for(serving(persons()), stream_maps=maps), env=DEBUG)

    assert run.code == 1
    line, last = run.errors
    assert "1 of 4 streams failed: customers (its stream map)." in last
    assert "The stream map of customers can't be applied to a row: " in line
    assert f"`{field}: {expression}` fails {failure}. Correct it in stream_maps." in line
    assert not any(text in run.stdout + run.stderr for text in PERSON)


def test_the_result_of_a_filter_is_not_logged(serving: Serving) -> None:
    maps = {"customers": {"__filter__": "email", **dict.fromkeys(PERSONAL)}}

    run = run_tap(config_for(serving(persons()), stream_maps=maps), env=DEBUG)

    assert_nobody_is_named(run)


@pytest.mark.parametrize(
    ("stream_maps", "line"),
    [
        ({"__else__": "x"}, "Undefined transform for '__else__'"),
        *(
            ({"customers": {"__alias__": alias}}, "a stream's name, must have a letter.")
            for alias in ("None", "[1]", "'-'")
        ),
        ({"customers": {"__alias__": "1 / 0"}}, "can't be evaluated (ZeroDivisionError)."),
        ({"-": {"__source__": "customers"}}, "a stream's name, must have a letter."),
        (
            {"customers": {"__alias__": "people"}, "customer_contacts": {"__alias__": "people"}},
            "By stream_maps, 2 streams go out as people. Give each another name.",
        ),
    ],
)
def test_an_invalid_stream_map_is_refused_before_the_first_request(
    serving: Serving, stream_maps: dict[str, Any], line: str
) -> None:
    fake = persons()

    run = run_tap(config_for(serving(fake), stream_maps=stream_maps), env=DEBUG)

    assert run.code == 1
    assert len(run.errors) == 1
    assert line in run.errors[0]
    assert run.stdout == ""
    assert fake.asked == []


def test_a_map_for_all_streams_is_held_against_those_that_are_selected(serving: Serving) -> None:
    """Of the others, `course_dates` has another key, and `admin_users` loses its own."""
    maps = {"c*": {"id": "id", "__else__": None}, "admin_users": {"id": None}, "admin*": {"x": "1"}}

    run = run_tap(config_for(serving(persons()), stream_maps=maps))

    assert run.code == 0, run.stderr
    assert [list(record) for record in run.records()] == [["id"]] * 3


def test_a_key_that_only_a_catalog_knows_is_not_removed_in_silence(serving: Serving) -> None:
    catalog = catalog_with("customers")
    (customers,) = (it for it in catalog["streams"] if it["stream"] == "customers")
    customers["key_properties"] = ["id", "orgnr"]
    maps = {"*": {"id": "id", "__else__": None}}

    run = run_tap(config_for(serving(persons()), stream_maps=maps), catalog=catalog)

    assert run.code == 1
    assert "`__else__` removes the key: add `orgnr: orgnr`, in a map for customers" in run.errors[0]


def test_a_field_that_a_catalog_deselects_is_meant_if_it_is_declared(serving: Serving) -> None:
    fake = FakeFrontcore([customer(1001) | {"created_by": NAME}], [])
    catalog = catalog_with("customers")
    (customers,) = (it for it in catalog["streams"] if it["stream"] == "customers")
    crumb = ["properties", "created_by"]
    customers["metadata"].append({"breadcrumb": crumb, "metadata": {"selected": False}})

    refused = run_tap(config_for(serving(fake)), catalog=catalog)
    customers["schema"]["properties"]["created_by"] = {}
    run = run_tap(config_for(serving(fake)), catalog=catalog)

    (line,) = refused.errors
    assert line.endswith(
        "The catalog deselects created_by of customers. Did you mean created_at? If not, declare "
        'it in the schema: `"created_by": {}`.'
    )
    assert run.code == 0, run.stderr
    assert "created_by" not in run.records()[0]
    assert NAME not in run.stdout + run.stderr


def test_a_copy_has_the_time_of_its_original(serving: Serving) -> None:
    maps = {"people": {"__source__": "customers", "__filter__": "id > 1001"}}

    run = run_tap(config_for(serving(persons()), stream_maps=maps))

    records = [message for message in run.messages if message["type"] == "RECORD"]
    times = {(it["record"]["id"], it["time_extracted"]) for it in records}
    assert [it["stream"] for it in records].count("people") == 2
    assert len(times) == 3


@pytest.mark.parametrize(
    ("stream_maps", "activated"),
    [
        ({"customers": {"__alias__": "people"}}, ["people"]),
        ({"customers": {"__filter__": "id > 1001"}}, []),
        ({"few": {"__source__": "customers", "__filter__": "id > 1001"}}, ["customers"]),
        ({"customers": None, "all": {"__source__": "customers"}}, ["all"]),
    ],
)
def test_activate_version_is_sent_only_if_no_filter_is_set(
    serving: Serving, stream_maps: dict[str, Any], activated: list[str]
) -> None:
    fake = FakeFrontcore(generate_customers(30), [])
    config = config_for(serving(fake), stream_maps=stream_maps, emit_activate_version_messages=True)

    run = run_tap(config, catalog=catalog_with("customers", replication_method="FULL_TABLE"))

    assert run.code == 0, run.stderr
    found = [m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"]
    assert found == activated
    warnings = [line for line in run.stderr.splitlines() if "not sending ACTIVATE_VERSION" in line]
    assert len(warnings) == sum("__filter__" in (fields or {}) for fields in stream_maps.values())
    assert all("its stream map has a filter" in line for line in warnings)


def test_mapped_values_keep_the_declared_type_unless_str_wraps_them(serving: Serving) -> None:
    maps = {"customers": {"orgnr": "int(orgnr) if orgnr else None", "duedate_days": "str(self)"}}
    fake = FakeFrontcore(generate_customers(3), [])

    run = run_tap(config_for(serving(fake), stream_maps=maps))

    (schema,) = [
        m["schema"] for m in run.messages if m["type"] == "SCHEMA" and m["stream"] == "customers"
    ]
    assert schema["properties"]["orgnr"]["type"] == ["integer", "null"]
    assert schema["properties"]["duedate_days"]["type"] == ["string", "null"]
    assert all(isinstance(record["duedate_days"], str) for record in run.records())
