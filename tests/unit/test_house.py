"""What the import contracts can't say."""

from __future__ import annotations

import ast
from pathlib import Path

from radon.complexity import cc_visit

import tap_frontcore

OF_THE_SDK = {"singer_sdk.authenticators", "singer_sdk.pagination"}
PACKAGE = Path(tap_frontcore.__file__).parent
TABLES = {"_kind_of", "_fault_of"}
"""Functions that only map one thing to another, case by case."""

TREES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): (
        ast.parse(path.read_text(encoding="utf-8"))
    )
    for path in PACKAGE.rglob("*.py")
}


def test_frontcore_imports_only_authenticators_and_pagination_of_the_sdk() -> None:
    imported = {
        node.module
        for module, tree in TREES.items()
        if module.startswith("tap_frontcore.frontcore")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert {name for name in imported if name.startswith("singer_sdk")} == OF_THE_SDK


def test_modules_have_no_import_cycle() -> None:
    """Also not for types, which the import contracts leave out."""
    refers = {
        module: {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for name in (node.module, *(f"{node.module}.{it.name}" for it in node.names))
            if name in TREES and name != module
        }
        for module, tree in TREES.items()
    }
    while leaves := {module for module, others in refers.items() if not others & refers.keys()}:
        refers = {module: others for module, others in refers.items() if module not in leaves}

    assert refers == {}


def test_modules_and_classes_have_a_maximum_length() -> None:
    longest = 300
    lines = {module: tree.body[-1].end_lineno or 0 for module, tree in TREES.items()}
    classes = {
        node.name: (node.end_lineno or 0) - node.lineno
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }

    assert {module for module, count in lines.items() if count > longest} == set()
    assert {name for name, count in classes.items() if count > 200} == set()


def test_no_function_but_a_table_takes_more_ways_than_a_reader_can_follow() -> None:
    """As radon counts them: `and`, `or`, a condition and a loop in a comprehension are ways too."""
    most = 12
    found = {
        f"{path.relative_to(PACKAGE)}:{block.lineno} {block.name}": block.complexity
        for path in PACKAGE.rglob("*.py")
        for block in cc_visit(path.read_text(encoding="utf-8"))
        if block.letter in "FM" and block.name not in TABLES and block.complexity > most
    }

    assert found == {}
