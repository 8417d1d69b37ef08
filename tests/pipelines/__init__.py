"""Whole pipelines, through Meltano into the targets that people use."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.pipelines.pipeline", "tests.pipelines.warehouses")
