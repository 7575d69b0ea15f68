"""What is fetched, kept and used of Epic's discovery (cases/launch, rows 4, 5 and 6)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared_code.errors import ConnectorError
from shared_code.outbound.errors import AddressRefused, AnswerTooLarge, NoAnswer, Phase
from shared_code.outbound.http import Answer
from shared_code.smart.discovery import Discovery
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.errors import (
    EPIC_DISCOVERY_FAILED,
    EPIC_ENDPOINT_ELSEWHERE,
    EndpointsElsewhere,
    EndpointsUnknown,
)
from tests.unit.smart.web import (
    BASE,
    CLIENT,
    DSTU2,
    KEYS,
    OAUTH,
    Web,
    answer,
    metadata,
    oauth_uris,
    smart_configuration,
)
from tests.world.clock import FixedClock

SMART = f"{BASE}.well-known/smart-configuration"
METADATA = f"{BASE}metadata"
OPENID = f"{OAUTH}/.well-known/openid-configuration"
GOOD = Endpoints(f"{OAUTH}/authorize", f"{OAUTH}/token", OAUTH, KEYS)
NOBODY: frozenset[str] = frozenset()


@dataclass
class Site:
    """One Epic, and our discovery of it."""

    web: Web = field(default_factory=Web)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        """Start a worker."""
        self.discovery = Discovery(self.web, self.clock, ticks=self.web.ticks)

    def says(self, url: str, said: Answer | ConnectorError | None) -> None:
        """Let the address answer so from now on, or not at all."""
        self.web.answers.pop(url, None)
        if said is not None:
            self.web.answers[url] = said

    def ask(
        self, base: str = BASE, client: str = CLIENT, hosts: frozenset[str] = NOBODY
    ) -> Endpoints:
        """Return the endpoints."""
        return self.discovery.endpoints(base, client, hosts)


@pytest.fixture
def site() -> Site:
    """Return an Epic with a good smart-configuration."""
    site = Site()
    site.says(SMART, answer(smart_configuration()))
    return site


@pytest.mark.parametrize("base", [BASE, BASE.rstrip("/")])
def test_the_document_stands_below_the_base_url(site: Site, base: str) -> None:
    """With or without its last slash."""
    assert site.ask(base) == GOOD
    assert site.web.urls() == [SMART]


def test_epic_is_told_who_asks(site: Site) -> None:
    """Without the header the endpoints may be another client's."""
    site.says(SMART, answer(b"", 404))
    site.says(METADATA, answer(metadata()))
    site.ask()
    assert [
        (each.headers["Epic-Client-ID"], each.headers["Accept"]) for each in site.web.requests[:2]
    ] == [(CLIENT, "application/json")] * 2


USELESS = [
    answer(b"", 404),
    answer(smart_configuration(), 302, location="https://login.example/"),
    answer(smart_configuration(), 500),
    answer(smart_configuration(), 206),
    answer(b"<html>Sign in</html>", content_type="text/html"),
    answer(smart_configuration(token_endpoint=None)),
    answer(smart_configuration(token_endpoint="http://epic.lamna.example/token")),
    AddressRefused(),
    AnswerTooLarge(),
    NoAnswer(Phase.NO_REPLY),
    None,
]


@pytest.mark.parametrize("said", USELESS)
def test_metadata_is_asked_where_there_is_no_usable_configuration(
    site: Site, said: Answer | ConnectorError | None
) -> None:
    """A redirect is not followed, a status but 200 not believed."""
    site.says(SMART, said)
    site.says(METADATA, answer(metadata(), content_type="application/fhir+json"))
    site.says(OPENID, answer({"jwks_uri": KEYS}))

    assert site.ask() == GOOD
    assert site.web.urls() == [SMART, METADATA, OPENID]


@pytest.mark.parametrize("media_type", ["text/html", "application/fhir+json", "text/plain", ""])
def test_the_media_type_is_not_judged(site: Site, media_type: str) -> None:
    """The JSON is."""
    site.says(SMART, answer(smart_configuration(), content_type=media_type))
    assert site.ask() == GOOD


