"""The blocks of code in README.md, which are run as they stand."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.fake_frontcore import API_KEY
from tests.support.meltano import MELTANO, ROOT
from tests.support.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUN = ("sh", "yaml", "sql", "console", "crontab")
"""What a reader copies; `console` is a command, and what is typed into it. A diagram isn't run."""

PLACEHOLDERS = {
    "YOUR-KEY": API_KEY,
    "/path/to/the/checkout": str(ROOT),
    "/path/to/meltano": str(MELTANO),
}


class Block(NamedTuple):
    """A block of code, with what its reader fills in filled in."""

    line: int
    section: str
    language: str
    text: str


def _blocks() -> Iterator[Block]:
    section, begin, lines = "", 0, [""]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for number, line in enumerate(readme.splitlines(), 1):
        if begin and line == "```":
            text = "\n".join(lines[1:]) + "\n"
            for placeholder, value in PLACEHOLDERS.items():
                text = text.replace(placeholder, value)
            yield Block(begin, section, lines[0], text)
            begin = 0
        elif begin:
            lines.append(line)
        elif fence := re.match("```(.*)", line):
            begin, lines = number, [fence[1]]
        elif line.startswith("## "):
            section = line.removeprefix("## ")


BLOCKS = list(_blocks())
not_taken = [block for block in BLOCKS if block.language in RUN]
"""What no test has taken yet."""


def take(section: str, *languages: str) -> list[Block]:
    """Take blocks, all of which the caller runs.

    Call it where a module is imported: what nobody has taken by then fails a test.

    Args:
        section: The heading above them.
        languages: Which blocks; by default all.
    """
    taken = [
        block
        for block in not_taken
        if block.section == section and block.language in (languages or RUN)
    ]
    assert taken, f"README's section {section} has no such block"
    for block in taken:
        not_taken.remove(block)
    return taken


def run_block(block: Block, folder: Path, env: Mapping[str, str]) -> str:
    """Run commands, with the programs that are installed here.

    Args:
        block: What to run; it ends at the first command that fails.
        folder: Where.
        env: All of the environment.

    Returns:
        What it printed.
    """
    bin_ = Path(sys.executable).parent
    path = {"PATH": f"{bin_}:{env['PATH']}"}
    code, output = run(["sh", "-e", "-c", block.text], folder, dict(env) | path)
    assert code == 0, f"README.md:{block.line}:\n{output}"
    return output
