"""Preparing a visit: one meeting, one PATCH, a closed lobby, or an honest *not yet*."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from shared_code.errors import NotStored
from shared_code.graph.errors import GraphRefused, GraphUnavailable, Refusal
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import AddressRefused, NoAnswer, Phase
from shared_code.visits.domain.plan import RETIRE_VISIT
from shared_code.visits.domain.visit import LEASE, Visit, VisitState
from shared_code.visits.flows.prepare import Busy, Prepared, Ready
from tests.world.connection import TENANT
from tests.world.visit import START
from tests.world.visiting import (
    FIRST,
    HOUR,
    LAUNCH,
    ONE_OF_EACH,
    ORGANIZERS,
    SECOND,
    THIRD,
    Clinic,
    always,
    code_of,
    failing,
    other_visit,
)


class TestReady:
    """Nothing goes wrong."""

    def test_a_launch_makes_the_meeting_and_closes_its_lobby(self, clinic: Clinic) -> None:
        """One createOrGet, one PATCH, one request for the guests' link; then it is ready."""
        prepared = clinic.launch(patient=True)

        visit = clinic.visit()
        assert prepared == Ready(visit)
        assert clinic.graph.asked == ONE_OF_EACH
        assert (visit.state, visit.organizer, visit.lobby_confirmed) == (
            VisitState.READY,
            FIRST,
            True,
        )
        assert visit.staff_url.startswith("https://teams.microsoft.com/meet/1?p=")
        assert visit.patient_url.startswith("https://visit.teams.microsoft.com/")
        assert (visit.leased_by, visit.leased_until) == ("", None)

    def test_a_ready_visit_costs_one_read_and_nothing_of_graph(self, clinic: Clinic) -> None:
        """Also while Graph is down, and while another worker holds the row."""
        clinic.launch()
        clinic.graph.before = always(GraphUnavailable)
        clinic.world.line.calls.clear()

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.world.line.calls == ["visits.load"]

    def test_nothing_of_a_visit_is_said_to_graph(self, clinic: Clinic) -> None:
        """The external id is the row's keyed hash, the subject a constant."""
        clinic.launch()

        ((tenant, organizer, external_id),) = clinic.graph.made
        assert (tenant, organizer) == (TENANT, FIRST)
        assert external_id == clinic.wanted().ref.row
        assert len(external_id) <= 64

    def test_without_a_guest_link_patients_take_the_meetings_own(self, clinic: Clinic) -> None:
        """Graph knows no browser link for some meetings."""
        clinic.graph.guest_host = None

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.visit().patient_url == clinic.visit().join_url

    def test_the_start_of_an_older_meeting_is_not_believed(self, clinic: Clinic) -> None:
        """Our own start and end are patched."""
        clinic.graph.create_or_get(
            TENANT, FIRST, clinic.wanted().ref.row, "", START - HOUR, START, seconds=1
        )
        clinic.launch()

        assert list(clinic.graph.times.values()) == [(START, START + timedelta(minutes=30))]

    def test_a_visit_without_a_start_is_made_all_the_same(self, clinic: Clinic) -> None:
        """The feed fills it in later: no second meeting, nobody is sent away."""
        assert isinstance(clinic.launch(start=None), Ready)
        assert clinic.visit().end == clinic.now + timedelta(minutes=30)

        clinic.book()
        clinic.hint()

        assert (clinic.visit().start, len(clinic.graph.made)) == (START, 1)

    def test_the_row_that_erases_is_written_before_the_visit(self, clinic: Clinic) -> None:
        """At its end + 30 days."""
        clinic.launch()

        calls = clinic.world.line.calls
        assert calls.index("agenda.add") < calls.index("visits.insert")
        due = {row.duty: row.due for row in clinic.world.agenda.rows.values()}
        assert due[RETIRE_VISIT] == START + timedelta(days=30, minutes=30)