def test_dstu2_says_nothing_about_keys(site: Site) -> None:
    """They are found by the issuer, which is the authorize address without its last segment."""
    site.says(f"{DSTU2}metadata", answer(metadata()))
    site.says(OPENID, answer({"issuer": "https://other.example", "jwks_uri": KEYS}))

    assert site.ask(DSTU2) == GOOD
    assert "application/json+fhir" in site.web.requests[1].headers["Accept"]
    assert "application/json" in site.web.requests[1].headers["Accept"].split(", ")
    assert site.web.urls()[-1] == OPENID


@pytest.mark.parametrize("said", [None, answer(b"", 404), answer({"jwks_uri": "http://x.example"})])
def test_a_site_without_keys_is_still_a_site(site: Site, said: Answer | None) -> None:
    """Patients may go on; the keys are looked for again soon."""
    site.says(SMART, answer(smart_configuration(jwks_uri=None)))
    site.says(OPENID, said)
    assert site.ask().keys_url == ""

    site.says(OPENID, answer({"jwks_uri": KEYS}))
    assert site.ask().keys_url == ""
    site.clock.advance(seconds=15)
    assert site.ask() == GOOD


def test_known_keys_are_not_forgotten(site: Site) -> None:
    """While the issuer is the same, an openid-configuration that is away takes nothing away."""
    assert site.ask() == GOOD
    site.says(SMART, answer(smart_configuration(jwks_uri=None)))
    site.clock.advance(minutes=11)
    assert site.ask() == GOOD

    site.says(SMART, answer(smart_configuration(jwks_uri=None, issuer=f"{OAUTH}2")))
    site.clock.advance(minutes=11)
    assert site.ask().keys_url == ""


def test_an_answer_is_fresh_for_ten_minutes(site: Site) -> None:
    """Then Epic is asked again, and its new answer counts."""
    assert site.ask() == GOOD
    site.says(SMART, answer(smart_configuration(token_endpoint=f"{OAUTH}/token2")))
    site.clock.advance(minutes=9, seconds=59)
    assert site.ask() == GOOD

    site.clock.advance(seconds=1)
    assert site.ask().token == f"{OAUTH}/token2"
    assert site.web.urls() == [SMART, SMART]


@pytest.mark.parametrize("said", [each for each in USELESS if each])
def test_what_cannot_be_read_never_replaces_a_good_answer(
    site: Site, said: Answer | ConnectorError
) -> None:
    """The good one is used for a day from when it came, and Epic is asked every 15 seconds."""
    assert site.ask() == GOOD
    site.says(SMART, said)
    site.clock.advance(minutes=11)
    assert site.ask() == GOOD
    site.web.urls()
    assert site.ask() == GOOD
    assert site.web.urls() == []
    site.clock.advance(seconds=15)
    assert site.ask() == GOOD
    assert site.web.urls() == [SMART, METADATA]

    site.clock.advance(hours=23, minutes=48, seconds=45)
    assert site.ask() == GOOD
    site.clock.advance(seconds=16)
    with pytest.raises(EndpointsUnknown):
        site.ask()
    site.says(SMART, answer(smart_configuration()))
    site.clock.advance(seconds=15)
    assert site.ask() == GOOD


def test_a_failure_is_remembered_for_a_moment(site: Site) -> None:
    """Not every launch of an outage waits for Epic."""
    site.says(SMART, None)
    for _ in range(5):
        with pytest.raises(EndpointsUnknown) as failed:
            site.ask()
        assert (failed.value.info, failed.value.info.status) == (EPIC_DISCOVERY_FAILED, 503)
    assert site.web.urls() == [SMART, METADATA]


ELSEWHERE = answer(smart_configuration(token_endpoint="https://evil.example/token"))


def test_an_endpoint_elsewhere_is_refused(site: Site) -> None:
    """And nothing more is fetched, also not from there."""
    site.says(SMART, answer(smart_configuration(issuer="https://evil.example", jwks_uri=None)))
    with pytest.raises(EndpointsElsewhere) as failed:
        site.ask()
    assert (failed.value.info, failed.value.host) == (EPIC_ENDPOINT_ELSEWHERE, "evil.example")
    with pytest.raises(EndpointsElsewhere):
        site.ask()
    assert site.web.urls() == [SMART]


