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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jsonschema import ValidationError

    from tap_frontcore.singer.stream import SingerStream

Catalog = dict[str, Any]
Entry = dict[str, Any]

METHODS = (REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE)
"""How a stream can be replicated."""

TEXT_OR_NULL = {"type": ["string", "null"]}
FORM = {
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
                    "schema": {
                        "type": "object",
                        "required": ["properties"],
                        "properties": {
                            "properties": {
                                "type": "object",
                                "additionalProperties": {"type": "object"},
                            }
                        },
                    },
                    "metadata": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["breadcrumb", "metadata"],
                            "properties": {
                                "breadcrumb": {"type": "array", "items": {"type": "string"}},
                                "metadata": {
                                    "type": "object",
                                    "properties": {"replication-key": TEXT_OR_NULL},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
"""JSON schema of what the SDK reads of a catalog; it ends in a bare KeyError without."""

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
    if errors:
        return [f"The catalog isn't as --discover writes it: {_explain(errors[0])}."]
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
    key = stream.replication_key
    is_incremental = _method(entry) in (REPLICATION_INCREMENTAL, None)
    if key and is_incremental and properties.get(key, {}).get("format") != "date-time":
        yield (
            f"The catalog's schema of {name} lacks {key} with the format date-time, by which it "
            "is read. Make it anew with --discover."
        )


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


def _mask(entry: Entry) -> Mapping[tuple[str, ...], bool]:
    return MetadataMapping.from_iterable(entry.get("metadata", ())).resolve_selection()