class TestLease:
    """One worker at a time, and nobody waits."""

    def test_two_hundred_callers_make_one_meeting_and_one_patch(self, clinic: Clinic) -> None:
        """All others are answered while the one that holds the lease waits for Graph."""
        start, others_answered = threading.Barrier(200), threading.Event()
        answers: list[Prepared] = []

        def call(number: int) -> None:
            worker = clinic.worker(f"worker-{number}")
            start.wait()
            answer = worker.prepare(clinic.wanted(), deadline=clinic.now + LAUNCH, patient=True)
            answers.append(answer)
            if len(answers) == 199:
                others_answered.set()

        def slow(method: str, organizer: str) -> None:
            assert others_answered.wait(30)

        clinic.graph.before = slow

        threads = [threading.Thread(target=call, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert Counter(map(type, answers)) == {Busy: 199, Ready: 1}
        assert clinic.graph.asked == ONE_OF_EACH
        assert isinstance(clinic.launch(patient=True), Ready)

    def test_who_does_not_hold_the_lease_is_told_so_at_once(self, clinic: Clinic) -> None:
        """Until the lease of the other one is over."""
        visit = Visit.new(clinic.wanted(), clinic.now)
        clinic.world.visits.insert(visit.leased("other", clinic.now))

        assert clinic.launch() == Busy()
        assert not clinic.graph.asked

        clinic.wait(seconds=LEASE.total_seconds())
        assert isinstance(clinic.launch(), Ready)

    def test_a_worker_that_was_overtaken_changes_nothing(self, clinic: Clinic) -> None:
        """Its write fails under the ETag; the other one's visit stands."""

        def overtake(method: str, organizer: str) -> None:
            clinic.graph.after = lambda method, organizer: None
            clinic.wait(seconds=31)
            clinic.worker("other").prepare(clinic.wanted(), deadline=clinic.now + LAUNCH)

        clinic.graph.after = overtake

        assert clinic.launch() == Busy()
        assert clinic.visit().state is VisitState.READY
        assert (len(clinic.graph.made), clinic.graph.asked["set_lobby"]) == (1, 1)

    def test_storage_that_fails_is_said(self, clinic: Clinic) -> None:
        """Nothing was asked of Graph."""

        def fail(call: str) -> None:
            raise NotStored

        clinic.world.line.before = fail

        with pytest.raises(NotStored):
            clinic.launch()
        assert not clinic.graph.asked


class TestDeadline:
    """No request is longer than there is time."""

    def test_requests_end_within_the_deadline(self, clinic: Clinic) -> None:
        """Each takes two seconds; the last one may take what is left."""

        def slow(method: str, organizer: str) -> None:
            clinic.wait(seconds=2)

        clinic.graph.before = slow
        clinic.launch()

        assert clinic.graph.seconds == [5.0, 5.0, 4.0]

    def test_without_time_left_no_request_is_begun(self, clinic: Clinic) -> None:
        """The next one goes on where this one stopped, with the same organizer."""

        def slow(method: str, organizer: str) -> None:
            clinic.wait(seconds=7.8)

        clinic.graph.before = slow

        assert code_of(clinic.launch(patient=True)) == "preparation_slow"
        assert clinic.graph.asked == Counter(create_or_get=1)
        clinic.graph.before = lambda method, organizer: None
        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.graph.asked == ONE_OF_EACH


class TestOrganizer:
    """Who makes the meeting."""

    @pytest.mark.parametrize("kind", [Refusal.NO_POLICY, Refusal.ORGANIZER, Refusal.USED_UP])
    def test_one_that_is_refused_is_replaced_and_left_out(
        self, clinic: Clinic, kind: Refusal
    ) -> None:
        """For half an hour, for every visit, and a person is told which one."""
        clinic.graph.before = always(lambda: GraphRefused(kind, 403), FIRST)

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.visit().organizer == SECOND
        assert clinic.problems() == [("organizer_refused", f"{kind}: {FIRST}")]

        clinic.graph.asked.clear()
        clinic.launch(ref=other_visit(clinic))
        assert (clinic.graph.asked, [key[1] for key in clinic.graph.made]) == (
            ONE_OF_EACH,
            [SECOND, THIRD],
        )

    def test_after_half_an_hour_it_is_asked_again(self, clinic: Clinic) -> None:
        """A new access policy takes as long to apply."""
        clinic.graph.before = always(lambda: GraphRefused(Refusal.NO_POLICY, 403))
        clinic.launch()
        clinic.graph.before = lambda method, organizer: None

        clinic.wait(minutes=29)
        assert code_of(clinic.launch()) == "organizers_unavailable"
        clinic.wait(minutes=1)
        assert isinstance(clinic.launch(), Ready)

    def test_a_pool_that_is_refused_ends_with_a_problem(self, clinic: Clinic) -> None:
        """One for each account, one for the connection."""
        clinic.graph.before = always(lambda: GraphRefused(Refusal.ORGANIZER, 404))

        assert code_of(clinic.launch()) == "organizers_unavailable"
        codes = Counter(code for code, _ in clinic.problems())
        assert codes == {"organizer_refused": 3, "organizers_unavailable": 1}
        assert clinic.graph.asked == Counter(create_or_get=3)

    def test_after_a_time_out_the_same_one_is_asked_first(self, clinic: Clinic) -> None:
        """The meeting may exist: here it does."""
        clinic.graph.after = failing(lambda: NoAnswer(Phase.NO_REPLY))

        assert code_of(clinic.launch()) == "upstream_silent"
        clinic.wait(seconds=15)
        assert isinstance(clinic.launch(), Ready)
        assert [key[1] for key in clinic.graph.made] == [FIRST]

    def test_a_request_that_is_refused_itself_replaces_nobody(self, clinic: Clinic) -> None:
        """Another account would be refused as well."""
        clinic.graph.before = always(lambda: GraphRefused(Refusal.OTHER, 401))

        assert code_of(clinic.launch()) == "graph_refused"
        assert clinic.graph.asked == Counter(create_or_get=1)
        assert clinic.problems() == [("graph_refused", "lamna")]

    def test_a_meeting_that_exists_keeps_its_organizer(self, clinic: Clinic) -> None:
        """Whatever Graph says of the organizer later."""
        clinic.graph.before = always(
            lambda: GraphRefused(Refusal.ORGANIZER, 403), "set_lobby", "guest_link"
        )
        clinic.launch()
        clinic.launch()

        assert (clinic.visit().organizer, len(clinic.graph.made)) == (FIRST, 1)
        assert "organizer_refused" not in dict(clinic.problems())

    def test_the_least_used_one_makes_the_meeting(self, clinic: Clinic) -> None:
        """Visits go round the pool, also within the five minutes between two looks."""
        for number in range(6):
            clinic.launch(ref=other_visit(clinic, number))

        assert Counter(key[1] for key in clinic.graph.made) == dict.fromkeys(ORGANIZERS, 2)

    def test_a_new_worker_reads_a_pool_of_fifty_at_once(self, clinic: Clinic) -> None:
        """Somebody waits for the meeting; the sums hold for five minutes."""
        pool = tuple(f"0b000000-0000-4000-8000-0000000001{number:02}" for number in range(50))
        worker = clinic.worker()
        for number in range(3):
            wanted = clinic.wanted(ref=other_visit(clinic, number), organizers=pool)
            worker.prepare(wanted, deadline=clinic.now + LAUNCH)

        reads = [call for call in clinic.world.line.calls if call == "organizerdays.uses"]
        assert (len(reads), len({key[1] for key in clinic.graph.made})) == (1, 3)

    def test_our_own_credential_is_blamed_on_nobody_else(self, clinic: Clinic) -> None:
        """One problem; the circuit counts nothing against Graph."""
        clinic.graph.before = always(lambda: CredentialRefused("7000222"))

        for _ in range(4):
            assert code_of(clinic.launch()) == "credential_refused"
        assert clinic.problems() == [("credential_refused", TENANT)]
        assert clinic.shared.circuit.failures == 0

    def test_an_address_that_may_not_be_called_is_told(self, clinic: Clinic) -> None:
        """It is a mistake of the installation."""
        clinic.graph.before = always(AddressRefused)

        assert code_of(clinic.launch()) == "outbound_refused"
        assert clinic.problems() == [("outbound_refused", TENANT)]
