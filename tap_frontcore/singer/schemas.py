"""What a catalog may change of a stream's declaration.

Meltano keeps the catalog that it once discovered, and passes it on after an upgrade too. So a
catalog says which fields there are, and the tap, which may be newer, how they are declared. But
a user may give a field another type, parts, a length or a hint to the target, and add fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator
from singer_sdk.singerlib import Metadata, Schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from singer_sdk.singerlib import CatalogEntry, MetadataMapping

JSONSchema = dict[str, Any]
Path = tuple[str, ...]  # field names from the row down to a field

_READ = ("type", "format", "maxLength", "items")  # other keywords may be those of an older draft

_ADDITIONS = (  # what a catalog may add to a field that the tap declares without it
    *("additionalProperties", "maxLength", "properties", "title"),
    *("x-sql-datatype", "x-sql-datatype-properties"),  # hints to the target
)

_REPLACED = ("properties", "anyOf", "oneOf", "allOf")  # a field has one type, or is text


def types_of(field: Mapping[str, Any]) -> list[str]:
    """Return the declared types of a field; none if any type fits."""
    types = field.get("type", [])
    return [types] if isinstance(types, str) else types


def take_over(entry: CatalogEntry, own: JSONSchema, keys: Collection[str]) -> None:
    """Correct a catalog's schema and metadata of a stream that the tap declares as `own`.

    The `keys` are always selected: without one, a row can't be emitted.
    """
    schema = declare(own, entry.schema.to_dict(), keys)
    entry.schema = Schema.from_dict(schema)
    for name in keys:
        if ("properties", name) in entry.metadata:
            entry.metadata["properties", name].inclusion = Metadata.InclusionType.AUTOMATIC
    _deselect_empty(schema, entry.metadata, ())


def declare(own: JSONSchema, given: JSONSchema, keys: Collection[str]) -> JSONSchema:
    """Make the schema to emit of the tap's `own` and the one `given` in a catalog.

    It has the catalog's fields and the keys, in the tap's order, the catalog's own fields last.
    """
    declared = own["properties"]
    needed: JSONSchema = {name: {} for name in keys if name in declared}
    parts = _parts(declared, needed | (given.get("properties") or declared))
    return own | {
        "properties": {name: it if name in keys else _nullable(it) for name, it in parts.items()}
    }


def unusable_places(schema: JSONSchema) -> Iterator[str]:
    """Yield where a schema isn't JSON Schema, such as `properties.email.type`."""
    errors = Draft7Validator(Draft7Validator.META_SCHEMA).iter_errors(schema)
    paths = (error.path for error in errors)
    yield from (".".join(map(str, path)) for path in paths if path and path[-1] in _READ)


def missing(own: JSONSchema, schema: JSONSchema) -> Iterator[Path]:
    """Yield the fields, and parts of fields, that one schema declares and another lacks.

    An object whose parts aren't declared may have any, so it lacks none.
    """
    parts: JSONSchema = schema.get("properties") or {}
    for name, field in own.get("properties", {}).items() if parts else ():
        paths: Iterable[Path] = missing(field, parts[name]) if name in parts else [()]
        yield from ((name, *path) for path in paths)


def _parts(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    names = [name for name in own if name in given] + [name for name in given if name not in own]
    return {name: _field(own.get(name, {}), given[name]) for name in names}


def _field(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    """Declare a field: as the tap does, if it does, unless the catalog gives it another type."""
    types, _ = column_type = _column_type(given)
    is_retyped = bool(types) and column_type != _column_type(own)
    if is_retyped or not own:
        field, own = given, {}
    else:
        field = {name: given[name] for name in _ADDITIONS if name in given} | own
    parts = _parts(
        own.get("properties", {}), given.get("properties") or field.get("properties", {})
    )
    field = {name: it for name, it in field.items() if name not in _REPLACED}
    if parts:  # of an empty `properties`, flattening would drop the field
        field["properties"] = {name: _nullable(it) for name, it in parts.items()}
    if "items" in field:
        field["items"] = _items(own.get("items", {}), given.get("items", {}))
    return field


def _items(own: JSONSchema, given: JSONSchema) -> JSONSchema:
    """Declare the items of a list.

    Where they may be objects and have no `properties`, the SDK, in target-snowflake for instance,
    ends with a KeyError; and it empties them where no others are allowed.
    """
    items = _field(own, given)
    if "object" in types_of(items) and "properties" not in items:
        items |= {"properties": {}, "additionalProperties": True}
    return items


def _nullable(field: JSONSchema) -> JSONSchema:
    """Allow null, which any row can have in a field that isn't its key.

    A field without a type becomes text, as flattening and targets take it.
    """
    types = [it for it in types_of(field) if it != "null"] or ["string"]
    return field | {"type": [*types, "null"]}


def _column_type(field: JSONSchema) -> tuple[frozenset[str], str | None]:
    """Return what decides which column a target makes of a field."""
    return frozenset(types_of(field)) - {"null"}, field.get("format")


def _deselect_empty(schema: JSONSchema, metadata: MetadataMapping, path: Path) -> None:
    """Deselect the objects whose parts are all deselected, so that nothing of them is emitted."""
    for name, field in schema.get("properties", {}).items():
        if parts := field.get("properties"):
            breadcrumb = (*path, "properties", name)
            _deselect_empty(field, metadata, breadcrumb)
            is_selected = metadata.resolve_selection()
            if is_selected[breadcrumb] and not any(
                is_selected[*breadcrumb, "properties", part] for part in parts
            ):
                metadata[breadcrumb] = Metadata(selected=False)
