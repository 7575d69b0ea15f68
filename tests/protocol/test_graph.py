"""Meetings through the real door out, over TLS, at the simulated Graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local.simulators.entra.directory import CLIENT_ID, LAMNA
from local.simulators.server import RunningSimulators, start
from shared_code.errors import ConnectorError
from shared_code.graph.errors import GraphBusy, GraphRefused, GraphUnavailable, Refusal
from shared_code.graph.lobby import PRESENTERS, SCOPE
from shared_code.graph.meetings import OnlineMeetings
from shared_code.identity.msal_app_tokens import MsalAppTokens
from shared_code.outbound.errors import NoAnswer, NotReached
from shared_code.outbound.gate import Gate
from tests.support.settings import settings_for

ORGANIZER = "0b000000-0000-4000-8000-000000000001"
OTHER_ORGANIZER = "0b000000-0000-4000-8000-000000000002"
START = datetime(2026, 6, 1, 13, 30, tzinfo=UTC)
END = datetime(2026, 6, 1, 14, 0, tzinfo=UTC)
SECONDS = 5.0


@dataclass
class IssuedTokens:
    """Tokens for the audience of the scope, from the simulators themselves."""

    simulators: RunningSimulators

    def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
        """Return a new token."""
        until = self.simulators.clock.real_now() + timedelta(hours=1)
        return self.simulators.tokens.issue(scope.removesuffix("/.default"), until)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators once."""
    simulators = start(tmp_path_factory.mktemp("simulators"))
    yield simulators
    simulators.stop()


@pytest.fixture
def simulators(running: RunningSimulators) -> RunningSimulators:
    """Return the simulators as new."""
    running.reset()
    return running


@pytest.fixture
def meetings(simulators: RunningSimulators) -> Iterator[OnlineMeetings]:
    """Return the product's client of the simulated Graph."""
    settings = settings_for(
        CONNECTOR_OUTBOUND_LOOPBACK="on", CONNECTOR_TRUSTED_CA_FILE=str(simulators.ca_file)
    )
    with closing(Gate(settings)) as gate:
        yield OnlineMeetings(gate, IssuedTokens(simulators), simulators.urls["graph"])


def create(meetings: OnlineMeetings, external_id: str = "visit-1", seconds: float = SECONDS) -> str:
    """Return the id of the meeting."""
    return meetings.create_or_get(
        LAMNA, ORGANIZER, external_id, "Video visit", START, END, seconds=seconds
    ).id


def set_lobby(meetings: OnlineMeetings, meeting_id: str) -> tuple[str, str]:
    """Return the lobby and the presenters that the answer shows."""
    shown = meetings.set_lobby(LAMNA, ORGANIZER, meeting_id, start=START, end=END, seconds=SECONDS)
    return shown.lobby, shown.presenters


def test_a_meeting_is_made_guarded_and_found_again(
    meetings: OnlineMeetings, simulators: RunningSimulators
) -> None:
    """Graph takes every field that is sent, and the links lead to the meeting."""
    made = meetings.create_or_get(
        LAMNA, ORGANIZER, "visit-1", "Video visit", START, END, seconds=SECONDS
    )
    found = meetings.create_or_get(LAMNA, ORGANIZER, "visit-1", "Other", END, END, seconds=SECONDS)
    lobby = set_lobby(meetings, made.id)
    shown = meetings.get(LAMNA, ORGANIZER, made.id, seconds=SECONDS)
    guests = meetings.guest_link(LAMNA, ORGANIZER, made.id, seconds=SECONDS)

    (meeting,) = simulators.graph.meetings.all()
    assert (made.created, found.created, found.id) == (True, False, made.id)
    assert lobby == (SCOPE, PRESENTERS)
    assert shown.lobby == SCOPE
    assert [datetime.fromisoformat(at) for at in (meeting.start, meeting.end)] == [START, END]
    assert made.join_url == shown.join_url == simulators.urls["meeting"] + meeting.join_path()
    assert guests == simulators.urls["meeting"] + meeting.guest_path()


@pytest.mark.parametrize(
    ("conduct", "expected", "afterwards"),
    [
        ("everyone", ("everyone", "everyone"), "everyone"),
        ("unknown", ("unknownFutureValue", "everyone"), "everyone"),
        ("missing", ("", PRESENTERS), SCOPE),
        ("presenters", (SCOPE, "everyone"), SCOPE),
    ],
)
def test_a_patch_that_was_not_done_is_seen(
    meetings: OnlineMeetings,
    simulators: RunningSimulators,
    conduct: str,
    expected: tuple[str, str],
    afterwards: str,
) -> None:
    """In its own answer, and by asking once more."""
    meeting_id = create(meetings)
    simulators.graph.configure({"patch": conduct})

    assert set_lobby(meetings, meeting_id) == expected
    assert meetings.get(LAMNA, ORGANIZER, meeting_id, seconds=SECONDS).lobby == afterwards


