"""An EHR launch over the wire: discovery, authorize, token, id_token and FHIR of the simulator."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.simulators.epic.messages import PHONES
from local.simulators.server import RunningSimulators, start
from shared_code.errors import ConnectorError, Refused
from shared_code.outbound.errors import NoAnswer
from shared_code.outbound.gate import Gate
from shared_code.outbound.key_sets import KeySets
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.authorize import authorize_url, challenge_of, new_verifier
from shared_code.smart.client import SmartClient
from shared_code.smart.discovery import Discovery
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.errors import (
    TOKEN_ANSWER_UNREADABLE,
    ClientRefused,
    CodeRefused,
    EndpointsElsewhere,
    EndpointsUnknown,
    EpicUnavailable,
)
from shared_code.smart.raw_query import read_query
from shared_code.smart.refusals import Advice, read_callback_error
from shared_code.smart.token_answer import LaunchContext, TokenAnswer
from shared_code.smart.user import EhrUser, Side, read_user
from tests.simulators.smart_app import CLIENT, REDIRECT, fetch, setup_document
from tests.support.settings import settings_for
from tests.world.key_pairs import ours

NOBODY: frozenset[str] = frozenset()
NONCE = "n-1"
STATE = "state-of-at-least-122-bits"
LAUNCH, CALLBACK = frozenset({"iss", "launch"}), frozenset({"code", "state", "error", "iss"})


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Worker:
    """One worker of ours, and the hospital that it is registered at."""

    simulators: RunningSimulators
    ahead: timedelta = timedelta(0)
    verifier: str = field(default_factory=lambda: new_verifier(secrets.token_bytes(32)))

    def __post_init__(self) -> None:
        """Start, with the public key at the hospital."""
        settings = settings_for(
            CONNECTOR_OUTBOUND_LOOPBACK="on",
            CONNECTOR_TRUSTED_CA_FILE=str(self.simulators.ca_file),
        )
        self.gate = Gate(settings)
        self.discovery = Discovery(self.gate, _now, browser_http=settings.outbound_loopback)
        self.client = SmartClient(
            self.gate, KeySets(self.gate, self.now), _now, lambda: secrets.token_urlsafe(24)
        )
        document = setup_document()
        for client in document["clients"]:
            client["keys"] = [ours().public_jwk()]
        self.control("/control/epic", document)

    def now(self) -> datetime:
        """Return the time for key sets, which may be `ahead` so that they are read again."""
        return _now() + self.ahead

    def control(self, path: str, document: object) -> Any:
        """Tell the simulator something."""
        body = json.dumps(document).encode()
        request = urllib.request.Request(self.simulators.desk_url + path, body, method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def play(self, *names: str) -> None:
        """Let that go wrong at every request."""
        self.control("/control/epic", {"play": names})

    def press(self, *plays: str, record: str = "provider", who: str = "eDana9") -> dict[str, str]:
        """Begin the visit at Epic; return the launch as our door reads it."""
        asked = {"record": record, "who": who, "csn": "36996", "plays": plays}
        begun = self.control("/control/epic/launch", asked)
        return dict(read_query(begun["url"], LAUNCH))

    def endpoints(self, base: str = "") -> Endpoints:
        """Discover."""
        usual = f"{self.simulators.urls['epic']}/interconnect-prd-oauth/api/FHIR/R4/"
        return self.discovery.endpoints(base or usual, CLIENT, NOBODY)

    def sent_back(self, launch: dict[str, str]) -> dict[str, str]:
        """Follow the browser to Epic; return the callback as our door reads it."""
        url = authorize_url(
            self.endpoints(launch["iss"]),
            client_id=CLIENT,
            redirect_uri=REDIRECT,
            launch=launch["launch"],
            state=STATE,
            aud=launch["iss"],
            challenge=challenge_of(self.verifier),
            nonce=NONCE,
        )
        reply = fetch(self.simulators.ca_file, "GET", url)
        assert reply.status == 302, reply.body
        return dict(read_query(reply.headers["location"], CALLBACK))

    def redeem(self, launch: dict[str, str], code: str = "") -> TokenAnswer:
        """Go the whole way to the token answer."""
        return self.client.redeem(
            self.endpoints(launch["iss"]),
            client_id=CLIENT,
            key=ours(),
            code=code or self.sent_back(launch)["code"],
            verifier=self.verifier,
            redirect_uri=REDIRECT,
        )

    def user(self, launch: dict[str, str], answer: TokenAnswer) -> EhrUser | None:
        """Verify the id_token and read who it names."""
        endpoints = self.endpoints(launch["iss"])
        claims = self.client.verify_user(answer.id_token or "", endpoints, CLIENT, NONCE)
        return read_user(claims)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators for all tests of this module."""
    simulators = start(tmp_path_factory.mktemp("smart"))
    yield simulators
    simulators.stop()


