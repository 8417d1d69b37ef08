"""Reading and checking settings and files: one line for each mistake, without the value."""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import click
from dotenv import dotenv_values, find_dotenv
from jsonschema import Draft202012Validator
from singer_sdk.exceptions import ConfigurationError
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.singer.names import closest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jsonschema import ValidationError

Schema = dict[str, Any]
Settings = dict[str, Any]

A_TIME = "a date or time such as 2024-01-31T00:00:00+01:00"
BOOLEANS = {  # words of variables, as the SDK has them; it takes any other word for false
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}

CLOCK_SKEW = timedelta(minutes=10)  # by how much the clocks of two machines may differ


def prefix_of(name: str) -> str:
    """Return what the variables of a tap begin with, such as `TAP_FRONTCORE_`."""
    return f"{name.upper().replace('-', '_')}_"


def variables() -> dict[str, str | None]:
    """Return the environment variables, and those of a file `.env` in this folder or above."""
    path = ""
    with suppress(FileNotFoundError):  # the working folder was removed
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
    """Take settings from variables, whose names begin with a prefix.

    The SDK's parser leaves numbers as text, takes any word for false, and ends in a bare error
    for a bad integer. Here a value that isn't of its type is left to `rejected_by_schema`.
    """
    found: Settings = {}
    for name, field in schema["properties"].items():
        text, types = variables.get(prefix + name.upper()), field.get("type", ())
        if text is not None and "boolean" in types:
            found[name] = BOOLEANS.get(text.lower(), text)
        elif text is not None:
            found[name] = text if "string" in types else from_text(text)
    return found


def misspelled(schema: Schema, prefix: str, names: Iterable[str]) -> list[str]:
    """Return a line for each variable that is probably meant to be a setting, and is none.

    `TAP_FRONTCORE_APIKEY` is meant to be `TAP_FRONTCORE_API_KEY`.
    """
    settings = [name.upper() for name in schema["properties"]]
    lines = []
    for variable in sorted(names):
        is_other = not variable.upper().startswith(prefix)
        if is_other or variable.removeprefix(prefix) in settings:
            continue
        if meant := _meant_setting(variable.upper().removeprefix(prefix), settings):
            lines.append(f"There is no setting {variable}: is {prefix}{meant} meant?")
    return lines


def _meant_setting(name: str, settings: Sequence[str]) -> str | None:
    """Return the setting that is probably meant by a name such as `APIKEY` or `TIMEOUT`.

    None is by Meltano's own variables: it sets `TAP_FRONTCORE__SELECT`,
    `TAP_FRONTCORE_FAKER_CONFIG_SEED` for a part of a setting, and `TAP_FRONTCORE_SE_API_KEY` for a
    tap of another name. Nor by a word that several settings end with, such as `CONFIG`.
    """
    if any(name.startswith(f"{it}_") or name.endswith(f"_{it}") for it in settings):
        return None
    longer = [it for it in settings if it.startswith(f"{name}_") or it.endswith(f"_{name}")]
    return closest(name, settings) or (longer[0] if len(longer) == 1 else None)


