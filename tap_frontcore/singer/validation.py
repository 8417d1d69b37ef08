"""Whether a value fits the JSON schema of its field: what a stream map makes can be anything."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker

from tap_frontcore import clock
from tap_frontcore.singer.schemas import types_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_encode = msgspec.json.Encoder(decimal_format="number").encode
_formats = FormatChecker(())
for _name in ("date", "date-time"):
    _formats.checks(_name, ValueError)(lambda it: not isinstance(it, str) or bool(clock.parse(it)))


class Declaration:
    """How a field is declared."""

    def __init__(self, field: Mapping[str, Any]) -> None:
        self._validator = Draft202012Validator(field, format_checker=_formats)

    def broken_by(self, value: Any) -> str | None:  # noqa: ANN401
        """Return what a value breaks, such as `string` or `maxLength 2`; null breaks nothing."""
        plain = None
        with suppress(TypeError, UnicodeEncodeError):  # a function; half of a surrogate pair
            plain = msgspec.json.decode(_encode(value))
        if plain is None:
            return None if value is None else "JSON"  # which NaN isn't either
        error = next(self._validator.iter_errors(plain), None)
        if error is None:
            return None
        rule, declared = error.validator, error.validator_value
        if rule == "type":
            declared = types_of({"type": declared})[0]
        elif rule != "format":
            declared = f"{rule} {declared}"
        return f"{declared} in a part" if error.path else str(declared)
