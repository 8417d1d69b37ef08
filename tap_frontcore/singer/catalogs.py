"""Catalogs that others made or edited: what in them can't work. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from singer_sdk.singerlib.catalog import (
    REPLICATION_FULL_TABLE,
    REPLICATION_INCREMENTAL,
    MetadataMapping,
)

from tap_frontcore.singer.maps import near
from tap_frontcore.singer.schemas import declare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jsonschema import ValidationError

    from tap_frontcore.singer.stream import SingerStream

Catalog = dict[str, Any]
Entry = dict[str, Any]
Breadcrumb = tuple[str, ...]

METHODS = (REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE)
"""How a stream can be replicated."""

TEXT_OR_NULL = {"type": ["string", "null"]}
TRUE_OR_NULL = {"type": ["boolean", "null"]}
"""Whether a field is selected. The SDK takes any text for yes, so also "false"."""

FIELD = {
    "type": "object",
    "properties": {
        "type": {"type": ["string", "array"], "items": {"type": "string"}},
        "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}},
        "items": {"$ref": "#/$defs/field"},
    },
}
FORM = {
    "$defs": {"field": FIELD},
    "type": "object",
    "required": ["streams"],
    "properties": {
        "streams": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tap_stream_id", "schema"],
                "properties": {
                    "tap_stream_id": {"type": "string"},
                    "stream": TEXT_OR_NULL,
                    "replication_key": TEXT_OR_NULL,
                    "replication_method": TEXT_OR_NULL,
                    "key_properties": {"type": ["array", "null"], "items": {"type": "string"}},
                    "schema": {"$ref": "#/$defs/field", "required": ["properties"]},
                    "metadata": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["breadcrumb", "metadata"],
                            "properties": {
                                "breadcrumb": {"type": "array", "items": {"type": "string"}},
                                "metadata": {
                                    "type": "object",
                                    "properties": {
                                        "replication-key": TEXT_OR_NULL,
                                        "selected": TRUE_OR_NULL,
                                        "selected-by-default": TRUE_OR_NULL,
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
"""JSON schema of what the SDK reads of a catalog; it ends in a bare error without."""

_TYPES = Draft202012Validator.TYPE_CHECKER.redefine(
    "array",
    lambda _, value: isinstance(value, (list, tuple)),  # the SDK's own catalog has tuples
)
_Validator = extend(Draft202012Validator, type_checker=_TYPES)  # type: ignore[no-untyped-call]


def catalog_errors(catalog: Catalog, streams: Sequence[type[SingerStream]]) -> list[str]:
    """Say in a line each what in a catalog can't work.

    Args:
        catalog: As decoded from JSON.
        streams: What the tap declares.
    """
    errors = sorted(_Validator(FORM).iter_errors(catalog), key=lambda e: str(e.path))
    if wrong := _explain(errors[0]) if errors else _wrong_breadcrumb(catalog):
        return [f"The catalog isn't as --discover writes it: {wrong}."]
    declared = {stream.name: stream for stream in streams}
    selected = [entry for entry in catalog["streams"] if _mask(entry).get((), True)]
    lines = [*_method_errors(selected)]
    for entry in selected:
        name = entry["tap_stream_id"]
        if name in declared:
            lines += _entry_errors(entry, declared[name])
        else:
            lines.append(f"The catalog selects {name}, which isn't there. {near(name, declared)}")
    if not selected:
        lines.append("The catalog selects no stream. Select one, in Meltano by `select`.")
    return lines


def with_methods(catalog: Catalog) -> Catalog:
    """Put the replication methods where the SDK looks for them.

    By Singer's specification a user sets `replication-method` in the metadata of a stream. The SDK
    reads `replication_method` beside the metadata, where --discover puts it.

    Args:
        catalog: One without errors.

    Returns:
        A new catalog.
    """
    streams = [entry | {"replication_method": _method(entry)} for entry in catalog["streams"]]
    return catalog | {"streams": streams}


def _explain(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path) or "it"
    schema, instance = cast("Entry", error.schema), cast("Entry", error.instance)
    if error.validator == "required":
        lacking = [name for name in schema["required"] if name not in instance]
        return f"{place} lacks {', '.join(lacking)}"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return f"{place} must be of type {' or '.join(types)}"


def _wrong_breadcrumb(catalog: Catalog) -> str | None:
    """Say which breadcrumb leads nowhere; to deselect that would have no effect."""
    for at, entry in enumerate(catalog["streams"]):
        for number, item in enumerate(entry.get("metadata", ())):
            if not _leads_somewhere(item["breadcrumb"]):
                place = f"streams.{at}.metadata.{number}.breadcrumb"
                return f'{place} must be "properties" and a name, for each part again'
    return None


def _leads_somewhere(breadcrumb: Sequence[str]) -> bool:
    """Tell whether a breadcrumb is that of a stream, a field, a part of one or a list's items."""
    rest = list(breadcrumb)
    while len(rest) > 1 and rest[0] == "properties":
        rest = rest[2:]
    return not rest or (rest[0] == "items" and len(rest) < len(breadcrumb))


