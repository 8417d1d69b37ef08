"""Personal data: which columns have it, and what the setting `personal_data` makes of them.

A column's schema says by `x-personal-data` what it has of persons. One that says nothing, such as
one that a catalog adds, counts as `always`, so that no mask misses it.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tap_frontcore.singer.fields import as_array
from tap_frontcore.singer.schemas import types_of

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYWORD = "x-personal-data"
ALWAYS = "always"  # of a person, or of anything, such as a note
EMAIL = "email"  # an email address
NO = "no"  # of no person
PRIVATE = "private"  # of a person, unless the row is a company's
PERSON = {"id": NO, "email": EMAIL}  # an object, by parts; those not named count as `always`

KEEP, HASH, OMIT = MODES = ("keep", "hash", "omit")
_NESTED = (dict, list)
LEFT_OUT = {HASH: (ALWAYS,), OMIT: (ALWAYS, EMAIL, PERSON)}


class Privacy:
    """What `hash` or `omit` lets pass of a stream's rows."""

    def __init__(
        self, schema: Mapping[str, Any], settings: Mapping[str, Any], company: tuple[str, str]
    ) -> None:
        """Prepare for a stream, in which a company's row has a certain value in a field."""
        self._salt, self._company = settings.get("personal_data_salt"), company
        gone = LEFT_OUT[settings["personal_data"]]
        fields = {
            n: it for n, it in schema["properties"].items() if it.get(KEYWORD, ALWAYS) not in gone
        }
        self.columns = {name: _marks(field) for name, field in fields.items()}
        self.left_out = len(schema["properties"]) - len(self.columns)
        self.hashed = sum(mark in (EMAIL, PERSON) for mark in self.columns.values())
        self._of_person = {n: it for n, it in self.columns.items() if fields[n][KEYWORD] != PRIVATE}

    def mask(self, row: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return what may pass of a row, in the form in which the API sent it."""
        name, value = self._company
        return self._parts(self.columns if row.get(name) == value else self._of_person, row)

    def _parts(self, marks: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, mark in marks.items():
            if name in value:
                part = value[name]
                if mark is NO and type(part) not in _NESTED:  # most are: it saves a call
                    found[name] = part
                else:
                    found[name] = self._pass(mark, part)
        return found

    def _pass(self, mark: Any, value: Any) -> Any:  # noqa: ANN401
        """Return what may pass of a value: no object or list where the schema has none."""
        if isinstance(mark, str):
            return self._hash(value) if mark == EMAIL else _plain(value)
        if isinstance(mark, list) and type(items := as_array(value)) is list:
            return [self._pass(mark[0] if type(it) is dict else NO, it) for it in items]
        if isinstance(mark, dict) and type(value) is dict:
            return self._parts(mark, value)
        return value if value == [] else None  # PHP's empty object

    def _hash(self, value: object) -> str | None:
        email = value.strip().lower() if isinstance(value, str) else ""
        return sha256(f"{self._salt}{email}".encode()).hexdigest() if email else None


def _plain(value: object) -> object:
    return None if isinstance(value, dict | list) else value


def _marks(field: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return a column's mark; for an object one for each part, for a list that of an item."""
    mark = field[KEYWORD]
    if mark in (NO, PRIVATE):
        mark = dict.fromkeys(field["properties"], NO) if "properties" in field else NO
    return [mark] if "array" in types_of(field) else mark
