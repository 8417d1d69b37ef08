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


def test_the_apis_side_knows_the_sdks_authenticator_and_paginator_and_nothing_else() -> None:
    imported = {
        node.module
        for module, tree in TREES.items()
        if module.startswith("tap_frontcore.frontcore")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert {name for name in imported if name.startswith("singer_sdk")} == OF_THE_SDK


def test_no_modules_refer_to_each_other_in_a_circle() -> None:
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


def test_no_module_or_class_is_longer_than_a_reader_can_hold() -> None:
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
