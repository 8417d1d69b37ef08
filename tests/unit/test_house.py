"""What the import contracts can't say."""

from __future__ import annotations

import ast
from pathlib import Path

import tap_frontcore.frontcore

OF_THE_SDK = {"singer_sdk.authenticators", "singer_sdk.pagination"}


def test_the_apis_side_knows_the_sdks_authenticator_and_paginator_and_nothing_else() -> None:
    imported = {
        node.module
        for path in Path(tap_frontcore.frontcore.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }

    assert {name for name in imported if name.startswith("singer_sdk")} == OF_THE_SDK
