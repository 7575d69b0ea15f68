"""Every setting is documented, and no file speaks of one that does not exist."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from shared_code.errors import SettingsInvalid
from shared_code.settings import SETTINGS, Settings
from tests.house.repository import ROOT, name_of, text_files
from tools.documents import documents

_NAME = re.compile(r"\bCONNECTOR_[A-Z][A-Z_]*[A-Z]\b")


@pytest.mark.parametrize("name", ["docs/settings.md", "local.settings.sample.json"])
def test_the_document_is_the_code(name: str) -> None:
    """Both are what `python -m tools.documents` writes."""
    assert documents()[name] == (ROOT / name).read_text(encoding="utf-8")


def test_the_check_command_agrees() -> None:
    """`python -m tools.documents --check` names no document."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.documents", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_sample_starts_the_app() -> None:
    """A copy of local.settings.sample.json holds valid settings."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
    assert Settings.from_environment(sample["Values"]).role == "all"


def test_every_name_is_known() -> None:
    """A CONNECTOR_ name in code, documents or scripts is one of the settings."""
    known = {setting.name for setting in SETTINGS}
    unknown = {
        f"{name_of(file)}: {name}"
        for file in text_files()
        if not name_of(file).startswith("tests/")
        for name in _NAME.findall(file.read_text(encoding="utf-8"))
        if name not in known
    }
    assert unknown == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTOR_ROLE", "all"),
        ("CONNECTOR_TRUSTED_CA_FILE", "ca.pem"),
        ("CONNECTOR_CLOCK_OFFSET_FILE", "clock-offset"),
        ("CONNECTOR_PUBLIC_URL", "http://visits.example.org"),
        ("CONNECTOR_ENTRA_SECRET_NAME", "entra-secret"),
        ("CONNECTOR_OUTBOUND_LOOPBACK", "on"),
    ],
)
def test_azure_refuses_what_is_for_one_machine(name: str, value: str) -> None:
    """In Azure, a setting for local work prevents the start."""
    sample = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))
    azure = sample["Values"] | {"CONNECTOR_ROLE": "web", "WEBSITE_SITE_NAME": "site"}
    assert Settings.from_environment(azure).role == "web"
    with pytest.raises(SettingsInvalid) as refused:
        Settings.from_environment(azure | {name: value})
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [name]


def test_every_setting_has_a_purpose() -> None:
    """A name, one sentence or more, and a default that its own pattern accepts."""
    for setting in SETTINGS:
        assert setting.purpose.endswith(".")
        assert setting.default is None or re.fullmatch(setting.pattern, setting.default)
        assert not setting.sample or re.fullmatch(setting.pattern, setting.sample)
