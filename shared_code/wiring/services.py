"""
The composition root: each story, made of its ports when it is first asked for, once per worker.
"""

from __future__ import annotations

import os
import socket
import threading
from functools import cache
from typing import TYPE_CHECKING

from shared_code.settings import Role, Settings
from shared_code.wiring.azure import AzurePorts
from shared_code.wiring.once import once

if TYPE_CHECKING:
    from shared_code.operating.flows.health import DoorHealth, WorkHealth
    from shared_code.wiring.agenda import AgendaStories
    from shared_code.wiring.intake import IntakeStories
    from shared_code.wiring.links import LinksStories
    from shared_code.wiring.operating import OperatingStories
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports
    from shared_code.wiring.texting import TextingStories


@cache
def services() -> Services:
    """The services of this worker."""
    settings = Settings.from_environment()
    return Services(settings, AzurePorts(settings))


class Services:
    """Every story, over the given ports. `worker` names who claims a text."""

    def __init__(self, settings: Settings, ports: Ports, worker: str = "") -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.ports = ports
        self.worker = worker or f"{socket.gethostname()}-{os.getpid()}"

    @once
    def health(self) -> DoorHealth | WorkHealth:
        """For GET /health of this app's role."""
        from shared_code.operating.flows.health import DoorHealth, WorkHealth

        if self.settings.role is Role.HL7:
            return DoorHealth(self.ports.queues, self.ports.rings)
        return WorkHealth(self.ports.switches, self.ports.clock)

    @once
    def intake(self) -> IntakeStories:
        """HL7 messages in."""
        from shared_code.wiring.intake import IntakeStories

        return IntakeStories(self)

    @once
    def texting(self) -> TextingStories:
        """Texts."""
        from shared_code.wiring.texting import TextingStories

        return TextingStories(self)

    @once
    def links(self) -> LinksStories:
        """Patients' links."""
        from shared_code.wiring.links import LinksStories

        return LinksStories(self)

    @once
    def oversight(self) -> OversightStories:
        """Problems and dead letters."""
        from shared_code.wiring.oversight import OversightStories

        return OversightStories(self)

    @once
    def agenda(self) -> AgendaStories:
        """What is due at a time."""
        from shared_code.wiring.agenda import AgendaStories

        return AgendaStories(self)

    @once
    def operating(self) -> OperatingStories:
        """What operators ask for."""
        from shared_code.wiring.operating import OperatingStories

        return OperatingStories(self)
