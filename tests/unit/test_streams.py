"""A list is described once; each test names the file and line where something is missing."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_frontcore import streams as package
from tap_frontcore.streams import STREAMS
from tap_frontcore.streams.base import FrontcoreStream
from tests.fake_frontcore import app, generate_account, generate_customers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

for _module in pkgutil.iter_modules(package.__path__):
    import_module(f"{package.__name__}.{_module.name}")


def lists(base: type[FrontcoreStream] = FrontcoreStream) -> Iterator[type[FrontcoreStream]]:
    """Return the classes that describe a list."""
    for stream in base.__subclasses__():
        if "path" in vars(stream):
            yield stream
        yield from lists(stream)


def place(of: Any) -> str:
    """Return the file and line of a class or function."""
    return f"{inspect.getsourcefile(of)}:{inspect.getsourcelines(of)[1]}"


def line(module: ModuleType, beginning: str) -> str:
    """Return the file and line that begins in a certain way."""
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    numbers = (n for n, line in enumerate(text.splitlines(), 1) if line.startswith(beginning))
    return f"{module.__file__}:{next(numbers)}"


def test_each_list_is_read() -> None:
    there = line(package, "STREAMS = (")

    missing = [
        f"{place(one)}: name {one.__name__} in {there}" for one in lists() if one not in STREAMS
    ]
    assert not missing, "\n".join(missing)


def test_each_list_says_what_it_has_and_how_it_is_known() -> None:
    unsaid = [
        f"{place(one)}: add a paragraph that begins with 'Known' to the docstring"
        for one in lists()
        if [text[:5] for text in str(inspect.getdoc(one)).split("\n\n")[1:]] != ["Known"]
    ]

    assert not unsaid, "\n".join(unsaid)


def test_the_fake_has_each_list() -> None:
    there = line(app, "TABLES = {")
    paths = {name: table.path for name, table in app.TABLES.items()}

    missing = [f"{there}: add {one.name}" for one in STREAMS if one.name not in paths]
    assert not missing, "\n".join(missing)
    assert paths == {one.name: f"/v2{one.path}" for one in STREAMS}


def test_the_fake_has_rows_of_each_list() -> None:
    made = generate_account(generate_customers(3)).keys() | {"customers", "customer_contacts"}

    there = place(generate_account)
    missing = [f"{there}: add {one.name}" for one in STREAMS if one.name not in made]
    assert not missing, "\n".join(missing)
