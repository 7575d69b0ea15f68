"""Preparing a visit while Graph throttles, shows another lobby, or does not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from local.memory.sending import MemoryCircuitBreaker
from shared_code.errors import ConnectorError, NotStored
from shared_code.graph import lobby
from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable, Refusal
from shared_code.identity.errors import CredentialRefused
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.visits.domain.reasons import LOBBY_UNCONFIRMED
from shared_code.visits.domain.visit import VisitState
from shared_code.visits.flows.prepare import NotReady, Ready
from tests.world.visit import START
from tests.world.visiting import (
    FIRST,
    HOUR,
    SECOND,
    Clinic,
    always,
    booked,
    code_of,
    failing,
)


class TestThrottled:
    """429."""

    def test_a_launch_takes_another_account(self, clinic: Clinic) -> None:
        """Nothing was done by the first one, and nothing earlier was asked of it."""
        clinic.graph.before = always(lambda: GraphBusy(40), FIRST)

        assert isinstance(clinic.launch(), Ready)
        assert clinic.visit().organizer == SECOND
        assert clinic.problems() == []

    def test_if_all_are_throttled_it_says_when(self, clinic: Clinic) -> None:
        """Each was asked once."""
        clinic.graph.before = always(lambda: GraphBusy(40))
        prepared = clinic.launch()

        assert (code_of(prepared), clinic.graph.asked) == ("graph_busy", Counter(create_or_get=3))
        assert isinstance(prepared, NotReady)
        assert prepared.retry_after == 40

    def test_after_a_time_out_no_other_account_is_asked(self, clinic: Clinic) -> None:
        """The meeting may exist under the first one."""
        clinic.graph.before = failing(lambda: NoAnswer(Phase.BODY), lambda: GraphBusy(40))
        clinic.launch()
        clinic.wait(seconds=15)

        assert code_of(clinic.launch()) == "graph_busy"
        assert clinic.visit().organizer == FIRST

    def test_a_hint_waits_as_long_as_graph_asks(self, clinic: Clinic) -> None:
        """It comes back by itself; other hints ask nothing until then."""
        clinic.book()
        clinic.graph.before = always(lambda: GraphBusy(40))
        clinic.hint()

        ((work, delay),) = clinic.hints()
        assert (work["appointment"], delay) == (str(booked().ref), 41)
        assert clinic.graph.asked == Counter(create_or_get=1)

        clinic.wait(seconds=39)
        clinic.hint()
        assert clinic.hints() == []
        assert clinic.graph.asked == Counter(create_or_get=1)

        clinic.graph.before = lambda method, organizer: None
        clinic.wait(seconds=2)
        clinic.worker().on_hint(work)
        assert clinic.visit().state is VisitState.READY


class TestLobby:
    """A patient is not sent on before the answer shows the lobby."""

    @pytest.mark.parametrize(
        "shown",
        [
            ("everyone", "organization"),
            ("unknownFutureValue", "organization"),
            ("organization", "organization"),
            ("organizationExcludingGuests", "everyone"),
            ("organizationExcludingGuests", ""),
            ("", ""),
        ],
    )
    def test_an_answer_of_200_alone_is_not_enough(
        self, clinic: Clinic, shown: tuple[str, str]
    ) -> None:
        """One GET, then *not yet*: the clinician may go in, the patient gets no link."""
        clinic.graph.shown = shown

        assert clinic.launch(patient=True) == NotReady(LOBBY_UNCONFIRMED)
        assert clinic.graph.asked == Counter(create_or_get=1, set_lobby=1, get=1)

        clinicians = clinic.launch()
        assert isinstance(clinicians, NotReady)
        assert clinicians.visit is not None
        assert clinicians.visit.staff_url

    def test_what_the_answer_leaves_out_may_be_shown_by_a_get(self, clinic: Clinic) -> None:
        """Some answers to a PATCH are empty."""
        clinic.graph.shown = ("", "")

        def applied(method: str, organizer: str) -> None:
            if method == "get":
                (key,) = clinic.graph.made
                clinic.graph.made[key] = replace(
                    clinic.graph.made[key],
                    lobby=lobby.SCOPE,
                    presenters=lobby.PRESENTERS,
                )

        clinic.graph.before = applied

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.graph.asked["set_lobby"] == 1

    @pytest.mark.parametrize(
        "error",
        [
            lambda: GraphRefused(Refusal.ORGANIZER, 404),
            GraphUnavailable,
            lambda: GraphBusy(40),
            lambda: NoAnswer(Phase.NO_REPLY),
            lambda: CredentialRefused("7000222"),
            NotStored,
        ],
        ids=["404", "5xx", "429", "time_out", "credential", "storage"],
    )
    def test_a_ready_visit_whose_lobby_is_shown_open_is_closed_to_patients(
        self, clinic: Clinic, error: Callable[[], ConnectorError]
    ) -> None:
        """The visit was moved; the PATCH showed *everyone*, the GET after it shows nothing."""
        clinic.launch()
        clinic.book(start=START + HOUR)
        clinic.graph.shown = ("everyone", "organization")
        clinic.graph.before = always(error, "get")
        clinic.hint()

        assert clinic.graph.asked["get"] == 1
        visit = clinic.visit()
        assert (visit.state, visit.lobby_confirmed) == (VisitState.PREPARING, False)
        assert (visit.leased_by, visit.start) == ("", START + HOUR)
        patients = clinic.launch(patient=True)
        assert isinstance(patients, NotReady)
        assert patients.visit is None

    def test_a_refused_patch_leaves_a_ready_visit_as_it_was(self, clinic: Clinic) -> None:
        """The times are only for show; nothing was said of the lobby."""
        clinic.launch()
        clinic.book(start=START + HOUR)
        clinic.graph.before = always(lambda: GraphRefused(Refusal.OTHER, 403), "set_lobby")
        clinic.hint()

        assert (clinic.visit().state, clinic.visit().lobby_confirmed) == (VisitState.READY, True)
        assert isinstance(clinic.launch(patient=True), Ready)

    def test_three_in_vain_are_a_problem_and_the_lobby_is_never_weakened(
        self, clinic: Clinic
    ) -> None:
        """Patients stay out; the clinician goes in and is told; it is asked again each minute."""
        clinic.graph.shown = ("everyone", "everyone")
        codes = [code_of(clinic.launch(patient=True)) for _ in range(4)]

        assert codes == ["lobby_unconfirmed", "lobby_unconfirmed", "lobby_refused", "lobby_refused"]
        assert clinic.problems() == [("lobby_refused", FIRST)]
        assert clinic.graph.asked["set_lobby"] == 3
        assert clinic.visit().state is VisitState.LOBBY_REFUSED
        told = clinic.launch()
        assert isinstance(told, NotReady)
        assert told.visit == clinic.visit()

        clinic.graph.shown = (lobby.SCOPE, lobby.PRESENTERS)
        clinic.wait(minutes=1)
        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.graph.asked["create_or_get"] == 1

    def test_a_refused_patch_counts_as_in_vain(self, clinic: Clinic) -> None:
        """The third one is a problem."""
        clinic.graph.before = always(lambda: GraphRefused(Refusal.OTHER, 403), "set_lobby")
        codes = [code_of(clinic.launch()) for _ in range(3)]

        assert codes[-1] == "lobby_refused"
        assert clinic.problems() == [("lobby_refused", FIRST)]


class TestJoinLinks:
    """Hosts are looked at before a link is kept."""

    def test_a_link_that_leads_elsewhere_is_never_kept(self, clinic: Clinic) -> None:
        """A problem, and the visit is not ready."""
        clinic.graph.host = "https://teams.microsoft.com.example.org"

        assert code_of(clinic.launch()) == "join_link_refused"
        assert (clinic.visit().join_url, clinic.visit().meeting_id) == ("", "")
        assert clinic.problems() == [("join_link_refused", FIRST)]

    def test_a_guest_link_that_leads_elsewhere_is_told_and_not_used(self, clinic: Clinic) -> None:
        """Patients take the meeting's own link, which was looked at."""
        clinic.graph.guest_host = "http://visit.teams.microsoft.com"

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.visit().guest_url == ""
        assert clinic.problems() == [("join_link_refused", FIRST)]

    def test_links_are_in_no_repr(self, clinic: Clinic) -> None:
        """They are secrets: whoever has one is in the lobby."""
        prepared = clinic.launch()

        assert "teams" not in repr(prepared)


