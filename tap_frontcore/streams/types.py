"""What the schemas of several lists share."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

from tap_frontcore.singer.records import ADDITIONAL_COLUMN

ANY_OBJECT = th.CustomType({"type": ["object", "null"]})
"""An object of which not all parts are known, or of which the account chooses them."""

ANY_LIST = th.CustomType(
    {
        "type": ["array", "null"],
        "items": {
            "type": ["object", "string", "null"],
            # The SDK's conforming, which target-snowflake calls, ends with a KeyError without the
            # one, and empties the objects without the other.
            "properties": {},
            "additionalProperties": True,
        },
    },
)
"""Nobody documents its items: an object stays one, all else is text."""

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
    """Make a stream's schema, with the column for what the properties don't cover.

    The SDK adds `$schema`, for which targets of Draft 4 refuse a stream.
    """
    schema = th.PropertiesList(
        *properties,
        th.Property(
            ADDITIONAL_COLUMN,
            ANY_OBJECT,
            description="What Frontcore sent and no column takes, by field, as it was sent",
        ),
    ).to_dict()
    schema.pop("$schema", None)
    return schema
