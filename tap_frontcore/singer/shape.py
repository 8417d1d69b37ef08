"""ShapedStream: a stream in the shape that a catalog and stream maps give it."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.exceptions import ConfigurationError
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import Catalog, CatalogEntry, MetadataMapping, RecordMessage, Schema
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.singer import maps, schemas
from tap_frontcore.singer.privacy import KEEP, Privacy
from tap_frontcore.singer.records import RecordConverter, require_keys

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from singer_sdk.helpers.types import Record
    from singer_sdk.mapper import StreamMap


class ShapedStream(Stream):
    """A stream whose records fit its schema."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # the converter does it

    name: str
    schema: dict[str, Any]
    primary_keys: Sequence[str]
    replication_key: str | None = None  # the time of a row's last change, if rows have one
    version: int | None = None  # in each record of a FULL_TABLE run with ACTIVATE_VERSION
    company: tuple[str, str] = ("", "")  # a field, and the value that it has in a company's row

    @property
    @abstractmethod
    def timezone(self) -> str:
        """The zone of times without an offset."""

    @property
    def source_keys(self) -> tuple[str, ...]:
        """The fields that identify a row, whichever keys a catalog gives the target."""
        return tuple(type(self).primary_keys)

    def time_of(self, row: Mapping[str, Any], name: str) -> str | None:
        """Return a time of a row in the form of `clock.to_text`, or None."""
        try:
            return clock.to_text(clock.parse(row[name], self.timezone))
        except (KeyError, ValueError):
            return None

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take over the selection, a user's additions to the schema, keys, replication method.

        The SDK would take the whole schema, also that of an older version, and a lack of keys. The
        replication key stays the stream's own: with an unknown one, the SDK would end all streams.
        """
        own, entry = type(self).replication_key, catalog.get_stream(self.name)
        if entry:
            root = entry.metadata.get(())
            if entry.key_properties is None:
                named = getattr(root, "table_key_properties", None)
                entry.key_properties = self.source_keys if named is None else named
            schemas.take_over(entry, self.schema, {*self.source_keys, *entry.key_properties})
        super().apply_catalog(catalog)
        self.replication_key = own if own in self.effective_schema["properties"] else None

    @cached_property
    def privacy(self) -> Privacy | None:
        """What the setting `personal_data` lets pass, whatever a catalog says; None if all."""
        is_on = self.config.get("personal_data", KEEP) != KEEP
        return Privacy(type(self).schema, self.config, self.company) if is_on else None

    @cached_property
    def emitted_schema(self) -> dict[str, Any]:
        """The catalog's schema, less what `personal_data` leaves out."""
        fields = self.effective_schema["properties"]
        if self.privacy:
            fields = {name: it for name, it in fields.items() if name in self.privacy.columns}
        return self.effective_schema | {"properties": fields}

    @cached_property
    def converter(self) -> RecordConverter:
        """Made late: the catalog can change the schema and the selection."""
        lacking = list(schemas.missing(type(self).schema, self.effective_schema))
        if lacking:
            advice = "A new discovery (with Meltano: --refresh-catalog) brings them."
            names = ", ".join(".".join(path) for path in lacking)
            text = "%s: the catalog lacks %s, which this version reads; they are left out. %s"
            self.logger.info(text, self.name, names, advice)
        left_out = lacking + [
            tuple(breadcrumb[1::2])
            for breadcrumb, is_selected in self.mask.items()
            if breadcrumb and not is_selected
        ]
        masked = maps.masked_fields(self.name, self._maps, self.emitted_schema["properties"])
        return RecordConverter(
            self.emitted_schema,
            key_properties=self.source_keys,
            timezone=self.timezone,
            tell=lambda level, text: self.logger.log(level, "%s: %s", self.name, text),
            # The bookmark needs the replication key, even if it isn't emitted.
            left_out=[path for path in left_out if path != (self.replication_key,)],
            withheld=masked.union(path[0] for path in left_out),
        )

    @property
    def _maps(self) -> dict[str, maps.Definition]:
        """The setting `stream_maps`."""
        return self.config.get("stream_maps") or {}

    @cached_property
    @override
    def stream_maps(self) -> list[StreamMap]:
        """Made late, for selected streams only: for others, the SDK would end for lack of a key."""
        fields = self.emitted_schema["properties"]
        left_out = self.effective_schema["properties"].keys() - fields
        lines = [*maps.stream_errors(self.name, self._maps, self.primary_keys, left_out)]
        if self.privacy and (unsure := {*self.primary_keys} - self.privacy.of_person.keys()):
            keys = ", ".join(sorted(unsure))
            lines.append(f"{keys} can't be a key of {self.name}: personal_data leaves it out.")
        if lines:
            raise ConfigurationError("\n".join(lines))
        entry = CatalogEntry(
            tap_stream_id=self.name,
            metadata=self.metadata if self.selected else MetadataMapping(),
            schema=Schema.from_dict(self.emitted_schema),
            key_properties=self.primary_keys,
        )
        mapper = self._tap.mapper
        flattening = mapper.flattening_options
        mapper.flattening_options = None  # type: ignore[assignment]  # a `CheckedMap` flattens
        try:
            mapper.register_raw_streams_from_catalog(Catalog([(self.name, entry)]))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            msg = f"stream_maps: an `__alias__` can't be evaluated ({type(error).__name__})."
            raise ConfigurationError(msg) from error
        finally:
            mapper.flattening_options = flattening
        definitions = maps.fitting(self.name, self._maps).values()
        try:
            return [
                it
                if isinstance(it, RemoveRecordTransform)
                else maps.CheckedMap(it, definition, fields, flattening)
                for it, definition in zip(mapper.stream_maps[self.name], definitions, strict=True)
            ]
        except ValueError as error:  # it names the column
            advice = "Correct flattening_max_key_length or flattening_separator."
            msg = f"{self.name} can't be flattened: {error}. {advice}"
            raise ConfigurationError(msg) from error

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        """Make the messages of a record, each with exactly the fields that its schema declares.

        The SDK would look up every field's selection again, emit an undeclared field for a null
        object that flattening splits, and give the version only with an early ACTIVATE_VERSION.
        """
        now = datetime.now(UTC)
        for stream_map in self.stream_maps:
            mapped = stream_map.transform(record)
            if mapped is not None:
                name = stream_map.stream_alias
                require_keys(mapped, stream_map.transformed_key_properties or ())
                properties = stream_map.transformed_schema["properties"]
                fields = {field: mapped.get(field) for field in properties}
                yield RecordMessage(name, fields, version=self.version, time_extracted=now)
