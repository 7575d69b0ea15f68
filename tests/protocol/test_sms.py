"""The SMS sender with the real SDK against the simulated service: requests and results."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from local.memory.ports import MemorySecrets
from local.simulators.memory import ACCEPTED, DUPLICATE
from local.simulators.server import RunningSimulators, start
from shared_code.texting.adapters.acs.sender import AcsSender
from shared_code.texting.domain.reasons import (
    REFUSED_BY_CARRIER,
    REFUSED_BY_SERVICE,
    SMS_NOT_ADMITTED,
    TEXT_TOO_LONG,
)
from shared_code.texting.ports import Accepted, NotSent, OutcomeUnknown, RefusedText, SendResult
from shared_code.vault.ports import Secrets
from tests.protocol.sms_sending import (
    KEY_SECRET,
    PATIENT,
    SENDER,
    TEXT,
    ClosedVault,
    OpenSender,
    senders,
    text,
)
from tests.support.canaries import find, numbers

WRONG_KEY = base64.b64encode(b"k" * 64).decode()
READ_TIMEOUT = 10.0
"""Seconds. Read timeout if an answer is expected: a busy machine may be slow."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulators]:
    """Start the simulators for all tests of this module."""
    simulators = start(tmp_path_factory.mktemp("sms"))
    yield simulators
    simulators.stop()


@pytest.fixture
def simulators(running: RunningSimulators) -> RunningSimulators:
    """Return the simulators, reset before each test."""
    running.reset()
    return running


@pytest.fixture
def open_sender() -> Iterator[OpenSender]:
    """Create senders and close them after the test."""
    with senders() as opened:
        yield opened


@pytest.fixture
def sender(open_sender: OpenSender, simulators: RunningSimulators) -> AcsSender:
    """Return the sender of the app, with a long read timeout."""
    return _sender(open_sender, simulators, read_timeout=READ_TIMEOUT)


def _sender(open_sender: OpenSender, simulators: RunningSimulators, **more: Any) -> AcsSender:
    key = more.pop("key", simulators.acs_connection_key)
    return open_sender(simulators.acs_url, simulators.ca_file, key, **more)


def _requests(simulators: RunningSimulators) -> int:
    return len(simulators.memory.requests("acs"))


def test_a_text_arrives_with_our_request_id_and_date(
    sender: AcsSender, simulators: RunningSimulators
) -> None:
    """The request is signed after the SDK's random values were replaced."""
    result = sender.send(TEXT)

    (received,) = simulators.acs.memory.texts()
    (request,) = simulators.memory.requests("acs")
    (recipient,) = request.body["smsRecipients"]
    assert result == Accepted(received.message_id)
    assert recipient == {
        "to": PATIENT,
        "repeatabilityRequestId": TEXT.request_id,
        "repeatabilityFirstSent": "Mon, 01 Jun 2026 12:00:07 GMT",
    }
    assert (received.sender, received.text, received.tag, received.report_wanted) == (
        SENDER,
        TEXT.body,
        TEXT.tag,
        True,
    )


def test_the_same_request_again_is_the_same_text(
    sender: AcsSender, simulators: RunningSimulators
) -> None:
    """By another worker, too; a new date makes a new text."""
    first, second = sender.send(TEXT), sender.send(TEXT)
    assert first == second
    assert len(simulators.acs.memory.texts()) == 1

    sender.send(text(first_sent=TEXT.first_sent + timedelta(minutes=5)))

    verdicts = [record.verdict for record in simulators.memory.requests("acs")]
    assert verdicts == [ACCEPTED, DUPLICATE, ACCEPTED]


def test_letters_of_all_languages_arrive(sender: AcsSender, simulators: RunningSimulators) -> None:
    """The signature is over the bytes that are sent."""
    sender.send(text(body="Clínica Ñandú 视频 🙂 \n"))
    (received,) = simulators.acs.memory.texts()
    assert received.text == "Clínica Ñandú 视频 🙂 \n"


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (429, 7, NotSent(7)),
        (429, 0, NotSent(1)),
        (429, 86_400, NotSent(3600)),
        (429, None, NotSent(None)),
        (401, None, NotSent(60, reason=SMS_NOT_ADMITTED)),
        (403, None, NotSent(60, reason=SMS_NOT_ADMITTED)),
        (400, None, RefusedText(REFUSED_BY_SERVICE)),
        (404, None, RefusedText(REFUSED_BY_SERVICE)),
        (409, None, RefusedText(REFUSED_BY_SERVICE)),
        (413, None, RefusedText(REFUSED_BY_SERVICE)),
        (307, None, RefusedText(REFUSED_BY_SERVICE)),
        (408, None, OutcomeUnknown()),
        (500, None, OutcomeUnknown()),
        (502, None, OutcomeUnknown()),
        (503, None, OutcomeUnknown()),
        (503, 1, OutcomeUnknown()),
        (504, None, OutcomeUnknown()),
        (200, None, OutcomeUnknown()),
        (204, None, OutcomeUnknown()),
    ],
)
def test_each_status_proves_one_thing_after_one_request(
    sender: AcsSender,
    simulators: RunningSimulators,
    status: int,
    retry_after: int | None,
    expected: SendResult,
) -> None:
    """The SDK does not retry."""
    fault = {"kind": "status", "status": status, "retry_after": retry_after, "times": None}
    simulators.faults.add({"target": "acs", **fault})

    assert sender.send(TEXT) == expected
    assert _requests(simulators) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_after_acting"},
        {"kind": "hold_after_acting"},
        {"kind": "late", "seconds": 5},
        {"kind": "garbage"},
        {"kind": "truncate"},
        {"kind": "truncate", "stall": True},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_an_accepted_text_whose_answer_is_lost_is_unknown_and_repeatable(
    open_sender: OpenSender, simulators: RunningSimulators, fault: dict[str, object]
) -> None:
    """The patient has the text; repeating the same request shows it."""
    simulators.faults.add({"target": "acs", **fault})

    assert _sender(open_sender, simulators).send(TEXT) == OutcomeUnknown()
    assert _requests(simulators) == 1

    again = _sender(open_sender, simulators, read_timeout=READ_TIMEOUT).send(TEXT)
    (received,) = simulators.acs.memory.texts()
    assert again == Accepted(received.message_id)


