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
    from collections.abc import Iterator, Mapping, Sequence

    from tap_frontcore.singer.shape import ShapedStream

REMOVED = (
    "The setting %s was removed. This version ignores its old default, the next one refuses it: "
    "take it out, in Meltano by `meltano add --update`."
)


class ConfiguredTap(Tap):
    """A tap that reports each mistake in its settings and its catalog in one line."""

    stream_classes: ClassVar[Sequence[type[ShapedStream]]]
    removed_settings: ClassVar[Mapping[str, Any]] = {}
    """Those of the last version, with their defaults: Meltano has copied both, and gives them."""

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **kwargs: Any,  # noqa: ANN401  # as the SDK has them
    ) -> None:
        """Check the settings and the catalog, and set up.

        Without `validate_config`, as in a discovery, a required setting may be missing.
        """
        for name in ("singer_sdk", "singer_sdk.mapper", self.name):
            logging.getLogger(name).addFilter(logs.is_news)
        schema, catalog = self.config_jsonschema, kwargs.get("catalog")
        self.append_builtin_config(schema)
        given = dict(config or {}) | self._from_environment(schema, is_read=parse_env_config)
        for name, default in self.removed_settings.items():
            if given.get(name) == default:
                del given[name]
                self.logger.warning(REMOVED, name)
        given = settings.with_defaults(given, schema)
        if mistakes := self._mistakes(given, catalog, may_lack=not validate_config):
            raise ConfigurationError("\n".join(mistakes))
        if times := settings.instants(given, schema):
            self.logger.info("In UTC: %s", ", ".join(times))
        if type(catalog) is dict:
            kwargs["catalog"] = catalogs.with_methods(catalog)
        super().__init__(config=given, validate_config=validate_config, **kwargs)

    def _from_environment(self, schema: settings.Schema, *, is_read: bool) -> settings.Settings:
        """Return the settings that variables give, if they are read, and warn of lost ones."""
        variables, prefix = settings.variables() if is_read else os.environ, self._env_var_prefix
        named = settings.named_by(variables, prefix)
        if not is_read:  # Meltano has read them, or they are meant for another program
            for name in settings.misspelled(named, schema):
                self.logger.warning(settings.no_setting(name, schema))
            return {}
        if names := ", ".join(sorted(it for it in variables if it.startswith(f"{prefix}_"))):
            self.logger.warning("Only Meltano reads %s; without it, --catalog selects.", names)
        return settings.from_environment(named, schema)

    @classmethod
    def _mistakes(cls, config: settings.Settings, catalog: object, *, may_lack: bool) -> list[str]:
        """Return a line for each mistake; first those of form, which the rest relies on."""
        schema = cls.config_jsonschema | ({"required": []} if may_lack else {})
        name = os.environ.get("MELTANO_EXTRACTOR_NAME", cls.name)  # a second account's own
        prefix = f"{name.upper().replace('-', '_')}_"
        if rejected := settings.rejected_by_schema(config, schema, prefix):
            return rejected
        fields = {stream.name: stream.schema["properties"] for stream in cls.stream_classes}
        mistakes = [
            *settings.unset_salts(config),
            *settings.rejected_by_sdk(config, cls.name),
            *cls.config_errors(config),
            *maps.map_errors(config.get("stream_maps", {}), fields),
        ]
        if type(catalog) is dict:
            mistakes += catalogs.catalog_errors(catalog, cls.stream_classes)
        return mistakes

    @classmethod
    @abstractmethod
    def config_errors(cls, config: settings.Settings) -> Iterator[str]:
        """Yield the mistakes that a JSON schema can't find, in a line each."""

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, with `__else__` as a valid JSON schema."""
        super().append_builtin_config(config_jsonschema)
        properties = config_jsonschema["properties"]
        streams = properties["stream_maps"] = deepcopy(properties["stream_maps"])
        (fields,) = (it for it in streams["additionalProperties"]["anyOf"] if "properties" in it)
        for schema in (streams, fields):
            schema["properties"][MAPPER_ELSE_OPTION]["anyOf"] = [{"type": ["string", "null"]}]

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Do nothing: all is checked. The SDK's messages quote the value, which may be the key."""
        return []
