"""Stream maps: what a user has told to leave out, to change or to rename.

The SDK applies them. What it doesn't do stands here: refuse a map that fits nothing, say which
expression fails on a row, and tell which fields must not come in by another door. Pure, but for
`guard`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from difflib import get_close_matches
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
)

from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.records import ADDITIONAL_COLUMN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk.mapper import StreamMap

Definition = Mapping[str, str | None] | str | None
"""What `stream_maps` has for one name: expressions by field, or nothing to remove the stream."""

REMOVED = (None, NULL_STRING)
"""What stands for a field or stream that is to be removed; Meltano drops the first."""

OPTIONS = (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
)
"""The names in a definition that are no fields."""

JSON_TYPES = (str, int, float, Decimal, dict, list, tuple, date, time, type(None))
"""What an expression may give; `sha256` without an argument gives a function."""

CLOSE = 0.75
"""How much alike two names of fields are if one is taken for a slip of the pen; at most 1."""


def definitions(stream: str, stream_maps: Mapping[str, Definition]) -> list[Definition]:
    """Find the maps of a stream, as the SDK does.

    Returns:
        Of each name under which the stream goes out its map: first that of its own name, which is
        the last one to fit and empty if none does, then those with `__source__`.
    """
    own: Definition = {}
    others: list[Definition] = []
    for _, definition in _fitting(stream, stream_maps):
        if _is_another(definition):
            others.append(definition)
        else:
            own = definition
    return [own, *others]


def withheld(
    stream: str, stream_maps: Mapping[str, Definition], declared: Collection[str]
) -> frozenset[str]:
    """Name the fields of which nothing may go out but what a map makes of them.

    What `email: email` names goes out as it is, so it isn't among them.

    Args:
        stream: Name of the stream.
        stream_maps: The setting.
        declared: Names of the stream's fields.
    """
    names: set[str] = set()
    for definition in definitions(stream, stream_maps):
        if isinstance(definition, Mapping):
            kept = {name for name, expression in definition.items() if expression == name}
            names |= definition.keys() - kept
            # `__else__` removes all that isn't named, also the column for what has no other.
            if (
                MAPPER_ELSE_OPTION in definition
                and definition.get(ADDITIONAL_COLUMN) not in REMOVED
            ):
                names |= set(declared) - kept
    return frozenset(names.difference(OPTIONS))


def has_filter(definition: Definition) -> bool:
    """Tell whether a map keeps rows out."""
    return isinstance(definition, Mapping) and MAPPER_FILTER_OPTION in definition


def map_errors(
    settings: Mapping[str, Any], streams: Mapping[str, Collection[str]]
) -> Iterator[str]:
    """Yield what is wrong with the stream maps, in a line each.

    Args:
        settings: All settings, whose types are right.
        streams: Names of the declared fields, by stream.
    """
    stream_maps: Mapping[str, Definition] = settings.get("stream_maps", {})
    for name, value in settings.get("stream_map_config", {}).items():
        if value in ("", None):  # as Meltano hands on a variable that isn't set
            yield f"The setting stream_map_config.{name} is empty. Is the variable for it set?"
    for name, definition in stream_maps.items():
        if name.startswith("__"):  # for all streams; the SDK checks it
            continue
        source = _source(name, definition)
        fields = {f for stream in streams if fnmatch(stream, source) for f in streams[stream]}
        if not fields:
            yield f"stream_maps: there is no stream {source}. {near(source, streams)}"
        elif isinstance(definition, Mapping):
            for field, expression in definition.items():
                if problem := _problem(field, expression, fields, definition):
                    yield f"stream_maps, {name}: {problem}"


def replaced(
    stream: str, stream_maps: Mapping[str, Definition], declared: Collection[str]
) -> Iterator[str]:
    """Yield what a map removes or changes and another, which takes its place, doesn't.

    Of `*` and `customers` the SDK applies the later one only.

    Args:
        stream: Name of a stream that is selected.
        stream_maps: The setting.
        declared: Names of the stream's fields.
    """
    own = [(n, d) for n, d in _fitting(stream, stream_maps) if not _is_another(d)]
    *earlier, (last, definition) = own or [("", None)]
    if not isinstance(definition, Mapping) or MAPPER_ELSE_OPTION in definition:
        return
    relevant = {*declared, MAPPER_ELSE_OPTION, MAPPER_FILTER_OPTION}
    for name, other in earlier:
        if isinstance(other, Mapping) and (lost := relevant & other.keys() - definition.keys()):
            yield (
                f"stream_maps: of {name} and {last} only the latter applies to {stream}, and it "
                f"lacks {', '.join(sorted(lost))}. Name them there too."
            )


def near(name: str, names: Collection[str]) -> str:
    """Say which of several names may be meant by one that isn't among them."""
    found = get_close_matches(name, names, n=1)
    return f"Did you mean {found[0]}?" if found else f"There are: {', '.join(sorted(names))}."


