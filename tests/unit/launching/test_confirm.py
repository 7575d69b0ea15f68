"""A clinician confirms an account, confirms it twice, or says that it is somebody else's."""

from __future__ import annotations

import pytest

from local.memory.sign_in import DANA, OID, SAM, TENANT
from shared_code.errors import REQUEST_MALFORMED
from shared_code.launching.domain.errors import VISIT_PAGE_CLOSED
from shared_code.smart.user import EhrUser
from shared_code.web.frame import Page
from tests.unit.launching.clinic import (
    MEETING,
    SAM_ACCOUNT,
    START_AGAIN,
    begin,
    come_back,
    confirm,
    go_to_microsoft,
    hospital,
    user_hash,
)
from tests.unit.launching.scene import text_of, told
from tests.world.launches import Browser, LaunchWorld
from tests.world.line import unavailable
from tests.world.visit import START

MALFORMED = (400, REQUEST_MALFORMED.code)


def asked(world: LaunchWorld, user: EhrUser = DANA) -> tuple[Browser, str]:
    """Return the browser of a clinician who is asked to confirm, and the state of the sign-in."""
    browser = Browser(world)
    state = begin(browser, user)
    come_back(browser, state)
    return browser, state


def audited(world: LaunchWorld) -> list[str]:
    """Return what was audited."""
    return [each.action for each in world.audit.entries]


def linked(world: LaunchWorld) -> list[tuple[str, str]]:
    """Return each linked EHR user with the account."""
    return [(each.user, each.account) for each in world.linked_users.rows.values()]


def test_both_identities_are_shown_before_anything_is_stored() -> None:
    """Epic's as the user who opened the visit at that time, Microsoft's by its sign-in name."""
    world = hospital()
    browser, _ = asked(world)
    said = text_of(browser.page)
    assert "The Epic user who opened this visit at 1:30 PM CDT" in said
    assert "dana@lamna.example" in said
    assert (linked(world), audited(world)) == ([], [])


def test_a_confirmed_account_belongs_to_the_user_of_the_launch() -> None:
    """Under the keyed hash of connection and EHR user, audited, and the visit goes on."""
    world = hospital()
    browser, state = asked(world)
    page = confirm(browser, state)
    assert page.status == 303
    assert MEETING in browser.follow().html
    assert linked(world) == [(user_hash(world, DANA), OID)]
    assert audited(world) == ["ehr_user.linked"]
    assert [name for name in browser.jar if name.startswith("__Host-s-")] == []


@pytest.mark.parametrize("minutes", [1, 5, 9])
def test_people_read_the_page_before_they_choose_another_account(minutes: int) -> None:
    """The workstation was signed in as somebody else: the way to the picker lives ten minutes."""
    world = hospital()
    own = world.microsoft_side.account
    world.microsoft_side.account = SAM_ACCOUNT
    browser, _ = asked(world)
    world.microsoft_side.account = own
    world.clock.advance(minutes=minutes)

    state = go_to_microsoft(browser)
    assert "dana@lamna.example" in text_of(come_back(browser, state))
    confirm(browser, state)
    assert linked(world) == [(user_hash(world, DANA), OID)]


@pytest.mark.parametrize("minutes", [10, 11])
def test_after_ten_minutes_the_way_to_another_account_is_closed(minutes: int) -> None:
    """As the sign-in itself."""
    world = hospital()
    browser, state = asked(world)
    handoff = browser.link("signin")
    world.clock.advance(minutes=minutes)
    assert told(browser.get(handoff)) == START_AGAIN
    assert told(confirm(browser, state)) == START_AGAIN
    assert linked(world) == []


def test_an_account_gets_a_second_epic_user_only_when_confirmed_twice() -> None:
    """Some people have two Epic records; each question is a page, and the link is audited."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)

    browser, state = asked(world, SAM)
    assert "Are both of these you?" in text_of(browser.page)
    second = confirm(browser, state)
    assert second.status == 200
    assert "This account has another Epic user" in text_of(second)
    assert 'name="second" value="yes"' in second.html
    assert len(linked(world)) == 1

    confirm(browser, state, twice=True)
    assert MEETING in browser.follow().html
    assert linked(world) == [(user_hash(world, DANA), OID), (user_hash(world, SAM), OID)]
    assert audited(world) == ["ehr_user.linked", "ehr_user.linked_as_second"]


def test_the_second_question_leads_to_another_account_as_well() -> None:
    """Whoever sees the mistake there can still choose."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    browser, state = asked(world, SAM)
    confirm(browser, state)
    world.microsoft_side.account = SAM_ACCOUNT
    state = go_to_microsoft(browser)
    come_back(browser, state)
    assert confirm(browser, state).status == 303
    assert linked(world)[1] == (user_hash(world, SAM), SAM_ACCOUNT.oid)


