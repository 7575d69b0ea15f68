"""
The commands of each group by name: from JSON to the story's request, from its answer to JSON.

Answers hold no phone, name or word of a text: a text is named by keyed hashes.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared_code.appointments.domain import Appointment
from shared_code.connections.domain import Connection
from shared_code.errors import REQUEST_MALFORMED, Refused
from shared_code.operating.domain import (
    Actor,
    AppointmentHistory,
    HistoryRequest,
    NumbersRequest,
    RecipientRequest,
    SubjectRequest,
)
from shared_code.operating.flows.accept_patient import AcceptPatient
from shared_code.operating.flows.daily_numbers import DailyNumbers
from shared_code.operating.flows.dead_letters import DeadLetterCommands
from shared_code.operating.flows.history import TextHistory
from shared_code.operating.flows.json_door import Answer, Arguments, Command
from shared_code.operating.flows.recipient_stops import RecipientStops
from shared_code.operating.flows.recompute import Recompute
from shared_code.operating.flows.release_appointment import ReleaseAppointment
from shared_code.operating.flows.send_again import SendAgain
from shared_code.operating.flows.switchboard import Switchboard
from shared_code.oversight.ports import DeadLetter
from shared_code.texting.domain.metrics import Metric
from shared_code.texting.domain.text import TextRecord, TextRef


def joined(*registries: Mapping[str, Command]) -> Mapping[str, Command]:
    """The commands of several groups. Raises ValueError for a name that stands twice."""
    commands: dict[str, Command] = {}
    for registry in registries:
        twice = commands.keys() & registry.keys()
        if twice:
            raise ValueError(f"two commands: {sorted(twice)}")
        commands |= registry
    return commands


def switch_commands(switchboard: Switchboard) -> Mapping[str, Command]:
    """Pause, resume, release, discard."""

    def pause(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection_if_given()
        switchboard.pause(connection, actor)
        return {"paused": _scope(connection)}

    def resume(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection_if_given()
        switchboard.resume(connection, actor)
        return {"resumed": _scope(connection)}

    def release(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection()
        switchboard.release(connection, actor)
        return {"released": connection.id}

    def discard(arguments: Arguments, actor: Actor) -> Answer:
        connection = arguments.connection()
        switchboard.discard(connection, actor)
        return {"discarded": connection.id}

    return {"pause": pause, "resume": resume, "release": release, "discard": discard}


def dead_letter_commands(dead_letters: DeadLetterCommands) -> Mapping[str, Command]:
    """List and replay."""

    def listed(arguments: Arguments, actor: Actor) -> Answer:
        return {"deadLetters": [_letter(letter) for letter in dead_letters.list()]}

    def replay(arguments: Arguments, actor: Actor) -> Answer:
        letter = arguments.text("letter")
        dead_letters.replay(letter, actor)
        return {"replayed": letter}

    return {"dead-letters": listed, "replay": replay}


def text_commands(history: TextHistory, send_again: SendAgain) -> Mapping[str, Command]:
    """What became of texts, and one of them again."""

    def shown(arguments: Arguments, actor: Actor) -> Answer:
        if "subject" not in arguments.values:
            request = HistoryRequest(arguments.connection(), arguments.text("appointment"))
            return _history(history.of(request))
        subject, connection = arguments.text("subject"), arguments.connection_if_given()
        found = history.of_subject(SubjectRequest(subject, connection), actor)
        return {
            "key": found.appointment.key,
            "occurrence": found.appointment.occurrence,
            "csn": found.appointment.csn,
            **_history(found),
        }

    def again(arguments: Arguments, actor: Actor) -> Answer:
        try:
            ref = TextRef.parse(arguments.text("text"))
        except ValueError:
            raise Refused(REQUEST_MALFORMED) from None
        send_again.text(ref, actor)
        return {"sendingAgain": str(ref)}

    return {"history": shown, "send-again": again}


def appointment_commands(
    release: ReleaseAppointment, accept_patient: AcceptPatient
) -> Mapping[str, Command]:
    """What a person decides about one appointment."""

    def released(arguments: Arguments, actor: Actor) -> Answer:
        connection, name = arguments.connection(), arguments.text("appointment")
        return {"appointment": _appointment(release.named(connection, name, actor))}

    def accepted(arguments: Arguments, actor: Actor) -> Answer:
        connection, name = arguments.connection(), arguments.text("appointment")
        return {"appointment": _appointment(accept_patient.named(connection, name, actor))}

    return {"release-appointment": released, "accept-patient": accepted}


def recipient_commands(stops: RecipientStops) -> Mapping[str, Command]:
    """STOPs of the number of an appointment."""

    def allow(arguments: Arguments, actor: Actor) -> Answer:
        request = RecipientRequest(arguments.connection(), arguments.text("appointment"))
        found = stops.allow(request, actor)
        return {"allowed": str(found.appointment), "carrierBlocksUntilStartTo": found.blocked_at}

    def stop(arguments: Arguments, actor: Actor) -> Answer:
        request = RecipientRequest(arguments.connection(), arguments.text("appointment"))
        return {"stopped": str(stops.stop(request, actor).appointment)}

    return {"allow-recipient": allow, "stop-recipient": stop}


def connection_commands(numbers: DailyNumbers, recompute: Recompute) -> Mapping[str, Command]:
    """The numbers of each day, and the agenda again."""

    def metrics(arguments: Arguments, actor: Actor) -> Answer:
        request = NumbersRequest(
            arguments.connection(),
            arguments.day_if_given("from"),
            arguments.day_if_given("to"),
            arguments.text_if_given("by") or "",
            arguments.text_if_given("department", or_empty=True),
        )
        found = numbers.of(request)
        days = [{"day": each.day.isoformat(), **_numbers(each.numbers)} for each in found.days]
        groups = [{request.by: each.name, **_numbers(each.numbers)} for each in found.groups]
        return {
            "connection": request.connection.id,
            **({} if request.department is None else {"department": request.department}),
            "days": days,
            **({"groups": groups} if request.by else {}),
        }

    def again(arguments: Arguments, actor: Actor) -> Answer:
        return {"recomputed": recompute.agenda_for(arguments.connection(), actor)}

    return {"metrics": metrics, "recompute": again}


def _scope(connection: Connection | None) -> str:
    return connection.id if connection else "all connections"


def _history(found: AppointmentHistory) -> Answer:
    return {
        "appointment": _appointment(found.appointment),
        "texts": [_text(record) for record in found.texts],
    }


def _numbers(numbers: Mapping[Metric, int | None] | Mapping[Metric, int]) -> Answer:
    return {metric.value: number for metric, number in numbers.items()}


def _letter(letter: DeadLetter) -> Answer:
    return {
        "letter": letter.id,
        "connection": letter.connection,
        "queue": letter.queue,
        "code": letter.code,
        "at": letter.at.isoformat(),
    }


def _appointment(appointment: Appointment) -> Answer:
    return {
        "connection": appointment.ref.connection,
        "row": appointment.ref.row,
        "status": appointment.status,
        "version": str(appointment.version),
        "start": appointment.start.isoformat() if appointment.start else None,
        "virtual": appointment.virtual,
        "phoneKept": appointment.texting.phone is not None,
        "statusDisagrees": appointment.is_held(),
        "deceased": appointment.texting.deceased,
        "blocked": appointment.texting.blocked.code if appointment.texting.blocked else None,
        "events": len(appointment.recent_events),
    }


def _text(record: TextRecord) -> Answer:
    return {
        "text": str(record.ref),
        "kind": record.ref.kind,
        "version": str(record.ref.version),
        "minutesBefore": record.ref.offset,
        "state": record.state,
        "reason": record.reason.code if record.reason else None,
        "heldBy": record.held_by or None,
        "delivery": record.delivery or "not_reported",
        "deliveryReason": record.delivery_reason or None,
        "firstSent": record.first_sent.isoformat() if record.first_sent else None,
        "segments": record.composed.segments if record.composed else 0,
    }
