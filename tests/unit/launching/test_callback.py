"""Epic's callback: forged, repeated, prefetched, crossed, mixed up, refused."""

from __future__ import annotations

import pytest

from local.memory.sign_in import ALEX, DANA, SAM
from shared_code.connections.domain import ConnectionStatus
from shared_code.errors import ConnectorError, Refused
from shared_code.launching.domain.errors import (
    KEYS_NOT_ACCEPTED,
    LAUNCH_MIXED_UP,
    LAUNCH_NOT_ALLOWED,
    LAUNCH_OTHER_BROWSER,
    LAUNCH_REFUSED_BY_PERSON,
    LAUNCH_START_AGAIN,
    LAUNCHES_FAIL,
    LAUNCHING_NOT_CONFIGURED,
)
from shared_code.launching.domain.launch import Door
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, NotReached, Phase
from shared_code.security.tokens import TokenRefused, Why
from shared_code.smart.errors import (
    EPIC_CODE_REFUSED,
    EPIC_UNAVAILABLE,
    TOKEN_ANSWER_UNREADABLE,
    ClientRefused,
    CodeRefused,
    EpicUnavailable,
)
from shared_code.smart.user import EhrUser
from shared_code.web import cookies
from shared_code.web.frame import Page
from tests.unit.launching.scene import (
    MEETING,
    callback,
    connect,
    launch_url,
    opened,
    problems,
    sent_to_epic,
    stored,
    text_of,
    told,
)
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable

AGAIN = (400, LAUNCH_START_AGAIN.code)
ISSUER = "https%3A%2F%2Fepic.lamna.example%2Finterconnect-prd-oauth%2Foauth2"


def started(door: Door = Door.PROVIDER) -> tuple[LaunchWorld, Browser, str]:
    """Return a launch that Epic has answered: the address of its callback."""
    world, browser = opened()
    state = browser.start(door)
    return world, browser, callback(world.code(None if door is Door.PATIENT else DANA), state)


FORGED = (
    "",
    "?code=code-1",
    "?state=&code=code-1",
    "?state=x&code=code-1",
    f"?state={'9' * 12}-{'a' * 26}&code=code-1",
    f"?state=202606101830-{'a' * 26}&code=code-1",
    f"?state={'x' * 5_000}&code=code-1",
    "?error=invalid_launch_token",
    "?error=%3Cscript%3E&state=nobody",
    "?state=202606101830-" + "%61" * 26 + "&code=code-1",
    "?state=../../launches&code=code-1",
    "?state=202606101830-" + "a" * 26 + "%20&code=code-1",
)


@pytest.mark.parametrize("query", FORGED)
def test_a_state_that_is_not_ours_finds_no_launch(query: str) -> None:
    """Also none at all: it never finds the latest one. Nothing is used up."""
    world, browser, url = started()

    assert told(browser.get(f"/launch/callback{query}")) == AGAIN
    assert world.epic_side.redeemed == []
    assert browser.get(url).status == 303


@pytest.mark.parametrize("more", ["&state=x", "&code=x", "&iss=a&iss=b", "&error=a&error=b"])
def test_doubled_parameters_are_refused(more: str) -> None:
    """The launch can still be finished."""
    world, browser, url = started()

    assert told(browser.get(url + more)) == (400, "launch_malformed")
    assert world.epic_side.redeemed == []
    assert browser.get(url).status == 303


@pytest.mark.parametrize("name", ["code", "state", "iss"])
def test_an_oversized_parameter_gets_a_page(name: str) -> None:
    """A code of 3,400 characters is usual, one above 6,000 is nobody's."""
    _, browser, url = started()

    page = browser.get(f"/launch/callback?{name}={'x' * 6_001}")
    assert told(page) == (413, "launch_too_long")
    assert browser.get(url).status == 303


def test_a_long_code_with_a_plus_arrives_as_it_was_sent() -> None:
    """Codes are JWTs, too."""
    world, browser = opened()
    state, code = browser.start(), "a+b" + "x" * 3_400
    world.epic_side.launch(code, DANA, "36996")

    assert browser.get(callback(code, state)).status == 303
    assert world.epic_side.redeemed == [code]


