"""Expressions of stream maps: what they read, and what to write instead of one that fails.

The SDK evaluates them with simpleeval: Python, but one expression, and few functions.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_frontcore.singer.names import meant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OF_RECORD = re.compile(r"""\b(?:record|_)\[["'](\w+)["']\]""")  # record['email'], _['email']
OF_WRONG_TYPE = ("AttributeDoesNotExist", "AttributeError", "TypeError")  # None.lower(), None + 1
CASTS = {int: "str", Decimal: "float"}  # md5(str(id)), float(price) * 1.25


def is_expression(text: str | None) -> bool:
    """Return whether the SDK can take a text for one expression."""
    with suppress(SyntaxError, ValueError):  # the second is for none, or several
        (statement,) = ast.parse(text or "").body
        return isinstance(statement, ast.Expr)
    return False


def names_in(field: str, expression: str) -> set[str]:
    """Return the names that an expression reads, with its own field's for `self`."""
    nodes = ast.walk(ast.parse(expression))
    names = {field if it.id == "self" else it.id for it in nodes if isinstance(it, ast.Name)}
    return names.union(OF_RECORD.findall(expression))


def advice(
    cause: BaseException | None,
    read: Mapping[str, Any],
    fields: Collection[str],
    functions: Collection[str],
) -> str:
    """Return a sentence, after a space, that says what to write instead of what failed on a row.

    It is empty if that isn't known. Of what the expression has read, it tells types, not values.
    """
    kind = type(cause).__name__
    if kind == "FunctionNotDefined":
        name = getattr(cause, "func_name", "")
        return f" There is no function {name}. {meant(name, functions)}"
    if kind == "NameNotDefined":
        name = getattr(cause, "name", "")
        return f" There is no field {name}. {meant(name, fields)}"
    if kind not in OF_WRONG_TYPE:
        return ""
    if nulls := [f"{name} is not None" for name, value in read.items() if value is None]:
        return f" For null, write `… if {' and '.join(nulls)} else None`."
    casts = [f"{CASTS[type(it)]}({name})" for name, it in read.items() if type(it) in CASTS]
    return f" Write {' or '.join(casts)}." if casts else ""
