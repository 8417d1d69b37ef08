"""ConfiguredTap: settings and catalog, each checked before the first request."""

from __future__ import annotations

import logging
import os
from abc import abstractmethod
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigurationError
from singer_sdk.mapper import MAPPER_ELSE_OPTION
from typing_extensions import override

from tap_frontcore.singer import catalogs, logs, maps, settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_frontcore.singer.shape import ShapedStream

FLATTENING_MINIMA = {"flattening_max_depth": 0, "flattening_max_key_length": 1}  # the SDK has none
NO_KEY = "The setting api_key is missing."


class ConfiguredTap(Tap):
    """A tap that reports each mistake in its settings and its catalog in one line."""

    stream_classes: ClassVar[Sequence[type[ShapedStream]]]

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **kwargs: Any,  # noqa: ANN401  # as the SDK has them
    ) -> None:
        """Check the settings, also those of the environment if `parse_env_config`, and set up.

        Without `validate_config`, as in a discovery, a required setting may be missing.
        """
        for name in ("singer_sdk", "singer_sdk.mapper"):
            logging.getLogger(name).addFilter(logs.is_news)
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        prefix = f"{self.name.upper().replace('-', '_')}_"
        variables = settings.variables() if parse_env_config else dict(os.environ)
        given = dict(config or {})
        slips = settings.misspelled(schema, prefix, variables)
        if parse_env_config:
            given |= settings.from_environment(schema, prefix, variables)
            slips += settings.parts_of_objects(schema, prefix, variables)
            if names := ", ".join(settings.for_meltano(prefix, variables)):
                self.logger.warning("Only Meltano reads %s; without it, --catalog selects.", names)
        given, catalog = settings.with_defaults(given, schema), kwargs.get("catalog")
        errors = self._errors(given, catalog, may_lack=not validate_config)
        is_unread = not parse_env_config and NO_KEY in errors
        if is_unread and settings.variables().get(f"{prefix}API_KEY"):
            errors[errors.index(NO_KEY)] += " It is in the environment: add --config=ENV."
        if parse_env_config:
            errors = slips + errors
        if errors:
            raise ConfigurationError("\n".join(errors))
        for line in [] if parse_env_config else slips:  # it may be meant for another program
            self.logger.warning(line)
        if instants := settings.instants(given, schema):
            times = ", ".join(f"{name} {instant}" for name, instant in instants.items())
            self.logger.info("In UTC: %s", times)
        if type(catalog) is dict:
            kwargs["catalog"] = catalogs.with_methods(catalog)
        super().__init__(config=given, validate_config=validate_config, **kwargs)

    @classmethod
    def _errors(cls, config: settings.Settings, catalog: object, *, may_lack: bool) -> list[str]:
        """Return the mistakes, in a line each; first those of form, which the rest relies on."""
        schema = cls.config_jsonschema | ({"required": []} if may_lack else {})
        if errors := settings.config_errors(config, schema):
            return errors
        fields = {stream.name: stream.schema["properties"] for stream in cls.stream_classes}
        errors += settings.salt_errors(config)
        errors += settings.sdk_config_errors(config, cls.name)
        errors += cls.config_errors(config)
        errors += maps.map_errors(config.get("stream_maps", {}), fields)
        if type(catalog) is dict:
            errors += catalogs.catalog_errors(catalog, cls.stream_classes)
        return errors

    @classmethod
    @abstractmethod
    def config_errors(cls, config: settings.Settings) -> Iterator[str]:
        """Yield the mistakes that a JSON schema can't find, in a line each."""

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, with bounds, and with `__else__` as a valid JSON schema."""
        super().append_builtin_config(config_jsonschema)
        properties = config_jsonschema["properties"]
        for name, minimum in FLATTENING_MINIMA.items():
            properties[name] = deepcopy(properties[name]) | {"minimum": minimum}
        streams = properties["stream_maps"] = deepcopy(properties["stream_maps"])
        (fields,) = (it for it in streams["additionalProperties"]["anyOf"] if "properties" in it)
        for schema in (streams, fields):
            schema["properties"][MAPPER_ELSE_OPTION]["anyOf"] = [{"type": ["string", "null"]}]

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Do nothing: all is checked. The SDK's messages quote the value, which may be the key."""
        return []
