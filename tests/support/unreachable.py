"""Addresses at which nobody listens."""

from __future__ import annotations

from local.azurite.emulator import ACCOUNT, PUBLISHED_KEY


def closed_port() -> str:
    """
    A connection string to a port that refuses every connection: nobody uses port 1, and no system
    gives it to whoever asks for any port, as it might with one that was free a moment ago.
    """
    url = f"http://127.0.0.1:1/{ACCOUNT}"
    endpoints = ";".join(f"{kind}Endpoint={url}" for kind in ("Blob", "Queue", "Table"))
    account = f"AccountName={ACCOUNT};AccountKey={PUBLISHED_KEY}"
    return f"DefaultEndpointsProtocol=http;{account};{endpoints};"