SAID = (
    ("invalid_launch_token", AGAIN),
    ("login_required", AGAIN),
    ("access_denied", (403, LAUNCH_REFUSED_BY_PERSON.code)),
    ("consent_required", (403, LAUNCH_REFUSED_BY_PERSON.code)),
    ("invalid_request", (403, LAUNCH_NOT_ALLOWED.code)),
    ("invalid_scope", (403, LAUNCH_NOT_ALLOWED.code)),
    ("invalid_client", (403, LAUNCH_NOT_ALLOWED.code)),
    ("unauthorized_client", (403, LAUNCH_NOT_ALLOWED.code)),
    ("server_error", (503, EPIC_UNAVAILABLE.code)),
    ("temporarily_unavailable", (503, EPIC_UNAVAILABLE.code)),
    ("%3Cscript%3Ealert(1)%3C%2Fscript%3E", AGAIN),
    ("INVALID_SCOPE", AGAIN),
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize(("error", "said"), SAID)
def test_epic_refuses_in_the_callback(error: str, said: tuple[int, str], door: Door) -> None:
    """What it says is a page in our words: description and address are not shown."""
    world, browser = opened()
    state = browser.start(door)
    more = "error_description=Secret+Name&error_uri=https%3A%2F%2Fbad.example%2F%3Ftenant%3Dx"
    page = browser.get(f"/launch/callback?error={error}&state={state}&{more}")

    assert told(page) == said
    for word in ("Secret", "bad.example", "script>alert"):
        assert word not in page.html
    assert "Lamna Healthcare" in text_of(page)
    assert world.epic_side.redeemed == []
    assert stored(world)[1:] == (0, 0)


def test_three_invalid_launches_in_ten_minutes_are_a_problem() -> None:
    """Two are not, nor three in a longer time."""
    world, browser = opened()
    for minutes, expected in ((0, 0), (5, 0), (6, 0), (3.9, 1), (1, 1)):
        world.clock.advance(minutes=minutes)
        browser.get(f"/launch/callback?error=invalid_launch_token&state={browser.start()}")
        assert len(problems(world)) == expected
    assert problems(world) == [(LAUNCHES_FAIL.code, "lamna", "launches")]


@pytest.mark.parametrize("more", [f"&iss={ISSUER}", "&session_state=q.1&foo=1&foo=2", "&ISS=x"])
def test_what_else_comes_in_the_callback_is_ignored(more: str) -> None:
    """The right issuer (RFC 9207) goes on, and so do unknown names."""
    _, browser, url = started()
    assert browser.get(url + more).status == 303


@pytest.mark.parametrize(
    "iss",
    [
        "https%3A%2F%2Fevil.example",
        ISSUER + "%2F",
        ISSUER.upper(),
        "https%3A%2F%2Fepic.lamna.example%2Finterconnect-prd-oauth%2Fapi%2FFHIR%2FR4%2F",
        "x",
    ],
)
def test_another_issuer_in_the_callback_is_mixed_up(iss: str) -> None:
    """It chooses no connection; the code is not sent anywhere."""
    world, browser, url = started()

    assert told(browser.get(f"{url}&iss={iss}")) == (403, LAUNCH_MIXED_UP.code)
    assert world.epic_side.redeemed == []


def test_a_callback_without_code_and_error_starts_again() -> None:
    """There is nothing to redeem."""
    world, browser = opened()
    assert told(browser.get(f"/launch/callback?state={browser.start()}")) == AGAIN
    assert world.epic_side.redeemed == []


@pytest.mark.parametrize("seconds", [0.04, 3, 59])
@pytest.mark.parametrize(("user", "door"), [(DANA, Door.PROVIDER), (ALEX, Door.PATIENT)])
def test_the_same_callback_again_gets_the_same_result(
    user: EhrUser, door: Door, seconds: float
) -> None:
    """There is one token request for each state."""
    world, browser = opened()
    first = browser.launch(user, door=door)
    world.clock.advance(seconds=seconds)
    url = callback("code-1", browser.states[-1])
    again = browser.get(url)

    assert (again.status, again.headers["Location"]) == (first.status, first.headers["Location"])
    assert world.epic_side.redeemed == ["code-1"]
    assert stored(world)[1] == 1


def test_a_repetition_without_the_cookie_starts_again() -> None:
    """Somebody else who has the address gets nothing, and the clinician's page stays."""
    world, browser, url = started()
    first = browser.get(url)

    for other in (Browser(world), Browser(world, keeps=False)):
        page = other.get(url)
        assert told(page) == AGAIN
        assert first.headers["Location"] not in page.html
        assert page.cookies == ()
    assert browser.get(first.headers["Location"]).status == 200


@pytest.mark.parametrize("minutes", [1, 2, 9.9, 15])
def test_back_after_a_minute_shows_the_way_back(minutes: float) -> None:
    """The launch's cookie is gone by then, that of the page is not."""
    world, browser, url = started()
    first = browser.get(url)
    world.clock.advance(minutes=minutes)
    page = browser.get(url)

    assert told(page) == AGAIN
    assert f'href="{first.headers["Location"]}"' in page.html
    assert world.epic_side.redeemed == ["code-1"]


def test_the_way_back_is_shown_also_while_another_launch_is_on_its_way() -> None:
    """The cookie of the other launch makes this one nobody else's."""
    world, browser, url = started()
    first = browser.get(url)
    world.clock.advance(minutes=2)
    browser.start()
    page = browser.get(url)

    assert told(page) == AGAIN
    assert f'href="{first.headers["Location"]}"' in page.html


def test_the_way_back_is_not_shown_to_another_browser() -> None:
    """Not with the page cookie of somebody else either."""
    world, browser, url = started()
    first = browser.get(url)
    other = Browser(world)
    other.launch(SAM)
    other.jar = {cookies.VISIT: other.jar[cookies.VISIT]}
    page = other.get(url)

    assert told(page) == AGAIN
    assert first.headers["Location"] not in page.html


@pytest.mark.parametrize("door", Door)
def test_a_repetition_while_the_first_is_at_work_comes_back(door: Door) -> None:
    """A page that asks again in a second, for the side of the launch; nobody sleeps."""
    world, browser, url = started(door)
    seen: list[Page] = []

    def meanwhile(call: str) -> None:
        if call == "epic.redeem" and not seen:
            seen.append(Browser(world, jar=dict(browser.jar)).get(url))

    world.line.before = meanwhile
    browser.get(url)
    (page,) = seen

    assert (page.status, page.headers["Refresh"]) == (200, "1")
    assert "Lamna Healthcare" in text_of(page)
    assert ("911" in text_of(page)) == (door is Door.PATIENT)
    assert world.epic_side.redeemed == ["code-1"]


def test_a_first_callback_that_never_ended_is_waited_for_a_minute() -> None:
    """Then whoever waits is told to start again."""
    world, browser, url = started()

    def killed(call: str) -> None:
        if call == "epic.redeem":
            raise KeyboardInterrupt

    world.line.before = killed
    with pytest.raises(KeyboardInterrupt):
        browser.get(url)
    world.line.before = lambda call: None
    assert browser.get(url).headers["Refresh"] == "1"
    world.clock.advance(seconds=60)
    assert told(browser.get(url)) == AGAIN


@pytest.mark.parametrize(
    "headers", [{"sec_purpose": "prefetch"}, {"purpose": "prefetch"}, {"x_moz": "prefetch"}]
)
def test_a_prefetch_before_the_person_uses_nothing_up(headers: dict[str, str]) -> None:
    """Mobile browsers do that on callbacks; HEAD is the same."""
    world, browser, url = started()

    assert browser.get(url, **headers).status == 204
    assert browser.get(url, "HEAD").status == 200
    assert world.epic_side.redeemed == []
    assert browser.get(url).status == 303


def test_two_launches_of_one_browser_in_crossed_order_end_in_their_own_visits() -> None:
    """Each has a cookie of its own name."""
    world, browser = opened()
    first, second = browser.start(), browser.start()
    one, other = world.code(DANA, "36996"), world.code(DANA, "41200")

    assert browser.get(callback(other, second)).status == 303
    assert browser.get(callback(one, first)).status == 303
    rows = [each.visit for each in world.sessions.rows.values()]
    assert len(set(rows)) == 2
    assert len({each.browser for each in world.sessions.rows.values()}) == 1


def test_a_frame_that_keeps_nothing_goes_on() -> None:
    """The page it gets shows the way in and nothing of the patient."""
    world, _ = opened()
    frame = Browser(world, keeps=False)

    assert frame.launch().status == 303
    assert frame.follow().status == 200


@pytest.mark.parametrize("door", Door)
def test_the_callback_of_another_browser_is_refused_and_not_used_up(door: Door) -> None:
    """Other launches' cookies but not this one's: somebody was sent another's address."""
    world, browser, url = started(door)
    other = Browser(world)
    other.start()
    page = other.get(url)

    assert told(page) == (403, LAUNCH_OTHER_BROWSER.code)
    assert world.epic_side.redeemed == []
    assert browser.get(url).status in (302, 303)


@pytest.mark.parametrize("value", ["", "x", "a" * 26, "\x00"])
def test_a_forged_launch_cookie_is_refused(value: str) -> None:
    """Its name is known to whoever knows the state, its value is signed."""
    world, browser, url = started()
    ((name, _),) = browser.jar.items()

    page = Browser(world, jar={name: value}).get(url)
    assert told(page) == (403, LAUNCH_OTHER_BROWSER.code)
    assert browser.get(url).status == 303


def test_the_cookie_of_another_launch_under_this_ones_name_is_refused() -> None:
    """Swapped values are as good as forged ones."""
    world, browser, url = started()
    ((name, _),) = browser.jar.items()
    other = Browser(world)
    other.start()
    ((_, value),) = other.jar.items()

    page = Browser(world, jar={name: value}).get(url)
    assert told(page) == (403, LAUNCH_OTHER_BROWSER.code)


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 303), (10, 400), (25, 400), (24 * 60, 400)])
def test_a_launch_lives_ten_minutes(minutes: float, status: int) -> None:
    """Then it starts again, and the clinician reads a clinician's page."""
    world, browser, url = started()
    world.clock.advance(minutes=minutes)
    page = browser.get(url)

    assert page.status == status
    if status == 400:
        assert told(page) == AGAIN
        assert "Lamna Healthcare" in text_of(page)
        assert world.epic_side.redeemed == []


