"""What Meltano puts into the tap's environment, and into its log configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fake_frontcore import FakeFrontcore, generate_customers
from tests.support.cli import TAP
from tests.support.meltano import MeltanoProject

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serving


@pytest.fixture
def project(tmp_path: Path) -> MeltanoProject:
    """Make a project that takes the tap as it is installed here, and sets parts of settings."""
    project = MeltanoProject(tmp_path)
    file = tmp_path / "meltano.yml"
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "executable: tap-frontcore" in line)
    lines[at - 1 : at + 1] = [
        f"    executable: {TAP}",
        "    config: {stream_maps: {customers: {email: 'md5(email)'}}}",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return project


def test_meltanos_own_variables_are_no_misspelled_settings(
    project: MeltanoProject, serving: Serving
) -> None:
    settings = {
        "TAP_FRONTCORE_API_URL": serving(FakeFrontcore(generate_customers(3))),
        "TAP_FRONTCORE_SOURCE": str(project.folder),
        "TAP_FRONTCORE__SELECT": '["customers.*"]',
        "TAP_FRONTCORE__SWEDEN_API_KEY": "x",
        "TAP_FRONTCORE_LOGLEVEL": "INFO",
    }

    code, output = project.meltano(
        "invoke", "tap-frontcore", TAP_FRONTCORE_MAXRETRIES="5", **settings
    )

    assert code == 0, output
    assert output.count('"type":"RECORD"') == 3
    misspelled = "There is no setting maxretries. Did you mean max_retries?"
    assert output.count(misspelled) == 2, "by the discovery, and by the run"
    assert output.count("There is no setting") == 2, output
