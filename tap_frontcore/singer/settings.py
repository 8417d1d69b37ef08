"""Reading and checking settings and files: one line for each mistake, without the value."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from typing import IO, TYPE_CHECKING, Any, cast

import click
from dotenv import dotenv_values, find_dotenv
from jsonschema import Draft202012Validator
from singer_sdk.exceptions import ConfigurationError
from typing_extensions import override

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jsonschema import ValidationError

Schema = dict[str, Any]
Settings = dict[str, Any]

A_TIME = "a date or time such as 2024-01-31T00:00:00+01:00"

CLOCK_SKEW = timedelta(minutes=10)
"""How far two machines' clocks may differ: a time that is later by less isn't in the future."""

CLOSE_MATCH = 0.8
"""How like a setting's name a variable's must be to be taken for a misspelling (`difflib`)."""

MELTANOS = re.compile("_(SELECT|METADATA|SCHEMA)(_.*)?")
"""Variables behind the prefix that only Meltano reads, which makes a catalog of them."""


def variables() -> dict[str, str | None]:
    """Return the environment variables, and those of a file `.env` in this folder or above.

    Raises:
        ConfigurationError: The file can't be read.
    """
    path = find_dotenv(usecwd=True)
    try:
        return dotenv_values(path) | os.environ
    except UnicodeDecodeError as error:
        msg = f"{path} isn't written in UTF-8."
        raise ConfigurationError(msg) from error
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}."
        raise ConfigurationError(msg) from error


def from_environment(schema: Schema, prefix: str, variables: Mapping[str, str | None]) -> Settings:
    """Take settings from variables.

    The SDK's parser leaves numbers as text, takes any word for false, and ends in a bare error
    for a bad integer. Here a value that isn't of its type is left to `config_errors`.

    Args:
        schema: JSON schema of the settings.
        prefix: What the names of the variables begin with.
        variables: Their values, by name.
    """
    texts = {name: variables.get(prefix + name.upper()) for name in schema["properties"]}
    return {
        name: text if _is_text(schema["properties"][name]) else from_text(text)
        for name, text in texts.items()
        if text is not None
    }


def misspelled(schema: Schema, prefix: str, names: Iterable[str]) -> list[str]:
    """Say in a line each which variables are probably meant to be settings, and are none.

    `TAP_FRONTCORE_PAGESIZE` is meant to be `TAP_FRONTCORE_PAGE_SIZE`. Meltano's own variables
    aren't meant: it sets `TAP_FRONTCORE__SELECT`, which is like no setting,
    `TAP_FRONTCORE_FAKER_CONFIG_SEED` for a part of a setting, and `TAP_FRONTCORE_SE_PAGE_SIZE`
    for a tap of another name.

    Args:
        schema: JSON schema of the settings.
        prefix: What the names of settings' variables begin with.
        names: The names of all variables.
    """
    settings = [name.upper() for name in schema["properties"]]
    lines = []
    for variable in sorted(names):
        name = variable.upper().removeprefix(prefix)
        if not variable.upper().startswith(prefix) or variable.removeprefix(prefix) in settings:
            continue
        if any(name.startswith(f"{s}_") or name.endswith(f"_{s}") for s in settings):
            continue
        parts = (s for s in settings if s.startswith(f"{name}_") or s.endswith(f"_{name}"))
        if close := _closest(name, settings) or next(parts, None):
            lines.append(f"There is no setting {variable}: is {prefix}{close} meant?")
    return lines


def parts_of_objects(schema: Schema, prefix: str, names: Iterable[str]) -> list[str]:
    """Say in a line each which variables are parts of an object setting, which Meltano alone reads.

    `TAP_FRONTCORE_STREAM_MAPS_CUSTOMERS_EMAIL=__NULL__` would mask nothing.
    """
    fields = schema["properties"].items()
    objects = [prefix + name.upper() for name, field in fields if "object" in field.get("type", ())]
    return [
        f"Only Meltano reads {name}, a part of a setting. Write all of it as JSON into {whole}."
        for name in sorted(names)
        for whole in objects
        if name.upper().startswith(f"{whole}_") and name.upper() not in objects
    ]


def for_meltano(prefix: str, names: Iterable[str]) -> list[str]:
    """Return the variables that select or declare fields, but only where Meltano runs the tap."""
    return [
        name
        for name in sorted(names)
        if name.startswith(prefix) and MELTANOS.fullmatch(name.removeprefix(prefix))
    ]


def with_defaults(settings: Mapping[str, Any], schema: Schema) -> Settings:
    """Leave out what is empty, take numbers out of texts, and put in the defaults.

    Meltano can hand on a fraction from the environment only as text. For JSON 100.0 is a whole
    number, and is made one: it would be asked for as `limit=100.0`.
    """
    properties = schema["properties"]
    defaults = {n: field["default"] for n, field in properties.items() if "default" in field}
    return defaults | {
        name: _number(value, properties.get(name, {}).get("type", ()))
        for name, value in settings.items()
        if value not in (None, "")
    }


def config_errors(settings: Settings, schema: Schema) -> list[str]:
    """Say in a line each what is wrong with settings, as far as their schema tells.

    The SDK's own messages quote the value, which may be the key.
    """
    lines = [
        line
        for error in Draft202012Validator(schema).iter_errors(settings)
        for line in _explain(error, schema)
    ]
    return lines or [
        f"The setting {name} must be {A_TIME}."
        for name in _times(settings, schema)
        if not clock.is_askable(settings[name])
    ]


def sdk_config_errors(settings: Settings, tap_name: str) -> Iterator[str]:
    """Say in a line each what the SDK would end with an error of its own for.

    Args:
        settings: They fit their schema.
        tap_name: Of the package.
    """
    if settings.get("flattening_enabled") and "flattening_max_depth" not in settings:
        yield "The setting flattening_max_depth is missing: say how many levels to flatten."
    faker = settings.get("faker_config", {})
    calls_faker = re.search(r"\bfake\.\w+\(", json.dumps(settings.get("stream_maps", {})))
    if (faker or calls_faker) and not find_spec("faker"):
        yield f"Expressions with `fake` need Faker: install {tap_name}[faker]."
    elif locale := faker.get("locale"):
        try:
            import_module("faker").Faker(locale)
        except (AttributeError, ImportError, TypeError, ValueError):
            yield "The setting faker_config.locale must be one that Faker knows, such as no_NO."


def instants(settings: Settings, schema: Schema) -> dict[str, str]:
    """Return the times among settings that are right as they are used, in UTC, by name."""
    return {name: clock.to_text(clock.parse(settings[name])) for name in _times(settings, schema)}


def is_future(time: str) -> bool:
    """Tell whether a time is later than now, also if this machine's clock is somewhat slow."""
    return clock.parse(time) > datetime.now(UTC) + CLOCK_SKEW


