"""HL7 messages in: the door, what applies messages, and what keeps those that cannot be applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.intake.flows.apply import ApplySchedule
    from shared_code.intake.flows.dead_messages import DeadMessages
    from shared_code.intake.flows.pinned_certificates import PinnedCertificates
    from shared_code.intake.flows.receive import ReceiveHl7
    from shared_code.intake.flows.sealed_message import SealedMessages
    from shared_code.settings import Settings
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports
    from shared_code.wiring.texting import TextingStories


class IntakeStories(Stories):
    """The stories of `intake`."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        oversight: OversightStories,
        texting: TextingStories,
    ) -> None:
        super().__init__(settings, ports)
        self._oversight = oversight
        self._texting = texting

    @once
    def sealed_messages(self) -> SealedMessages:
        """HL7 messages on their way through the queue."""
        from shared_code.intake.flows.sealed_message import SealedMessages

        return SealedMessages(self._ports.queues, self._ports.payloads, self._ports.rings)

    @once
    def receive_hl7(self) -> ReceiveHl7:
        """Receives HL7 messages."""
        from shared_code.intake.flows.receive import ReceiveHl7

        return ReceiveHl7(
            connections=self._ports.connections,
            messages=self.sealed_messages,
            clock=self._ports.clock,
            certificates_from_platform=self._settings.certificates_from_platform,
        )

    @once
    def dead_messages(self) -> DeadMessages:
        """HL7 messages that could not be applied."""
        from shared_code.intake.flows.dead_messages import DeadMessages

        return DeadMessages(
            connections=self._ports.connections,
            messages=self.sealed_messages,
            dead_letters=self._oversight.dead_letters,
            agenda=self._ports.agenda,
            grace=self._settings.grace,
            clock=self._ports.clock,
        )

    @once
    def pinned_certificates(self) -> PinnedCertificates:
        """Says in time that a sender's certificate ends."""
        from shared_code.intake.flows.pinned_certificates import PinnedCertificates

        return PinnedCertificates(
            self._ports.connections, self._oversight.problems, self._ports.clock
        )

    @once
    def apply_schedule(self) -> ApplySchedule:
        """Applies queued messages to appointments."""
        from shared_code.intake.flows.apply import ApplySchedule
        from shared_code.intake.flows.csn_names import CsnNames
        from shared_code.intake.flows.feed import FeedAlive
        from shared_code.intake.flows.occurrences import Occurrences
        from shared_code.texting.flows.counting import Counting

        return ApplySchedule(
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            messages=self.sealed_messages,
            dead_messages=self.dead_messages,
            occurrences=Occurrences(self._ports.appointments, self._ports.rings),
            csn_names=CsnNames(self._ports.appointments, self._oversight.problems),
            problems=self._oversight.problems,
            places=self._texting.number_places,
            feed=FeedAlive(self._ports.switches, self._ports.clock),
            counting=Counting(self._ports.counts, self._ports.agenda, self._ports.clock),
            agenda=self._ports.agenda,
            queues=self._ports.queues,
            rings=self._ports.rings,
            grace=self._settings.grace,
            confirmation_delay=self._settings.confirmation_delay,
            clock=self._ports.clock,
        )
