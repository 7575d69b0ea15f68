"""Settings for tests, made as the app makes them."""

from __future__ import annotations

from shared_code.settings import Settings


def settings_for(**values: str) -> Settings:
    """One machine's settings with some of them changed. Storage is unreachable unless given."""
    usual = {
        "CONNECTOR_ROLE": "all",
        "CONNECTOR_CONNECTIONS_FILE": "connections.json",
        "CONNECTOR_VAULT_URL": "https://vault.invalid",
        "CONNECTOR_PUBLIC_URL": "https://visits.example.org",
        "CONNECTOR_ACS_ENDPOINT": "https://acs.invalid",
        "AzureWebJobsStorage__accountName": "unreachable",
    }
    return Settings.from_environment(usual | values)