def _entry_errors(entry: Entry, stream: type[SingerStream]) -> Iterator[str]:
    """Yield what is wrong with a selected stream that the tap has."""
    name, properties = stream.name, entry["schema"]["properties"]
    if (alias := entry.get("stream") or name) != name:
        yield (
            f"The catalog calls {name} {alias}. Rename it with "
            f'stream_maps: {{"{name}": {{"__alias__": "{alias}"}}}}.'
        )
    mask = _mask(entry)
    keys = dict.fromkeys([*stream.primary_keys, *(entry.get("key_properties") or ())])
    for key in keys:
        if key not in properties or not mask["properties", key]:
            yield f"The catalog leaves out {key}, the key of {name}. Select it."
    yield from _list_errors(entry, stream, mask)
    key = stream.replication_key
    is_incremental = _method(entry) in (REPLICATION_INCREMENTAL, None)
    if key and is_incremental and properties.get(key, {}).get("format") != "date-time":
        yield (
            f"The catalog's schema of {name} lacks {key} with the format date-time, by which it "
            "is read. Make it anew with --discover."
        )


def _list_errors(
    entry: Entry, stream: type[SingerStream], mask: Mapping[Breadcrumb, bool]
) -> Iterator[str]:
    """Yield which lists go out, though parts of their items are deselected: rows would have all."""
    schema = declare(stream.schema, entry["schema"], stream.primary_keys)
    lists = [_list_around(b, schema) for b, is_selected in mask.items() if not is_selected]
    for breadcrumb in dict.fromkeys(lists):
        if breadcrumb and mask[breadcrumb]:
            name = ".".join(breadcrumb[1::2])
            yield (
                f"The catalog deselects a part of {name} of {stream.name}. Parts of a list's items "
                f"can't be deselected: deselect {name}."
            )


def _list_around(breadcrumb: Breadcrumb, schema: dict[str, Any]) -> Breadcrumb:
    """Return where the list is that a breadcrumb leads into, or the stream's if into none."""
    for end in range(2, len(breadcrumb), 2):
        schema = schema.get("properties", {}).get(breadcrumb[end - 1], {})
        if breadcrumb[end] == "items" or "array" in schema.get("type", ()):
            return breadcrumb[:end]
    return ()


def _method_errors(entries: list[Entry]) -> Iterator[str]:
    wrong = [e["tap_stream_id"] for e in entries if _method(e) not in (*METHODS, None)]
    if wrong:
        yield (
            f"The catalog's replication method of {', '.join(wrong)} must be "
            f"{' or '.join(METHODS)}, in capitals."
        )


def _method(entry: Entry) -> Any:  # noqa: ANN401  # whatever a user put there
    root: dict[str, Any] = next(
        (item["metadata"] for item in entry.get("metadata", ()) if not item["breadcrumb"]), {}
    )
    return (
        root.get("replication-method")
        or entry.get("replication_method")
        or root.get("forced-replication-method")
    )


def _mask(entry: Entry) -> Mapping[Breadcrumb, bool]:
    return MetadataMapping.from_iterable(entry.get("metadata", ())).resolve_selection()