@pytest.mark.parametrize("minutes", [-4, 4])
def test_two_workers_whose_clocks_differ_by_four_minutes_finish_a_launch(minutes: int) -> None:
    """The one that started it may be behind or ahead."""
    world, browser, url = started()
    world.clock.advance(minutes=minutes)
    assert browser.get(url).status == 303


def test_a_launch_cookie_is_kept_for_a_minute_after_its_use() -> None:
    """Until then a callback that comes again gets the same answer."""
    _, browser, url = started()
    page = browser.get(url)
    ages = {each.name[:9]: each.max_age for each in page.cookies}
    assert ages == {"__Host-l-": 60, "__Host-vi": 12 * 3600}
    for each in page.cookies:
        assert "Secure; HttpOnly; SameSite=None" in cookies.to_header(each)


@pytest.mark.parametrize("changes", [{"visits": None}, {"epic": None}, {"approved_before": False}])
def test_a_connection_that_was_withdrawn_meanwhile_opens_nothing(changes: dict[str, bool]) -> None:
    """The code is not sent to Epic any more."""
    world, browser, url = started()
    connect(world, status=ConnectionStatus.PENDING_APPROVAL, **changes)

    assert told(browser.get(url)) == (503, LAUNCHING_NOT_CONFIGURED.code)
    assert world.epic_side.redeemed == []


