"""Reading and checking settings and files: one line for each mistake, without the value."""

from __future__ import annotations

import json
import os
from io import StringIO
from typing import IO, TYPE_CHECKING, Any, cast

import click
from dotenv import dotenv_values, find_dotenv
from jsonschema import Draft202012Validator
from typing_extensions import override

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from jsonschema import ValidationError

Schema = dict[str, Any]
Settings = dict[str, Any]

A_TIME = "a date or time such as 2024-01-31T00:00:00+01:00"


def from_environment(schema: Schema, prefix: str) -> Settings:
    """Read settings from environment variables, and from a file `.env`.

    The SDK's parser leaves numbers as text, takes any word for false, and ends in a bare error
    for a bad integer. Here a value that isn't of its type is left to `mistakes`.

    Args:
        schema: JSON schema of the settings.
        prefix: What the names of the variables begin with.
    """
    variables = dotenv_values(find_dotenv(usecwd=True)) | os.environ
    texts = {name: variables.get(prefix + name.upper()) for name in schema["properties"]}
    return {
        name: text if _is_text(schema["properties"][name]) else from_text(text)
        for name, text in texts.items()
        if text is not None
    }


def completed(settings: Mapping[str, Any], schema: Schema) -> Settings:
    """Leave out what is empty, take numbers out of texts, and put in the defaults.

    Meltano can hand on a fraction from the environment only as text.
    """
    properties = schema["properties"]
    given = {
        name: from_text(value)
        if isinstance(value, str) and "number" in properties.get(name, {}).get("type", ())
        else value
        for name, value in settings.items()
        if value not in (None, "")
    }
    defaults = {n: field["default"] for n, field in properties.items() if "default" in field}
    return defaults | given


def mistakes(settings: Settings, schema: Schema) -> list[str]:
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
        for name, field in schema["properties"].items()
        if name in settings
        and field.get("format") == "date-time"
        and not clock.is_askable(settings[name])
    ]


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


def check_state(state: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a state, if anything is."""
    bookmarks = state.get("bookmarks", {})
    if not isinstance(bookmarks, dict):
        return "The state's bookmarks must be an object: correct it, or begin without a state."
    for name, stream_state in bookmarks.items():
        if not isinstance(stream_state, dict):
            return f"The state of {name} must be an object: correct or remove it."
        bookmark = stream_state.get("replication_key_value")
        if bookmark is not None and not (isinstance(bookmark, str) and clock.is_askable(bookmark)):
            return f"The state's bookmark for {name} is not {A_TIME}: correct or remove it."
    return None


def _is_text(field: Schema) -> bool:
    return "string" in field.get("type", ())


def _explain(error: ValidationError, whole: Schema) -> Iterator[str]:
    """Say in a line what is wrong with a setting and what is allowed, without its value."""
    schema = cast("Schema", error.schema)
    settings = cast("Settings", error.instance)
    if error.validator == "required" and not error.path:
        for missing in sorted(set(schema["required"]) - set(settings)):
            yield f"The setting {missing} is missing."
    elif error.validator == "additionalProperties" and not error.path:
        for unknown in sorted(set(settings) - set(whole["properties"])):
            yield f"There is no setting {unknown}. `--about` lists them."
    else:
        name = ".".join(str(part) for part in error.path)
        yield f"The setting {name} must be {_allowed(schema)}."


def _allowed(schema: Schema) -> str:
    """Put into words what the JSON schema of a setting allows."""
    if "pattern" in schema:
        return "text without spaces, line breaks or special letters"
    if "minimum" in schema:
        upper = f"to {schema['maximum']}" if "maximum" in schema else "up"
        return f"a whole number from {schema['minimum']} {upper}"
    if "exclusiveMinimum" in schema:
        return "a number above 0"
    if schema.get("format") == "date-time":
        return A_TIME
    words = {"boolean": "true or false", "string": "text", "integer": "a whole number"}
    types = [name for name in schema.get("type", []) if name != "null"]
    return " or ".join(words.get(name, f"JSON of type {name}") for name in types) or "valid"
