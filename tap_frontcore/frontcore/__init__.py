"""The Frontcore API. Nothing here knows of Singer; it can be used by itself."""

from __future__ import annotations

from tap_frontcore.frontcore.client import Endpoint, FrontcoreClient, Listing

__all__ = ["Endpoint", "FrontcoreClient", "Listing"]
