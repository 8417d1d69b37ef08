"""Types and fields that several schemas share."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

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

ID = th.Property("id", th.IntegerType, required=True, description="Frontcore's id")
CREATED_AT = th.Property("created_at", th.DateTimeType, description="When it was created, in UTC")
UPDATED_AT = th.Property(
    "updated_at",
    th.DateTimeType,
    description=(
        "When it last changed, in UTC. Frontcore's null until the first edit becomes created_at"
    ),
)
CUSTOM_PROPERTIES = th.Property(
    "custom_properties", ANY_OBJECT, description="The account's own fields, by name"
)


def schema_of(*properties: th.Property[Any]) -> dict[str, Any]:
    """Make a stream's schema, with the column for what no property covers."""
    schema = th.PropertiesList(
        *properties,
        th.Property(
            ADDITIONAL_COLUMN,
            ANY_OBJECT,
            description="What Frontcore sent and no column takes, by field, as it was sent",
        ),
    ).to_dict()
    schema.pop("$schema", None)  # the SDK's; targets of Draft 4 refuse a stream with it
    return schema
