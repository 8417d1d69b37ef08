"""What a catalog may change of a stream's declaration.

Meltano keeps the catalog that it once discovered, and passes it on after an upgrade too. So a
catalog says which fields there are; how a field is declared is for the tap to say, which may
have learned better since. What a user has written into it holds all the same: another type, for
instance a number for what Frontcore doesn't document, the parts of an object, a field of one's
own, or a hint to the target such as `x-sql-datatype`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Metadata, Schema

from tap_frontcore.singer.names import escaped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk.singerlib import CatalogEntry, MetadataMapping

    from tap_frontcore.singer.fields import Path

JSONSchema = dict[str, Any]

JSON_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}

_ADDITIONS = (
    "additionalProperties",
    "maxLength",
    "properties",
    "title",
    "x-sql-datatype",
    "x-sql-datatype-properties",
)
"""What a catalog may add to a field that the tap declares without it."""


def take_over(entry: CatalogEntry, own: JSONSchema, keys: Collection[str]) -> None:
    """Set right what a catalog says of a stream's fields.

    Args:
        entry: The stream in the catalog; its schema and metadata are changed.
        own: How the tap declares the stream.
        keys: The fields that come in any case, for rows have no key without them.
    """
    schema = declare(own, entry.schema.to_dict(), keys)
    entry.schema = Schema.from_dict(schema)
    for name in keys:
        if ("properties", name) in entry.metadata:
            entry.metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
    _deselect_empty(schema, entry.metadata, ())


def declare(own: JSONSchema, given: JSONSchema, keys: Collection[str]) -> JSONSchema:
    """Make the schema of a stream that goes out.

    Args:
        own: How the tap declares the stream.
        given: How a catalog does.
        keys: The fields that it has in any case.

    Returns:
        The catalog's fields and the keys, in the tap's order, the catalog's own ones last.
    """
    declared = own["properties"]
    fields = given.get("properties") or declared
    fields = {name: {} for name in keys if name in declared} | fields
    parts = _parts(declared, fields)
    for name in parts.keys() - set(keys):
        if name not in declared and not parts[name].get("type"):
            parts[name] = parts[name] | {"type": "string"}  # what flattening and targets make of it
        if _type(parts[name]) != _type(declared.get(name, {})):
            parts[name] = _nullable(parts[name])
    return own | {"properties": parts}


def schema_errors(name: str, schema: JSONSchema) -> Iterator[str]:
    """Yield which fields of a catalog's schema have types that JSON or targets don't know."""
    for field, given in schema.get("properties", {}).items():
        if not isinstance(given, dict):
            yield f"The catalog's schema of {name} must have an object for {escaped(field)}."
            continue
        types = given.get("type", [])
        words = [types] if isinstance(types, str) else types
        at = f"{escaped(field)} of {name}"
        known = isinstance(words, list) and set(map(str, words)) <= JSON_TYPES
        if not known or (words and set(words) == {"null"}):
            yield f"The catalog's type of {at} must be of JSON's: {', '.join(sorted(JSON_TYPES))}."
        if not words and {"anyOf", "oneOf", "allOf"}.intersection(given):
            yield f"The catalog declares {at} by alternatives: give it one `type` instead."
        if not isinstance(given.get("maxLength", 1), int):
            yield f"The catalog's maxLength of {at} must be a whole number."
        yield from schema_errors(at, given)
        if isinstance(items := given.get("items"), dict):
            yield from schema_errors(at, {"properties": {"items": items}})


def missing(own: JSONSchema, schema: JSONSchema) -> Iterator[Path]:
    """Yield the fields, and parts of fields, that one schema declares and another lacks.

    An object of which no parts are declared may have any, so it lacks none.
    """
    parts: JSONSchema = schema.get("properties") or {}
    for name, field in own.get("properties", {}).items() if parts else ():
        if name not in parts:
            yield (name,)
        else:
            for path in missing(field, parts[name]):
                yield (name, *path)


def _parts(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    names = [name for name in own if name in given] + [name for name in given if name not in own]
    return {name: _field(own.get(name, {}), given[name]) for name in names}


def _field(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    """Declare a field: as the tap does, if it does, unless the catalog gives it another type.

    Without a known part, flattening drops a field that has `"properties": {}`.
    """
    if not own or (given.get("type") and _type(given) != _type(own)):
        field, own = given, {}
    else:
        field = {name: given[name] for name in _ADDITIONS if name in given} | own
    if "properties" in field:
        parts = _parts(own.get("properties", {}), given.get("properties") or field["properties"])
        field = {name: field[name] for name in field if name != "properties"}
        if parts:
            declared = own.get("properties", {})
            field["properties"] = {
                n: it if n in declared else _nullable(it) for n, it in parts.items()
            }
    if "items" in field:
        field = field | {"items": _items(own.get("items", {}), given.get("items", {}))}
    return field


def _items(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    """Declare the items of a list.

    The SDK, in target-snowflake for instance, ends with a KeyError where items may be objects
    and have no `properties`; and it empties them where it isn't said that there may be more.
    """
    items = _field(own, given)
    if "object" in _type(items)[0] and "properties" not in items:
        items = items | {"properties": {}, "additionalProperties": True}
    return items


def _nullable(field: JSONSchema) -> JSONSchema:
    """Allow null, which any row can have in a field that isn't its key."""
    types = field.get("type")
    if not types or "null" in ([types] if isinstance(types, str) else types):
        return field
    return field | {"type": [*([types] if isinstance(types, str) else types), "null"]}


def _type(schema: JSONSchema) -> tuple[frozenset[str], str | None]:
    """Return what decides which column a target makes of a field."""
    types = schema.get("type", ())
    return frozenset([types] if isinstance(types, str) else types), schema.get("format")


def _deselect_empty(schema: JSONSchema, metadata: MetadataMapping, path: Path) -> None:
    """Deselect the objects of which all parts are deselected; nothing of them is to come."""
    for name, field in schema.get("properties", {}).items():
        if parts := field.get("properties"):
            breadcrumb = (*path, "properties", name)
            _deselect_empty(field, metadata, breadcrumb)
            is_selected = metadata.resolve_selection()
            if is_selected[breadcrumb] and not any(
                is_selected[*breadcrumb, "properties", part] for part in parts
            ):
                metadata[breadcrumb] = Metadata(selected=False)
