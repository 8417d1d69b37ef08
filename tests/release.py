"""`make release VERSION=0.3.0`: says what is missing, or makes the tag. It pushes nothing.

`python -m tests.release --check v0.3.0` makes no tag and needs no libraries: for `release.yml`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
DATED = re.compile(r"^## (?P<version>\S+) - \d{4}-\d\d-\d\d$", re.MULTILINE)


def project_version() -> str:
    """Return the version, which stands in `pyproject.toml` alone."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version


def missing(version: str) -> Iterator[str]:
    """Yield what has to be done before `version` can be tagged."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"{version!r} isn't a version such as 0.3.0"
    if (project := project_version()) != version:
        yield f"pyproject.toml: version is {project}"
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first = DATED.search(changelog)
    if first is None or first["version"] != version:
        yield f"CHANGELOG.md: the first section isn't `## {version} - ` and a date"
    if re.search(r"^## unreleased", changelog, re.IGNORECASE | re.MULTILINE):
        yield "CHANGELOG.md: there is still an unreleased section"
    readme = (ROOT / "README.md").read_text("utf-8")
    for tag in sorted(set(re.findall(r"tap-frontcore(?:\.git)?@v([\d.]+\d)", readme)) - {version}):
        yield f"README.md: names the tag v{tag}"


def missing_here(version: str) -> Iterator[str]:
    """Yield what the checkout itself lacks."""
    yield from (f"{name}: not as the code has it; run `make docs`" for name in stale_files())
    if git("status", "--porcelain"):
        yield "there are changes that aren't committed"
    if git("tag", "--list", f"v{version}"):
        yield f"the tag v{version} exists"


def stale_files() -> list[str]:
    """Return which generated files differ from what the code declares."""
    from tests.docs import generated  # noqa: PLC0415  # it needs libraries, which --check doesn't

    files = generated().items()
    return [str(path.relative_to(ROOT)) for path, text in files if path.read_text("utf-8") != text]


def git(*arguments: str) -> str:
    """Return what git answers."""
    return subprocess.run(
        ["git", *arguments],  # noqa: S607  # the one on the PATH
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def main() -> None:
    """Say what is missing, or make the tag."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true")
    options.add_argument("version", type=lambda text: text.removeprefix("v"))
    given = options.parse_args()
    lacks = [*missing(given.version), *([] if given.check else missing_here(given.version))]
    if lacks:
        sys.exit("\n".join([f"Not ready for {given.version}:", *(f"- {each}" for each in lacks)]))
    if not given.check:
        git("tag", "--annotate", f"v{given.version}", "--message", f"tap-frontcore {given.version}")
        print(f"Tagged. To publish it: git push origin v{given.version}")


if __name__ == "__main__":
    main()
