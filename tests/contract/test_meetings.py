"""The port Meetings: Microsoft Graph as simulated, over the wire, and the meetings in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local.memory.meetings import MemoryMeetings
from local.simulators.server import RunningSimulators, start
from shared_code.graph import lobby
from shared_code.graph.errors import GraphRefused, Refusal
from shared_code.graph.meetings import OnlineMeetings
from shared_code.outbound.gate import Gate
from shared_code.visits.ports import Meetings
from tests.support.settings import settings_for

TENANT, OTHER_TENANT = "tenant-1", "tenant-2"
ORGANIZER = "0b000000-0000-4000-8000-000000000001"
OTHER_ORGANIZER = "0b000000-0000-4000-8000-000000000002"
START = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
SECONDS = 5.0


@dataclass
class IssuedTokens:
    """Tokens of the tenant for the audience of the scope."""

    simulators: RunningSimulators

    def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
        """Return a new token."""
        until = self.simulators.clock.real_now() + timedelta(hours=1)
        return self.simulators.tokens.issue(scope.removesuffix("/.default"), until, tid=tenant)


@pytest.fixture(scope="module")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators once."""
    running = start(tmp_path_factory.mktemp("simulators"))
    yield running
    running.stop()


@pytest.fixture(params=["graph", "memory"])
def meetings(request: pytest.FixtureRequest, simulators: RunningSimulators) -> Iterator[Meetings]:
    """Return each implementation without meetings."""
    if request.param == "memory":
        yield MemoryMeetings()
        return
    simulators.reset()
    settings = settings_for(
        CONNECTOR_OUTBOUND_LOOPBACK="on", CONNECTOR_TRUSTED_CA_FILE=str(simulators.ca_file)
    )
    with closing(Gate(settings)) as gate:
        yield OnlineMeetings(gate, IssuedTokens(simulators), simulators.urls["graph"])


def create(
    meetings: Meetings,
    tenant: str = TENANT,
    organizer: str = ORGANIZER,
    external_id: str = "visit-1",
    start: datetime = START,
) -> tuple[str, str, bool]:
    """Return the id, the link and whether the meeting is new."""
    made = meetings.create_or_get(
        tenant, organizer, external_id, "Visit", start, start + HALF_AN_HOUR, seconds=SECONDS
    )
    return made.id, made.join_url, made.created


def test_identity_is_tenant_organizer_and_external_id(meetings: Meetings) -> None:
    """Asked again it is the same meeting with the same link, and not new."""
    made = create(meetings)
    others = [
        create(meetings, tenant=OTHER_TENANT),
        create(meetings, organizer=OTHER_ORGANIZER),
        create(meetings, external_id="visit-2"),
    ]

    assert made[2]
    assert create(meetings) == (*made[:2], False)
    assert len({made[:2], *(other[:2] for other in others)}) == 4
    assert all(new for *_, new in others)


def test_a_new_meeting_is_open_until_its_lobby_is_set(meetings: Meetings) -> None:
    """Then it shows the lobby and the presenters, at once and later."""
    meeting_id, link, _ = create(meetings)
    before = meetings.get(TENANT, ORGANIZER, meeting_id, seconds=SECONDS)
    later = START + timedelta(days=1)

    shown = meetings.set_lobby(
        TENANT, ORGANIZER, meeting_id, start=later, end=later + HALF_AN_HOUR, seconds=SECONDS
    )
    after = meetings.get(TENANT, ORGANIZER, meeting_id, seconds=SECONDS)

    assert before.lobby == "everyone"
    assert lobby.is_as_asked(shown.lobby, shown.presenters)
    assert after == shown
    assert (after.id, after.join_url, after.created) == (meeting_id, link, False)


def test_a_meeting_that_exists_keeps_its_lobby(meetings: Meetings) -> None:
    """Whatever it is asked for with."""
    meeting_id, *_ = create(meetings)
    meetings.set_lobby(
        TENANT, ORGANIZER, meeting_id, start=START, end=START + HALF_AN_HOUR, seconds=SECONDS
    )
    found = meetings.create_or_get(
        TENANT,
        ORGANIZER,
        "visit-1",
        "Other",
        START + timedelta(days=1),
        START + timedelta(days=2),
        seconds=SECONDS,
    )

    assert (found.id, found.lobby) == (meeting_id, lobby.SCOPE)


@pytest.mark.parametrize(
    ("tenant", "organizer", "nonsense"),
    [
        (TENANT, ORGANIZER, True),
        (TENANT, OTHER_ORGANIZER, False),
        (OTHER_TENANT, ORGANIZER, False),
    ],
)
def test_meetings_are_found_under_their_own_organizer_only(
    meetings: Meetings, tenant: str, organizer: str, *, nonsense: bool
) -> None:
    """Everywhere else they are refused as unknown, and nothing changes."""
    made, *_ = create(meetings)
    meeting_id = "nonsense" if nonsense else made

    with pytest.raises(GraphRefused) as unread:
        meetings.get(tenant, organizer, meeting_id, seconds=SECONDS)
    with pytest.raises(GraphRefused) as unchanged:
        meetings.set_lobby(tenant, organizer, meeting_id, start=START, end=START, seconds=SECONDS)

    refusals = [(error.value.kind, error.value.status) for error in (unread, unchanged)]
    assert refusals == [(Refusal.ORGANIZER, 404)] * 2
    assert meetings.guest_link(tenant, organizer, meeting_id, seconds=SECONDS) is None
    assert meetings.get(TENANT, ORGANIZER, made, seconds=SECONDS).lobby == "everyone"


def test_guests_have_a_link_of_their_own(meetings: Meetings) -> None:
    """The same one whenever it is asked for."""
    meeting_id, link, _ = create(meetings)
    guests = meetings.guest_link(TENANT, ORGANIZER, meeting_id, seconds=SECONDS)

    assert guests
    assert guests != link
    assert meetings.guest_link(TENANT, ORGANIZER, meeting_id, seconds=SECONDS) == guests
