"""What operators ask for: each group of commands as a story, and the door that knows them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_code.wiring.once import Stories, once

if TYPE_CHECKING:
    from shared_code.operating.flows.accept_patient import AcceptPatient
    from shared_code.operating.flows.allow_list import AllowListHash
    from shared_code.operating.flows.daily_numbers import DailyNumbers
    from shared_code.operating.flows.dead_letters import DeadLetterCommands
    from shared_code.operating.flows.erase_patient import ErasePatient
    from shared_code.operating.flows.find_appointment import FindAppointment
    from shared_code.operating.flows.history import TextHistory
    from shared_code.operating.flows.json_door import JsonDoor
    from shared_code.operating.flows.problem_list import ProblemList
    from shared_code.operating.flows.recipient_stops import RecipientStops
    from shared_code.operating.flows.recompute import Recompute
    from shared_code.operating.flows.release_appointment import ReleaseAppointment
    from shared_code.operating.flows.send_again import SendAgain
    from shared_code.operating.flows.status import Status
    from shared_code.operating.flows.switchboard import Switchboard
    from shared_code.settings import Settings
    from shared_code.wiring.intake import IntakeStories
    from shared_code.wiring.links import LinksStories
    from shared_code.wiring.oversight import OversightStories
    from shared_code.wiring.ports import Ports


class OperatingStories(Stories):
    """The stories of `operating`."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        oversight: OversightStories,
        links: LinksStories,
        intake: IntakeStories,
    ) -> None:
        super().__init__(settings, ports)
        self._oversight = oversight
        self._links = links
        self._intake = intake

    @once
    def switchboard(self) -> Switchboard:
        """Pauses and the storm brake."""
        from shared_code.operating.flows.switchboard import Switchboard

        ports = self._ports
        return Switchboard(ports.switches, ports.audit, self._oversight.problems, ports.clock)

    @once
    def dead_letters(self) -> DeadLetterCommands:
        """Work that could not be processed."""
        from shared_code.operating.flows.dead_letters import DeadLetterCommands

        return DeadLetterCommands(self._oversight.dead_letters)

    @once
    def problems(self) -> ProblemList:
        """What a person should look at."""
        from shared_code.operating.flows.problem_list import ProblemList

        return ProblemList(self._ports.problem_store, self._ports.audit, self._ports.clock)

    @once
    def find_appointment(self) -> FindAppointment:
        """The appointment that a command names."""
        from shared_code.operating.flows.find_appointment import FindAppointment

        ports = self._ports
        return FindAppointment(ports.appointments, ports.connections, ports.texts, ports.rings)

    @once
    def history(self) -> TextHistory:
        """One appointment and its texts."""
        from shared_code.operating.flows.history import TextHistory

        ports = self._ports
        return TextHistory(self.find_appointment, ports.texts, ports.audit, ports.clock)

    @once
    def accept_patient(self) -> AcceptPatient:
        """Whose visit it is."""
        from shared_code.operating.flows.accept_patient import AcceptPatient

        return AcceptPatient(
            find=self.find_appointment,
            appointments=self._ports.appointments,
            agenda=self._ports.agenda,
            queues=self._ports.queues,
            problems=self._oversight.problems,
            audit=self._ports.audit,
            rings=self._ports.rings,
            grace=self._settings.grace,
            clock=self._ports.clock,
        )

    @once
    def send_again(self) -> SendAgain:
        """Texts whose outcome is unknown."""
        from shared_code.operating.flows.send_again import SendAgain

        return SendAgain(
            connections=self._ports.connections,
            appointments=self._ports.appointments,
            texts=self._ports.texts,
            agenda=self._ports.agenda,
            queues=self._ports.queues,
            audit=self._ports.audit,
            clock=self._ports.clock,
        )

    @once
    def release_appointment(self) -> ReleaseAppointment:
        """What is held because an appointment's messages disagree."""
        from shared_code.operating.flows.release_appointment import ReleaseAppointment

        return ReleaseAppointment(
            find=self.find_appointment,
            appointments=self._ports.appointments,
            problems=self._oversight.problems,
            queues=self._ports.queues,
            audit=self._ports.audit,
            clock=self._ports.clock,
        )

    @once
    def recipient_stops(self) -> RecipientStops:
        """STOPs by command."""
        from shared_code.operating.flows.recipient_stops import RecipientStops

        return RecipientStops(
            find=self.find_appointment,
            opt_outs=self._ports.opt_outs,
            opt_out_source=self._ports.opt_out_source,
            audit=self._ports.audit,
            rings=self._ports.rings,
            clock=self._ports.clock,
        )

    @once
    def erase_patient(self) -> ErasePatient:
        """Everything of a patient."""
        from shared_code.operating.flows.erase_appointment import EraseAppointment
        from shared_code.operating.flows.erase_letters import EraseLetters
        from shared_code.operating.flows.erase_patient import ErasePatient
        from shared_code.operating.flows.erase_problems import EraseProblems

        ports = self._ports
        problems = EraseProblems(ports.problem_store, ports.clock)
        return ErasePatient(
            find=self.find_appointment,
            connections=ports.connections,
            appointments=ports.appointments,
            texts=ports.texts,
            erase=EraseAppointment(
                appointments=ports.appointments,
                texts=ports.texts,
                links=self._links.patient_links,
                visits=ports.visits,
                attendees=ports.attendees,
                number_days=ports.number_days,
                problems=problems,
                rings=ports.rings,
                clock=ports.clock,
            ),
            letters=EraseLetters(
                store=ports.dead_letter_store,
                messages=self._intake.sealed_messages,
                connections=ports.connections,
                problems=problems,
                rings=ports.rings,
            ),
            problems=problems,
            audit=ports.audit,
            rings=ports.rings,
            clock=ports.clock,
        )

    @once
    def numbers(self) -> DailyNumbers:
        """The numbers of each day."""
        from shared_code.operating.flows.daily_numbers import DailyNumbers

        return DailyNumbers(self._ports.counts, self._ports.clock)

    @once
    def recompute(self) -> Recompute:
        """The agenda of a connection, again."""
        from shared_code.operating.flows.recompute import Recompute

        return Recompute(
            appointments=self._ports.appointments,
            agenda=self._ports.agenda,
            audit=self._ports.audit,
            grace=self._settings.grace,
            clock=self._ports.clock,
        )

    @once
    def status(self) -> Status:
        """How things stand."""
        from shared_code.operating.flows.status import Status

        return Status(
            connections=self._ports.connections,
            switches=self._ports.switches,
            queues=self._ports.queues,
            circuit=self._ports.circuit,
            meeting_circuits=self._ports.meeting_circuits,
            problems=self._ports.problem_store,
            clock=self._ports.clock,
        )

    @once
    def allow_list(self) -> AllowListHash:
        """Hashes of numbers."""
        from shared_code.operating.flows.allow_list import AllowListHash

        return AllowListHash(self._ports.rings)

    @once
    def json_door(self) -> JsonDoor:
        """Every command by its name."""
        from shared_code.operating.flows import json_commands, json_erasing, json_oversight
        from shared_code.operating.flows.json_door import JsonDoor

        commands = json_commands.joined(
            json_commands.switch_commands(self.switchboard),
            json_oversight.status_commands(self.status),
            json_oversight.problem_commands(self.problems),
            json_commands.text_commands(self.history, self.send_again),
            json_commands.appointment_commands(self.release_appointment, self.accept_patient),
            json_commands.recipient_commands(self.recipient_stops),
            json_commands.connection_commands(self.numbers, self.recompute),
            json_commands.dead_letter_commands(self.dead_letters),
            json_oversight.allow_list_commands(self.allow_list),
            json_erasing.erasing_commands(self.erase_patient),
        )
        return JsonDoor(commands, self._ports.connections)