@pytest.fixture
def worker(running: RunningSimulators) -> Iterator[Worker]:
    """Return a newly started worker."""
    running.reset()
    worker = Worker(running)
    yield worker
    worker.gate.close()


@pytest.mark.parametrize("record", ["provider", "dstu2"])
@pytest.mark.parametrize(
    "play", ["launch.signs", "launch.raw", "launch.long", "callback.long_code"]
)
def test_a_launch_leads_to_the_visit_and_the_person(worker: Worker, record: str, play: str) -> None:
    """With R4's and DSTU2's discovery, and launches and codes of every form."""
    launch = worker.press(play, record=record)
    answer = worker.redeem(launch)

    assert answer.context.session_id == "36996"
    assert not answer.context.disagree
    assert worker.user(launch, answer) == EhrUser(Side.STAFF, "Practitioner/eDana9", named=True)
    assert answer.access_token is not None


@pytest.mark.parametrize(
    ("who", "side", "named_as"),
    [
        ("patient", Side.PATIENT, f"Patient/eAlexQ{len(PHONES)}"),
        ("eP7", Side.PATIENT, "RelatedPerson/eP7"),
    ],
)
def test_the_patients_side(worker: Worker, who: str, side: Side, named_as: str) -> None:
    """The patient, and who comes for the patient."""
    launch = worker.press(record="patient", who=who)
    assert worker.user(launch, worker.redeem(launch)) == EhrUser(side, named_as, named=True)


@pytest.mark.parametrize("play", ["iss.no_slash", "iss.upper_host", "iss.small_path"])
def test_the_iss_is_sent_back_as_it_came(worker: Worker, play: str) -> None:
    """Epic compares `aud` letter by letter."""
    launch = worker.press(play)
    assert "code" in worker.sent_back(launch)


def test_a_code_works_once(worker: Worker) -> None:
    """A second request for it starts again."""
    launch = worker.press()
    code = worker.sent_back(launch)["code"]
    worker.redeem(launch, code)
    with pytest.raises(CodeRefused):
        worker.redeem(launch, code)


@pytest.mark.parametrize(
    ("play", "advice"),
    [
        ("callback.invalid_launch_token", Advice.START_AGAIN),
        ("callback.access_denied", Advice.DECLINED),
        ("callback.invalid_request", Advice.TELL_EPIC_TEAM),
        ("callback.invalid_scope", Advice.TELL_EPIC_TEAM),
        ("callback.server_error", Advice.TRY_AGAIN),
        ("callback.script", Advice.START_AGAIN),
    ],
)
def test_epic_refuses_in_the_callback(worker: Worker, play: str, advice: Advice) -> None:
    """Each refusal has its advice, and nothing of it but a listed code is kept."""
    found = worker.sent_back(worker.press(play))
    assert found["state"] == STATE
    assert "code" not in found
    assert read_callback_error(found["error"]).advice is advice


@pytest.mark.parametrize(
    "play",
    [
        *("discovery.no_smart", "discovery.fhir_json", "discovery.no_keys", "discovery.no_issuer"),
        *("discovery.no_methods", "discovery.no_token"),
    ],
)
def test_discovery_that_is_not_as_written(worker: Worker, play: str) -> None:
    """The endpoints are found all the same."""
    usual = worker.endpoints()
    worker.play(play)
    assert Worker(worker.simulators).endpoints() == usual


@pytest.mark.parametrize("play", ["discovery.second_rest", "discovery.no_service_code"])
def test_metadata_that_is_not_as_written(worker: Worker, play: str) -> None:
    """The extension counts wherever it stands."""
    usual = worker.endpoints()
    worker.play("discovery.no_smart", play)
    assert Worker(worker.simulators).endpoints() == usual


@pytest.mark.parametrize(
    "play",
    [
        *("discovery.missing", "discovery.redirect", "discovery.html", "discovery.busy"),
        *("discovery.empty", "discovery.list", "discovery.http_token"),
    ],
)
def test_no_discovery_is_said(worker: Worker, play: str) -> None:
    """Redirects are not followed, nonsense is not read, a token endpoint is https."""
    worker.play(play)
    with pytest.raises(EndpointsUnknown):
        worker.endpoints()


@pytest.mark.parametrize("play", ["discovery.other_host", "discovery.foreign_host"])
def test_endpoints_elsewhere_are_refused(worker: Worker, play: str) -> None:
    """Until somebody approves the host."""
    worker.play(play)
    with pytest.raises(EndpointsElsewhere):
        worker.endpoints()


