"""Shared by the tests of the SMS sender: one text, and senders for any address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.memory.ports import MemorySecrets
from shared_code.errors import NotStored
from shared_code.texting.adapters.acs.sender import AcsSender
from shared_code.texting.ports import OutgoingText
from shared_code.vault.ports import Secrets
from tests.support.settings import settings_for

SENDER = "+18005550100"
PATIENT = "+16085550142"
KEY_SECRET = "acs-key"
CONNECT_SECONDS = 0.5
READ_SECONDS = 0.4
TEXT = OutgoingText(
    from_number=SENDER,
    to=PATIENT,
    body="Lamna Healthcare: Video visit",
    tag="lamna~1-0~20260610~1-3fa9c1d2~confirmation~0",
    request_id="6f1c2f3e-9a52-5a3e-8a41-1f5f4c2f0001",
    first_sent=datetime(2026, 6, 1, 12, 0, 7, tzinfo=UTC),
)

type OpenSender = Callable[..., AcsSender]


class ClosedVault:
    """The port Secrets of a vault that does not answer."""

    def get(self, name: str) -> str | None:
        """Raise NotStored."""
        raise NotStored


@contextmanager
def senders() -> Iterator[OpenSender]:
    """Create senders with short timeouts and close them."""
    made: list[AcsSender] = []

    def open_sender(url: str, ca_file: Path | None, key: str | Secrets | None, **more: Any) -> Any:
        secrets = MemorySecrets({KEY_SECRET: key}) if isinstance(key, str) else key
        settings = settings_for(
            CONNECTOR_ACS_ENDPOINT=url,
            CONNECTOR_ACS_KEY_SECRET="" if key is None else KEY_SECRET,
            CONNECTOR_TRUSTED_CA_FILE=str(ca_file or ""),
        )
        timeouts = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, **more}
        made.append(AcsSender(settings, secrets or MemorySecrets(), **timeouts))
        return made[-1]

    try:
        yield open_sender
    finally:
        for each in made:
            each.close()


def text(**changes: Any) -> OutgoingText:
    """Return the text with some fields changed."""
    return replace(TEXT, **changes)
