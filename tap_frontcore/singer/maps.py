"""Stream maps: which streams and fields a user removes, masks or renames.

The SDK applies them. This module refuses a map that fits nothing, names the expression that fails
on a row, and lists the fields that must not reappear in `additional_properties`.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from jsonschema import Draft202012Validator, FormatChecker, validators
from singer_sdk.mapper import MAPPER_ALIAS_OPTION as ALIAS
from singer_sdk.mapper import MAPPER_ELSE_OPTION as ELSE
from singer_sdk.mapper import MAPPER_FILTER_OPTION as FILTER
from singer_sdk.mapper import MAPPER_KEY_PROPERTIES_OPTION as KEY_PROPERTIES
from singer_sdk.mapper import MAPPER_SOURCE_OPTION as SOURCE
from singer_sdk.mapper import NULL_STRING, CustomStreamMap, StreamMap

from tap_frontcore import clock
from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.names import closest, meant
from tap_frontcore.singer.records import ADDITIONAL_COLUMN
from tap_frontcore.singer.schemas import types_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Entries = Mapping[str, Any]  # of one map: expressions by field, and options
Definition = Mapping[str, str | None] | str | None  # entries, or what removes a stream
StreamMaps = Mapping[str, Definition]

REMOVED = (None, NULL_STRING)  # what removes a field or stream; Meltano drops the first

OPTIONS = (ALIAS, ELSE, FILTER, KEY_PROPERTIES, SOURCE)

_CHECKER = Draft202012Validator.TYPE_CHECKER
_Validator = validators.extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=_CHECKER.redefine_many(
        {
            "array": lambda _, value: isinstance(value, list | tuple),
            "number": lambda _, value: _CHECKER.is_type(value, "number") and math.isfinite(value),
        }
    ),
)
_FORMATS = FormatChecker(())
for _name in ("date", "date-time"):
    _FORMATS.checks(_name, ValueError)(lambda text: bool(clock.parse(text)))


class Output(NamedTuple):
    """A stream as the target receives it."""

    stream_map: StreamMap
    definition: Definition
    declared: dict[str, Any]  # what each expression may give: a validator, by field
    keys: tuple[str, ...]


def output(stream_map: StreamMap, definition: Definition) -> Output:
    """Look up what each expression of a map may give, once for all records."""
    fields = stream_map.transformed_schema["properties"]
    declared = {
        # If an object is flattened, its parts are columns.
        name: _Validator(fields.get(name, {"type": "object"}), format_checker=_FORMATS)
        for name, expression in _entries(definition).items()
        if expression not in (name, *REMOVED) and name not in OPTIONS
    }
    keys = stream_map.transformed_key_properties
    return Output(stream_map, definition, declared, tuple(keys or ()))


def definitions(stream: str, stream_maps: StreamMaps) -> list[Definition]:
    """Return a stream's own map, which is the last one or empty, and those with `__source__`."""
    fitting = _fitting(stream, stream_maps).values()
    own = [it for it in fitting if SOURCE not in _entries(it)]
    return [own[-1] if own else {}, *(it for it in fitting if SOURCE in _entries(it))]


def masked_fields(stream: str, stream_maps: StreamMaps, fields: Collection[str]) -> frozenset[str]:
    """Return the fields that a map removes or masks: their raw value must never be emitted."""
    masked: set[str] = set()
    for entries in map(_entries, definitions(stream, stream_maps)):
        kept = {name for name, expression in entries.items() if expression == name}  # email: email
        masked |= entries.keys() - kept
        # `__else__` removes every field that isn't named, `additional_properties` too.
        if ELSE in entries and entries.get(ADDITIONAL_COLUMN) not in REMOVED:
            masked |= set(fields) - kept
    return frozenset(masked.difference(OPTIONS))


def has_filter(definition: Definition) -> bool:
    """Return whether a map leaves out rows."""
    return FILTER in _entries(definition)


def map_errors(
    settings: Mapping[str, Any], streams: Mapping[str, Collection[str]], keys: Mapping[str, str]
) -> Iterator[str]:
    """Yield in a line each what is wrong with the stream maps, by streams' fields and keys."""
    for name, value in settings.get("stream_map_config", {}).items():
        if value in ("", None):  # as Meltano passes a variable that isn't set
            yield f"The setting stream_map_config.{name} is empty. Is the variable for it set?"
    for name, definition in settings.get("stream_maps", {}).items():
        if name.startswith("__"):  # for all streams; the SDK checks it
            continue
        entries, source = _entries(definition), _source(name, definition)
        fitting = [stream for stream in streams if fnmatch(stream, source)]
        fields = {field for stream in fitting for field in streams[stream]}
        if not fields:
            yield f"stream_maps: there is no stream {source}. {meant(source, streams)}"
            continue
        problems = [_problem(field, value, fields, entries) for field, value in entries.items()]
        problems += [_removed_key(entries, keys[stream]) for stream in fitting]
        for problem in dict.fromkeys(filter(None, problems)):
            yield f"stream_maps, {name}: {problem}"


def replaced(stream: str, stream_maps: StreamMaps, fields: Collection[str]) -> Iterator[str]:
    """Yield what a map removes or changes, but not the later map that the SDK applies instead."""
    fitting = _fitting(stream, stream_maps).items()
    own = [(name, it) for name, it in fitting if SOURCE not in _entries(it)]
    *earlier, (last, definition) = own or [("", None)]
    if not isinstance(definition, Mapping) or ELSE in definition:
        return
    for name, other in earlier:
        if lost := {*fields, ELSE, FILTER} & _entries(other).keys() - definition.keys():
            yield (
                f"stream_maps: of {name} and {last} only the latter applies to {stream}, and it "
                f"lacks {', '.join(sorted(lost))}. Name them there too."
            )