@pytest.mark.parametrize(
    ("play", "error"),
    [
        ("token.invalid_grant", CodeRefused),
        ("token.invalid_client", ClientRefused),
        ("token.unauthorized_client", ClientRefused),
        ("token.html", Refused),
        ("token.empty", Refused),
        ("token.list", Refused),
        ("token.busy", EpicUnavailable),
        ("token.throttled", EpicUnavailable),
        ("token.broken", EpicUnavailable),
        ("answer.huge", NoAnswer),
    ],
)
def test_the_token_endpoint_says_no_or_nonsense(
    worker: Worker, play: str, error: type[ConnectorError]
) -> None:
    """Each answer has its error."""
    with pytest.raises(error) as failed:
        worker.redeem(worker.press(play))
    assert error is not Refused or failed.value.info is TOKEN_ANSWER_UNREADABLE


def test_clocks_that_differ_are_measured(worker: Worker) -> None:
    """By the answer's `Date`."""
    with pytest.raises(ClientRefused) as refused:
        worker.redeem(worker.press("token.clock"))
    assert 410 <= abs(refused.value.clock_skew or 0) <= 430


@pytest.mark.parametrize(
    ("play", "session_id", "disagree", "has_placeholder"),
    [
        ("answer.expires_in_string", "36996", False, False),
        ("answer.token_type_missing", "36996", False, False),
        ("answer.scope_missing", "36996", False, False),
        ("answer.banner_bool", "36996", False, False),
        ("answer.many_fields", "36996", False, False),
        ("answer.name_in_context", "36996", False, False),
        ("answer.session_number", "36996", False, False),
        ("answer.session_casing", "36996", False, False),
        ("answer.session_two_same", "36996", False, False),
        ("answer.session_padded", "36996", False, False),
        ("answer.session_leading_zeros", "0036996", False, False),
        ("answer.session_two_differ", None, True, False),
        ("answer.session_list", None, False, False),
        ("answer.session_object", None, False, False),
        ("answer.session_bool", None, False, False),
        ("answer.session_null_word", None, False, False),
        ("answer.session_zero", None, False, False),
        ("answer.session_missing", None, False, False),
        ("answer.session_placeholder", None, False, True),
        ("answer.session_conference", None, False, True),
    ],
)
def test_token_answers_of_every_shape(
    worker: Worker, play: str, session_id: str | None, disagree: bool, has_placeholder: bool
) -> None:
    """What they say of the visit."""
    context = worker.redeem(worker.press(play)).context
    found = (context.session_id, context.disagree, context.has_placeholder)
    assert found == (session_id, disagree, has_placeholder)


@pytest.mark.parametrize("play", ["keys.busy", "keys.html", "keys.empty"])
def test_keys_that_are_away_are_not_the_tokens_fault(worker: Worker, play: str) -> None:
    """A worker that has them goes on; a new one cannot verify."""
    launch = worker.press()
    answer = worker.redeem(launch)
    assert worker.user(launch, answer) is not None
    worker.play(play)

    assert worker.user(launch, answer) is not None
    with pytest.raises(NoAnswer):
        Worker(worker.simulators).user(launch, answer)


@pytest.mark.parametrize("new_kid", [True, False])
def test_keys_that_changed_are_read_again(worker: Worker, new_kid: bool) -> None:
    """Under a new name or the old one; at most once a minute."""
    launch = worker.press()
    assert worker.user(launch, worker.redeem(launch)) is not None
    worker.control("/control/epic", {"replace_keys": "new_kid" if new_kid else "same_kid"})
    launch = worker.press()
    answer = worker.redeem(launch)
    with pytest.raises(TokenRefused):
        worker.user(launch, answer)
    worker.ahead = timedelta(seconds=61)
    assert worker.user(launch, answer) is not None


def test_another_nonce_is_refused(worker: Worker) -> None:
    """The token belongs to another launch."""
    launch = worker.press()
    answer = worker.redeem(launch)
    with pytest.raises(TokenRefused) as refused:
        worker.client.verify_user(
            answer.id_token or "", worker.endpoints(launch["iss"]), CLIENT, "another"
        )
    assert refused.value.why is Why.NONCE


def test_fhir_names_the_visit(worker: Worker) -> None:
    """By the appointment or the encounter; without a good token it is silent."""
    launch = worker.press()
    answer = worker.redeem(launch)
    context, token = answer.context, answer.access_token or ""

    assert worker.client.read_csn(launch["iss"], context, token) == "36996"
    only = LaunchContext(encounter=context.encounter)
    assert worker.client.read_csn(launch["iss"], only, token) == "36996"
    assert worker.client.read_csn(launch["iss"], context, "another") is None