class TestCircuit:
    """Three in a row without an answer: one probe a minute."""

    @pytest.mark.parametrize(
        "silent",
        [
            GraphUnavailable,
            lambda: NoAnswer(Phase.NO_REPLY),
            lambda: NotReached(Phase.CONNECT),
        ],
        ids=["5xx", "time_out", "not_reached"],
    )
    def test_a_launch_that_finds_it_open_is_told_at_once(
        self, clinic: Clinic, silent: type[ConnectorError]
    ) -> None:
        """And Graph is asked once a minute."""
        clinic.graph.before = always(silent)
        for _ in range(3):
            clinic.launch()
            clinic.wait(seconds=15)
        asked = clinic.graph.asked["create_or_get"]

        for _ in range(6):
            clinic.wait(seconds=10)
            clinic.launch()
        assert (asked, clinic.graph.asked["create_or_get"]) == (3, 4)
        assert code_of(clinic.launch()) == "meetings_paused"

    def test_launches_do_not_queue_behind_hints(self, clinic: Clinic) -> None:
        """The wire is full of hints; what is known of Graph is the same for both."""
        thread = ["launch"]
        hints, launches = (MemoryCircuitBreaker(clinic.shared, lambda: thread[0]) for _ in "ab")
        clinic.world.meeting_circuits = lambda tenant, by_hint: hints if by_hint else launches
        for name in "abc":
            thread[0] = name
            assert hints.acquire(clinic.now) is None
        thread[0] = "d"
        clinic.book()
        clinic.hint()

        assert not clinic.graph.asked
        assert isinstance(clinic.launch(patient=True), Ready)

    def test_a_patient_needs_no_browser_link_while_it_is_open(self, clinic: Clinic) -> None:
        """The lobby is closed, so a launch goes on with the meeting's own link."""
        clinic.graph.before = always(GraphUnavailable, "guest_link")

        assert isinstance(clinic.launch(patient=True), Ready)
        assert clinic.visit().patient_url == clinic.visit().join_url

    def test_a_hint_leaves_the_browser_link_for_later(self, clinic: Clinic) -> None:
        """There is time: the agenda comes back in two minutes."""
        clinic.book()
        clinic.graph.before = failing(GraphUnavailable, method="guest_link")
        clinic.hint()
        assert clinic.visit().state is VisitState.PREPARING

        clinic.wait(minutes=2)
        clinic.hint()
        assert clinic.visit().guest_url
        assert clinic.graph.asked == Counter(create_or_get=1, set_lobby=1, guest_link=2)
