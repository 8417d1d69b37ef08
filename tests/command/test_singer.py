"""The SDK's own suite, against the fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, TapTestRunner, get_tap_test_class

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import full_account, serve
from tests.support.cli import config_for

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = SuiteConfig(max_records_limit=50)

_SdkTests = get_tap_test_class(
    TapFrontcore,
    config=config_for("http://localhost"),  # the runner below knows the real one
    suite_config=SUITE,
    parse_env_config=False,
)


@pytest.mark.filterwarnings("ignore:No records were available to test")  # a column of nulls
class TestTapFrontcore(_SdkTests):  # type: ignore[misc, valid-type]
    """The SDK's tests of a tap."""

    @pytest.fixture(scope="class")
    @classmethod
    def runner(cls) -> Iterator[TapTestRunner]:
        with serve(full_account(300, odd=True)) as url:
            runner = TapTestRunner(TapFrontcore, config=config_for(url), suite_config=SUITE)
            runner.sync_all()
            yield runner