TROUBLES: tuple[tuple[ConnectorError, tuple[int, str]], ...] = (
    (CodeRefused(), (400, EPIC_CODE_REFUSED.code)),
    (NoAnswer(Phase.NO_REPLY), AGAIN),
    (NoAnswer(Phase.SEND), AGAIN),
    (AnswerTooLarge(), AGAIN),
    (Refused(TOKEN_ANSWER_UNREADABLE), (400, TOKEN_ANSWER_UNREADABLE.code)),
    (ClientRefused(None), (503, "epic_client_refused")),
    (ClientRefused(600), (503, "epic_client_refused")),
    (EpicUnavailable(5), (503, EPIC_UNAVAILABLE.code)),
    (NotReached(Phase.CONNECT), (503, "upstream_unreachable")),
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize(("trouble", "said"), TROUBLES)
def test_an_epic_that_does_not_redeem_gets_a_page(
    trouble: ConnectorError, said: tuple[int, str], door: Door
) -> None:
    """A code is sent once; a repetition says the same, and nothing is half-written."""
    world, browser, url = started(door)
    world.epic_side.trouble = [trouble]
    page = browser.get(url)

    assert told(page) == said
    assert stored(world)[1:] == (0, 0)
    again = browser.get(url)
    assert (told(again), text_of(again)) == (said, text_of(page))
    assert len(world.epic_side.redeemed) == 1
    refused = isinstance(trouble, ClientRefused)
    assert problems(world) == [(KEYS_NOT_ACCEPTED.code, "lamna", "launches")] * refused


@pytest.mark.parametrize("why", Why)
def test_an_identity_that_cannot_be_verified_starts_again_for_a_clinician(why: Why) -> None:
    """Whatever is wrong with the token."""
    world, browser = opened()
    page = browser.launch(TokenRefused(why))

    assert told(page) == (TokenRefused(why).info.status, "token_refused")
    assert "403" not in text_of(page)
    assert stored(world)[1:] == (0, 0)


def test_a_code_is_good_for_its_own_launch_only() -> None:
    """Swapped between two browsers, Epic refuses it: PKCE binds it to the launch."""
    world, browser, url = started()
    other = Browser(world)
    state = other.start()
    browser.get(url)

    assert told(other.get(callback("code-1", state))) == (400, EPIC_CODE_REFUSED.code)
    assert stored(world)[1] == 1


STEPS = (
    "launches.load_launch",
    "launches.replace_launch",
    "connections.find",
    "epic.redeem",
    "epic.user",
    "appointments.by_csn",
    "ehrusers.load",
    "agenda.add",
    "sessions.insert",
)


@pytest.mark.parametrize("call", STEPS)
def test_storage_that_hiccups_at_a_step_gets_a_503_page(call: str) -> None:
    """No page of a visit is half-made; the next launch works."""
    world, browser = opened()
    state, code = browser.start(), world.code(DANA)
    world.workers.clear()  # a worker that has planned nothing yet
    world.line.before = unavailable(call)
    page = browser.get(callback(code, state))

    assert told(page) == (503, "storage_unavailable")
    assert stored(world)[1:] == (0, 0)
    world.line.before = lambda _: None
    assert browser.launch().status == 303
    assert stored(world)[1] == 1


@pytest.mark.parametrize("call", [*STEPS[4:6], "attendees.record", "visits.load"])
def test_storage_that_hiccups_for_a_patient_gets_a_patients_page(call: str) -> None:
    """It says whom to call, and no meeting was joined."""
    world, browser = opened()
    world.line.before = unavailable(call)
    page = browser.launch_as_patient()

    assert told(page) == (503, "storage_unavailable")
    assert "911" in text_of(page)
    assert stored(world)[1] == 0
    again = browser.get(callback("code-1", browser.states[-1]))
    assert told(again) == (503, "storage_unavailable")
    assert world.epic_side.redeemed == ["code-1"]


def test_a_result_that_cannot_be_kept_is_still_given() -> None:
    """A repetition is told to wait, then to start again."""
    world, browser, url = started()
    world.line.before = unavailable("launches.replace_launch", first=2)

    assert browser.get(url).status == 303
    assert browser.get(url).headers["Refresh"] == "1"
    world.clock.advance(seconds=60)
    assert told(browser.get(url)) == AGAIN


def test_the_launch_of_a_patient_leads_into_the_meeting_and_again_into_the_same() -> None:
    """One click from MyChart, pressed twice."""
    world, _ = opened()
    clinician = Browser(world)
    clinician.launch()
    clinician.follow()
    clinician.sign_in()
    patient = Browser(world)

    one, other = patient.launch_as_patient(), patient.launch_as_patient()
    assert (one.status, other.status) == (302, 302)
    assert one.headers["Location"].startswith(MEETING)
    assert one.headers["Location"] == other.headers["Location"]


def test_the_addresses_of_one_launch_are_those_it_started_with() -> None:
    """A discovery that changed meanwhile changes nothing for it."""
    world, browser, url = started()
    world.epic_side.silent = NotReached(Phase.DNS)

    assert browser.get(url).status == 303
    assert browser.get(launch_url()).status == 503
    world.epic_side.silent = None
    assert sent_to_epic(browser.get(launch_url()))["launch"] == "L1"
