"""`sync_runs`: a run leaves its proof where the rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore.singer.report import SYNC_RUNS
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record


class SyncRunsStream(SingerStream):
    """How each run read each stream, and whether all of it came.

    Known from the run itself, without a request.
    """

    name = SYNC_RUNS
    primary_keys = ("id",)
    selected_by_default = False
    activates_version = False  # the rows of earlier runs stay
    timezone = "UTC"
    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True, description="Id of the run, and stream"),
        th.Property("stream", th.StringType, description="Name of the stream"),
        th.Property("started_at", th.DateTimeType, description="When the stream began, in UTC"),
        th.Property("ended_at", th.DateTimeType, description="When it ended, in UTC"),
        th.Property("replication_method", th.StringType, description="INCREMENTAL or FULL_TABLE"),
        th.Property("records", th.IntegerType, description="Rows that came, each counted once"),
        th.Property("requests", th.IntegerType, description="Requests, with retries"),
        th.Property("retries", th.IntegerType, description="Retries"),
        th.Property("is_complete", th.BooleanType, description="False if rows may be missing"),
        th.Property("doubt", th.StringType, description="What was odd about the list or run"),
        th.Property("failure", th.StringType, description="Why the stream failed, in a few words"),
        th.Property("bookmark_before", th.DateTimeType, description="Bookmark before the run"),
        th.Property("bookmark_after", th.DateTimeType, description="Bookmark for the next run"),
        th.Property("is_activated", th.BooleanType, description="ACTIVATE_VERSION was sent"),
        th.Property("new_fields", th.StringType, description="Fields that the schema lacks"),
        th.Property("tap_version", th.StringType, description="Version of the tap"),
    ).to_dict()
    schema.pop("$schema")  # the SDK's; targets of Draft 4 refuse a stream with it

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        yield from map(self.converter.convert, self._run.report.rows)

    @override
    def _note_run(self, *_: object) -> None:
        """Tell of the other streams only."""
