"""The door out before anything is sent: names are resolved once, and checked."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from threading import Event

import pytest

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import (
    UPSTREAM_SILENT,
    UPSTREAM_UNREACHABLE,
    AddressRefused,
    NoAnswer,
    NotReached,
    Phase,
)
from shared_code.outbound.gate import Gate
from tests.support.settings import settings_for

URL = "https://fhir.lamna.example/api"


class Resolver:
    """Answers with one list after another, and counts."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return or raise the next answer."""
        self.asked.append((host, port))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _failure(resolve: Callable[[str, int], Sequence[str]], seconds: float = 5.0) -> ConnectorError:
    gate = Gate(settings_for(), resolve=resolve)
    try:
        with pytest.raises(ConnectorError) as failed:
            gate.request("GET", URL, seconds=seconds)
    finally:
        gate.close()
    return failed.value


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::7f00:1"],
        ["169.254.169.254"],
        ["168.63.129.16"],
        ["::ffff:169.254.169.254"],
        ["fe80::1%lo"],
        ["not an address"],
    ],
)
def test_a_name_that_leads_to_a_bad_address_is_not_called(addresses: list[str]) -> None:
    """Nor are its good addresses."""
    resolver = Resolver(addresses)

    assert isinstance(_failure(resolver), AddressRefused)
    assert resolver.asked == [("fhir.lamna.example", 443)]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        OSError(),
        UnicodeError(),
    ],
)
def test_a_name_without_address_is_not_reached(answer: Sequence[str] | Exception) -> None:
    """The failure names the phase, not the name."""
    failure = _failure(Resolver(answer))

    assert isinstance(failure, NotReached)
    assert (failure.phase, failure.info) == (Phase.DNS, UPSTREAM_UNREACHABLE)
    assert failure.__cause__ is None


def test_a_resolver_that_hangs_ends_with_the_deadline() -> None:
    """The look-up has no time of its own."""
    hanging = Event()

    def resolve(host: str, port: int) -> Sequence[str]:
        hanging.wait(10)
        return []

    began = time.monotonic()
    try:
        failure = _failure(resolve, seconds=0.1)
        took = time.monotonic() - began
    finally:
        hanging.set()

    assert isinstance(failure, NotReached)
    assert failure.phase is Phase.DNS
    assert took < 2


def test_a_malformed_url_is_not_even_resolved() -> None:
    """Nothing leaves for it."""
    resolver = Resolver()
    with pytest.raises(AddressRefused):
        Gate(settings_for(), resolve=resolver).request("GET", "https://user@fhir.lamna.example/")

    assert resolver.asked == []


def test_what_may_have_been_carried_out_says_so() -> None:
    """The two kinds of failure are two types."""
    assert NoAnswer(Phase.SEND).info == UPSTREAM_SILENT
    assert not isinstance(NoAnswer(Phase.SEND), NotReached)
