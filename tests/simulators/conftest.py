"""One set of running simulators for all tests of this folder, reset between tests."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, cast

import pytest
from azure.communication.sms import SmsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy

from local.certificates import Certificates, ensure
from local.simulators.server import RunningSimulators, start
from tests.simulators.smart_app import App, Begin, setup_document

TOLL_FREE = "+18005550100"
SHORT_CODE = "55501"
PATIENT = "+16085550142"


@dataclass
class MovableClock:
    """Simulated and real time, each moved by hand."""

    moved: timedelta = field(default_factory=timedelta)
    real_moved: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def real_now(self) -> datetime:
        return datetime.now(UTC) + self.real_moved

    def move(self, **by: float) -> None:
        self.moved += timedelta(**by)


@dataclass
class Repeatability(SansIOHTTPPolicy[Any, Any]):
    """Puts the sender's own repeatability values into the body, as the product does."""

    identifier: str = "6f1c2f3e-9a52-4a3e-8a41-1f5f4c2f0001"
    first_sent: str = field(default_factory=lambda: format_datetime(datetime.now(UTC), usegmt=True))

    def on_request(self, request: PipelineRequest[Any]) -> None:
        body = json.loads(request.http_request.body)
        for recipient in body["smsRecipients"]:
            recipient["repeatabilityRequestId"] = self.identifier
            recipient["repeatabilityFirstSent"] = self.first_sent
        request.http_request.set_json_body(body)


@dataclass(frozen=True)
class Desk:
    """A client of the desk's address."""

    url: str

    def call(self, method: str, path: str, document: object = None) -> Any:
        status, answer = self.try_call(method, path, document)
        assert status == 200
        return answer

    def try_call(self, method: str, path: str, document: object = None) -> tuple[int, Any]:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(self.url + path, body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())

    def submit(self, path: str, **fields: str) -> tuple[int, str]:
        """Post a form and follow the redirect."""
        form = urllib.parse.urlencode(fields).encode()
        try:
            with urllib.request.urlopen(self.url + path, form, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def page(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return cast(bytes, answer.read()).decode()


def retry_after(error: HttpResponseError) -> str:
    response: Any = error.response
    return str(response.headers["Retry-After"])


type OpenClient = Callable[..., Any]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return ensure(tmp_path_factory.mktemp("certificates"), datetime.now(UTC))


@pytest.fixture(scope="session")
def shared_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="session")
def shared_simulators(
    tmp_path_factory: pytest.TempPathFactory, shared_clock: MovableClock
) -> Iterator[RunningSimulators]:
    running = start(tmp_path_factory.mktemp("simulators"), clock=shared_clock)
    yield running
    running.stop()


@pytest.fixture
def clock(shared_clock: MovableClock) -> MovableClock:
    shared_clock.moved = shared_clock.real_moved = timedelta(0)
    return shared_clock


@pytest.fixture
def simulators(shared_simulators: RunningSimulators, clock: MovableClock) -> RunningSimulators:
    shared_simulators.reset()
    return shared_simulators


@pytest.fixture
def desk(simulators: RunningSimulators) -> Desk:
    return Desk(simulators.desk_url)


@pytest.fixture
def app(simulators: RunningSimulators, desk: Desk) -> App:
    """A SMART app that the simulated hospital has registered."""
    desk.call("POST", "/control/epic", setup_document())
    return App(simulators)


@pytest.fixture
def begin(desk: Desk) -> Begin:
    def press(record: str = "provider", who: str = "eDana9", **more: Any) -> dict[str, Any]:
        document = {"record": record, "who": who, "csn": "36996", **more}
        return dict(desk.call("POST", "/control/epic/launch", document))

    return press


@contextmanager
def opened(client: Any) -> Iterator[Any]:
    """Close the SMS client after use: it has no `close` of its own."""
    try:
        yield client
    finally:
        client._sms_service_client.close()


@pytest.fixture
def open_client(simulators: RunningSimulators) -> Iterator[OpenClient]:
    """Create real SDK clients for the simulated resource and close them after the test."""
    clients: list[Any] = []

    def make(**options: Any) -> Any:
        key = options.pop("key", simulators.acs_connection_key)
        settings: dict[str, Any] = {
            "connection_verify": str(simulators.ca_file),
            "retry_total": 0,
            "read_timeout": 10,
            **options,
        }
        endpoint = settings.pop("endpoint", simulators.acs_url)
        client = SmsClient(
            endpoint, settings.pop("credential", AzureKeyCredential(key)), **settings
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        with opened(client):
            continue


@pytest.fixture
def sms(open_client: OpenClient) -> Any:
    return open_client()


@pytest.fixture
def samples() -> Path:
    return Path(__file__).parent.parent / "samples"