def guard(stream_map: StreamMap) -> StreamMap:
    """Have a map say which of its expressions fails, and log no value.

    The SDK's errors quote values, and its debug log has what a filter gives.

    Raises:
        StreamMapError: When the map is used: an expression can't be applied to a row.
    """
    if not isinstance(stream_map, CustomStreamMap):
        return stream_map
    # `__else__` begins a schema of the SDK's own, with a `$schema` that targets of Draft 4 refuse.
    stream_map.transformed_schema.pop("$schema", None)
    evaluate = stream_map._eval  # noqa: SLF001  # the one place where expressions meet rows

    def guarded(
        expr: str, expr_parsed: ast.Expr, record: dict[str, Any], property_name: str | None
    ) -> Any:  # noqa: ANN401
        failure = None
        try:
            value: Any = evaluate(expr, expr_parsed, record, property_name)
        except Exception as error:  # noqa: BLE001  # an expression can fail in any way
            failure = type(error.__cause__ or error).__name__
        else:
            if property_name is None:
                return bool(value)
            if not isinstance(value, JSON_TYPES):
                failure = f"it gives a {type(value).__name__}"
        if failure is None:
            return value
        where = ", ".join(
            f"{name} is {type(record[name]).__name__}"
            for name in _names_in(expr_parsed, property_name)
            if name in record
        )
        msg = (
            f"The stream map of {stream_map.stream_alias} can't be applied to a row: "
            f"`{property_name or MAPPER_FILTER_OPTION}: {expr}` fails ({failure})"
            f"{where and f' where {where}'}. Correct it in stream_maps."
        )
        raise StreamMapError(msg)  # outside of the `except`, so that it has no trace of the value

    stream_map._eval = guarded  # type: ignore[method-assign]  # noqa: SLF001
    return stream_map


def _names_in(expression: ast.Expr, own: str | None) -> list[str]:
    names = [node.id for node in ast.walk(expression) if isinstance(node, ast.Name)]
    return list(dict.fromkeys(own if name == "self" and own else name for name in names))


def _is_another(definition: Definition) -> bool:
    """Tell whether a map makes another stream, beside that of the source's own name."""
    return isinstance(definition, Mapping) and MAPPER_SOURCE_OPTION in definition


def _source(name: str, definition: Definition) -> str:
    """Return the stream, or pattern of streams, that a map is for."""
    source = definition.get(MAPPER_SOURCE_OPTION) if isinstance(definition, Mapping) else None
    return source or name


def _fitting(
    stream: str, stream_maps: Mapping[str, Definition]
) -> Iterator[tuple[str, Definition]]:
    for name, definition in stream_maps.items():
        if fnmatch(stream, _source(name, definition)):
            yield name, definition


def _problem(
    field: str, expression: str | None, fields: Collection[str], definition: Mapping[str, Any]
) -> str | None:
    """Say what is wrong with one line of a map, if anything is."""
    if field in OPTIONS and (problem := _option_problem(field, expression)):
        return problem
    if field in OPTIONS and field != MAPPER_FILTER_OPTION:
        return None
    if expression not in REMOVED:
        return None if _is_expression(expression) else f"`{field}: {expression}` can't be read."
    # Removing what isn't declared keeps it out of `additional_properties`, if it is sent at all.
    whole, *_ = re.split(r"\.|__", field)
    alike = [whole] if whole in fields else get_close_matches(field, fields, n=1, cutoff=CLOSE)
    if field in fields or not alike or alike[0] in definition:
        return None
    return f"there is no field {field} to remove. Did you mean {alike[0]}?"


def _option_problem(option: str, value: str | None) -> str | None:
    """Say what is wrong with an option's value; with `"__source__": ""` nothing is removed."""
    if option == MAPPER_ELSE_OPTION:
        return None if value in REMOVED else f"`{option}` must be null or {NULL_STRING}."
    if option != MAPPER_KEY_PROPERTIES_OPTION and value in ("", *REMOVED):
        return f"`{option}` is empty. Give it a value, or leave it out."
    return None  # also null for key properties, by which a stream goes out without a key


def _is_expression(text: str) -> bool:
    """Tell whether the SDK can take a text for one expression."""
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):  # the second is for none, or several
        return False
    return isinstance(statement, ast.Expr)
