"""
The only module that reads the environment: one frozen value that reports every mistake at once.

docs/settings.md and local.settings.sample.json are generated from `SETTINGS`; a test keeps them
equal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from shared_code.errors import SettingsInvalid


class Role(StrEnum):
    """Which half of the product this app is. `all` is for local work only."""

    HL7 = "hl7"
    WEB = "web"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting's name, purpose and default."""

    name: str
    purpose: str
    default: str | None = ""
    sample: str = ""
    pattern: str = r".*"


_UUID_OR_NONE = r"|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_ORIGIN = r"https://[0-9A-Za-z.-]+(:\d{1,5})?"
_HOST_NAME = r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+"

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "CONNECTOR_ROLE",
        "`hl7`: the HL7 door. `web`: everything else. `all`: both, on one machine only.",
        None,
        "all",
        r"hl7|web|all",
    ),
    Setting(
        "CONNECTOR_CONNECTIONS_FILE",
        "JSON file with the connections (docs/connections.md).",
        None,
        "connections.json",
        r".+",
    ),
    Setting(
        "CONNECTOR_VAULT_URL",
        "The Key Vault that holds the key rings and secrets.",
        None,
        "https://example.vault.azure.net",
        r"https://.+",
    ),
    Setting(
        "CONNECTOR_PUBLIC_URL",
        "Where patients reach this installation; their links begin with it.",
        None,
        "https://visits.example.org",
        r"https?://[^/?#]+",
    ),
    Setting(
        "CONNECTOR_ACS_ENDPOINT",
        "The Azure Communication Services resource that sends the texts. Needed by `web`.",
        "",
        "https://example.unitedstates.communication.azure.com",
        r"|https://.+",
    ),
    Setting(
        "CONNECTOR_ACS_KEY_SECRET",
        "Name of the vault secret with the resource's access key; empty: managed identity.",
        "",
        "",
        r"|[0-9A-Za-z-]{1,127}",
    ),
    Setting(
        "CONNECTOR_ACS_OPT_OUT_CHECK",
        "`on`: before each text the SMS service is asked for its own list of STOP (a preview API). "
        "`off`: STOP is learned from its events and the patient's page only.",
        "off",
        "off",
        r"on|off",
    ),
    Setting(
        "CONNECTOR_CLIENT_CERTIFICATE_SOURCE",
        "`app-service`: X-ARR-ClientCert comes from the platform. `none`: nobody checked it, so "
        "it is not read.",
        "none",
        "app-service",
        r"none|app-service",
    ),
    Setting(
        "CONNECTOR_CONFIRMATION_DELAY_SECONDS",
        "How long a confirmation waits for corrections of the booking. After two minutes it would "
        "count as forgotten.",
        "30",
        "30",
        r"\d{1,2}",
    ),
    Setting(
        "CONNECTOR_GRACE_MINUTES",
        "How long after its start a visit's phone number is kept.",
        "60",
        "60",
        r"\d{1,4}",
    ),
    Setting(
        "CONNECTOR_IDENTITY_CLIENT_ID",
        "Client id of the app's user-assigned managed identity; empty: the system-assigned one.",
        "",
        "",
        _UUID_OR_NONE,
    ),
    Setting(
        "CONNECTOR_ENTRA_CLIENT_ID",
        "Client id of the Entra app for sign-in and meetings. Launches need it.",
        "",
        "",
        _UUID_OR_NONE,
    ),
    Setting(
        "CONNECTOR_ENTRA_TENANT_ID",
        "The organization's Entra tenant. Launches need it.",
        "",
        "",
        _UUID_OR_NONE,
    ),
    Setting(
        "CONNECTOR_ENTRA_SECRET_NAME",
        "Name of the vault secret with the Entra app's certificate and key (PEM) or its client "
        "secret; empty: the managed identity signs for it. One machine only.",
        "",
        "",
        r"|[0-9A-Za-z-]{1,127}",
    ),
    Setting(
        "CONNECTOR_LOGIN_URL",
        "Where Microsoft accounts sign in.",
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.com",
        _ORIGIN,
    ),
    Setting(
        "CONNECTOR_GRAPH_URL",
        "Microsoft Graph.",
        "https://graph.microsoft.com",
        "https://graph.microsoft.com",
        _ORIGIN,
    ),
    Setting(
        "CONNECTOR_MEETING_HOSTS",
        "Hosts to which a join link may lead, with everything below them.",
        "microsoft.com,cloud.microsoft",
        "microsoft.com,cloud.microsoft",
        rf"(localhost|{_HOST_NAME})(,{_HOST_NAME})*",
    ),
    Setting(
        "CONNECTOR_OUTBOUND_ALLOWED",
        "For split DNS: hosts that may be called although their addresses are private, as "
        "`host=range`, separated by commas. Loopback and link-local addresses stay closed.",
    ),
    Setting(
        "CONNECTOR_OUTBOUND_LOOPBACK",
        "`on`: loopback addresses may be called. One machine only.",
        "off",
        "off",
        r"on|off",
    ),
    Setting(
        "CONNECTOR_TRUSTED_CA_FILE",
        "PEM file with the authorities to trust instead of the public ones. One machine only.",
    ),
    Setting(
        "CONNECTOR_CLOCK_OFFSET_FILE",
        "File with the seconds to add to the clock. One machine only.",
    ),
)
"""A setting whose `default` is None is required."""

