"""
The PATIENT groups of an SIU (HL7 v2.5.1 §10.4): a PID, and what follows it about that patient.

Resources (RGS, AIS and their kin) come behind all groups and belong to every one. Senders that put
resources before the last PID repeat them with each group: then they belong to the group as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared_code.hl7.message import Message, Segment
from shared_code.hl7.schedule_event import PatientId

_RESOURCES = frozenset({"RGS", "AIS", "AIG", "AIL", "AIP"})

type _Group = range
"""The places of its segments in the message; the first one is the PID."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a message says of one appointment; `several`: which several patients may share."""

    message: Message
    several: bool


def parts_of[Name](
    message: Message,
    name: Callable[[Message], Name | None],
    identifiers: Callable[[Message], Sequence[PatientId]],
) -> tuple[Part, ...]:
    """
    Return the parts of a message by the appointments that its groups name. `name` and
    `identifiers` read a message with one group.

    Two groups are of one patient if their PIDs are equal but for their number in the message
    (PID-1), or have an identifier in common. A group that names no appointment may belong to any. A
    PID that says nothing else begins no group, unless an appointment would be lost with it.
    """
    if len(_groups(message)) < 2:
        return (Part(message, several=False),)
    said = _without_empty_patients(message)
    named = _by_name(said, name)
    if named.keys() - {None} == (known := _by_name(message, name)).keys() - {None}:
        message = said
    else:
        named = known
    groups = _groups(message)
    if len(groups) < 2:
        return (Part(message, several=False),)
    anybodys = named.pop(None, [])
    if not named:
        return (Part(message, several=True),)

    def are_one(some: list[_Group]) -> bool:
        views = [_only(message, groups, [group]) for group in some]
        first, *others = [(_pid(view), identifiers(view)) for view in views]
        return all(
            pid == first[0] or any(one.is_same(known) for one in ids for known in first[1])
            for pid, ids in others
        )

    return tuple(
        Part(_only(message, groups, own), several=not are_one(own + anybodys))
        for own in named.values()
    )


def _by_name[Name](
    message: Message, name: Callable[[Message], Name | None]
) -> dict[Name | None, list[_Group]]:
    """The groups by the appointment that each names."""
    groups, named = _groups(message), dict[Name | None, list[_Group]]()
    for group in groups:
        named.setdefault(name(_only(message, groups, [group])), []).append(group)
    return named


def _without_empty_patients(message: Message) -> Message:
    """
    The message without each PID that says nothing, such as a line of a note that is just these
    letters; as it is if no other PID is left.
    """
    ends = "".join((message.encoding.component, message.encoding.repetition))
    blank = ends + message.encoding.subcomponent + " \t"

    def says_something(segment: Segment) -> bool:
        return any(field.strip(blank) for field in segment.fields[2:])

    kept = tuple(one for one in message.segments if one.name != "PID" or says_something(one))
    some = any(segment.name == "PID" for segment in kept)
    return Message(message.encoding, kept) if some else message


def _groups(message: Message) -> list[_Group]:
    segments = message.segments
    pids = [place for place, segment in enumerate(segments) if segment.name == "PID"]
    if len(pids) < 2:
        return [range(place, len(segments)) for place in pids]
    repeated = any(segment.name in _RESOURCES for segment in segments[pids[0] : pids[-1]])
    end = len(segments) if repeated else _resources_from(segments, pids[-1])
    return [range(*ends) for ends in zip(pids, [*pids[1:], end], strict=True)]


def _resources_from(segments: tuple[Segment, ...], start: int) -> int:
    places = range(start, len(segments))
    return next((place for place in places if segments[place].name in _RESOURCES), len(segments))


def _only(message: Message, groups: list[_Group], wanted: list[_Group]) -> Message:
    """The message with those of its groups that are wanted, and with what is about all."""
    dropped = {place for group in groups if group not in wanted for place in group}
    kept = (one for place, one in enumerate(message.segments) if place not in dropped)
    return Message(message.encoding, tuple(kept))


def _pid(message: Message) -> tuple[str, ...]:
    """What the first PID says, without its number in the message and empty fields at its end."""
    fields = list(message.named("PID")[0].fields[2:])
    while fields and not fields[-1].strip():
        fields.pop()
    return tuple(fields)
