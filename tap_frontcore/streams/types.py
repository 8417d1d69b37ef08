"""Types and fields that several schemas share."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from tap_frontcore.singer.privacy import ALWAYS, KEYWORD, NO
from tap_frontcore.singer.records import ADDITIONAL_COLUMN

ANY_OBJECT = th.CustomType({"type": ["object", "null"]})
"""An object with parts that are unknown, or chosen by the account."""

ANY_LIST = th.CustomType(
    {
        "type": ["array", "null"],
        "items": {
            "type": ["object", "string", "null"],
            "properties": {},
            "additionalProperties": True,
        },
    },
)
"""Nobody documents the items: an object stays one, all else becomes text. The SDK, in
target-snowflake, reads `properties` of items and drops others without `additionalProperties`."""

ID_AND_TITLE = th.ObjectType(
    th.Property("id", th.StringType, description="Frontcore's id"),
    th.Property("title", th.StringType, description="Name, in the account's language"),
)


def column(
    name: str,
    kind: th.JSONTypeHelper[Any] | type[th.JSONTypeHelper[Any]],
    personal: str | dict[str, Any],
    description: str,
    *,
    required: bool = False,
) -> th.Property[Any]:
    """Declare a column: its name, its type, what it has of persons, and what it is.

    What it has of persons is a word of `singer.privacy`, such as PRIVATE; for an object that is
    documented in part, a word for each part that is known.
    """
    mark: dict[str, Any] = {KEYWORD: personal}
    return th.Property(name, kind, required, description=description, **mark)


def parts(names: str) -> dict[str, Any]:
    """Say that the named parts of an object, such as `"id title"`, are of no person."""
    return dict.fromkeys(names.split(), NO)


ID = column("id", th.IntegerType, NO, "Frontcore's id", required=True)
CREATED_AT = column("created_at", th.DateTimeType, NO, "When it was created, in UTC")
UPDATED_AT = column(
    "updated_at",
    th.DateTimeType,
    NO,
    "When it last changed, in UTC. Frontcore's null until the first edit becomes created_at",
)
CUSTOM_PROPERTIES = column(
    "custom_properties", ANY_OBJECT, ALWAYS, "The account's own fields, by name"
)


def schema_of(*properties: th.Property[Any]) -> dict[str, Any]:
    """Make a stream's schema, with the column for what no property covers."""
    schema = th.PropertiesList(
        *properties,
        column(
            ADDITIONAL_COLUMN,
            ANY_OBJECT,
            ALWAYS,
            "What Frontcore sent and no column takes, by field, as it was sent",
        ),
    ).to_dict()
    schema.pop("$schema", None)  # the SDK's; targets of Draft 4 refuse a stream with it
    return schema
