"""Catalogs that others made or edited: what in them can't work. Pure."""

from __future__ import annotations

import json
import re
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
from tap_frontcore.singer.schemas import declare, types_of, unusable_places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

Catalog = dict[str, Any]
Entry = dict[str, Any]
Crumb = tuple[str, ...]  # a breadcrumb, such as ("properties", "email"); () is the stream
Mask = Mapping[Crumb, bool]  # what is selected
Declared = type[Any]  # a stream's class, with name, schema, primary_keys and replication_key

METHODS = (REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE)
SELECTED = ("selected", "selected-by-default")  # what selects, in metadata
NEAR_SELECTED = 0.84  # similarity of `is_selected` and `select` to `selected`; `deleted` has less


def catalog_errors(catalog: Catalog, streams: Sequence[Declared]) -> list[str]:
    """Return a line for each mistake in a catalog; one of form hides the others."""
    try:
        SDKCatalog.from_dict(catalog)
        if not (misread := next(_misread(catalog), None)):
            return list(_unworkable(catalog, {stream.name: stream for stream in streams}))
    except KeyError as error:
        misread = f"a part of it lacks {error}"
    except (AttributeError, TypeError, ValueError):
        misread = "a part of it has the wrong type"
    return [f"The catalog hasn't the form that --discover writes: {misread}."]


def _unworkable(catalog: Catalog, declared: Mapping[str, Declared]) -> Iterator[str]:
    """Yield what the tap can't do as the catalog asks."""
    selected = [entry for entry in catalog["streams"] if _mask(entry)[()]]
    if all(entry["tap_stream_id"] == SYNC_RUNS for entry in selected):
        yield "The catalog selects no stream to read. Select one, in Meltano by `select`."
    if odd := [it["tap_stream_id"] for it in selected if _method(it) not in (*METHODS, None)]:
        expected = f"{' or '.join(METHODS)}, in capitals"
        yield f"The catalog's replication method of {', '.join(odd)} must be {expected}."
    for entry in selected:
        name = entry["tap_stream_id"]
        if name in declared:
            yield from _unworkable_stream(entry, declared[name])
        else:
            yield f"The catalog selects {name}, which isn't there. {meant(name, declared)}"


def with_methods(catalog: Catalog) -> Catalog:
    """Put the replication methods where the SDK reads them: beside the metadata of a stream.

    By Singer's specification a user sets `replication-method` in the metadata.
    """
    streams = [entry | {"replication_method": _method(entry)} for entry in catalog["streams"]]
    return catalog | {"streams": streams}


def _misread(catalog: Catalog) -> Iterator[str]:
    """Yield what the SDK reads in another way than it is meant, or not at all."""
    yield from _twice("the stream", (entry["tap_stream_id"] for entry in catalog["streams"]))
    for entry in catalog["streams"]:
        name, schema = entry["tap_stream_id"], entry["schema"]
        if not isinstance(entry.get("key_properties"), list | tuple | None):
            yield f"key_properties of {name} must be a list"
        metadata = list(entry.get("metadata", ()))
        crumbs = (str([*item["breadcrumb"]]) for item in metadata)
        yield from _twice(f"of {name}, the breadcrumb", crumbs)
        if places := escaped(", ".join(unusable_places(schema))):
            yield f"the schema of {name} isn't JSON Schema at {places}"
        for key in (key for item in metadata for key in _without_effect(item)):
            advice = "write `selected`, true or false, into the metadata"
            yield f"`{escaped(key)}` of {name} has no effect: {advice}"
        is_selected = _mask(entry)[()]
        beside = {entry.get("selected"), schema.get("selected")} - {None, is_selected}
        if beside or (is_selected and '"selected": false' in json.dumps(schema)):
            yield f"`selected` of {name} has an effect in its metadata only: write it there"


def _twice(what: str, items: Iterable[object]) -> Iterator[str]:
    yield from (f"{what} {it} is there twice" for it, count in Counter(items).items() if count > 1)


def _without_effect(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys in one item of a stream's metadata that seem to select, but don't."""
    for key in [*item, *item["metadata"]]:
        value = item["metadata"].get(key, "")
        has_effect = key in SELECTED and isinstance(value, bool | None)  # any text would be yes
        if closest(key, SELECTED, NEAR_SELECTED) and not has_effect:
            yield key


def _unworkable_stream(entry: Entry, stream: Declared) -> Iterator[str]:
    """Yield what is wrong with a selected stream that the tap has."""
    name, properties = stream.name, entry["schema"]["properties"]
    if (alias := entry.get("stream") or name) != name:
        stream_map = f'{{"{name}": {{"__alias__": "{alias}"}}}}'
        yield f"The catalog calls {name} {alias}. Rename it with stream_maps: {stream_map}."
    mask = _mask(entry)
    for key in dict.fromkeys([*stream.primary_keys, *(entry.get("key_properties") or ())]):
        if key not in properties or not mask["properties", key]:
            yield f"The catalog leaves out {key}, the key of {name}. Select it."
    schema = declare(stream.schema, entry["schema"], stream.primary_keys)
    deselected = [crumb for crumb, is_selected in mask.items() if not is_selected]
    reasons = (_why_without_effect(name, schema, crumb, mask) for crumb in deselected)
    yield from filter(None, reasons)
    if _method(entry) in (REPLICATION_INCREMENTAL, None):
        yield from _why_not_incremental(entry, stream)


def _why_not_incremental(entry: Entry, stream: Declared) -> Iterator[str]:
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
            "is read. Make a new catalog with --discover."
        )


def _why_without_effect(
    stream: str, schema: dict[str, Any], crumb: Crumb, mask: Mask
) -> str | None:
    """Say why a deselection leaves nothing out, if so.

    A name that isn't declared, and resembles none that is, keeps a new field out.
    """
    field = schema
    for start in range(0, len(crumb), 2):
        if not mask[crumb[:start]]:
            return None  # the whole field is left out
        keyword, *names = crumb[start : start + 2]
        if keyword != "properties" or not names or "object" not in types_of(field):
            at = ".".join(map(escaped, crumb))
            return (
                f"The catalog deselects {at} of {stream}, which leaves nothing out: only fields "
                "and parts of objects can be deselected, each with `properties` before its name."
            )
        *parents, name = crumb[1 : start + 2 : 2]
        parts = field.get("properties", {})
        if name not in parts:
            at, near = ".".join([*parents, escaped(name)]), _near(name, parts)
            right = ".".join([*parents, near or ""])
            return near and (
                f"The catalog deselects {at} of {stream}. Did you mean {right}? If not, declare it "
                f'in the schema: `"{escaped(name)}": {{}}`.'
            )
        field = parts[name]
    return None


def _near(name: str, parts: Collection[str]) -> str | None:
    """Return the field that is probably meant by `emial`, `country.id` or `country__id`."""
    whole = re.split(r"\.|__", name)[0]
    return whole if whole in parts else closest(name, parts)


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