_ONE_MACHINE_ONLY = (
    "CONNECTOR_ENTRA_SECRET_NAME",
    "CONNECTOR_TRUSTED_CA_FILE",
    "CONNECTOR_CLOCK_OFFSET_FILE",
)

Network = IPv4Network | IPv6Network
NEVER_OPENED = tuple(
    ip_network(closed)
    for closed in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "2001::/32",
        "2002::/16",
        "fe80::/10",
        "ff00::/8",
    )
)
"""What CONNECTOR_OUTBOUND_ALLOWED cannot open: this machine, its platform, and other spellings."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as read. The storage connection string is a secret and not shown by repr."""

    role: Role
    connections_file: Path
    vault_url: str
    public_url: str
    acs_endpoint: str
    acs_key_secret: str
    checks_opt_outs: bool
    certificates_from_platform: bool
    confirmation_delay: timedelta
    grace: timedelta
    identity_client_id: str
    entra_client_id: str
    entra_tenant_id: str
    entra_secret_name: str
    login_url: str
    graph_url: str
    meeting_hosts: tuple[str, ...]
    outbound_allowed: tuple[tuple[str, Network], ...]
    outbound_loopback: bool
    trusted_ca_file: str | None
    clock_offset_file: Path | None
    storage_account: str
    storage_connection_string: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the process environment, or the one given. Raises SettingsInvalid."""
        given = os.environ if environment is None else environment
        text = _checked(given)
        offset = text["CONNECTOR_CLOCK_OFFSET_FILE"]
        return cls(
            role=Role(text["CONNECTOR_ROLE"]),
            connections_file=Path(text["CONNECTOR_CONNECTIONS_FILE"]),
            vault_url=text["CONNECTOR_VAULT_URL"].rstrip("/"),
            public_url=text["CONNECTOR_PUBLIC_URL"],
            acs_endpoint=text["CONNECTOR_ACS_ENDPOINT"].rstrip("/"),
            acs_key_secret=text["CONNECTOR_ACS_KEY_SECRET"],
            checks_opt_outs=text["CONNECTOR_ACS_OPT_OUT_CHECK"] == "on",
            certificates_from_platform=(
                text["CONNECTOR_CLIENT_CERTIFICATE_SOURCE"] == "app-service"
            ),
            confirmation_delay=timedelta(seconds=int(text["CONNECTOR_CONFIRMATION_DELAY_SECONDS"])),
            grace=timedelta(minutes=int(text["CONNECTOR_GRACE_MINUTES"])),
            identity_client_id=text["CONNECTOR_IDENTITY_CLIENT_ID"],
            entra_client_id=text["CONNECTOR_ENTRA_CLIENT_ID"],
            entra_tenant_id=text["CONNECTOR_ENTRA_TENANT_ID"],
            entra_secret_name=text["CONNECTOR_ENTRA_SECRET_NAME"],
            login_url=text["CONNECTOR_LOGIN_URL"],
            graph_url=text["CONNECTOR_GRAPH_URL"],
            meeting_hosts=tuple(text["CONNECTOR_MEETING_HOSTS"].lower().split(",")),
            outbound_allowed=tuple(_allowed(text["CONNECTOR_OUTBOUND_ALLOWED"])),
            outbound_loopback=text["CONNECTOR_OUTBOUND_LOOPBACK"] == "on",
            trusted_ca_file=text["CONNECTOR_TRUSTED_CA_FILE"] or None,
            clock_offset_file=Path(offset) if offset else None,
            storage_account=given.get("AzureWebJobsStorage__accountName", ""),
            storage_connection_string=given.get("AzureWebJobsStorage", ""),
        )

    @property
    def launching_tenant(self) -> str:
        """The Entra app's tenant, in small letters; "" without the app: nobody could sign in."""
        return self.entra_tenant_id.lower() if self.entra_client_id else ""


