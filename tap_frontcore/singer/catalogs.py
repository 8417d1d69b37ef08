"""Catalogs that others made or edited: what in them can't work. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib import Catalog as SDKCatalog
from singer_sdk.singerlib.catalog import (
    REPLICATION_FULL_TABLE,
    REPLICATION_INCREMENTAL,
    MetadataMapping,
)

from tap_frontcore.singer.names import closest, escaped, meant
from tap_frontcore.singer.schemas import declare, schema_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Catalog = dict[str, Any]
Entry = dict[str, Any]
Breadcrumb = tuple[str, ...]

METHODS = (REPLICATION_INCREMENTAL, REPLICATION_FULL_TABLE)
"""How a stream can be replicated."""

SELECTED = ("selected", "selected-by-default")
"""What selects, in metadata."""


Declared = type[Any]
"""A stream's class, with name, schema, primary_keys and replication_key."""


def catalog_errors(catalog: Catalog, streams: Sequence[Declared]) -> list[str]:
    """Say in a line each what in a catalog can't work.

    Args:
        catalog: As decoded from JSON.
        streams: What the tap declares.
    """
    try:
        SDKCatalog.from_dict(catalog)
        wrong = next(_form_errors(catalog), None)
    except KeyError as error:
        wrong = f"a part of it lacks {error}"
    except (AttributeError, TypeError, ValueError):
        wrong = "a part of it has another type than there"
    if wrong:
        return [f"The catalog isn't as --discover writes it: {wrong}."]
    declared = {stream.name: stream for stream in streams}
    selected = [entry for entry in catalog["streams"] if _mask(entry).get((), True)]
    lines = [*_method_errors(selected)]
    for entry in selected:
        name = entry["tap_stream_id"]
        if name in declared:
            lines += _entry_errors(entry, declared[name])
        else:
            lines.append(f"The catalog selects {name}, which isn't there. {meant(name, declared)}")
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


def _form_errors(catalog: Catalog) -> Iterator[str]:
    """Yield what the SDK reads in another way than it is meant, or not at all."""
    names = Counter(entry["tap_stream_id"] for entry in catalog["streams"])
    yield from (f"{name} is there twice" for name, count in names.items() if count > 1)
    for entry in catalog["streams"]:
        name = entry["tap_stream_id"]
        if not isinstance(name, str) or not isinstance(entry["schema"]["properties"], dict):
            yield "a stream's name must be text, and its schema have properties"
        keys = entry.get("key_properties")
        if not (keys is None or isinstance(keys, (list, tuple))):
            yield f"key_properties of {name} must be a list"
        items = list(entry.get("metadata", ()))
        crumbs = Counter(tuple(item["breadcrumb"]) for item in items)
        yield from (
            f"of {name}, the breadcrumb {list(crumb)} is there twice"
            for crumb, count in crumbs.items()
            if count > 1
        )
        for item in items:
            yield from _item_errors(name, item)
        if entry.get("selected") is False and _mask(entry).get((), True):
            yield f"`selected` of {name} has no effect beside its name: write it into its metadata"
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
        elif key in SELECTED or closest(key, ["selected"], cutoff=0.65):
            yield f"{where} has no effect: write `selected` into the metadata"


def _has_selected(schema: Any) -> bool:  # noqa: ANN401
    """Return whether a part of a schema is selected or not, where nobody reads that."""
    if not isinstance(schema, dict):
        return False
    parts = [*schema.get("properties", {}).values(), schema.get("items")]
    own = (isinstance(part, dict) and isinstance(part.get("selected"), bool) for part in parts)
    return any(own) or any(map(_has_selected, parts))


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
        yield (
            f"The catalog calls {name} {alias}. Rename it with "
            f'stream_maps: {{"{name}": {{"__alias__": "{alias}"}}}}.'
        )
    mask = _mask(entry)
    keys = dict.fromkeys([*stream.primary_keys, *(entry.get("key_properties") or ())])
    for key in keys:
        if key not in properties or not mask["properties", key]:
            yield f"The catalog leaves out {key}, the key of {name}. Select it."
    if errors := list(schema_errors(name, entry["schema"])):
        yield from errors
        return
    schema = declare(stream.schema, entry["schema"], stream.primary_keys)
    yield from _list_errors(name, schema, mask)
    yield from _deselection_errors(entry, schema)
    key = stream.replication_key
    is_incremental = _method(entry) in (REPLICATION_INCREMENTAL, None)
    if key and is_incremental and properties.get(key, {}).get("format") != "date-time":
        yield (
            f"The catalog's schema of {name} lacks {key} with the format date-time, by which it "
            "is read. Make it anew with --discover."
        )


def _deselection_errors(entry: Entry, schema: dict[str, Any]) -> Iterator[str]:
    """Yield which deselections lead nowhere, though a field is near.

    What nothing resembles keeps a field out of `additional_properties`.
    """
    stream = entry["tap_stream_id"]
    for item in entry.get("metadata", ()):
        path = list(item["breadcrumb"][1::2])
        if item["metadata"].get("selected") is not False or "items" in item["breadcrumb"][::2]:
            continue
        at_depth = schema
        for depth, name in enumerate(path):
            parts = at_depth.get("properties", {})
            whole = name.replace("__", ".").split(".")[0]
            near = whole if whole in parts else closest(name, parts)
            at = ".".join([*path[:depth], escaped(name)])
            if name not in parts and near:
                right = ".".join([*path[:depth], near])
                yield f"The catalog deselects {at} of {stream}. Did you mean {right}?"
            if name not in parts:
                break
            at_depth = parts[name]
            has_parts = {"object", "array"}.intersection(at_depth.get("type", ()))
            if depth < len(path) - 1 and not has_parts:
                yield f"The catalog deselects a part of {at} of {stream}, which has no parts."
                break


def _list_errors(
    stream: str, schema: dict[str, Any], mask: Mapping[Breadcrumb, bool]
) -> Iterator[str]:
    """Yield which lists go out, though parts of their items are deselected: rows would have all."""
    lists = [_list_around(b, schema) for b, is_selected in mask.items() if not is_selected]
    for breadcrumb in dict.fromkeys(lists):
        if breadcrumb and mask[breadcrumb]:
            name = ".".join(breadcrumb[1::2])
            yield (
                f"The catalog deselects a part of {name} of {stream}. Parts of a list's items "
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
