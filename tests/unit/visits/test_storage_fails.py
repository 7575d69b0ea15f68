"""Storage fails while a visit is prepared: nobody waits for a lease, meetings count once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared_code.errors import Conflict, ConnectorError, NotStored
from shared_code.graph.errors import GraphRefused, Refusal
from shared_code.outbound.errors import NoAnswer, Phase
from shared_code.visits.flows.prepare import Ready
from tests.world.visiting import (
    FIRST,
    ONE_OF_EACH,
    SECOND,
    Clinic,
    always,
    failing,
)


def _counted(clinic: Clinic) -> int:
    return sum(use.meetings for use in clinic.world.organizer_days.days.values())


def _failing_once(call: str, error: type[ConnectorError]) -> Callable[[str], None]:
    left = [error]

    def fail(asked: str) -> None:
        if asked == call and left:
            raise left.pop()

    return fail


class TestFailure:
    """Storage fails while a worker holds the visit."""

    @pytest.mark.parametrize("error", [Conflict, NotStored])
    def test_a_meeting_that_cannot_be_counted_is_ready_all_the_same(
        self, clinic: Clinic, error: type[ConnectorError]
    ) -> None:
        """It is counted after the next step."""
        clinic.world.line.before = _failing_once("organizerdays.add", error)

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.graph.asked == ONE_OF_EACH
        assert _counted(clinic) == 1

    @pytest.mark.parametrize("error", [Conflict, NotStored])
    def test_a_count_that_never_succeeds_keeps_nobody_waiting(
        self, clinic: Clinic, error: type[ConnectorError]
    ) -> None:
        """The visit is ready, and the count is lost."""

        def fail(call: str) -> None:
            if call == "organizerdays.add":
                raise error

        clinic.world.line.before = fail

        assert isinstance(clinic.launch(patient=True), Ready)
        assert _counted(clinic) == 0

    @pytest.mark.parametrize("call", ["organizerdays.uses", "visits.replace"])
    def test_the_next_one_need_not_wait_for_the_lease(self, clinic: Clinic, call: str) -> None:
        """It goes on at once, with one meeting and one PATCH."""
        clinic.world.line.before = _failing_once(call, NotStored)

        with pytest.raises(NotStored):
            clinic.launch(patient=True)
        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.graph.asked == ONE_OF_EACH

    def test_a_meeting_is_kept_when_its_write_fails(self, clinic: Clinic) -> None:
        """What the worker knows is written when it lets the visit go."""
        calls: list[str] = []

        def fail(call: str) -> None:
            calls.append(call)
            if call == "visits.replace" and calls.count("graph.create_or_get") == 1:
                calls.append("graph.create_or_get")
                raise NotStored

        clinic.world.line.before = fail
        with pytest.raises(NotStored):
            clinic.launch()

        assert (clinic.visit().meeting_id, clinic.visit().leased_by) == (f"{FIRST}-1", "")
        assert isinstance(clinic.launch(), Ready)
        assert clinic.graph.asked == ONE_OF_EACH

    def test_an_account_that_many_leave_out_at_once_is_replaced(self, clinic: Clinic) -> None:
        """Another one has written it."""
        clinic.graph.before = always(lambda: GraphRefused(Refusal.NO_POLICY, 403), FIRST)
        clinic.world.line.before = _failing_once("organizerdays.add", Conflict)

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.visit().organizer == SECOND


class TestCount:
    """Each meeting counts once for its account."""

    def test_a_meeting_whose_answer_was_lost_is_counted_when_it_is_found(
        self, clinic: Clinic
    ) -> None:
        """Nobody counted it when it was made."""
        clinic.graph.after = failing(lambda: NoAnswer(Phase.NO_REPLY))
        clinic.launch()
        clinic.wait(seconds=15)

        assert isinstance(clinic.launch(), Ready)
        assert _counted(clinic) == 1

    def test_a_meeting_that_was_there_before_the_visit_is_not(self, clinic: Clinic) -> None:
        """It was counted for a visit of the same name that is erased."""
        clinic.launch()
        clinic.world.visits.remove(clinic.wanted().ref)
        clinic.world.organizer_days.days.clear()

        assert isinstance(clinic.launch(), Ready)
        assert (len(clinic.graph.made), _counted(clinic)) == (1, 0)