def test_an_approved_host_is_accepted(site: Site) -> None:
    """For this connection alone."""
    site.says(SMART, ELSEWHERE)
    approved = frozenset({"evil.example"})
    assert site.ask(hosts=approved).token == "https://evil.example/token"
    with pytest.raises(EndpointsElsewhere):
        site.ask()


def test_the_approved_endpoints_stay_in_use(site: Site) -> None:
    """However long Epic names another host, and the caller is told which."""
    assert site.ask() == GOOD
    site.says(SMART, ELSEWHERE)
    for _ in range(4):
        site.clock.advance(hours=12)
        found = site.ask()
        assert (found.token, found.elsewhere) == (GOOD.token, "evil.example")

    site.says(SMART, answer(smart_configuration()))
    site.clock.advance(minutes=10)
    assert site.ask() == GOOD


def test_silence_after_another_host_is_silence(site: Site) -> None:
    """The error says what is the matter now."""
    site.says(SMART, ELSEWHERE)
    with pytest.raises(EndpointsElsewhere):
        site.ask()
    site.says(SMART, None)
    site.clock.advance(seconds=15)
    with pytest.raises(EndpointsUnknown):
        site.ask()


def test_clients_and_bases_are_kept_apart(site: Site) -> None:
    """Epic may answer each client something else."""
    site.ask()
    site.ask(client="another")
    assert site.web.urls() == [SMART, SMART]


def test_a_clock_that_goes_back_asks_again(site: Site) -> None:
    """On one machine it may be moved."""
    site.ask()
    site.clock.advance(days=-3)
    assert site.ask() == GOOD
    assert site.web.urls() == [SMART, SMART]


def test_all_documents_together_take_eight_seconds(site: Site) -> None:
    """Each gets what is left; when nothing is left, nothing is asked."""
    site.says(SMART, NoAnswer(Phase.NO_REPLY))
    site.says(METADATA, answer(metadata()))
    site.web.takes = 5.0
    assert site.ask().keys_url == ""
    assert [each.seconds for each in site.web.requests] == [4.0, 4.0]


def test_an_extension_that_stands_anywhere_is_found_by_the_whole_way(site: Site) -> None:
    """Two `rest` entries, security in the second."""
    security = {"extension": [oauth_uris(GOOD.authorize, GOOD.token)]}
    site.says(SMART, None)
    site.says(
        METADATA, answer(metadata({"mode": "client"}, {"mode": "server", "security": security}))
    )
    site.says(OPENID, answer({"jwks_uri": KEYS}))
    assert site.ask() == GOOD


class SlowWeb(Web):
    """Answers only when it is let, and counts how many wait inside."""

    def __init__(self) -> None:
        super().__init__({SMART: answer(smart_configuration())})
        self.entered = threading.Event()
        self.let = threading.Event()

    def request(self, *args: Any, **given: Any) -> Answer:
        """Wait, then answer."""
        self.entered.set()
        assert self.let.wait(10)
        return super().request(*args, **given)


def test_one_thread_asks_at_a_time() -> None:
    """Those who have nothing older wait for its answer."""
    web = SlowWeb()
    discovery = Discovery(web, FixedClock(), ticks=web.ticks)
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(discovery.endpoints, BASE, CLIENT, NOBODY) for _ in range(20)]
        assert web.entered.wait(10)
        web.let.set()
        assert {each.result(10) for each in asked} == {GOOD}
    assert web.urls() == [SMART]


def test_nobody_waits_who_has_an_older_answer() -> None:
    """While one thread asks again, the others go on."""
    web, clock = SlowWeb(), FixedClock()
    web.let.set()
    discovery = Discovery(web, clock, ticks=web.ticks)
    discovery.endpoints(BASE, CLIENT, NOBODY)
    web.let.clear()
    web.entered.clear()
    clock.advance(minutes=11)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(discovery.endpoints, BASE, CLIENT, NOBODY)
        assert web.entered.wait(10)
        assert discovery.endpoints(BASE, CLIENT, NOBODY) == GOOD
        assert not asking.done()
        web.let.set()
        assert asking.result(10) == GOOD
