"""What the import contracts can't say."""

from __future__ import annotations

import ast
from pathlib import Path

import tap_frontcore

OF_THE_SDK = {"singer_sdk.authenticators", "singer_sdk.pagination"}
PACKAGE = Path(tap_frontcore.__file__).parent
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
