"""How Hypothesis looks for examples.

Else they are the same at each run, so that nothing is red by chance; `make fuzz` draws ten times as
many afresh.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_FUZZ = "FUZZ" in os.environ
DEFAULT = 100


def examples(count: int) -> int:
    """Return how many examples to try, where `count` are tried else."""
    return count * 10 if IS_FUZZ else count


def load_profile() -> None:
    """Set what holds for all tests. A slow machine makes none red."""
    settings.register_profile(
        "project",
        derandomize=not IS_FUZZ,
        deadline=None,
        max_examples=examples(DEFAULT),
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("project")
