"""Key sets of other issuers: few fetches, and a good set is never lost for a bad answer."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import AddressRefused, AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.outbound.http import Answer
from shared_code.outbound.key_sets import KEPT, PAUSE, KeySets
from shared_code.security.tokens import Expected, TokenRefused, Why
from tests.support.outbound import Scripted, ScriptedHttp, Sent, answer
from tests.support.tokens import CLIENT, ISSUER, NOW, Signed, claims, jwk_of, key_set, rsa_key

URL = "https://epic.lamna.example/keys"
EXPECTED = Expected(ISSUER, CLIENT)
OLD = answer(key_set(jwk_of(rsa_key("1"), kid="1")))
NEW = answer(key_set(jwk_of(rsa_key("2"), kid="1"), jwk_of(rsa_key("2"), kid="2")))
BAD: dict[str, Scripted] = {
    "page": answer(b"<html>Sign in</html>"),
    "no keys": answer(b'{"keys":[]}'),
    "empty object": answer(b"{}"),
    "nothing": answer(b""),
    "503": answer(key_set(jwk_of(rsa_key("2"), kid="1")), 503),
    "redirect": answer(key_set(jwk_of(rsa_key("2"), kid="1")), 302, location=URL),
    "204": answer(b"", 204),
    "not reached": NotReached(Phase.CONNECT),
    "silent": NoAnswer(Phase.NO_REPLY),
    "too large": AnswerTooLarge(),
}


class Site:
    """Key sets over a script, with a clock that is moved."""

    def __init__(self, first: Scripted = OLD) -> None:
        self.now: datetime = NOW
        self.http = ScriptedHttp({URL: first})
        self.sets = KeySets(self.http, lambda: self.now)

    def verify(self, key: str = "1", kid: str | None = "1") -> str:
        """Return why a token is refused, or `good`."""
        now = int(self.now.timestamp())
        token = Signed(claims(iat=now, exp=now + 300), key=rsa_key(key), kid=kid)
        try:
            self.sets.verify(str(token), URL, EXPECTED)
        except TokenRefused as refused:
            return refused.why
        return "good"

    @property
    def fetches(self) -> int:
        """How often the set was asked for."""
        return len(self.http.sent)

    def later(self, **span: float) -> None:
        """Move the clock."""
        self.now += timedelta(**span)


def test_a_set_is_fetched_once_for_many_tokens() -> None:
    """And renewed after an hour."""
    site = Site()

    assert [site.verify() for _ in range(50)] == ["good"] * 50
    assert site.fetches == 1
    site.later(minutes=59)
    assert (site.verify(), site.fetches) == ("good", 1)
    site.later(minutes=1)
    assert (site.verify(), site.fetches) == ("good", 2)


def test_an_unknown_key_is_looked_for_once_a_minute() -> None:
    """Three hundred tokens with three hundred unknown keys make no storm."""
    site = Site()
    site.verify()
    site.later(seconds=60)

    assert {Why.UNKNOWN_KEY} == {site.verify(kid=f"unknown-{n}") for n in range(300)}
    assert site.fetches == 2
    site.later(seconds=59)
    site.verify(kid="unknown")
    assert site.fetches == 2
    site.later(seconds=1)
    site.verify(kid="unknown")
    assert site.fetches == 3


def test_the_first_fetch_counts_as_one() -> None:
    """A token of an unknown key on a cold worker is refused at once."""
    site = Site()

    assert {Why.UNKNOWN_KEY} == {site.verify(kid=f"unknown-{n}") for n in range(300)}
    assert site.fetches == 1


@pytest.mark.parametrize(("key", "kid"), [("2", "2"), ("2", "1")])
def test_a_changed_key_is_found_by_its_first_token(key: str, kid: str) -> None:
    """A new id, or another key under the old id."""
    site = Site()
    site.verify()
    site.later(minutes=5)
    site.http.answers[URL] = NEW

    assert [site.verify(key, kid) for _ in range(3)] == ["good"] * 3
    assert site.fetches == 2


def test_a_forged_signature_costs_one_fetch_a_minute() -> None:
    """And stays refused."""
    site = Site()
    site.verify()
    site.later(minutes=5)

    assert {Why.SIGNATURE} == {site.verify("3") for _ in range(20)}
    assert site.fetches == 2


def test_a_token_that_is_wrong_otherwise_costs_nothing() -> None:
    """Its key is known, so another set would not help."""
    site = Site()
    site.later(minutes=5)
    with pytest.raises(TokenRefused) as refused:
        site.sets.verify(str(Signed(claims(aud="another"))), URL, EXPECTED)

    assert (refused.value.why, site.fetches) == (Why.AUDIENCE, 1)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_no_key_set_replaces_no_good_one(bad: Scripted) -> None:
    """The good one bridges a day, and is asked for once a minute meanwhile."""
    site = Site()
    site.verify()
    site.http.answers[URL] = bad

    site.later(hours=2)
    assert [site.verify() for _ in range(20)] == ["good"] * 20
    assert site.verify(kid="unknown") == Why.UNKNOWN_KEY
    assert site.fetches == 2
    site.later(hours=22, seconds=-1)
    assert (site.verify(), site.fetches) == ("good", 3)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_after_a_day_an_old_set_is_used_no_more(bad: Scripted) -> None:
    """The failure says what became of the fetch; a good answer mends it at once."""
    site = Site()
    site.verify()
    site.http.answers[URL] = bad
    site.later(hours=24)

    with pytest.raises(ConnectorError) as failed:
        site.verify()
    assert isinstance(failed.value, type(bad) if isinstance(bad, Exception) else NoAnswer)
    site.http.answers[URL] = NEW
    assert site.verify("2", "2") == "good"


def test_an_address_that_is_refused_says_so() -> None:
    """Also without a set."""
    site = Site(AddressRefused())
    with pytest.raises(AddressRefused):
        site.verify()


def test_a_clock_that_was_moved_back_asks_again() -> None:
    """A set from the future is not believed."""
    site = Site()
    site.later(hours=5)
    site.verify()
    site.later(hours=-5)

    assert (site.verify(), site.fetches) == ("good", 2)
    assert KEPT > PAUSE


@pytest.mark.parametrize("good", [True, False])
def test_threads_of_a_cold_worker_share_one_fetch(good: bool) -> None:
    """Whether it succeeds or not."""
    gate, arrived = threading.Event(), threading.Semaphore(0)

    def slow(sent: Sent) -> Answer:
        gate.wait(5)
        if good:
            return OLD
        raise NotReached(Phase.DNS)

    site, found = Site(slow), list[str]()

    def ask() -> None:
        arrived.release()
        try:
            found.append(site.verify())
        except NotReached:
            found.append("not reached")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in threads:
        arrived.acquire()
    threading.Event().wait(0.2)  # now they wait for the one that fetches
    gate.set()
    for thread in threads:
        thread.join()

    assert (["good" if good else "not reached"] * 8, 1) == (found, site.fetches)


def test_nobody_waits_while_an_old_set_is_renewed() -> None:
    """One thread renews it; the others go on with the old one."""
    site = Site()
    site.verify()
    site.later(hours=2)
    gate, asked, opened = threading.Event(), threading.Event(), list[bool]()

    def slow(sent: Sent) -> Answer:
        asked.set()
        opened.append(gate.wait(5))
        return OLD

    site.http.answers[URL] = slow
    renewing = threading.Thread(target=site.verify)
    renewing.start()
    asked.wait(5)

    assert site.verify() == "good"
    gate.set()
    renewing.join()
    assert (opened, site.fetches) == ([True], 2)


def test_only_so_many_sets_are_kept() -> None:
    """Those that were used last."""
    site = Site()
    for number in range(250):
        site.http.answers[f"{URL}/{number}"] = OLD
        site.sets.verify(str(Signed()), f"{URL}/{number}", EXPECTED)
        site.verify()
    assert (len(site.http.asked(URL)), site.fetches) == (1, 251)

    for number, fetches in ((249, 251), (0, 252)):
        site.sets.verify(str(Signed()), f"{URL}/{number}", EXPECTED)
        assert fetches == site.fetches