def test_the_same_user_may_be_linked_again_without_a_second_question() -> None:
    """The account is nobody else's; the newest confirmation counts."""
    world = hospital()
    browser, state = asked(world)
    other = Browser(world)
    later = begin(other)
    confirm(browser, state)
    come_back(other, later)
    assert confirm(other, later).status == 303
    assert len(linked(world)) == 1


def test_a_form_pressed_twice_leads_to_the_visit_both_times() -> None:
    """People see the answer to their second press only; the account is linked once."""
    world = hospital()
    browser, state = asked(world)
    twin = Browser(world, jar=dict(browser.jar))
    confirm(browser, state)
    assert confirm(twin, state).status == 303
    assert MEETING in twin.follow().html
    assert audited(world) == ["ehr_user.linked"]

    third = Browser(world, jar=dict(twin.jar) | {"__Host-x": "1"})
    assert told(confirm(third, state)) == START_AGAIN  # its cookie has gone


def test_a_used_form_is_over_after_a_minute() -> None:
    """It opens no page any more."""
    world = hospital()
    browser, state = asked(world)
    twin = Browser(world, jar=dict(browser.jar))
    confirm(browser, state)
    world.clock.advance(seconds=60)
    assert told(confirm(twin, state)) == START_AGAIN


def test_a_used_form_is_over_after_not_you() -> None:
    """It links nobody again."""
    world = hospital()
    browser, state = asked(world)
    undone = Browser(world, jar=dict(browser.jar))
    confirm(browser, state)
    browser.follow()
    browser.post(browser_form(browser))
    assert told(confirm(undone, state)) == START_AGAIN
    assert linked(world) == []


def browser_form(browser: Browser) -> str:
    """Return the address of *Not you?* on the page."""
    return browser.page.html.partition('method="post" action="')[2].partition('"')[0]


def test_two_presses_at_the_same_time_link_once() -> None:
    """Whoever comes second finds the sign-in used, and goes on all the same."""
    world = hospital()
    browser, state = asked(world)
    twin = Browser(world, jar=dict(browser.jar))
    pages: list[Page] = []

    def meanwhile(call: str) -> None:
        if call == "ehrusers.put" and not pages:
            world.line.before = lambda call: None
            pages.append(confirm(twin, state))

    world.line.before = meanwhile
    assert confirm(browser, state).status == 303
    assert pages[0].status == 303
    assert linked(world) == [(user_hash(world, DANA), OID)]


@pytest.mark.parametrize("form", ["", "attempt=", "attempt=x", "attempt=a&attempt=b", "second=yes"])
def test_a_form_that_names_no_sign_in_links_nobody(form: str) -> None:
    """Also not the newest one of the browser."""
    world = hospital()
    browser, _ = asked(world)
    assert told(browser.post("/signin/confirm", form)) == START_AGAIN
    assert linked(world) == []


def test_a_confirmation_needs_the_cookie_of_its_sign_in() -> None:
    """Of this attempt, not of another one of the same browser."""
    world = hospital()
    browser, state = asked(world)
    other, others = asked(world, SAM)
    assert told(confirm(other, state)) == START_AGAIN
    assert told(confirm(Browser(world), state)) == START_AGAIN
    value = other.jar[next(name for name in other.jar if name.startswith("__Host-s-"))]
    name = next(name for name in browser.jar if name.startswith("__Host-s-"))
    assert told(confirm(Browser(world, jar={name: value}), state)) == START_AGAIN
    assert linked(world) == []
    assert others != state


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"content_type": "text/plain"},
        {"content_type": "application/json"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": ""},
    ],
)
def test_only_our_own_form_confirms(headers: dict[str, str]) -> None:
    """Another site, another subdomain and another kind of body are refused."""
    world = hospital()
    browser, state = asked(world)
    assert told(confirm(browser, state, twice=False, **headers)) == MALFORMED
    assert linked(world) == []
    browser.get("/signin/callback?code=m1&state=" + state)
    assert confirm(browser, state).status == 303


def test_a_form_that_is_too_large_is_refused() -> None:
    """Four kilobytes are plenty; the last letter decides."""
    world = hospital()
    browser, state = asked(world)
    form = f"attempt={state}&x="
    too_large = form + "x" * (4097 - len(form))
    assert told(browser.post("/signin/confirm", too_large)) == MALFORMED
    assert browser.post("/signin/confirm", too_large[:-1]).status == 303