@pytest.mark.parametrize("existing", ["old", "year_1"])
def test_an_older_meeting_keeps_its_dates_until_the_patch(
    meetings: OnlineMeetings, simulators: RunningSimulators, existing: str
) -> None:
    """Year 1 is no date."""
    simulators.graph.configure({"existing": existing})
    found = meetings.create_or_get(
        LAMNA, ORGANIZER, "visit-1", "Video visit", START, END, seconds=SECONDS
    )
    (before,) = simulators.graph.meetings.all()
    set_lobby(meetings, found.id)
    (after,) = simulators.graph.meetings.all()

    assert not found.created
    assert before.start.startswith("0001") == (existing == "year_1")
    assert [datetime.fromisoformat(at) for at in (after.start, after.end)] == [START, END]


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ("no_policy", Refusal.NO_POLICY),
        ("not_authorized", Refusal.NO_POLICY),
        ("unlicensed", Refusal.ORGANIZER),
        ("disabled", Refusal.ORGANIZER),
        ("error_1026", Refusal.ORGANIZER),
        ("used_up", Refusal.USED_UP),
    ],
)
def test_a_refused_organizer_is_named_by_its_reason(
    meetings: OnlineMeetings, simulators: RunningSimulators, refusal: str, kind: Refusal
) -> None:
    """Another account is served meanwhile."""
    simulators.graph.configure({"organizers": {ORGANIZER: refusal}})

    with pytest.raises(GraphRefused) as refused:
        create(meetings)
    other = meetings.create_or_get(
        LAMNA, OTHER_ORGANIZER, "visit-1", "Video visit", START, END, seconds=SECONDS
    )

    assert refused.value.kind is kind
    assert other.created


def test_throttling_says_how_long(meetings: OnlineMeetings, simulators: RunningSimulators) -> None:
    """By Graph's own header."""
    simulators.graph.configure({"throttle": {"requests": 1, "seconds": 40}})
    create(meetings)

    with pytest.raises(GraphBusy) as busy:
        create(meetings)

    assert busy.value.retry_after == 40


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        ({"kind": "status", "status": 503}, GraphUnavailable, 0),
        ({"kind": "status", "status": 429}, GraphBusy, 0),
        ({"kind": "garbage"}, GraphUnavailable, 1),
        ({"kind": "drop_after_acting"}, NoAnswer, 1),
        ({"kind": "truncate"}, NoAnswer, 1),
        ({"kind": "hold_after_acting"}, NoAnswer, 1),
        ({"kind": "hold_before_acting"}, NoAnswer, 0),
    ],
)
def test_after_a_failure_the_same_question_finds_the_same_meeting(
    meetings: OnlineMeetings,
    simulators: RunningSimulators,
    fault: dict[str, object],
    error: type[ConnectorError],
    made: int,
) -> None:
    """Whatever is left open, one external id never becomes two meetings."""
    simulators.faults.add({"target": "graph", **fault})
    with pytest.raises(error):
        create(meetings, seconds=0.5)
    before = len(simulators.graph.meetings.all())
    simulators.faults.release()

    create(meetings)

    assert (before, len(simulators.graph.meetings.all())) == (made, 1)


def test_a_token_that_graph_does_not_take_is_a_refusal(
    meetings: OnlineMeetings, simulators: RunningSimulators
) -> None:
    """Not the organizer's: another account would fare no better."""

    class ForOthers(IssuedTokens):
        def token(self, tenant: str, scope: str, *, seconds: float = 5.0) -> str:
            return super().token(tenant, "https://vault.azure.net/.default")

    others = OnlineMeetings(meetings.http, ForOthers(simulators), meetings.graph_url)
    with pytest.raises(GraphRefused) as refused:
        create(others)

    assert (refused.value.kind, refused.value.status) == (Refusal.OTHER, 401)


def test_without_a_link_for_guests_there_is_none(
    meetings: OnlineMeetings, simulators: RunningSimulators
) -> None:
    """Refused, not found, or an answer without it."""
    meeting_id = create(meetings)
    found = []
    for conduct in ("refused", "missing", "none"):
        simulators.graph.configure({"guest_link": conduct})
        found.append(meetings.guest_link(LAMNA, ORGANIZER, meeting_id, seconds=SECONDS))

    assert found == [None, None, None]


def test_where_nothing_listens_nothing_was_sent(
    meetings: OnlineMeetings, simulators: RunningSimulators
) -> None:
    """So the request may be sent again."""
    nowhere = OnlineMeetings(meetings.http, meetings.app_tokens, "https://localhost:1")

    with pytest.raises(NotReached):
        create(nowhere)


def test_entra_gives_the_token_that_graph_takes(simulators: RunningSimulators) -> None:
    """The same app and tenant, with the permissions that the calls need."""
    settings = settings_for(
        CONNECTOR_ENTRA_CLIENT_ID=CLIENT_ID,
        CONNECTOR_ENTRA_TENANT_ID=LAMNA,
        CONNECTOR_ENTRA_SECRET_NAME="entra-secret",
        CONNECTOR_LOGIN_URL=simulators.urls["entra"],
        CONNECTOR_GRAPH_URL=simulators.urls["graph"],
        CONNECTOR_OUTBOUND_LOOPBACK="on",
        CONNECTOR_TRUSTED_CA_FILE=str(simulators.ca_file),
    )
    secrets = {"entra-secret": simulators.entra.registration.secret}
    with closing(Gate(settings)) as gate:
        tokens = MsalAppTokens(settings, gate, secrets.get)
        meetings = OnlineMeetings(gate, tokens, settings.graph_url)
        made = meetings.create_or_get(
            settings.entra_tenant_id, ORGANIZER, "visit-1", "Visit", START, END, seconds=SECONDS
        )
        guests = meetings.guest_link(LAMNA, ORGANIZER, made.id, seconds=SECONDS)

    assert (made.created, guests is None) == (True, False)
    assert simulators.graph.meetings.all()[0].tenant == LAMNA