def apply(output: Output, record: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return what a map makes of a record; None if its filter leaves the record out.

    If an expression fails or breaks the schema, raise an error without values; the SDK quotes them.
    """
    stream_map, definition, declared, _ = output
    if not isinstance(stream_map, CustomStreamMap):
        return stream_map.transform(record)
    mapped: Any = None
    reason: str | None = None
    try:
        mapped = stream_map.transform(record)
    except Exception as error:  # noqa: BLE001  # an expression can fail in any way
        name, reason = _failed(stream_map, definition), type(error.__cause__ or error).__name__
    for field, validator in declared.items() if mapped else ():
        if reason := _misfit(validator, mapped.get(field)):
            name = field
            break
    if not reason:
        return mapped
    expression = _entries(definition).get(name, "")
    nodes = ast.walk(ast.parse(expression))
    names = [name if it.id == "self" else it.id for it in nodes if isinstance(it, ast.Name)]
    kinds = {it: type(record[it]).__name__ for it in names if it in record}
    where = ", ".join(f"{it} is {kind}" for it, kind in kinds.items())
    msg = (
        f"The stream map of {stream_map.stream_alias} can't be applied to a row: "
        f"`{name}: {expression}` fails ({reason}){where and f' where {where}'}. Correct it in "
        "stream_maps."
    )
    raise StreamMapError(msg)  # outside of the `except`, so that it has no trace of the value


def _failed(stream_map: CustomStreamMap, definition: Definition) -> str:
    """Return the field whose expression the SDK evaluated last, or the filter."""
    evaluator = stream_map.expr_evaluator
    value = evaluator.names.get("self")  # tells fields with the same expression apart
    for name, expression in _entries(definition).items():
        if expression == evaluator.expr and evaluator.names["record"].get(name) is value:
            return name
    return FILTER


def _misfit(validator: Any, value: Any) -> str | None:  # noqa: ANN401
    """Return how a value breaks the declaration of its field, without quoting it."""
    try:
        plain = msgspec.to_builtins(value, builtin_types=(Decimal,))  # times become text
        broken = {it.validator: it.validator_value for it in validator.iter_errors(plain)}
    except TypeError:  # a function, for instance
        broken = {"type": validator.schema.get("type", "JSON")}
    if value is None or not broken:
        return None
    rule = next((it for it in ("format", "type") if it in broken), min(broken))
    declared = types_of(broken)[0] if rule == "type" else broken[rule]
    if rule not in ("format", "type"):
        declared = f"{rule} {declared}"  # such as `maxLength 2`
    advice = {"integer": "; write int(…)", "string": "; write str(…)"}.get(declared, "")
    return f"it gives a {type(value).__name__}, and {declared} is declared{advice}"


def _entries(definition: Definition) -> Entries:
    """Return the expressions and options of a map; none if it removes the stream."""
    return definition if isinstance(definition, Mapping) else {}


def _source(name: str, definition: Definition) -> str:
    """Return the stream, or pattern of streams, that a map is for."""
    return _entries(definition).get(SOURCE) or name


def _fitting(stream: str, stream_maps: StreamMaps) -> StreamMaps:
    """Return the maps of a stream, by name."""
    return {name: it for name, it in stream_maps.items() if fnmatch(stream, _source(name, it))}


def _problem(
    field: str, value: str | None, fields: Collection[str], entries: Entries
) -> str | None:
    """Say what is wrong with one line of a map, if anything is."""
    if field in OPTIONS:
        return _option_problem(field, value, entries)
    word = field.strip().strip("_").casefold()
    is_edged = word != field.strip().casefold()  # as options are, and no field of the API's
    if field not in fields and (is_edged or f"__{word}__" in OPTIONS):
        return f"`{field}` is none of its options. {meant(f'__{word}__', OPTIONS)}"
    if value not in REMOVED:
        return _syntax_problem(field, value)
    # Removing what isn't declared keeps it out of `additional_properties`, if it is sent at all.
    whole, *_ = re.split(r"\.|__", field)
    alike = whole if whole in fields else closest(field, fields)
    if field in fields or not alike or alike in entries:
        return None
    return f"there is no field {field} to remove. Did you mean {alike}?"


def _option_problem(option: str, value: str | None, entries: Entries) -> str | None:
    """Say what is wrong with an option's value; with `"__source__": ""` nothing is removed."""
    if option == ELSE:
        return None if value in REMOVED else f"`{option}` must be null or {NULL_STRING}."
    if option == KEY_PROPERTIES:  # null: the stream is emitted without a key
        return f"`{option}` must be a list, or null." if isinstance(value, str) else None
    if value in ("", *REMOVED):
        return f"`{option}` is empty. Give it a value, or leave it out."
    if option == ALIAS and SOURCE in entries:
        return f"`{option}` has no effect beside `{SOURCE}`: use it as the name of the map."
    return _syntax_problem(option, value) if option == FILTER else None


def _syntax_problem(name: str, text: str | None) -> str | None:
    """Say that the SDK can't take a text for one expression."""
    with suppress(SyntaxError, ValueError):  # the second is for none, or several
        (statement,) = ast.parse(text or "").body
        if isinstance(statement, ast.Expr):
            return None
    return f"`{name}: {text}` can't be read."


def _removed_key(entries: Entries, key: str) -> str | None:
    """Say that a map that removes all it doesn't name removes a key."""
    keys = entries.get(KEY_PROPERTIES, [key]) or ()
    lacking = [name for name in keys if name not in entries]
    if not lacking or entries.get(ELSE, "") not in REMOVED:
        return None
    return f"`{ELSE}` removes the key: add `{lacking[0]}: {lacking[0]}`."
