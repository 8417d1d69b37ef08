"""Stream maps: what a user has told to leave out, to mask or to rename.

The SDK applies them. Here is what it doesn't do: refuse a map that fits nothing, say which
expression fails on a row, and list the fields that must not reappear in `additional_properties`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.mapper import (
    MAPPER_ALIAS_OPTION,
    MAPPER_ELSE_OPTION,
    MAPPER_FILTER_OPTION,
    MAPPER_KEY_PROPERTIES_OPTION,
    MAPPER_SOURCE_OPTION,
    NULL_STRING,
    CustomStreamMap,
)

from tap_frontcore import clock
from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.names import closest, meant
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

TIME_FORMATS = ("date-time", "date")

JSON_TYPES = (str, int, float, Decimal, dict, list, tuple, date, time, type(None))
"""What an expression may give; `sha256` without an argument gives a function."""

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str, date, time),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list, tuple),
}
"""What an expression may give, by the type that is declared for it."""


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


def masked_fields(
    stream: str, stream_maps: Mapping[str, Definition], declared: Collection[str]
) -> frozenset[str]:
    """Return the fields whose raw value must never be emitted, since a map removes or masks them.

    `declared` are the stream's fields. What `email: email` names is emitted as it is.
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
    """Return whether a map keeps rows out."""
    return isinstance(definition, Mapping) and MAPPER_FILTER_OPTION in definition


def map_errors(
    settings: Mapping[str, Any], streams: Mapping[str, Collection[str]], keys: Mapping[str, str]
) -> Iterator[str]:
    """Yield what is wrong with the stream maps, in a line each.

    Args:
        settings: All settings, whose types are right.
        streams: Names of the declared fields, by stream.
        keys: The field without which a row has no key, by stream.
    """
    stream_maps: Mapping[str, Definition] = settings.get("stream_maps", {})
    for name, value in settings.get("stream_map_config", {}).items():
        if value in ("", None):  # as Meltano hands on a variable that isn't set
            yield f"The setting stream_map_config.{name} is empty. Is the variable for it set?"
    for name, definition in stream_maps.items():
        if name.startswith("__"):  # for all streams; the SDK checks it
            continue
        source = _source(name, definition)
        fitting = [stream for stream in streams if fnmatch(stream, source)]
        fields = {field for stream in fitting for field in streams[stream]}
        if not fields:
            yield f"stream_maps: there is no stream {source}. {meant(source, streams)}"
        elif isinstance(definition, Mapping):
            problems = [
                _problem(field, value, fields, definition) for field, value in definition.items()
            ]
            problems += [_lack(definition, keys[stream]) for stream in fitting]
            for problem in dict.fromkeys(filter(None, problems)):
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


