"""Stream maps: which streams and fields a user removes, masks or renames.

The SDK applies them. This module refuses a map that fits nothing, names the expression that fails
on a row, and lists the fields that must not reappear in `additional_properties`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.mapper import MAPPER_ALIAS_OPTION as ALIAS
from singer_sdk.mapper import MAPPER_ELSE_OPTION as ELSE
from singer_sdk.mapper import MAPPER_FILTER_OPTION as FILTER
from singer_sdk.mapper import MAPPER_KEY_PROPERTIES_OPTION as KEY_PROPERTIES
from singer_sdk.mapper import MAPPER_SOURCE_OPTION as SOURCE
from singer_sdk.mapper import NULL_STRING, SameRecordTransform
from typing_extensions import override

from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.expressions import advice, is_expression, names_in
from tap_frontcore.singer.names import closest, escaped, meant
from tap_frontcore.singer.records import ADDITIONAL_COLUMN
from tap_frontcore.singer.validation import Declaration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk.helpers._flattening import FlatteningOptions
    from singer_sdk.mapper import CustomStreamMap, StreamMap

Entries = Mapping[str, Any]  # of one map: expressions by field, and options
Definition = Mapping[str, str | None] | str | None  # entries, or what removes a stream
StreamMaps = Mapping[str, Definition]

REMOVED = (None, NULL_STRING)  # what removes a field or stream; Meltano drops the first

OPTIONS = (ALIAS, ELSE, FILTER, KEY_PROPERTIES, SOURCE)
FUNCTIONS = {"boolean": "bool", "integer": "int", "number": "float", "string": "str"}
UNREADABLE = "can't be read. Write a text in quotes, as `'no'`, and compare by `==`."
COLUMN = re.compile(r"None|str\(([^()]|\([^()]*\))*\)")  # what no option has for a value


class CheckedMap(SameRecordTransform):
    """A map of the SDK's, whose values are checked before they are flattened.

    The SDK would emit what breaks the schema, and quote a row's values in its errors.
    """

    def __init__(
        self,
        inner: StreamMap,
        definition: Definition,
        fields: Collection[str],
        flattening: FlatteningOptions | None,
    ) -> None:
        """Prepare for a map that doesn't flatten, and for the fields of its stream."""
        schema, self._inner, self._fields = inner.transformed_schema, inner, fields
        schema.pop("$schema", None)  # of the SDK's, with `__else__`; Draft 4 refuses it
        super().__init__(inner.stream_alias, schema, inner.transformed_key_properties, flattening)
        self._expressions = dict(_expressions(definition))
        self.has_filter = FILTER in self._expressions
        self._functions = cast("Any", inner).expr_evaluator.functions if self._expressions else ()
        self._declared: dict[str, Declaration] = {}
        for name, expression in self._expressions.items():
            field = schema["properties"].get(name, {})
            if self.flattening_enabled and "properties" in field:  # other parts have no column
                field = field | {"propertyNames": {"enum": list(field["properties"])}}
            if expression != name:
                self._declared[name] = Declaration(field)

    @override
    def transform(self, record: dict[str, Any]) -> Any:
        """Return what the map makes of a record; None if its filter leaves the record out.

        If an expression fails or breaks the schema, raise an error without values.
        """
        cause: BaseException | None = None
        try:
            mapped: Any = self._inner.transform(record)
            failure = next(self._misfits(mapped or {}), None)
        except Exception as error:  # noqa: BLE001  # an expression can fail in any way
            cause = error.__cause__ or error
            failure = self._evaluated(), type(cause).__name__
        if not failure:
            return mapped and super().transform(mapped)
        name, reason = failure
        expression = self._expressions.get(name, "")
        read = {it: record[it] for it in sorted(names_in(name, expression) & record.keys())}
        where = ", ".join(f"{it} is {type(value).__name__}" for it, value in read.items())
        msg = (
            f"The stream map of {self.stream_alias} can't be applied to a row: "
            f"`{name}: {escaped(expression)}` fails ({reason})"
            f"{where and f' where {where}'}. Correct it in stream_maps."
            f"{advice(cause, read, record, self._functions)}"
        )
        raise StreamMapError(msg)  # outside of the `except`, so that it has no trace of the value

    def _evaluated(self) -> str:
        """Return the field whose expression the SDK evaluated last, or the filter."""
        evaluator = cast("CustomStreamMap", self._inner).expr_evaluator
        value = evaluator.names.get("self")  # tells fields with the same expression apart
        for name, expression in self._expressions.items():
            if expression == evaluator.expr and evaluator.names["record"].get(name) is value:
                return name
        return FILTER

    def _misfits(self, mapped: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the fields whose values break their declaration, and how, without a value."""
        for name, declaration in self._declared.items():
            if broken := declaration.broken_by(mapped.get(name)):
                kind, function = type(mapped[name]).__name__, FUNCTIONS.get(broken)
                if name not in self._fields:  # the SDK looks at the outermost function
                    function = kind if kind in FUNCTIONS.values() else "json.dumps"
                advice = f"; write {function}(…)" if function else ""
                yield name, f"it gives a {kind}, and {broken} is declared{advice}"


def fitting(stream: str, stream_maps: StreamMaps) -> StreamMaps:
    """Return the maps of a stream by name: its own, which may be empty, and then its copies."""
    sources = {name: _entries(it).get(SOURCE) or name for name, it in stream_maps.items()}
    found = {name: stream_maps[name] for name, it in sources.items() if fnmatch(stream, it)}
    own = {name: it for name, it in found.items() if SOURCE not in _entries(it)}
    return (own or {ELSE: {}}) | found


def masked_fields(stream: str, stream_maps: StreamMaps, fields: Collection[str]) -> frozenset[str]:
    """Return the fields that a map removes or masks: their raw value must never be emitted."""
    masked: set[str] = set()
    for entries in map(_entries, fitting(stream, stream_maps).values()):
        kept = {name for name, expression in entries.items() if expression == name}  # email: email
        masked |= entries.keys() - kept
        read = {name for it in _expressions(entries) for name in names_in(*it)}
        if ELSE in entries and read & {ADDITIONAL_COLUMN, "record", "_"}:
            masked |= set(fields) - kept  # `__else__` removes every field that isn't named
    return frozenset(masked.difference(OPTIONS))


def map_errors(stream_maps: StreamMaps, streams: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield in a line each what is wrong with stream maps, by the fields of all streams."""
    for name, definition in stream_maps.items():
        if name.startswith("__"):  # for all streams; the SDK checks it
            continue
        entries = _entries(definition)
        source = entries.get(SOURCE) or name
        fields = {it for stream in streams if fnmatch(stream, source) for it in streams[stream]}
        if not fields:
            yield f"stream_maps: there is no stream {source}. {meant(source, streams)}"
            continue
        problems = (_problem(*line, fields, entries) for line in entries.items())
        yield from (f"stream_maps, {name}: {problem}" for problem in problems if problem)


def stream_errors(
    stream: str, stream_maps: StreamMaps, keys: Collection[str], left_out: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with the maps of a selected stream, by its keys and what is left out."""
    maps = fitting(stream, stream_maps)
    own = [name for name, it in maps.items() if SOURCE not in _entries(it)]
    if len(own) > 1:
        yield (
            f"stream_maps: {' and '.join(own)} fit {stream}, but a stream has one map. Write all "
            "its lines into one, and let the others name other streams. To remove it, deselect it."
        )
    for name, definition in maps.items():
        entries = _entries(definition)
        lacking = [it for it in entries.get(KEY_PROPERTIES, keys) or () if it not in entries]
        if lacking and ELSE in entries:
            advice = f"add `{lacking[0]}: {lacking[0]}`, in a map for {stream} alone"
            yield f"stream_maps, {name}: `{ELSE}` removes the key: {advice}."
        for field, expression in _expressions(entries):
            for it in sorted(names_in(field, expression).intersection(left_out)):
                line = f"`{field}: {expression}` reads {it}, which personal_data leaves out"
                yield escaped(f"stream_maps, {name}: {line}. Take this line out.")


def _entries(definition: Definition) -> Entries:
    """Return the expressions and options of a map; none if it removes the stream."""
    return definition if isinstance(definition, Mapping) else {}


def _expressions(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield what the SDK evaluates for each row: fields and the filter, with their expressions."""
    for name, value in _entries(definition).items():
        if value not in REMOVED and (name == FILTER or name not in OPTIONS):
            yield name, value


def _problem(
    field: str, value: str | None, fields: Collection[str], entries: Entries
) -> str | None:
    """Say what is wrong with one line of a map, if anything is."""
    if field in OPTIONS:
        return _option_problem(field, value, entries)
    if value not in REMOVED and not is_expression(value):
        return escaped(f"`{field}: {value}` {UNREADABLE}")
    is_meant = field in fields or COLUMN.fullmatch(value or "")
    return None if is_meant else _slip(field, value, fields, entries)


def _slip(field: str, value: str | None, fields: Collection[str], entries: Entries) -> str | None:
    """Say what is probably meant by a name that no field has."""
    removes, word = value in REMOVED, field.strip().strip("_")
    option = closest(field, OPTIONS) if word != field else f"__{word.casefold()}__"
    if option in OPTIONS and (removes or word != field):
        column = f"{field}: {'None' if removes else 'str(…)'}"
        return f"`{field}` is none of its options. Did you mean {option}? If not: `{column}`."
    # Removing what isn't declared keeps it out of `additional_properties`, if it is sent at all.
    whole, *_ = re.split(r"\.|__", field)
    alike = whole if whole in fields else closest(field, fields)
    if not removes or not alike or alike in entries:
        return None
    return f"there is no field {field} to remove. Did you mean {alike}? If not: `{alike}: {alike}`."


def _option_problem(option: str, value: str | None, entries: Entries) -> str | None:
    """Say what is wrong with an option's value; with `"__source__": ""` nothing is removed."""
    if option == ELSE:
        return None if value in REMOVED else f"`{option}` must be null or {NULL_STRING}."
    if option == KEY_PROPERTIES:  # null: the stream is emitted without a key
        return f"`{option}` must be a list, or null." if isinstance(value, str) else None
    if value in ("", *REMOVED):
        is_none = option == FILTER and value is None
        return None if is_none else f"`{option}` is empty. Give it a value, or leave it out."
    if option == ALIAS and SOURCE in entries:
        return f"`{option}` has no effect beside `{SOURCE}`: use it as the name of the map."
    is_right = option == SOURCE or is_expression(value)
    return None if is_right else escaped(f"`{option}: {value}` {UNREADABLE}")