def test_a_browser_that_says_nothing_of_the_site_may_confirm() -> None:
    """Old ones do not know the header; the sign-in's own cookie and state are asked for anyway."""
    world = hospital()
    browser, state = asked(world)
    content_type = "application/x-www-form-urlencoded; charset=UTF-8"
    page = confirm(browser, state, sec_fetch_site="same-origin", content_type=content_type)
    assert page.status == 303


@pytest.mark.parametrize(
    "call",
    ["agenda.add", "ehrusers.put", "audit.record", "launches.replace_attempt", "sessions.insert"],
)
def test_storage_trouble_is_a_page_and_the_form_works_a_moment_later(call: str) -> None:
    """Whatever of it was stored."""
    world = hospital()
    browser, state = asked(world)
    world.line.before = unavailable(call, times=1)
    assert told(confirm(browser, state)) == (503, "storage_unavailable")
    assert confirm(browser, state).status == 303
    assert linked(world) == [(user_hash(world, DANA), OID)]
    assert "ehr_user.linked" in audited(world)


def test_not_you_unlinks_and_asks_anew() -> None:
    """The page of the visit asks for the account again; nothing of the old one is left."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    browser.follow()
    form = browser_form(browser)
    answer = browser.post(form)
    assert answer.status == 303
    live = form.replace("/visit/", "/live/").removesuffix("/not-me")
    assert browser.get(live).status == 403
    browser.page = answer
    assert "Sign in with Microsoft, once" in text_of(browser.follow())
    assert MEETING not in browser.page.html
    assert linked(world) == []
    assert audited(world) == ["ehr_user.linked", "ehr_user.unlinked"]

    world.microsoft_side.account = SAM_ACCOUNT
    browser.sign_in()
    assert "You join as s…m@lamna…" in text_of(browser.page)


@pytest.mark.parametrize("who", ["stranger", "patient", "closed", "forged"])
def test_not_you_belongs_to_the_clinician_of_the_page(who: str) -> None:
    """Nobody else unlinks anybody."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    browser.follow()
    form, pressing = browser_form(browser), browser
    if who == "stranger":
        pressing = Browser(world)
    if who == "patient":
        world.clock.now = START
        pressing = Browser(world)
        page = pressing.launch_as_patient(context="41200")
        form = f"{page.headers['Location']}/not-me"
    if who == "closed":
        world.clock.advance(hours=2)
    if who == "forged":
        form = "/visit/202606101830-" + "a" * 26 + "/not-me"

    assert told(pressing.post(form)) == (403, VISIT_PAGE_CLOSED.code)
    assert linked(world) == [(user_hash(world, DANA), OID)]


@pytest.mark.parametrize("call", ["ehrusers.load", "audit.record", "ehrusers.remove"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_not_you_is_done_by_the_next_press(call: str, when: str) -> None:
    """Whatever failed: an unlinking that is not in the audit log does not exist."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    browser.follow()
    form = browser_form(browser)
    setattr(world.line, when, unavailable(call, times=1))
    assert told(browser.post(form)) == (503, "storage_unavailable")
    assert linked(world) or "ehr_user.unlinked" in audited(world)
    assert browser.post(form).status == 303
    assert (linked(world), audited(world)[1]) == ([], "ehr_user.unlinked")
    assert "Sign in with Microsoft, once" in text_of(browser.follow())


def test_not_you_of_nobody_asks_for_the_sign_in() -> None:
    """And is in no audit log."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    sam = Browser(world)
    form = f"{sam.launch(SAM).headers['Location']}/not-me"
    assert sam.post(form).status == 303
    assert linked(world) == [(user_hash(world, DANA), OID)]
    assert audited(world) == ["ehr_user.linked"]


@pytest.mark.parametrize(
    "headers", [{"sec_fetch_site": "cross-site"}, {"content_type": "text/plain"}]
)
def test_not_you_is_our_own_form(headers: dict[str, str]) -> None:
    """Another site unlinks nobody."""
    world = hospital()
    browser, state = asked(world)
    confirm(browser, state)
    browser.follow()
    form = browser_form(browser)
    assert told(browser.post(form, **headers)) == MALFORMED
    world.line.before = unavailable("ehrusers.remove")
    assert told(browser.post(form)) == (503, "storage_unavailable")
    assert linked(world) == [(user_hash(world, DANA), OID)]
    assert world.linked_users.rows.values()[0].tenant == TENANT
