"""The values and decisions of visits."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.visits.domain.join_links import JoinHosts
from shared_code.visits.domain.organizers import (
    OrganizerDay,
    OrganizerUse,
    choose,
    organizer_key,
)
from shared_code.visits.domain.steps import Step, decide_next_step
from shared_code.visits.domain.visit import Visit, VisitRef, VisitState, Wanted
from shared_code.visits.flows.refs import visit_ref
from tests.world.clock import NOW
from tests.world.connection import TENANT
from tests.world.visit import START
from tests.world.visiting import FIRST, ORGANIZERS, SECOND, THIRD, Clinic

HOSTS = JoinHosts(("microsoft.com", "cloud.microsoft"))
REF = VisitRef("lamna", "1-" + "0" * 32)
WANTED = Wanted(REF, TENANT, START, 30, ORGANIZERS)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "url",
    [
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22",
        "https://teams.microsoft.com/meet/2414128301281?p=XyZ",
        "https://visit.teams.microsoft.com/webrtc-svc/api/route?tid=1&convId=19:meeting_x=True",
        "https://teams.cloud.microsoft/meet/1?p=x",
        "https://microsoft.com:443/x",
    ],
)
def test_join_links_of_every_form_are_kept(url: str) -> None:
    """Only the host is looked at."""
    assert HOSTS.allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "teams.microsoft.com/meet/1",
        "http://teams.microsoft.com/meet/1",
        "HTTPS://teams.microsoft.com/meet/1",
        "javascript:alert(1)//teams.microsoft.com/",
        "msteams://teams.microsoft.com/meet/1",
        "https://teams.microsoft.com",
        "https://teams.microsoft.com.example.org/meet/1",
        "https://notmicrosoft.com/meet/1",
        "https://example.org/teams.microsoft.com/",
        "https://example.org\\.microsoft.com/",
        "https://teams.microsoft.com\\@example.org/",
        "https://teams.microsoft.com@example.org/",
        "https://example.org:443@teams.microsoft.com/",
        "https://teams.microsoft.com:8443/meet/1",
        "https://teams.microsoft.com/meet/1\r\nLocation: https://example.org",
        "https://teams.microsoft.com/meet/1 x",
        "https://teams.microsoft.com/\\example",
        "https://teams.m\u0456crosoft.com/meet/1",
        "https://teams.microsoft.com/meet/\u00e9",
        " https://teams.microsoft.com/meet/1",
        "//teams.microsoft.com/meet/1",
        "https://teams.microsoft.com/" + "x" * 4000,
    ],
)
def test_a_link_that_may_lead_elsewhere_is_refused(url: str) -> None:
    """Whatever browsers and libraries make of it."""
    assert not HOSTS.allow(url)


def test_http_and_ports_are_for_one_machine() -> None:
    """There the meeting is a simulated page."""
    here = JoinHosts(("127.0.0.1",), http=True)

    assert here.allow("http://127.0.0.1:7100/meet/1")
    assert not here.allow("http://127.0.0.2:7100/meet/1")
    assert not here.allow("http://127.0.0.1:7100\\@example.org/")
    assert not JoinHosts(("127.0.0.1",)).allow("http://127.0.0.1:7100/meet/1")


def test_a_session_id_is_compared_byte_for_byte_without_blanks_around_it() -> None:
    """Leading zeros belong to the value; another connection's visit is another one."""
    rings = Clinic().world.rings
    ref = visit_ref(rings, "lamna", "36996")

    assert visit_ref(rings, "lamna", " 36996 ") == ref
    others = [("lamna", "0036996"), ("lamna", "3699 6"), ("other", "36996")]
    assert len({ref, *(visit_ref(rings, *each) for each in others)}) == 4
    assert "36996" not in str(ref)
    assert (VisitRef.parse(str(ref)), len(ref.external_id) <= 64) == (ref, True)


