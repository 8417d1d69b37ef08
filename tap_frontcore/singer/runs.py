"""`sync_runs`: a run leaves its proof where the rows are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore.singer.privacy import KEYWORD, NO
from tap_frontcore.singer.report import SYNC_RUNS
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record


def _column(name: str, kind: type[th.JSONTypeHelper[Any]], description: str) -> th.Property[Any]:
    mark: dict[str, Any] = {KEYWORD: NO}  # no value of a row is in it
    return th.Property(name, kind, required=name == "id", description=description, **mark)


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
        _column("id", th.StringType, "Id of the run, and stream"),
        _column("stream", th.StringType, "Name of the stream"),
        _column("started_at", th.DateTimeType, "When the stream began, in UTC"),
        _column("ended_at", th.DateTimeType, "When it ended, in UTC"),
        _column("replication_method", th.StringType, "INCREMENTAL or FULL_TABLE"),
        _column("records", th.IntegerType, "Rows that came, each counted once"),
        _column("requests", th.IntegerType, "Requests, with retries"),
        _column("retries", th.IntegerType, "Retries"),
        _column("is_complete", th.BooleanType, "False if rows may be missing"),
        _column("doubt", th.StringType, "What was odd about the list or run"),
        _column("failure", th.StringType, "Why the stream failed, in a few words"),
        _column("bookmark_before", th.DateTimeType, "Bookmark before the run"),
        _column("bookmark_after", th.DateTimeType, "Bookmark for the next run"),
        _column("is_activated", th.BooleanType, "ACTIVATE_VERSION was sent"),
        _column("new_fields", th.StringType, "Fields that the schema lacks"),
        _column("tap_version", th.StringType, "Version of the tap"),
    ).to_dict()
    schema.pop("$schema")  # the SDK's; targets of Draft 4 refuse a stream with it

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        yield from map(self.converter.convert, self._run.rows)

    @override
    def _end(self, *_: object) -> None:
        """Note and log nothing: the rows are of the other streams."""
