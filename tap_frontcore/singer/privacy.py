"""Personal data: which columns have it, and what the setting `personal_data` makes of them.

A column's schema says by `x-personal-data` what it has of persons. One that says nothing, such as
one that a catalog adds, counts as `always`, so that no mask misses it.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tap_frontcore.singer.fields import as_array
from tap_frontcore.singer.schemas import types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Passing = Callable[[Any], Any]  # returns what may pass of a value
KEYWORD = "x-personal-data"
ALWAYS = "always"  # of a person, or of anything, such as a note
EMAIL = "email"  # an email address
NO = "no"  # of no person
PRIVATE = "private"  # of a person, unless the row is a company's
PERSON = {"id": NO, "email": EMAIL}  # an object, by parts; those not named count as `always`

KEEP, HASH, OMIT = MODES = ("keep", "hash", "omit")
LEFT_OUT = {HASH: (ALWAYS,), OMIT: (ALWAYS, EMAIL, PERSON)}


class Privacy:
    """What `hash` or `omit` lets pass of rows; `company` is a field, and its value in companies."""

    def __init__(
        self, schema: Mapping[str, Any], settings: Mapping[str, Any], company: tuple[str, str]
    ) -> None:
        self._salt, self._company = settings.get("personal_data_salt"), company
        gone = LEFT_OUT[settings["personal_data"]]
        fields = schema["properties"]
        marks = {n: it[KEYWORD] for n, it in fields.items() if it.get(KEYWORD, ALWAYS) not in gone}
        self.columns = {name: self._passing(it, fields[name]) for name, it in marks.items()}
        self.of_person = {n: it for n, it in self.columns.items() if marks[n] != PRIVATE}
        self.left_out = len(fields) - len(marks)
        self.hashed = sum(mark in (EMAIL, PERSON) for mark in marks.values())

    def mask(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return what may pass of a row, in the form in which the API sent it."""
        name, value = self._company
        return _object(self.columns if row.get(name) == value else self.of_person, row)

    def _passing(self, mark: Any, field: Mapping[str, Any]) -> Passing:  # noqa: ANN401
        if mark == EMAIL:
            return self._hash
        parts = mark if isinstance(mark, dict) else dict.fromkeys(field.get("properties", ()), NO)
        passing = {name: self._passing(it, {}) for name, it in parts.items()}
        one = partial(_object, passing) if parts else _plain
        return partial(_list, one) if "array" in types_of(field) else one

    def _hash(self, value: object) -> str | None:
        email = value.strip().lower() if isinstance(value, str) else ""
        return sha256(f"{self._salt}{email}".encode()).hexdigest() if email else None


def _object(parts: Mapping[str, Passing], value: Any) -> Any:  # noqa: ANN401
    """Return the known parts of an object, or PHP's empty one; anything else has none."""
    if type(value) is not dict:
        return value if value == [] else None
    return {name: it(value[name]) for name, it in parts.items() if name in value}


def _list(passing: Passing, value: Any) -> Any:  # noqa: ANN401
    items = as_array(value)
    if type(items) is not list:
        return None
    return [passing(it) if type(it) is dict else _plain(it) for it in items]


def _plain(value: object) -> object:
    return None if type(value) in (dict, list) else value
