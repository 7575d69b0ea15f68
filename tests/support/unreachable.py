"""Addresses at which nobody listens."""

from __future__ import annotations

import socket

from local.azurite.emulator import ACCOUNT, PUBLISHED_KEY


def closed_port() -> str:
    """A connection string to a port that refuses every connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/{ACCOUNT}"
    endpoints = ";".join(f"{kind}Endpoint={url}" for kind in ("Blob", "Queue", "Table"))
    account = f"AccountName={ACCOUNT};AccountKey={PUBLISHED_KEY}"
    return f"DefaultEndpointsProtocol=http;{account};{endpoints};"