def apply(stream_map: StreamMap, definition: Definition, record: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return what a map makes of a record; None if its filter leaves the record out.

    Raises:
        StreamMapError: An expression can't be applied to it, or gives what isn't declared. The
            SDK's errors quote values; this one names types.
    """
    if not isinstance(stream_map, CustomStreamMap):
        return stream_map.transform(record)
    failure: tuple[str, str] | None = None
    mapped = None
    try:
        mapped = stream_map.transform(record)
    except Exception as error:  # noqa: BLE001  # an expression can fail in any way
        failure = _failing(stream_map, definition, record), type(error.__cause__ or error).__name__
    if mapped is not None:
        failure = _misfit(stream_map, definition, mapped)
    if failure is None:
        return mapped
    (name, reason), expression = failure, cast("Mapping[str, str]", definition).get(failure[0], "")
    where = ", ".join(
        f"{field} is {type(record[field]).__name__}"
        for field in dict.fromkeys(_names_in(expression, name))
        if field in record
    )
    msg = (
        f"The stream map of {stream_map.stream_alias} can't be applied to a row: "
        f"`{name}: {expression}` fails ({reason}){where and f' where {where}'}. Correct it in "
        "stream_maps."
    )
    raise StreamMapError(msg)  # outside of the `except`, so that it has no trace of the value


def _failing(stream_map: CustomStreamMap, definition: Definition, record: dict[str, Any]) -> str:
    """Find the expression that fails: the first with which alone a map fails."""
    expressions = definition if isinstance(definition, Mapping) else {}
    for name, expression in expressions.items():
        if expression in REMOVED or (name in OPTIONS and name != MAPPER_FILTER_OPTION):
            continue
        single = CustomStreamMap(
            stream_map.stream_alias,
            stream_map.map_config,
            stream_map.faker_config,
            stream_map.raw_schema,
            stream_map.raw_key_properties,
            {name: expression},
            None,
            stream_name=stream_map.stream_name,
        )
        try:
            single.transform(record)
        except Exception:  # noqa: BLE001
            return name
    return MAPPER_FILTER_OPTION


def _misfit(
    stream_map: CustomStreamMap, definition: Definition, mapped: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Return which expression gives a value of another type than is declared for it, and how."""
    fields = stream_map.transformed_schema["properties"]
    for name, expression in definition.items() if isinstance(definition, Mapping) else ():
        value = mapped.get(name)
        if value is None or name in OPTIONS or expression == name or name not in fields:
            continue
        declared = fields[name].get("type", [])
        types = [declared] if isinstance(declared, str) else declared
        allowed = tuple(it for type_ in types for it in TYPES.get(type_, ()))
        is_number = isinstance(value, float) and not math.isfinite(value)
        is_integral = "integer" in types and isinstance(value, float) and value.is_integer()
        is_flag = isinstance(value, bool) and "boolean" not in types
        fits = (isinstance(value, allowed) and not is_flag) or is_integral
        is_untimely = fields[name].get("format") in TIME_FORMATS and not _is_time(value)
        if is_number or is_untimely or (allowed and not fits) or not isinstance(value, JSON_TYPES):
            wanted = next((it for it in types if it != "null"), "JSON")
            wanted = fields[name]["format"] if is_untimely else wanted
            advice = {"integer": "; write int(…)", "string": "; write str(…)"}.get(wanted, "")
            return name, f"it gives a {type(value).__name__}, and {wanted} is declared{advice}"
    return None


def _is_time(value: object) -> bool:
    try:
        clock.parse(str(value))
    except ValueError:
        return False
    return True


def _names_in(expression: str, own: str) -> Iterator[str]:
    """Yield the fields that an expression names."""
    for node in ast.walk(ast.parse(expression or "None")):
        if isinstance(node, ast.Name):
            yield own if node.id == "self" else node.id


def _is_another(definition: Definition) -> bool:
    """Return whether a map makes another stream, beside that of the source's own name."""
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
    if field in OPTIONS and (problem := _option_problem(field, expression, definition)):
        return problem
    if field in OPTIONS and field != MAPPER_FILTER_OPTION:
        return None
    word = field.strip().strip("_").casefold()
    is_edged = word != field.strip().casefold()  # as options are, and no field of the API's
    if field not in OPTIONS and field not in fields and (is_edged or f"__{word}__" in OPTIONS):
        return f"`{field}` is none of its options. {meant(f'__{word}__', OPTIONS)}"
    if expression not in REMOVED:
        return None if _is_expression(expression) else f"`{field}: {expression}` can't be read."
    # Removing what isn't declared keeps it out of `additional_properties`, if it is sent at all.
    whole, *_ = re.split(r"\.|__", field)
    alike = whole if whole in fields else closest(field, fields)
    if field in fields or not alike or alike in definition:
        return None
    return f"there is no field {field} to remove. Did you mean {alike}?"


def _option_problem(option: str, value: str | None, definition: Mapping[str, Any]) -> str | None:
    """Say what is wrong with an option's value; with `"__source__": ""` nothing is removed."""
    if option == MAPPER_ELSE_OPTION:
        return None if value in REMOVED else f"`{option}` must be null or {NULL_STRING}."
    if option == MAPPER_KEY_PROPERTIES_OPTION:  # null: the stream goes out without a key
        return f"`{option}` must be a list, or null." if isinstance(value, str) else None
    if value in ("", *REMOVED):
        return f"`{option}` is empty. Give it a value, or leave it out."
    if option == MAPPER_ALIAS_OPTION and MAPPER_SOURCE_OPTION in definition:
        return f"`{option}` has no effect beside `{MAPPER_SOURCE_OPTION}`: name the map so."
    return None


def _lack(definition: Mapping[str, Any], key: str) -> str | None:
    """Say that a map that removes all it doesn't name removes a key."""
    keys = definition.get(MAPPER_KEY_PROPERTIES_OPTION, [key]) or ()
    lacking = [name for name in keys if name not in definition]
    if not lacking or definition.get(MAPPER_ELSE_OPTION, "") not in REMOVED:
        return None
    return f"`{MAPPER_ELSE_OPTION}` removes the key: add `{lacking[0]}: {lacking[0]}`."


def _is_expression(text: str) -> bool:
    """Return whether the SDK can take a text for one expression."""
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):  # the second is for none, or several
        return False
    return isinstance(statement, ast.Expr)
