"""
Texts through Azure Communication Services, by its official SDK: one request, never repeated here.

What an answer or a failure proves is decided in outcomes.py. Nothing of what the SDK raises travels
on, is kept or is logged: its texts repeat the patient's number.
"""

from __future__ import annotations

from typing import Any

from shared_code.settings import Settings
from shared_code.texting.adapters.acs.client import AcsClient, Policies
from shared_code.texting.domain.reasons import TEXT_TOO_LONG
from shared_code.texting.ports import NotSent, OutgoingText, RefusedText, SendResult
from shared_code.vault.ports import Secrets

LONGEST = 2048
"""Bytes of UTF-8 in one text (Azure Communication Services, SMS FAQ)."""
CONNECT_SECONDS = 2
READ_SECONDS = 6
"""Together below the ten seconds that a stopping host leaves."""


_NEVER_LEFT = NotSent(opened=False)


class AcsSender:
    """The port TextSender. One client, made for the first text and shared by all threads."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        connection_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
    ) -> None:
        self._client = AcsClient(
            settings,
            secrets,
            connection_timeout=connection_timeout,
            read_timeout=read_timeout,
            policies=_policies,
        )

    def send(self, text: OutgoingText) -> SendResult:
        """One request, never repeated here. Raises nothing of the service's."""
        if len(text.body.encode("utf-8", "surrogatepass")) > LONGEST:
            return RefusedText(TEXT_TOO_LONG)
        from shared_code.texting.adapters.acs import outcomes
        from shared_code.texting.adapters.acs.request import CurrentText, current

        sending = CurrentText(text)
        token = current.set(sending)
        try:
            answers: Any = self._client.connected().send(
                text.from_number, [text.to], text.body, enable_delivery_report=True, tag=text.tag
            )
            result = outcomes.of_answers(answers)
        except Exception as error:  # noqa: BLE001 - whatever a foreign library raises may repeat input
            result = outcomes.of_error(error, text.first_sent) if sending.departed else _NEVER_LEFT
        finally:
            current.reset(token)
        return result

    def close(self) -> None:
        """Ends the connections; the next text opens new ones."""
        self._client.close()


def _policies() -> Policies:
    from shared_code.texting.adapters.acs.request import Departure, Repeatability

    return {"per_call_policies": [Repeatability()], "per_retry_policies": [Departure()]}