class JSONObjectFile(click.File):
    """A file that holds a JSON object. The SDK would end in the parser's bare error."""

    @override
    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> IO[str]:
        """Read the file.

        Raises:
            click.BadParameter: It isn't there, or isn't one.
        """
        if str(value).lstrip().startswith(("{", "[")):
            # Settings given in place of a file's name have the key in them.
            self.fail("what was given is no file's name; write it to a file.", param, ctx)
        try:
            text = _read(value)
        except OSError as error:
            self.fail(f"{str(value)!r}: {error.strerror}.", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{str(value)!r} isn't written in UTF-8.", param, ctx)
        if not isinstance(from_text(text), dict):
            self.fail(f"{str(value)!r} holds no JSON object.", param, ctx)
        return StringIO(text)


def _read(path: str | Path) -> str:
    with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123  # also for /dev/stdin
        return file.read()


def from_text(text: str) -> Any:  # noqa: ANN401
    """Read JSON, or true and false in any case; else return the text as it is."""
    try:
        return json.loads(text.lower() if text.lower() in {"true", "false"} else text)
    except (ValueError, RecursionError):
        return text


def _closest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that another is probably a misspelling of."""
    return next(iter(difflib.get_close_matches(name, [*names], n=1, cutoff=CLOSE_MATCH)), None)


def _is_text(field: Schema) -> bool:
    return "string" in field.get("type", ())


def _times(settings: Settings, schema: Schema) -> list[str]:
    """Return the names of the settings that are times."""
    return [
        name
        for name, field in schema["properties"].items()
        if name in settings and field.get("format") == "date-time"
    ]


def _number(value: Any, types: Sequence[str]) -> Any:  # noqa: ANN401
    """Return a setting's number as one, if it is given in another form; else what is given."""
    if "number" in types and isinstance(value, str):
        value = from_text(value)
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return str(value)  # Python reads NaN and Infinity as numbers, and no bound stops NaN
    return int(value) if "integer" in types and value.is_integer() else value


def _explain(error: ValidationError, whole: Schema) -> Iterator[str]:
    """Say in a line what is wrong with a setting and what is allowed, without its value."""
    schema = cast("Schema", error.schema)
    settings = cast("Settings", error.instance)
    if error.validator == "required" and not error.path:
        for missing in sorted(set(schema["required"]) - set(settings)):
            yield f"The setting {missing} is missing."
    elif error.validator == "additionalProperties" and not error.path:
        for unknown in sorted(set(settings) - set(whole["properties"])):
            close = _closest(unknown, whole["properties"])
            hint = f": is {close} meant?" if close else "."
            yield f"There is no setting {unknown}{hint} `--about` lists them."
    else:
        name = ".".join(str(part) for part in error.path)
        yield f"The setting {name} must be {_allowed(schema)}."


def _allowed(schema: Schema) -> str:
    """Put into words what the JSON schema of a setting allows."""
    if "pattern" in schema:
        return "text without spaces, line breaks or special letters"
    if "minimum" in schema:
        kind = "a number" if "number" in schema["type"] else "a whole number"
        upper = f"to {schema['maximum']}" if "maximum" in schema else "up"
        return f"{kind} from {schema['minimum']} {upper}"
    if schema.get("format") == "date-time":
        return A_TIME
    words = {"boolean": "true or false", "string": "text", "integer": "a whole number"}
    types = [name for name in schema.get("type", []) if name != "null"]
    return " or ".join(words.get(name, f"JSON of type {name}") for name in types) or "valid"