class TestOrganizers:
    """The choice."""

    def _choose(self, *meetings_of: int, tried: tuple[str, ...] = ()) -> str | None:
        uses = {
            each: OrganizerUse(count) for each, count in zip(ORGANIZERS, meetings_of, strict=True)
        }
        return choose(ORGANIZERS, uses, tried, NOW)

    def test_the_least_used_is_chosen(self) -> None:
        """The first of equals."""
        assert self._choose(3, 2, 2) == SECOND
        assert self._choose(0, 0, 0) == FIRST

    def test_whoever_said_no_or_is_used_up_is_not(self) -> None:
        """1,900 is the end."""
        assert self._choose(0, 1, 1, tried=(FIRST,)) == SECOND
        assert self._choose(1900, 1899, 1900) == SECOND
        assert self._choose(1900, 1899, 1900, tried=(SECOND,)) is None

    def test_whoever_is_left_out_comes_back_in_time(self) -> None:
        """At that moment."""
        uses = dict.fromkeys(ORGANIZERS, OrganizerUse(5)) | {
            THIRD: OrganizerUse(0, NOW + timedelta(minutes=30))
        }

        assert choose(ORGANIZERS, uses, (), NOW) == FIRST
        assert choose(ORGANIZERS, uses, (), NOW + timedelta(minutes=30)) == THIRD

    def test_days_add_up(self) -> None:
        """Meetings are summed, the latest pause counts."""
        assert OrganizerUse.of(()) == OrganizerUse()
        assert OrganizerUse.of(
            [OrganizerUse(2, NOW), OrganizerUse(3), OrganizerUse(0, NOW - DAY)]
        ) == OrganizerUse(5, NOW)

    def test_rows_do_not_name_the_account(self) -> None:
        """Its object id is hashed; the tenant stands in front, as in every row."""
        day = OrganizerDay(organizer_key(TENANT, FIRST), NOW.date())

        assert OrganizerDay.parse(str(day)) == day
        assert FIRST not in str(day)
        assert str(day).startswith(TENANT)


class TestSteps:
    """Properties that hold whatever happens."""

    def test_no_order_of_answers_makes_an_open_visit_ready(self) -> None:
        """
        Ready needs an organizer, a meeting, its link and a lobby that was shown; the organizer of a
        meeting never changes; in the end every visit becomes ready.
        """
        for seed in range(500):
            chance, visit, now = random.Random(seed), Visit.new(WANTED, NOW), NOW
            owner = ""
            for _ in range(60):
                step = decide_next_step(visit, WANTED, now)
                visit = _carried_out(step, visit, chance)
                now += timedelta(seconds=chance.choice([0, 1, 61]))
                if visit.state is VisitState.READY:
                    assert visit.organizer
                    assert visit.meeting_id
                    assert visit.join_url
                    assert visit.lobby_confirmed
                if visit.meeting_id:
                    owner = owner or visit.organizer
                    assert visit.organizer == owner
            for _ in range(6):
                now += timedelta(minutes=2)
                visit = _carried_out(decide_next_step(visit, WANTED, now), visit, None)
            assert decide_next_step(visit, WANTED, now) is Step.NOTHING, seed

    def test_a_meeting_keeps_its_organizer(self) -> None:
        """It cannot be given another one."""
        visit = Visit.new(WANTED, NOW).with_organizer(FIRST).with_meeting("1", "https://x/")

        with pytest.raises(ValueError, match="keeps its organizer"):
            visit.with_organizer(SECOND)

    def test_an_unknown_start_never_replaces_a_known_one(self) -> None:
        """A launch may know less than the feed."""
        visit = Visit.new(WANTED, NOW)

        assert not visit.is_moved(replace(WANTED, start=None, minutes=240))
        assert visit.is_moved(replace(WANTED, start=START + DAY))
        assert visit.is_moved(replace(WANTED, minutes=60))
        assert Visit.new(replace(WANTED, start=None), NOW).is_moved(WANTED)


def _carried_out(step: Step, visit: Visit, chance: random.Random | None) -> Visit:
    """Return the visit after an answer by chance, or after the best one."""

    def fails() -> bool:
        return chance is not None and chance.random() < 0.6

    match step:
        case Step.FIX_ORGANIZER:
            return visit.with_organizer(chance.choice(ORGANIZERS) if chance else FIRST)
        case Step.MAKE_MEETING if fails():
            return visit.with_organizer("")
        case Step.MAKE_MEETING:
            return visit.with_meeting("1", "https://teams.microsoft.com/meet/1")
        case Step.CLOSE_LOBBY if fails():
            return visit.without_lobby(NOW)
        case Step.CLOSE_LOBBY:
            return visit.with_lobby()
        case Step.ASK_GUEST_LINK:
            return visit.ready("")
        case _:
            return visit
