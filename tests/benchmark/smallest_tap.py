"""The smallest tap that one would write for this API from the SDK's documentation.

It is what the benchmark compares with. It has the same schema, and does as the SDK does.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.pagination import PageNumberPaginator
from typing_extensions import override

from tap_frontcore.streams.customers import CustomersStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream
    from singer_sdk.helpers.types import Context


class SmallestCustomers(RESTStream[int]):
    """Customers, page by page until one is empty."""

    name = "customers"
    path = "/customers"
    primary_keys = ("id",)
    replication_key = "updated_at"
    schema: ClassVar[dict[str, Any]] = copy.deepcopy(CustomersStream.schema)
    # Without it, the SDK's own conformance ends in a KeyError at an array of objects.
    schema["properties"]["employees"]["items"].setdefault("properties", {})

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        return APIKeyAuthenticator(key="X-API-Key", value=self.config["api_key"])

    @override
    def get_new_paginator(self) -> PageNumberPaginator:
        return PageNumberPaginator(start_value=1)

    @override
    def get_url_params(
        self,
        context: Context | None,
        next_page_token: int | None,
    ) -> dict[str, Any]:
        params: dict[str, Any] = {"limit": 250, "page": next_page_token}
        if since := self.get_starting_timestamp(context):
            params["updated_at_min"] = since.strftime("%Y-%m-%d %H:%M:%S")
        return params


class SmallestTap(Tap):
    """The smallest tap for Frontcore."""

    name = "tap-smallest"
    config_jsonschema = th.PropertiesList(
        th.Property("api_key", th.StringType, required=True),
        th.Property("api_url", th.StringType, required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [SmallestCustomers(self)]


if __name__ == "__main__":
    SmallestTap.cli()
