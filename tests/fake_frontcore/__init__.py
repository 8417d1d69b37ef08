"""The documented Frontcore API, over a real socket, with rows that can be changed.

What the API's documentation leaves open is a switch (`Switches`), and what can go wrong is a
fault that is put at a chosen request.
"""

from __future__ import annotations

from tests.fake_frontcore.app import API_KEY, Asked, FakeFrontcore, Switches, full_account
from tests.fake_frontcore.rows import (
    generate_account,
    generate_contacts,
    generate_customers,
    sample_customers,
)
from tests.fake_frontcore.server import serve

__all__ = [
    "API_KEY",
    "Asked",
    "FakeFrontcore",
    "Switches",
    "full_account",
    "generate_account",
    "generate_contacts",
    "generate_customers",
    "sample_customers",
    "serve",
]
