"""`make docs`: writes what the code declares into the files that repeat it.

For example, a setting is declared in `tap_frontcore/tap.py`. README, `.env.example` and
`meltano.yml` get it from there, between a line `make docs: NAME` and a line `end of NAME`.
`plugin.yml` and the page of the tables are written as a whole.
"""

from __future__ import annotations

import io
import json
import re
import textwrap
import tomllib
from contextlib import redirect_stdout
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, KEYWORD, NO, PERSON, PRIVATE
from tap_frontcore.singer.runs import SyncRunsStream
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests import joins

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
REGION = re.compile(
    r"(?P<begin>^(?P<indent> *)(?:#|<!--) make docs: (?P<name>\w+)[^\n]*\n)"
    r"(?P<body>.*?)"
    r"(?P<end>^ *(?:#|<!--) end of (?P=name)\b)",
    re.MULTILINE | re.DOTALL,
)
POSTGRES = {
    "array": "ARRAY",
    "boolean": "boolean",
    "date": "date",
    "date-time": "timestamp without time zone",
    "integer": "bigint",
    "number": "numeric",
    "object": "jsonb",
    "string": "text",
}
"""Types as `information_schema.columns` names them, by those of the JSON schema."""

KINDS = {
    "date-time": "string",  # with `date_iso8601`, Meltano would read 02.01.2024 the American way
    "number": "string",  # Meltano 4.4 can't hand on a `decimal` that comes from the environment
}
"""What Meltano calls a type, where it has another word."""

PLUGIN_HEAD = """\
# `make docs` writes this file: the extractor, for `meltano add tap-frontcore --from-ref`.
# TAP_FRONTCORE_SOURCE is a folder, a wheel or git+https://…; set it in the environment or in .env.
"""
PLUGIN = {
    "variant": "tap-frontcore",  # another one in a later version would break `meltano add --update`
    "pip_url": "${TAP_FRONTCORE_SOURCE}",
    "domain_url": "https://www.frontcore.com",
    "keywords": ["api", "meltano_sdk", "training"],
    "maintenance_status": "beta",
    "quality": "unknown",
    "settings_preamble": (
        "Make a key in Frontcore under *Settings > API*, and set it as `TAP_FRONTCORE_API_KEY`. "
        "`meltano config test tap-frontcore` tells whether it works."
    ),
}
"""What Meltano and its Hub want of an extractor, beside what `meltano.yml` has of it."""

TABLES = """\
# The tables

`make docs` writes this file. The types are PostgreSQL's. Times are in UTC. An object (`jsonb`) is
one column, whose known parts stand behind its description; with `flattening_enabled` it becomes a
column for each part. The name of a table is the stream's; its schema is `tap_frontcore`, unless you
set another one.

The last column is for a register of processing (GDPR, article 30): what is personal, and what the
setting `personal_data: hash` makes of it. `omit` does the same, and leaves out the hashes too.

## What has no column

A value is made to fit its column, without loss: the number 12 where text is declared becomes
`"12"`, PHP's `[]` where an object is declared becomes `{}`. Values that can't fit, and fields that
the schema lacks, go into `additional_properties` (`additional_properties->'loyalty'`), as Frontcore
sent them. The field's own column is then null, or has the part that fits. The log names each such
field once, without a value. What a catalog or a stream map leaves out or changes never goes there,
nor does a field of which a catalog leaves out a part.
"""

FIND = """
## Find a person

For PostgreSQL and DuckDB; take out the lists that you don't load. With `personal_data: hash`, look
for the hash of the address. After [an erasure](../../README.md#personal-data), nothing is found.

```sql
{}
```
"""

PERSONS = {
    ALWAYS: "personal, or can be: left out",
    EMAIL: "an email address: hashed",
    PRIVATE: "personal, unless a company's: null",
    NO: "",
}
"""What stands in the register, by what a column declares."""