def _checked(given: Mapping[str, str]) -> dict[str, str]:
    """Return every setting's value. Raises SettingsInvalid."""
    values = {setting.name: given.get(setting.name, setting.default) for setting in SETTINGS}
    problems = [*_invalid(values), *_unknown(given), *_contradictions(given, values)]
    if problems:
        raise SettingsInvalid(problems)
    return {name: value or "" for name, value in values.items()}


def _allowed(text: str) -> Iterator[tuple[str, Network]]:
    """Read CONNECTOR_OUTBOUND_ALLOWED. Raises ValueError for what is no range, or stays closed."""
    for entry in text.split(",") if text else ():
        host, _, written = entry.partition("=")
        network = ip_network(written)
        if not re.fullmatch(_HOST_NAME, host):
            raise ValueError("not a host")
        if any(network.version == no.version and network.overlaps(no) for no in NEVER_OPENED):
            raise ValueError("stays closed")
        yield host.lower(), network


def _invalid(values: Mapping[str, str | None]) -> list[str]:
    problems = []
    for setting in SETTINGS:
        value = values[setting.name]
        if value is None:
            problems.append(f"{setting.name}: must be set")
        elif not re.fullmatch(setting.pattern, value):
            problems.append(f"{setting.name}: must match {setting.pattern}")
    try:
        list(_allowed(values["CONNECTOR_OUTBOUND_ALLOWED"] or ""))
    except ValueError:
        problems.append("CONNECTOR_OUTBOUND_ALLOWED: no `host=range`, or a range that stays closed")
    return problems


def _unknown(given: Mapping[str, str]) -> list[str]:
    known = {setting.name for setting in SETTINGS}
    ours = sorted(name for name in given if name.startswith("CONNECTOR_"))
    return [f"{name}: there is no such setting" for name in ours if name not in known]


def _contradictions(given: Mapping[str, str], values: Mapping[str, str | None]) -> list[str]:
    problems = []
    role = values["CONNECTOR_ROLE"]
    if given.get("WEBSITE_SITE_NAME"):
        if role == Role.ALL:
            problems.append("CONNECTOR_ROLE: `all` is for one machine only")
        problems += [f"{name}: for one machine only" for name in _ONE_MACHINE_ONLY if values[name]]
        if urlsplit(values["CONNECTOR_PUBLIC_URL"] or "").scheme != "https":
            problems.append("CONNECTOR_PUBLIC_URL: must be https")
        if values["CONNECTOR_OUTBOUND_LOOPBACK"] == "on":
            problems.append("CONNECTOR_OUTBOUND_LOOPBACK: for one machine only")
    if role in (Role.WEB, Role.ALL) and not values["CONNECTOR_ACS_ENDPOINT"]:
        problems.append("CONNECTOR_ACS_ENDPOINT: must be set where texts are sent")
    if not given.get("AzureWebJobsStorage") and not given.get("AzureWebJobsStorage__accountName"):
        problems.append("AzureWebJobsStorage or AzureWebJobsStorage__accountName: must be set")
    return problems
