"""Catalogs that others made or edited: what in them can't work. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Catalog as SDKCatalog
from singer_sdk.singerlib.catalog import (
    REPLICATION_FULL_TABLE,
    REPLICATION_INCREMENTAL,
    MetadataMapping,
)

from tap_frontcore.singer.names import closest, escaped, meant
from tap_frontcore.singer.report import SYNC_RUNS
from tap_frontcore.singer.schemas import declare, schema_errors, types_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Catalog = dict[str, Any]
Entry = dict[str, Any]
Mask = Mapping[tuple[str, ...], bool]  # what is selected, by breadcrumb
Declared = type[Any]  # a stream's class, with name, schema, primary_keys and replication_key

METHODS = (REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE)
SELECTED = ("selected", "selected-by-default")  # what selects, in metadata


def catalog_errors(catalog: Catalog, streams: Sequence[Declared]) -> list[str]:
    """Say in a line each what in a catalog can't work."""
    try:
        SDKCatalog.from_dict(catalog)
        if not (wrong := next(_form_errors(catalog), None)):
            return _stream_errors(catalog, {stream.name: stream for stream in streams})
    except KeyError as error:
        wrong = f"a part of it lacks {error}"
    except (AttributeError, TypeError, ValueError):
        wrong = "a part of it has the wrong type"
    return [f"The catalog hasn't the form that --discover writes: {wrong}."]


def _stream_errors(catalog: Catalog, declared: Mapping[str, Declared]) -> list[str]:
    selected = [entry for entry in catalog["streams"] if _mask(entry).get((), True)]
    if all(entry["tap_stream_id"] == SYNC_RUNS for entry in selected):
        but = f" but {SYNC_RUNS}, which tells of others" if selected else ""
        return [f"The catalog selects no stream{but}. Select one, in Meltano by `select`."]
    lines: list[str] = []
    if odd := [it["tap_stream_id"] for it in selected if _method(it) not in (*METHODS, None)]:
        expected = f"{' or '.join(METHODS)}, in capitals"
        lines.append(f"The catalog's replication method of {', '.join(odd)} must be {expected}.")
    for entry in selected:
        name = entry["tap_stream_id"]
        if name in declared:
            lines += _entry_errors(entry, declared[name])
        else:
            lines.append(f"The catalog selects {name}, which isn't there. {meant(name, declared)}")
    return lines


def with_methods(catalog: Catalog) -> Catalog:
    """Put the replication methods where the SDK looks for them.

    By Singer's specification a user sets `replication-method` in the metadata of a stream. The SDK
    reads `replication_method` beside the metadata, where --discover puts it.
    """
    streams = [entry | {"replication_method": _method(entry)} for entry in catalog["streams"]]
    return catalog | {"streams": streams}


def _form_errors(catalog: Catalog) -> Iterator[str]:
    """Yield what the SDK reads in another way than it is meant, or not at all."""
    names = Counter(entry["tap_stream_id"] for entry in catalog["streams"])
    yield from (f"{name} is there twice" for name, count in names.items() if count > 1)
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        if not isinstance(name, str) or not isinstance(entry["schema"]["properties"], dict):
            yield "a stream's name must be text, and its schema have properties"
        if not isinstance(entry.get("key_properties"), list | tuple | None):
            yield f"key_properties of {name} must be a list"
        items = list(entry.get("metadata", ()))
        crumbs = Counter(tuple(item["breadcrumb"]) for item in items)
        repeated = [list(crumb) for crumb, count in crumbs.items() if count > 1]
        yield from (f"of {name}, the breadcrumb {crumb} is there twice" for crumb in repeated)
        for item in items:
            yield from _item_errors(name, item)
        if entry.get("selected") is False and _mask(entry).get((), True):
            yield f"`selected` of {name} has no effect next to its name: put it into its metadata"
        if "selected" in entry["schema"] or _has_selected(entry["schema"]):
            yield f"`selected` in a schema of {name} has no effect: write it into the metadata"


def _item_errors(name: str, item: dict[str, Any]) -> Iterator[str]:
    """Yield what in one entry of a stream's metadata deselects nothing, though it seems to."""
    crumb, metadata = item["breadcrumb"], item["metadata"]
    if isinstance(crumb, str) or not _leads_somewhere(crumb):
        yield f'a breadcrumb of {name} must be "properties" and a name, for each part again'
    for key in [*metadata, *(item.keys() - {"breadcrumb", "metadata"})]:
        where = f"`{escaped(key)}` of {name}"
        if key in SELECTED and key in metadata:
            if not isinstance(metadata[key], bool | None):  # the SDK takes any text for yes
                yield f"{where} must be true or false"
        elif key in SELECTED or closest(key, ["selected"]):
            yield f"{where} has no effect: write `selected` into the metadata"


