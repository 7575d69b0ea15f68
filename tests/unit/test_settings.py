"""The environment becomes one value, or every mistake in it is told at once."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from shared_code.errors import SettingsInvalid
from shared_code.settings import SETTINGS, Role, Settings

GIVEN = {
    "CONNECTOR_ROLE": "web",
    "CONNECTOR_CONNECTIONS_FILE": "connections.json",
    "CONNECTOR_VAULT_URL": "https://example.vault.azure.net/",
    "CONNECTOR_PUBLIC_URL": "https://visits.example.org",
    "CONNECTOR_ACS_ENDPOINT": "https://example.communication.azure.com/",
    "AzureWebJobsStorage__accountName": "examplestorage",
}
ID = "5d1f1b7c-0000-4000-8000-000000000001"
IN_AZURE = {"WEBSITE_SITE_NAME": "example-app"}
SECRET = "DefaultEndpointsProtocol=https;AccountKey=c2VjcmV0"


def _read(**changes: str | None) -> Settings:
    given = {**GIVEN, **changes}
    return Settings.from_environment({n: v for n, v in given.items() if v is not None})


def _problems(**changes: str | None) -> list[str]:
    with pytest.raises(SettingsInvalid) as invalid:
        _read(**changes)
    return list(invalid.value.problems)


def test_a_minimal_environment_is_enough() -> None:
    """Everything else has its default."""
    settings = _read()

    assert Role.WEB is settings.role
    assert settings.vault_url == "https://example.vault.azure.net"
    assert settings.acs_endpoint == "https://example.communication.azure.com"
    assert timedelta(seconds=30) == settings.confirmation_delay
    assert timedelta(minutes=60) == settings.grace
    assert (
        settings.trusted_ca_file,
        settings.clock_offset_file,
        settings.certificates_from_platform,
    ) == (None, None, False)
    assert (settings.storage_account, settings.storage_connection_string) == ("examplestorage", "")


def test_everything_can_be_set() -> None:
    """On one machine."""
    settings = _read(
        CONNECTOR_ROLE="all",
        CONNECTOR_ACS_KEY_SECRET="acs-key",
        CONNECTOR_CLIENT_CERTIFICATE_SOURCE="app-service",
        CONNECTOR_CONFIRMATION_DELAY_SECONDS="0",
        CONNECTOR_GRACE_MINUTES="90",
        CONNECTOR_TRUSTED_CA_FILE="ca.pem",
        CONNECTOR_CLOCK_OFFSET_FILE="offset",
        CONNECTOR_IDENTITY_CLIENT_ID=ID,
        CONNECTOR_ENTRA_CLIENT_ID=ID,
        CONNECTOR_ENTRA_TENANT_ID=ID,
        CONNECTOR_ENTRA_SECRET_NAME="entra-secret",
        CONNECTOR_LOGIN_URL="https://127.0.0.1:8443",
        CONNECTOR_GRAPH_URL="https://127.0.0.1:8444",
        CONNECTOR_MEETING_HOSTS="Teams.example.org,meet.example",
        CONNECTOR_OUTBOUND_ALLOWED="FHIR.lamna.example=10.1.0.0/16,b.example=fd00::/8",
        CONNECTOR_OUTBOUND_LOOPBACK="on",
        AzureWebJobsStorage=SECRET,
    )

    assert (
        settings.role,
        settings.acs_key_secret,
        settings.certificates_from_platform,
    ) == (Role.ALL, "acs-key", True)
    assert (timedelta(0), timedelta(minutes=90)) == (settings.confirmation_delay, settings.grace)
    assert ("ca.pem", Path("offset")) == (settings.trusted_ca_file, settings.clock_offset_file)
    assert settings.storage_connection_string == SECRET
    assert (settings.identity_client_id, settings.entra_client_id) == (ID, ID)
    assert (settings.entra_tenant_id, settings.entra_secret_name) == (ID, "entra-secret")
    assert settings.login_url == "https://127.0.0.1:8443"
    assert settings.graph_url == "https://127.0.0.1:8444"
    assert settings.meeting_hosts == ("teams.example.org", "meet.example")
    assert settings.outbound_allowed == (
        ("fhir.lamna.example", ip_network("10.1.0.0/16")),
        ("b.example", ip_network("fd00::/8")),
    )
    assert settings.outbound_loopback


def test_microsofts_own_addresses_are_the_default() -> None:
    """The public cloud; nothing private may be called."""
    settings = _read()

    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.graph_url == "https://graph.microsoft.com"
    assert settings.meeting_hosts == ("microsoft.com", "cloud.microsoft")
    assert (settings.outbound_allowed, settings.outbound_loopback) == ((), False)


def test_launches_need_the_entra_app() -> None:
    """Its client id and its tenant; without them the app starts all the same."""
    ids = {"CONNECTOR_ENTRA_CLIENT_ID": ID, "CONNECTOR_ENTRA_TENANT_ID": ID}

    assert ID.lower() == _read(**ids).launching_tenant
    for without in (*ids, None):
        given = {name: value for name, value in ids.items() if without and name != without}
        assert _read(**given).launching_tenant == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTOR_ROLE", "both"),
        ("CONNECTOR_ROLE", ""),
        ("CONNECTOR_ROLE", "WEB"),
        ("CONNECTOR_ROLE", "web\n"),
        ("CONNECTOR_CONNECTIONS_FILE", ""),
        ("CONNECTOR_VAULT_URL", "http://example.vault.azure.net"),
        ("CONNECTOR_VAULT_URL", "https://"),
        ("CONNECTOR_PUBLIC_URL", "visits.example.org"),
        ("CONNECTOR_PUBLIC_URL", "https://visits.example.org/path"),
        ("CONNECTOR_PUBLIC_URL", "https://visits.example.org/"),
        ("CONNECTOR_PUBLIC_URL", "https://visits.example.org?x=1"),
        ("CONNECTOR_ACS_ENDPOINT", "http://example.communication.azure.com"),
        ("CONNECTOR_ACS_KEY_SECRET", "not a name"),
        ("CONNECTOR_CLIENT_CERTIFICATE_SOURCE", "header"),
        ("CONNECTOR_CONFIRMATION_DELAY_SECONDS", "100"),
        ("CONNECTOR_CONFIRMATION_DELAY_SECONDS", "-1"),
        ("CONNECTOR_CONFIRMATION_DELAY_SECONDS", "half a minute"),
        ("CONNECTOR_GRACE_MINUTES", "1e3"),
        ("CONNECTOR_GRACE_MINUTES", ""),
        ("CONNECTOR_IDENTITY_CLIENT_ID", "not-an-id-at-all"),
        ("CONNECTOR_ENTRA_CLIENT_ID", f"{{{ID}}}"),
        ("CONNECTOR_ENTRA_TENANT_ID", "lamna.onmicrosoft.com"),
        ("CONNECTOR_ENTRA_TENANT_ID", "common"),
        ("CONNECTOR_ENTRA_SECRET_NAME", "not a name"),
        ("CONNECTOR_LOGIN_URL", "http://login.microsoftonline.com"),
        ("CONNECTOR_LOGIN_URL", "https://login.microsoftonline.com/"),
        ("CONNECTOR_LOGIN_URL", "https://login.microsoftonline.com/common"),
        ("CONNECTOR_LOGIN_URL", "https://user@login.microsoftonline.com"),
        ("CONNECTOR_LOGIN_URL", ""),
        ("CONNECTOR_GRAPH_URL", "http://graph.microsoft.com"),
        ("CONNECTOR_GRAPH_URL", "https://graph.microsoft.com/v1.0"),
        ("CONNECTOR_MEETING_HOSTS", ""),
        ("CONNECTOR_MEETING_HOSTS", "com"),
        ("CONNECTOR_MEETING_HOSTS", "https://teams.microsoft.com"),
        ("CONNECTOR_MEETING_HOSTS", "a.example, b.example"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "10.1.0.0/16"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=10.1.0.0/16,"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=10.1.0.1/16"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=everything"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "*.example=10.1.0.0/16"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "intranet=10.1.0.0/16"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=0.0.0.0/0"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=127.0.0.1"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=126.0.0.0/7"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=169.254.169.254/32"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=168.63.129.16"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=::/0"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "fhir.example=::ffff:10.0.0.0/104"),
        ("CONNECTOR_OUTBOUND_ALLOWED", "a.example=10.1.0.0/16,fhir.example=fe80::/64"),
        ("CONNECTOR_OUTBOUND_LOOPBACK", "yes"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_without_its_value(name: str, value: str) -> None:
    """The problem says which setting and what it must look like."""
    problems = _problems(**{name: value})

    assert {name} == {problem.split(":")[0] for problem in problems}
    assert len(value) < 9 or not any(value in problem for problem in problems)


@pytest.mark.parametrize("setting", [each for each in SETTINGS if each.default is None])
def test_what_has_no_default_must_be_set(setting: object) -> None:
    """Each of them, by name."""
    name = getattr(setting, "name", "")

    assert f"{name}: must be set" in _problems(**{name: None})


def test_every_problem_is_told_at_once() -> None:
    """An administrator mends them in one go."""
    with pytest.raises(SettingsInvalid) as invalid:
        Settings.from_environment({"CONNECTOR_GRACE_MINUTES": "x", "CONNECTOR_GRACE": "60"})
    lines = str(invalid.value).splitlines()

    assert lines[0] == "The settings are not valid."
    assert lines[1:] == [
        "CONNECTOR_ROLE: must be set",
        "CONNECTOR_CONNECTIONS_FILE: must be set",
        "CONNECTOR_VAULT_URL: must be set",
        "CONNECTOR_PUBLIC_URL: must be set",
        r"CONNECTOR_GRACE_MINUTES: must match \d{1,4}",
        "CONNECTOR_GRACE: there is no such setting",
        "AzureWebJobsStorage or AzureWebJobsStorage__accountName: must be set",
    ]


@pytest.mark.parametrize("name", ["CONNECTOR_ROLES", "CONNECTOR_", "CONNECTOR_role"])
def test_a_name_of_ours_that_does_not_exist_is_a_mistake(name: str) -> None:
    """A slip of the pen must not leave a default in force."""
    assert [f"{name}: there is no such setting"] == _problems(**{name: "x"})


def test_names_of_others_are_none_of_our_business() -> None:
    """The platform sets many."""
    assert _read() == _read(PATH="/bin", FUNCTIONS_WORKER_RUNTIME="python", connector_role="x")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"CONNECTOR_ROLE": "all"}, "CONNECTOR_ROLE: `all` is for one machine only"),
        ({"CONNECTOR_TRUSTED_CA_FILE": "x"}, "CONNECTOR_TRUSTED_CA_FILE: for one machine only"),
        ({"CONNECTOR_CLOCK_OFFSET_FILE": "x"}, "CONNECTOR_CLOCK_OFFSET_FILE: for one machine only"),
        ({"CONNECTOR_PUBLIC_URL": "http://x.example"}, "CONNECTOR_PUBLIC_URL: must be https"),
        ({"CONNECTOR_ENTRA_SECRET_NAME": "x"}, "CONNECTOR_ENTRA_SECRET_NAME: for one machine only"),
        (
            {"CONNECTOR_OUTBOUND_LOOPBACK": "on"},
            "CONNECTOR_OUTBOUND_LOOPBACK: for one machine only",
        ),
    ],
)
def test_what_is_for_one_machine_is_refused_in_azure(changes: dict[str, str], problem: str) -> None:
    """And allowed elsewhere."""
    elsewhere = _read(**changes)

    assert [problem] == _problems(**IN_AZURE, **changes)
    assert Settings is type(elsewhere)


def test_azure_itself_is_no_problem() -> None:
    """The same settings, deployed."""
    assert _read() == _read(**IN_AZURE)


@pytest.mark.parametrize(("role", "needed"), [("web", True), ("all", True), ("hl7", False)])
def test_only_who_sends_texts_needs_the_sms_service(role: str, *, needed: bool) -> None:
    """The door's app must not even know it."""
    changes = {"CONNECTOR_ROLE": role, "CONNECTOR_ACS_ENDPOINT": None}
    if needed:
        assert _problems(**changes) == ["CONNECTOR_ACS_ENDPOINT: must be set where texts are sent"]
    else:
        assert Role.HL7 is _read(**changes).role


def test_the_connection_string_is_not_shown() -> None:
    """Neither by repr nor by str nor by a problem."""
    settings = _read(AzureWebJobsStorage=SECRET)
    problems = "".join(_problems(AzureWebJobsStorage=SECRET, CONNECTOR_ROLE="x"))

    assert "c2VjcmV0" not in f"{settings!r} {settings} {problems}"


def test_settings_do_not_change() -> None:
    """They are read once."""
    with pytest.raises(FrozenInstanceError):
        _read().role = Role.ALL  # type: ignore[misc]


def test_the_sample_of_every_setting_is_valid() -> None:
    """local.settings.sample.json is made of them."""
    sample = {setting.name: setting.sample for setting in SETTINGS}
    settings = Settings.from_environment(sample | {"AzureWebJobsStorage": "x"})

    assert Role.ALL is settings.role
    assert len(SETTINGS) == len({setting.name for setting in SETTINGS})
    assert len(fields(settings)) == len(SETTINGS) + 2