def test_an_unanswered_request_is_unknown(
    open_sender: OpenSender, simulators: RunningSimulators
) -> None:
    """Whether or not the service still executes it."""
    simulators.faults.add({"target": "acs", "kind": "hold_before_acting"})
    assert _sender(open_sender, simulators).send(TEXT) == OutcomeUnknown()


def test_a_refused_recipient_is_refused(sender: AcsSender) -> None:
    """It raises no exception: the refusal is inside the 202."""
    assert sender.send(text(to="(608)555-0142")) == RefusedText(REFUSED_BY_CARRIER)


@pytest.mark.parametrize("letter", ["a", "á", "视", "🙂"])
def test_a_text_of_more_than_2048_bytes_is_not_even_tried(
    sender: AcsSender, simulators: RunningSimulators, letter: str
) -> None:
    """The limit counts bytes, not characters."""
    fits = letter * (2048 // len(letter.encode()))

    assert isinstance(sender.send(text(body=fits)), Accepted)
    assert sender.send(text(body=fits + letter)) == RefusedText(TEXT_TOO_LONG)
    assert _requests(simulators) == 1


@pytest.mark.parametrize(
    "secrets",
    [
        MemorySecrets(),
        MemorySecrets({KEY_SECRET: ""}),
        MemorySecrets({KEY_SECRET: "not base64"}),
        ClosedVault(),
    ],
    ids=["missing", "empty", "unusable", "vault-closed"],
)
def test_without_a_key_nothing_leaves(
    open_sender: OpenSender, simulators: RunningSimulators, secrets: Secrets
) -> None:
    """The text was provably not sent, and may be tried again."""
    assert _sender(open_sender, simulators, key=secrets).send(TEXT) == NotSent(None, opened=False)
    assert _requests(simulators) == 0


def test_a_wrong_key_is_mended_without_a_restart(
    open_sender: OpenSender, simulators: RunningSimulators
) -> None:
    """The next text uses the vault's current key."""
    secrets = MemorySecrets({KEY_SECRET: WRONG_KEY})
    sender = _sender(open_sender, simulators, key=secrets, read_timeout=READ_TIMEOUT)
    assert sender.send(TEXT) == NotSent(60, reason=SMS_NOT_ADMITTED)

    secrets.secrets[KEY_SECRET] = simulators.acs_connection_key

    assert isinstance(sender.send(TEXT), Accepted)


def test_without_a_key_secret_the_managed_identity_sends(
    open_sender: OpenSender, simulators: RunningSimulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It uses the token of App Service's endpoint."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)

    sender = _sender(open_sender, simulators, key=None, read_timeout=READ_TIMEOUT)

    assert isinstance(sender.send(TEXT), Accepted)


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_without_a_token_nothing_leaves(
    open_sender: OpenSender,
    simulators: RunningSimulators,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """The status comes from the identity endpoint and says nothing about the text."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", simulators.identity_header)
    simulators.faults.add({"target": "msi", "kind": "status", "status": status, "times": None})

    sender = _sender(open_sender, simulators, key=None, read_timeout=READ_TIMEOUT)

    assert sender.send(TEXT) == NotSent(None, opened=False)
    assert (_requests(simulators), len(simulators.memory.requests("msi"))) == (0, 1)


def test_sixty_four_threads_share_one_client(
    sender: AcsSender, simulators: RunningSimulators
) -> None:
    """Each request carries the values of its own thread's text."""
    barrier = Barrier(64, timeout=30)
    texts = [text(to=f"+160855501{n:02d}", request_id=str(UUID(int=n + 1))) for n in range(64)]

    def send(number: int) -> SendResult:
        barrier.wait()
        return sender.send(texts[number])

    with ThreadPoolExecutor(64) as pool:
        results = list(pool.map(send, range(64)))

    bodies = [record.body["smsRecipients"][0] for record in simulators.memory.requests("acs")]
    assert all(isinstance(result, Accepted) for result in results)
    assert {body["to"]: body["repeatabilityRequestId"] for body in bodies} == {
        each.to: each.request_id for each in texts
    }


def test_a_closed_sender_opens_again(sender: AcsSender) -> None:
    """Closing ends connections, not the sender."""
    assert isinstance(sender.send(TEXT), Accepted)
    sender.close()
    assert isinstance(sender.send(TEXT), Accepted)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 500},
        {"kind": "garbage"},
        {"kind": "truncate"},
        {"kind": "drop_after_acting"},
        {"kind": "late", "seconds": 0},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_no_log_holds_a_number_or_a_word(
    sender: AcsSender,
    simulators: RunningSimulators,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, object],
) -> None:
    """Not even with every library at DEBUG."""
    caplog.set_level(logging.DEBUG)
    simulators.faults.add({"target": "acs", **fault})

    sender.send(TEXT)

    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert caplog.records != []
    assert find(logged.encode(), {**numbers(PATIENT, SENDER), "words": (TEXT.body,)}) == []