def _has_selected(schema: dict[str, Any]) -> bool:
    """Return whether a part of a schema has `selected`, which nobody reads there."""
    parts = [*schema.get("properties", {}).values(), schema.get("items")]
    objects = [part for part in parts if isinstance(part, dict)]
    return any(isinstance(it.get("selected"), bool) or _has_selected(it) for it in objects)


def _leads_somewhere(breadcrumb: Sequence[str]) -> bool:
    """Return whether a breadcrumb is that of a stream, a field, a part or a list's items."""
    rest = list(breadcrumb)
    while len(rest) > 1 and rest[0] == "properties":
        rest = rest[2:]
    return not rest or (rest[0] == "items" and len(rest) < len(breadcrumb))


def _entry_errors(entry: Entry, stream: Declared) -> Iterator[str]:
    """Yield what is wrong with a selected stream that the tap has."""
    name, properties = stream.name, entry["schema"]["properties"]
    if (alias := entry.get("stream") or name) != name:
        stream_map = f'{{"{name}": {{"__alias__": "{alias}"}}}}'
        yield f"The catalog calls {name} {alias}. Rename it with stream_maps: {stream_map}."
    mask = _mask(entry)
    for key in dict.fromkeys([*stream.primary_keys, *(entry.get("key_properties") or ())]):
        if key not in properties or not mask["properties", key]:
            yield f"The catalog leaves out {key}, the key of {name}. Select it."
    if errors := list(schema_errors(name, entry["schema"])):
        yield from errors
        return
    schema = declare(stream.schema, entry["schema"], stream.primary_keys)
    yield from dict.fromkeys(_deselection_errors(name, schema, mask))
    if _method(entry) in (REPLICATION_INCREMENTAL, None):
        yield from _key_errors(entry, stream)


def _key_errors(entry: Entry, stream: Declared) -> Iterator[str]:
    """Yield why a stream can't be read incrementally; by another key, edits would be missed."""
    name, own, properties = stream.name, stream.replication_key, entry["schema"]["properties"]
    others = {entry.get("replication_key"), _root(entry).get("replication-key")} - {own, None}
    if own is None and _method(entry):
        yield (
            f"{name} can't be read incrementally, since its rows don't tell when they last "
            f"changed. Set its replication method to {REPLICATION_FULL_TABLE}."
        )
    elif own and others:
        yield f"{name} can't be read by {min(map(str, others))}. Its replication key is {own}."
    elif own and properties.get(own, {}).get("format") != "date-time":
        yield (
            f"The catalog's schema of {name} lacks {own} with the format date-time, by which it "
            "is read. Make it anew with --discover."
        )


def _deselection_errors(stream: str, schema: dict[str, Any], mask: Mask) -> Iterator[str]:
    """Yield which deselections leave nothing out: rows would have all the same.

    What nothing resembles keeps a field out of `additional_properties`.
    """
    for crumb in [crumb for crumb, is_selected in mask.items() if crumb and not is_selected]:
        field = schema
        for end in range(2, len(crumb) + 1, 2):
            path, name, rest = crumb[1 : end - 2 : 2], crumb[end - 1], crumb[end:]
            at, parts = ".".join([*path, escaped(name)]), field.get("properties", {})
            if name not in parts:
                whole = name.replace("__", ".").split(".")[0]
                if near := whole if whole in parts else closest(name, parts):
                    right = ".".join([*path, near])
                    yield f"The catalog deselects {at} of {stream}. Did you mean {right}?"
                break
            field = parts[name]
            if rest and (rest[0] == "items" or "array" in types_of(field)):
                if mask[crumb[:end]]:
                    advice = f"Parts of a list's items can't be deselected: deselect {at}."
                    yield f"The catalog deselects a part of {at} of {stream}. {advice}"
                break
            if rest and "object" not in types_of(field):
                yield f"The catalog deselects a part of {at} of {stream}, which has no parts."
                break


def _method(entry: Entry) -> Any:  # noqa: ANN401  # whatever a user put there
    root = _root(entry)
    return (
        root.get("replication-method")
        or entry.get("replication_method")
        or root.get("forced-replication-method")
    )


def _root(entry: Entry) -> dict[str, Any]:
    """Return the metadata of the stream itself."""
    items = (item["metadata"] for item in entry.get("metadata", ()) if not item["breadcrumb"])
    return next(items, {})


def _mask(entry: Entry) -> Mask:
    return MetadataMapping.from_iterable(entry.get("metadata", ())).resolve_selection()