@cache
def about() -> dict[str, Any]:
    """Return what `--about` says, with the settings that the SDK adds."""
    with redirect_stdout(io.StringIO()) as said:
        TapFrontcore.print_about("json")
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer


def type_of(field: dict[str, Any]) -> str:
    """Name a field's type or, where it has one, its format."""
    name: str = field.get("format") or next(name for name in field["type"] if name != "null")
    return name


def as_text(value: Any) -> str:
    """Write a default as it stands in an environment variable."""
    return value if isinstance(value, str) else json.dumps(value)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Make a table in Markdown."""
    columns = list(columns)
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


# README


OF_THE_SDK = ("stream_map", "faker_", "flattening_")


def settings() -> str:
    """Make the table of the tap's own settings."""
    rows = (
        (
            f"`{name}`",
            ", ".join(
                [
                    _allowed(field),
                    *(["secret"] if field.get("secret") else []),
                    *(["required"] if name in about()["settings"]["required"] else []),
                ]
            ),
            f"`{as_text(field['default'])}`" if "default" in field else "",
            " ".join(field["description"].split()),
        )
        for name, field in about()["settings"]["properties"].items()
        if not name.startswith(OF_THE_SDK)
    )
    return table(("setting", "type", "default", "meaning"), rows)


def _allowed(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    name = type_of(field)
    if "maximum" in field:
        return f"{name}, {field['minimum']}–{field['maximum']}"  # noqa: RUF001
    return f"{name} ≥ {field['minimum']}" if "minimum" in field else name


def streams() -> str:
    """Make the table of the streams."""
    rows = (
        (
            f"[`{stream.name}`](tap_frontcore/streams/README.md#{stream.name})",
            _doc(stream)[0],
            f"`{stream.path}`",
            "incremental" if _follows(stream) else "FULL_TABLE",
            "by default" if stream.selected_by_default else "preview",
            _doc(stream)[1].removeprefix("Known "),
        )
        for stream in STREAMS
    )
    return table(("stream", "what it has", "list", "replication", "selected", "known"), rows)


def select() -> str:
    """Make the command that selects what is selected by default.

    Meltano selects everything in a project of one's own: `meltano add` takes no `select` over.
    """
    return (
        f"```sh\nmeltano config set tap-frontcore _select '{json.dumps(list(_selected()))}'\n```\n"
    )


def _selected() -> Iterable[str]:
    return (f"{stream.name}.*" for stream in STREAMS if stream.selected_by_default)


# Meltano and the environment


def extractor() -> str:
    """Make what Meltano has to know of the tap."""
    definition = {
        "capabilities": about()["capabilities"],
        "select": list(_selected()),
        "settings_group_validation": [about()["settings"]["required"]],
        "settings": [
            _setting(name, field) for name, field in about()["settings"]["properties"].items()
        ],
    }
    return yaml.safe_dump(definition, sort_keys=False, allow_unicode=True, width=90)


def _setting(name: str, field: dict[str, Any]) -> dict[str, Any]:
    is_time = type_of(field) == "date-time"
    entry = {
        "name": name,
        "label": field.get("title", name),
        "kind": "options" if "enum" in field else KINDS.get(type_of(field), type_of(field)),
        "options": [{"label": it.title(), "value": it} for it in field.get("enum", ())] or None,
        "sensitive": field.get("secret"),
        "placeholder": "2024-01-31T00:00:00+01:00" if is_time else None,
        "value": field.get("default"),
        "description": " ".join(field["description"].split()),
    }
    return {key: value for key, value in entry.items() if value is not None}


def plugin(meltano_yml: str) -> str:
    """Make the extractor by itself, with its keys in order, as the Hub has them."""
    definition = yaml.safe_load(meltano_yml)["plugins"]["extractors"][0] | PLUGIN
    definition["supported_python_versions"] = _pythons()
    return PLUGIN_HEAD + yaml.safe_dump(definition, allow_unicode=True, width=90)


def _pythons() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ends = (classifier.rpartition(" :: ")[2] for classifier in project["classifiers"])
    return [end for end in ends if re.fullmatch(r"3\.\d+", end)]


def environment() -> str:
    """Make the lines of `.env.example`."""
    required = about()["settings"]["required"]
    return "".join(
        f"{'' if name in required else '# '}TAP_FRONTCORE_{name.upper()}="
        f"{as_text(field.get('default', ''))}\n"
        for name, field in about()["settings"]["properties"].items()
    )


# streams/README.md


def _doc(stream: Any) -> list[str]:
    """Return the paragraphs of a stream's docstring: what it has, and how it is known."""
    paragraphs = cleandoc(stream.__doc__ or "").split("\n\n")
    return [" ".join(text.split()).rstrip(".") for text in paragraphs]


def _follows(stream: Any) -> str | None:
    """Return the replication key. A class without one has a property of the SDK's in its place."""
    return stream.replication_key if isinstance(stream.replication_key, str) else None


def columns(stream: Any) -> str:
    """Describe a stream's table."""
    what, known = _doc(stream)
    key = ", ".join(f"`{name}`" for name in stream.primary_keys)
    follows = f", replication key `{_follows(stream)}`" if _follows(stream) else ""
    rows = (
        (
            f"`{name}`",
            POSTGRES[type_of(field)],
            field["description"] + _parts(field),
            persons(field[KEYWORD]),
        )
        for name, field in stream.schema["properties"].items()
    )
    head = f"\n## {stream.name}\n\n{what}. {known}.\n\n"
    of = f"List `{stream.path}`; key" if hasattr(stream, "path") else "Key"
    head += f"{of} {key}{follows}.\n\n"
    return head + table(("column", "type", "what it is", "of persons"), rows)


def persons(mark: str | dict[str, Any]) -> str:
    """Say what a column has of persons, and what `personal_data: hash` makes of it."""
    if isinstance(mark, str):
        return PERSONS[mark]
    if mark == PERSON:
        return "a person: `id` stays, `email` is hashed"
    names = ", ".join(f"`{name}`" for name in mark)
    return f"can be in parts that aren't known; these stay: {names}"


def find(text: str = "kari@example.com") -> str:
    """Make the query that finds a text in the rows of all lists."""
    selects = (
        f"SELECT '{it.name}' AS list, {it.primary_keys[0]} AS id\n"
        f"FROM tap_frontcore.{it.name} AS t WHERE t::text ILIKE '%{text}%'"
        for it in STREAMS
    )
    return "\nUNION ALL\n".join(selects)


def _parts(field: dict[str, Any]) -> str:
    names = ", ".join(f"`{name}`" for name in field.get("properties", ()))
    return f" ({names})" if names else ""


def generated() -> dict[Path, str]:
    """Return the files that repeat what the code declares, each with the text it should have."""
    regions = {make.__name__: make for make in (settings, streams, select, extractor, environment)}

    def filled(text: str) -> str:
        def fill(region: re.Match[str]) -> str:
            body = textwrap.indent(regions[region["name"]](), region["indent"])
            return region["begin"] + body + region["end"]

        return REGION.sub(fill, text)

    names = ("README.md", ".env.example", "meltano.yml")
    files = {ROOT / name: filled((ROOT / name).read_text(encoding="utf-8")) for name in names}
    files[ROOT / "tap_frontcore/plugin.yml"] = plugin(files[ROOT / "meltano.yml"])
    tables = "".join(map(columns, (*STREAMS, SyncRunsStream)))
    page = TABLES + joins.diagram() + joins.first_queries() + tables + FIND.format(find())
    files[ROOT / "tap_frontcore/streams/README.md"] = page
    files[ROOT / "tap_frontcore/streams/sources.yml"] = joins.sources()
    return files


def main() -> None:
    """Write the files that aren't as they should be."""
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"Written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
