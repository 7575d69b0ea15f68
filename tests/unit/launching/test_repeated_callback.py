"""A callback that comes again, ahead of its person, in another browser, or late (rows 9, 10)."""

from __future__ import annotations

import pytest

from local.memory.sign_in import ALEX, DANA, SAM
from shared_code.launching.domain.errors import (
    LAUNCH_OTHER_BROWSER,
    LAUNCH_START_AGAIN,
)
from shared_code.launching.domain.launch import Door
from shared_code.smart.user import EhrUser
from shared_code.web import cookies
from shared_code.web.frame import Page
from tests.unit.launching.scene import (
    callback,
    opened,
    started,
    stored,
    text_of,
    told,
)
from tests.world.launches import Browser

AGAIN = (400, LAUNCH_START_AGAIN.code)


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


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("minutes", [1, 2, 9.9, 15])
def test_back_after_a_minute_shows_the_way_back(minutes: float, door: Door) -> None:
    """The launch's cookie is gone by then, that of the page is not."""
    world, browser, url = started(door)
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