def parts_of_objects(schema: Schema, prefix: str, names: Iterable[str]) -> list[str]:
    """Return a line for each variable of a part of an object setting, which only Meltano reads.

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
    known = re.compile(f"{prefix}_(SELECT|METADATA|SCHEMA)(_.*)?")
    return [name for name in sorted(names) if known.fullmatch(name)]


def at_default(settings: Settings, defaults: Mapping[str, Any]) -> list[str]:
    """Return which settings have the value that is their default."""
    return [name for name, value in defaults.items() if settings.get(name) == value]


def with_defaults(settings: Mapping[str, Any], schema: Schema) -> Settings:
    """Leave out what is empty, take numbers out of texts, and put in the defaults.

    Meltano can hand on a fraction from the environment only as text. For JSON 100.0 is a whole
    number, and is made one: it would be asked for as `limit=100.0`. A secret is stripped: it often
    comes from a file, with the line break at its end.
    """
    properties = schema["properties"]
    defaults = {n: field["default"] for n, field in properties.items() if "default" in field}
    given = {
        name: _as_declared(value, properties.get(name, {})) for name, value in settings.items()
    }
    return defaults | {name: value for name, value in given.items() if value not in (None, "")}


def rejected_by_schema(settings: Settings, schema: Schema, prefix: str) -> list[str]:
    """Return a line for each setting that its JSON schema rejects.

    The SDK's own messages quote the value, which may be the key.
    """
    errors = Draft202012Validator(schema).iter_errors(settings)
    return [line for error in errors for line in _explain(error, schema, prefix)] or [
        f"The setting {name} must be {A_TIME}."
        for name in _times(settings, schema)
        if not clock.is_askable(settings[name])
    ]


def unset_salts(settings: Settings) -> Iterator[str]:
    """Yield a line for each salt that is none, such as `${SALT}` whose variable nobody read."""
    values = {
        f"stream_map_config.{n}": it for n, it in settings.get("stream_map_config", {}).items()
    }
    if settings.get("personal_data") == "hash":
        values["personal_data_salt"] = settings.get("personal_data_salt")
    for name, value in values.items():
        is_salt = value is None or "salt" in name.casefold()
        text = value if isinstance(value, str) else "" if is_salt else "another value"
        if re.fullmatch(r"\s*(\$\{?\w+\}?\s*)?", text):
            yield f"The setting {name} is empty, or a variable's name. Is the variable for it set?"


def rejected_by_sdk(settings: Settings, tap_name: str) -> Iterator[str]:
    """Yield a line for each setting that fits its schema, but would end the SDK with an error."""
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
    """Return whether a time is later than now, also if this machine's clock is somewhat slow."""
    return clock.parse(time) > datetime.now(UTC) + CLOCK_SKEW


class JSONObjectFile(click.File):
    """A file that holds a JSON object. The SDK would end in the parser's bare error."""

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> IO[str]:
        """Read the file, or fail with one line that doesn't quote its content."""
        if str(value).lstrip().startswith(("{", "[")):
            # JSON in place of a file's name may contain the key.
            self.fail("what was given is no file's name; write it to a file.", param, ctx)
        try:
            text = Path(value).read_text(encoding="utf-8-sig")
        except OSError as error:
            self.fail(f"{str(value)!r}: {error.strerror}.", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{str(value)!r} isn't written in UTF-8.", param, ctx)
        if not isinstance(from_text(text), dict):
            self.fail(f"{str(value)!r} holds no JSON object.", param, ctx)
        return StringIO(text)


def from_text(text: str) -> Any:  # noqa: ANN401
    """Read JSON, or return the text as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _times(settings: Settings, schema: Schema) -> list[str]:
    """Return the names of the settings that are times."""
    fields = schema["properties"].items()
    return [name for name, it in fields if name in settings and it.get("format") == "date-time"]


def _as_declared(value: Any, field: Schema) -> Any:  # noqa: ANN401
    """Return a secret stripped, and a setting's number as one, if it is given in another form."""
    types = field.get("type", ())
    if isinstance(value, str) and field.get("secret"):
        return value.strip()
    if "number" in types and isinstance(value, str):
        value = from_text(value)
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return str(value)  # Python reads NaN and Infinity as numbers, and no bound stops NaN
    return int(value) if "integer" in types and value.is_integer() else value


def _explain(error: ValidationError, whole: Schema, prefix: str) -> Iterator[str]:
    """Yield what is wrong with a setting and what is allowed, without its value."""
    schema, settings = cast("Schema", error.schema), cast("Settings", error.instance)
    if error.validator == "required" and not error.path:
        for missing in sorted(set(schema["required"]) - set(settings)):
            advice = f"{prefix}{missing.upper()} is read with --config=ENV, or by Meltano"
            yield f"The setting {missing} is missing. {advice}."
    elif error.validator == "additionalProperties" and not error.path:
        for unknown in sorted(set(settings) - set(whole["properties"])):
            close = closest(unknown, whole["properties"])
            hint = f": is {close} meant?" if close else "."
            yield f"There is no setting {unknown}{hint} `--about` lists them."
    else:
        name = ".".join(str(part) for part in error.path)
        yield f"The setting {name} must be {_allowed(schema)}."


def _allowed(schema: Schema) -> str:
    """Put into words what the JSON schema of a setting allows."""
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if "minLength" in schema:
        return f"text of at least {schema['minLength']} characters"
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
