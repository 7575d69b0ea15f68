"""One worker at its one token request, and an Epic that answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from shared_code.errors import ConnectorError
from shared_code.outbound.http import Answer
from shared_code.outbound.key_sets import KeySets
from shared_code.smart.client import SmartClient
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.token_answer import TokenAnswer
from tests.unit.smart.web import CLIENT, KEYS, OAUTH, Web
from tests.world.clock import FixedClock
from tests.world.key_pairs import ours

TOKEN = f"{OAUTH}/token"
ENDPOINTS = Endpoints(f"{OAUTH}/authorize", TOKEN, OAUTH, KEYS)
CALLBACK = "https://visits.example.org/launch/callback"


@dataclass
class Launch:
    """One worker, and an Epic that answers as it is told."""

    web: Web = field(default_factory=Web)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        """Start the worker."""
        numbers = count(1)
        self.client = SmartClient(
            self.web,
            KeySets(self.web, self.clock),
            self.clock,
            new_jti=lambda: f"jti-{next(numbers)}",
            ticks=self.web.ticks,
        )

    def redeem(
        self, said: Answer | ConnectorError, endpoints: Endpoints = ENDPOINTS
    ) -> TokenAnswer:
        """Redeem a code against that answer."""
        self.web.answers = {endpoints.token: said}
        return self.client.redeem(
            endpoints,
            client_id=CLIENT,
            key=ours(),
            code="c+o/d=e",
            verifier="v-1",
            redirect_uri=CALLBACK,
        )
