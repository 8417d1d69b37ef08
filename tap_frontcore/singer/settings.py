"""Reading and checking settings and files: one line for each mistake, without the value."""

from __future__ import annotations

import json
import math
import os
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from dotenv import dotenv_values, find_dotenv
from jsonschema import Draft202012Validator
from singer_sdk.exceptions import ConfigurationError
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.singer.names import closest, meant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Schema = dict[str, Any]
Settings = dict[str, Any]

A_TIME = "a date or time such as 2024-01-31T00:00:00+01:00"
BOOLEANS = {  # words of variables, as the SDK has them; it takes any other word for false
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}

CLOCK_SKEW = timedelta(minutes=10)  # by how much the clocks of two machines may differ


def variables() -> dict[str, str | None]:
    """Return the environment variables, and those of a file `.env` in this folder or above."""
    path = ""
    with suppress(FileNotFoundError):  # the working folder was removed
        path = find_dotenv(usecwd=True)
    try:
        return dotenv_values(path) | os.environ
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} can't be read as text in UTF-8."
        raise ConfigurationError(msg) from error


def named_by(variables: Mapping[str, str | None], prefix: str) -> dict[str, str]:
    """Return the texts of variables by the setting that they name: `api_key` for `TAP_X_API_KEY`.

    Those that only Meltano reads, such as `TAP_X__SELECT`, name none.
    """
    return {
        it.removeprefix(prefix).lower(): text
        for it, text in variables.items()
        if text is not None and it.startswith(prefix) and not it.startswith(f"{prefix}_")
    }


def from_environment(named: Mapping[str, str], schema: Schema) -> Settings:
    """Take settings from the texts of variables, also misspelled ones and parts of settings.

    The SDK's parser leaves numbers as text, takes any word for false, and ends in a bare error
    for a bad integer. Here what is wrong is left to `rejected_by_schema`, as if from a file. So is
    `stream_maps_customers_email=__NULL__`, which only Meltano reads: it would mask nothing.
    """
    properties = schema["properties"]
    objects = [name for name, field in properties.items() if "object" in field.get("type", ())]
    parts = [name for name in named if any(name.startswith(f"{it}_") for it in objects)]
    found: Settings = dict.fromkeys([*misspelled(named, schema), *parts], True)  # also empty ones
    for name in named.keys() & properties.keys():
        text, types = named[name], properties[name].get("type", ())
        if "boolean" in types:
            found[name] = BOOLEANS.get(text.lower(), text)
        else:
            found[name] = text if "string" in types else from_text(text)
    return found


def misspelled(names: Iterable[str], schema: Schema) -> list[str]:
    """Return the names that are probably meant to be settings, such as `apikey` or `maps`.

    Not `config`, with which several end, nor `se_api_key` of a tap called `tap-frontcore-se`, nor a
    part, such as `faker_config_seed`.
    """
    settings = schema["properties"]
    return [
        name
        for name in names
        if name not in settings
        and not any(name.startswith(f"{it}_") or name.endswith(f"_{it}") for it in settings)
        and (closest(name, settings) or sum(it.endswith(f"_{name}") for it in settings) == 1)
    ]


def no_setting(name: str, schema: Schema) -> str:
    """Say that there is no setting of this name."""
    return f"There is no setting {name}. {meant(name, schema['properties'])}"


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
    properties, required = schema["properties"], schema.get("required", [])
    missing = [
        f"The setting {name} is missing. {prefix}{name.upper()} is read with --config=ENV, or by "
        "Meltano."
        for name in required
        if name not in settings
    ]
    unknown = [no_setting(name, schema) for name in settings if name not in properties]
    wrong = [
        f"The setting {'.'.join(map(str, error.path))} must be {_allowed(error.schema)}."
        for error in Draft202012Validator({"properties": properties}).iter_errors(settings)
    ] or [
        f"The setting {name} must be {A_TIME}."
        for name in _times(settings, schema)
        if not clock.is_askable(settings[name])
    ]
    return missing + unknown + wrong


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
    if faker or re.search(r"\bfake\.\w+\(", json.dumps(settings.get("stream_maps", {}))):
        try:
            import_module("faker").Faker(faker.get("locale"))
        except ImportError:
            yield f"Expressions with `fake` need Faker: install {tap_name}[faker]."
        except AttributeError:
            yield "The setting faker_config.locale must be one that Faker knows, such as no_NO."


def instants(settings: Settings, schema: Schema) -> list[str]:
    """Return the name of each setting that is a time, and the time as it is used, in UTC."""
    times = _times(settings, schema)
    return [f"{name} {clock.to_text(clock.parse(settings[name]))}" for name in times]


def is_future(time: str) -> bool:
    """Return whether a time is later than now, also if this machine's clock is somewhat slow."""
    return clock.parse(time) > datetime.now(UTC) + CLOCK_SKEW


class JSONObjectFile(click.ParamType):  # type: ignore[type-arg]  # generic in later versions
    """A file that holds a JSON object. The SDK would end in the parser's bare error."""

    name = "filename"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Read the file, or fail with one line that doesn't quote its content."""
        if str(value).lstrip().startswith(("{", "[")):
            # JSON in place of a file's name may contain the key.
            self.fail("what was given is no file's name; write it to a file.", param, ctx)
        content = None
        try:
            with suppress(UnicodeDecodeError):
                content = from_text(Path(value).read_text(encoding="utf-8-sig"))
        except OSError as error:
            self.fail(f"{str(value)!r}: {error.strerror}.", param, ctx)
        if not isinstance(content, dict):
            self.fail(f"{str(value)!r} holds no JSON object in UTF-8.", param, ctx)
        return content


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


def _allowed(schema: Schema) -> str:
    """Put into words what the JSON schema of a setting allows."""
    if "anyOf" in schema:  # a stream map
        return "expressions by field, each as text, or null to leave it out"
    if "enum" in schema:
        return " or ".join(schema["enum"])
    if "minLength" in schema:
        return f"text of at least {schema['minLength']} characters"
    if "pattern" in schema:
        return "text without spaces, line breaks or special letters"
    if schema.get("format") == "date-time":
        return A_TIME
    words = {
        "boolean": "true or false",
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
    }
    types = [name for name in schema.get("type", []) if name != "null"]
    kind = " or ".join(words.get(name, f"JSON of type {name}") for name in types) or "valid"
    bounds = (("from", "minimum"), ("to", "maximum"))
    limits = [f" {word} {schema[bound]}" for word, bound in bounds if bound in schema]
    return "".join([kind, *limits])
