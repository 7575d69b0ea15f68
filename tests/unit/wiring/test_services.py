"""The composition root: everything a door may ask for can be made, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared_code.wiring.azure import AzurePorts
from shared_code.wiring.once import Stories, once
from shared_code.wiring.services import Services
from tests.support.settings import settings_for

PORTS = sorted(name for name, value in vars(AzurePorts).items() if isinstance(value, once))
MADE = sorted(name for name, value in vars(Services).items() if isinstance(value, once))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Services whose storage, vault and SMS service nobody has to reach."""
    file = tmp_path / "connections.json"
    file.write_text('{"connections": []}')
    settings = settings_for(CONNECTOR_CONNECTIONS_FILE=str(file), CONNECTOR_ACS_OPT_OUT_CHECK="on")
    return Services(settings, AzurePorts(settings))


@pytest.mark.parametrize("name", MADE)
def test_every_story_is_made_once(services: Services, name: str) -> None:
    """A story is made without calling anybody, and the next reader gets the same one."""
    stories = getattr(services, name)
    parts = vars(type(stories)).items() if isinstance(stories, Stories) else ()
    names = [part for part, value in parts if isinstance(value, once)]
    first = [getattr(stories, part) for part in names]

    assert getattr(services, name) is stories
    assert None not in first
    assert all(getattr(stories, part) is made for part, made in zip(names, first, strict=True))


@pytest.mark.parametrize("name", PORTS)
def test_every_port_is_made_once(services: Services, name: str) -> None:
    """A port is made without calling anybody, and the next reader gets the same one."""
    first = getattr(services.ports, name)

    assert first is not None
    assert getattr(services.ports, name) is first


def test_the_service_is_not_asked_for_opt_outs_unless_a_setting_says_so() -> None:
    """Its list is a preview; without the setting nothing of it is called."""
    assert AzurePorts(settings_for()).opt_out_source is None


def test_health_of_an_app_without_storage(services: Services) -> None:
    """An app that cannot reach its storage says that it is not healthy."""
    assert services.health.check().healthy is False
