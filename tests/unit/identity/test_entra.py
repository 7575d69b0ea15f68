"""The MSAL object of a tenant while Microsoft is silent: no thread waits for long."""

from __future__ import annotations

import threading
from time import perf_counter

import pytest

from shared_code.errors import ConnectorError
from shared_code.identity.entra import PATIENCE, PAUSE, EntraApp
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from tests.support.entra import DISCOVERY, SECRET, TENANT, Entra, secrets, settings
from tests.support.outbound import Sent

OTHER_TENANT = "72f988bf-0000-4000-8000-000000000009"


class Site:
    """An app whose steady clock a test moves."""

    def __init__(self) -> None:
        self.entra = Entra()
        self.tick = 100.0
        vault = secrets({"entra-secret": SECRET})
        self.app = EntraApp(settings(), self.entra, vault, lambda: self.tick)

    def failure(self) -> ConnectorError:
        """Ask for the object, and be refused."""
        with pytest.raises(ConnectorError) as failed:
            self.app.client(TENANT)
        return failed.value


def test_a_failure_holds_for_some_seconds() -> None:
    """Nobody waits for the same silence again, and then it is tried anew."""
    site = Site()
    good, site.entra.answers[DISCOVERY] = site.entra.answers[DISCOVERY], NotReached(Phase.CONNECT)
    failures = [site.failure() for _ in range(3)]
    site.tick += PAUSE - 0.1
    failures.append(site.failure())

    assert len(site.entra.asked(DISCOVERY)) == 1
    assert {id(each) for each in failures} == {id(failures[0])}

    site.tick += 0.2
    site.failure()
    site.tick += PAUSE
    site.entra.answers[DISCOVERY] = good
    assert site.app.client(TENANT) is site.app.client(TENANT)
    assert len(site.entra.asked(DISCOVERY)) == 3


class Hanging:
    """A discovery that hangs until the test lets it go, and then fails."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()

    def __call__(self, request: Sent) -> Answer:
        self.entered.set()
        self.released.wait(20)
        raise NoAnswer(Phase.NO_REPLY)


def test_a_silent_microsoft_holds_one_thread() -> None:
    """The others answer after a moment, all at once; another tenant is not held up."""
    site, hanging, failures = Site(), Hanging(), list[ConnectorError]()
    good = site.entra.answers[DISCOVERY]
    site.entra.answers[DISCOVERY] = hanging
    site.entra.answers[DISCOVERY.replace(TENANT, OTHER_TENANT)] = good
    threads = [
        threading.Thread(target=lambda: failures.append(site.failure()), daemon=True)
        for _ in range(9)
    ]
    threads[0].start()
    assert hanging.entered.wait(5)

    begun = perf_counter()
    for each in threads[1:]:
        each.start()
    assert site.app.client(OTHER_TENANT)
    for each in threads[1:]:
        each.join(5)
    waited = perf_counter() - begun

    assert len(failures) == 8
    assert {NoAnswer} == {type(each) for each in failures}
    assert waited < PATIENCE * 4  # one after another it would be eight times
    hanging.released.set()
    threads[0].join(5)
    assert len(site.entra.asked(DISCOVERY)) == 1


def test_all_who_wait_get_the_object_that_one_made() -> None:
    """A fresh worker asks once, however many come first."""
    site, found = Site(), list[object]()
    threads = [
        threading.Thread(target=lambda: found.append(site.app.client(TENANT))) for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(5)

    assert len(found) == 8
    assert len({id(each) for each in found}) == 1
    assert len(site.entra.asked(DISCOVERY)) == 1
