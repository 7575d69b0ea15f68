"""Attendees: rows that are merged, not replaced, and erased by visit."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.attendance.domain import Attendee
from shared_code.wiring.ports import Ports
from tests.contract import examples

LATER = examples.MOMENT + timedelta(minutes=3)


def test_every_field_comes_back(ports: Ports, mine: str) -> None:
    attendee = examples.attendee(mine)

    ports.attendees.record(attendee)

    assert [attendee] == list(ports.attendees.of(attendee.visit))


@pytest.mark.parametrize("times", [1, 2])
def test_a_new_launch_keeps_what_it_does_not_say(ports: Ports, mine: str, times: int) -> None:
    """The press and the account stay; recording the same again changes nothing."""
    first = examples.attendee(mine)
    ports.attendees.record(first)

    for _ in range(times):
        ports.attendees.record(Attendee(first.visit, first.person, first.role, LATER))

    assert [replace(first, opened=LATER)] == list(ports.attendees.of(first.visit))


def test_a_press_is_added_to_the_launch(ports: Ports, mine: str) -> None:
    pressed = replace(examples.attendee(mine), opened=LATER, pressed_join=LATER)
    ports.attendees.record(replace(pressed, opened=examples.MOMENT, pressed_join=None))

    ports.attendees.record(replace(pressed, account=""))

    assert [pressed] == list(ports.attendees.of(pressed.visit))


def test_each_person_has_a_row_and_each_visit_its_persons(ports: Ports, mine: str) -> None:
    persons = [examples.attendee(mine, number) for number in range(3)]
    elsewhere = replace(persons[0], visit=examples.visit(mine, 1).ref)
    for each in (*persons, elsewhere):
        ports.attendees.record(each)

    assert persons == sorted(ports.attendees.of(persons[0].visit), key=lambda each: each.person)
    assert [elsewhere] == list(ports.attendees.of(elsewhere.visit))


def test_a_visit_without_persons_has_none(ports: Ports, mine: str) -> None:
    assert list(ports.attendees.of(examples.visit(mine).ref)) == []


def test_all_persons_of_a_visit_are_erased_and_no_others(ports: Ports, mine: str) -> None:
    """A hundred rows is what one transaction takes."""
    first = examples.attendee(mine)
    elsewhere = replace(first, visit=examples.visit(mine, 1).ref)
    for each in (elsewhere, *(examples.attendee(mine, number) for number in range(101))):
        ports.attendees.record(each)

    ports.attendees.remove(first.visit)
    ports.attendees.remove(first.visit)

    assert list(ports.attendees.of(first.visit)) == []
    assert [elsewhere] == list(ports.attendees.of(elsewhere.visit))


def test_persons_who_come_at_the_same_time_are_all_recorded(ports: Ports, mine: str) -> None:
    gate = threading.Barrier(8)

    def record(number: int) -> None:
        gate.wait()
        ports.attendees.record(examples.attendee(mine, number))

    workers = [threading.Thread(target=record, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(ports.attendees.of(examples.visit(mine).ref)) == 8
