"""A hospital at the time of its visit, and what tests of its pages look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local.memory.sign_in import DANA, SAM, TENANT
from shared_code.appointments.domain import Version
from shared_code.attendance.domain import Attendee, Role
from shared_code.connections.launch_setup import VisitSetup
from shared_code.consent.flows import recipient_hash
from shared_code.identity.sign_in import MicrosoftAccount
from shared_code.launching.domain.errors import SIGN_IN_START_AGAIN, VISIT_PAGE_CLOSED
from shared_code.launching.domain.launch import Account
from shared_code.launching.domain.user import LinkedUser
from shared_code.security import keys
from shared_code.smart.user import EhrUser
from shared_code.web.frame import Page
from tests.unit.launching.scene import text_of
from tests.world.connection import LAUNCHING, VISITS
from tests.world.launches import Browser, LaunchWorld
from tests.world.visit import PHONE, START
from tests.world.visiting import CSN, Clinic, booked, failing

MEETING = "https://teams.microsoft.com/meet/"
GUEST_LINK = "https://visit.teams.microsoft.com/"
SAM_ACCOUNT = MicrosoftAccount(
    TENANT, "0a000000-0000-4000-8000-00000000000e", "sam@lamna.example", guest=False
)
START_AGAIN = (400, SIGN_IN_START_AGAIN.code)
CLOSED = (403, VISIT_PAGE_CLOSED.code)
OTHER_CSN = "41200"
MOVED = Version(2, "00000000")
OTHER_TENANT = "22222222-2222-2222-2222-222222222222"
GUEST = MicrosoftAccount(TENANT, "g1", "dana_gmail.com#EXT#@lamna.example", guest=True)
FOREIGN = MicrosoftAccount(OTHER_TENANT, "k1", "kim@fabrikam.example", guest=False)


def hospital(now: datetime = START, **visit: Any) -> LaunchWorld:
    """Return a hospital at that time, with the visit of the tests booked."""
    world = LaunchWorld()
    world.appointments.insert(booked(**visit))
    world.clock.now = now
    return world


def with_visits(world: LaunchWorld, **changes: Any) -> VisitSetup:
    """Change how the connection holds visits."""
    setup = replace(VISITS, **changes)
    world.configure(replace(LAUNCHING, visits=setup))
    return setup


def change(world: LaunchWorld, **changes: Any) -> None:
    """Change the booked visit, like a message from Epic."""
    stored = world.appointments.load(booked().ref)
    assert stored is not None
    world.appointments.replace(replace(stored.value, **changes), stored.etag)


def link_user(world: LaunchWorld, user: EhrUser = DANA) -> None:
    """Let an EHR user have signed in before."""
    hashed = user_hash(world, user)
    account = Account(TENANT, "0a000000-0000-4000-8000-00000000000d", "dana@lamna.example")
    world.linked_users.put(
        LinkedUser(
            LAUNCHING.id, hashed, account.tenant, account.oid, account.username, world.clock.now
        )
    )


def user_hash(world: LaunchWorld, user: EhrUser) -> str:
    """Return what an EHR user is called in our tables."""
    return keys.keyed_hash(world.rings.hash, "ehruser", LAUNCHING.id, f"user {user.id}")


def prepared(world: LaunchWorld) -> None:
    """Let the meeting be ready."""
    Clinic(world).launch()


def text_link(world: LaunchWorld) -> str:
    """Return the address in the patient's text."""
    stored = world.appointments.load(booked().ref)
    assert stored is not None
    recipient = recipient_hash(world.rings, LAUNCHING.tenant, PHONE)
    return urlsplit(world.services.links.patient_links.make(stored.value, recipient)).path


def graph_fails(world: LaunchWorld, *errors: Any) -> None:
    """Let the next requests for a meeting fail, one for each error."""
    world.graph.before = failing(*errors, method="create_or_get")


def visit_url(browser: Browser) -> str:
    """Return the address of the visit's page that the last answer leads to."""
    return browser.page.headers["Location"]


def begin(browser: Browser, user: EhrUser = DANA) -> str:
    """Launch and go to Microsoft; return the state of the sign-in."""
    browser.launch(user)
    browser.follow()
    return go_to_microsoft(browser)


def go_to_microsoft(browser: Browser, handoff: str = "") -> str:
    """Press the button for the sign-in, or open the handoff; return the state of the sign-in."""
    browser.get(handoff or browser.link("signin"))
    return state_of(browser.page)


def state_of(page: Page) -> str:
    """Return the state of the sign-in that the answer leads to."""
    assert page.status == 302, text_of(page)
    return parse_qs(urlsplit(page.headers["Location"]).query)["state"][0]


def come_back(browser: Browser, state: str, more: str = "") -> Page:
    """Return from Microsoft with a code."""
    return browser.get(f"/signin/callback?code=m1&state={state}{more}")


def confirm(browser: Browser, state: str, *, twice: bool = False, **headers: str) -> Page:
    """Press *Yes, both are me*."""
    form = f"attempt={state}{'&second=yes' if twice else ''}"
    return browser.post("/signin/confirm", form, **headers)


def persons(world: LaunchWorld, role: Role = Role.PATIENT) -> list[Attendee]:
    """Return who is recorded on that side."""
    return [each for each in world.attendees.rows.values() if each.role is role]


def problems(world: LaunchWorld) -> list[str]:
    """Return the code of each problem."""
    return [each.code for each in world.problem_store.rows.values()]


def minutes(number: float) -> timedelta:
    """Return minutes."""
    return timedelta(minutes=number)


def opens_by_itself(page: Page) -> bool:
    """Return whether the clinician's page may open Teams by itself."""
    return "data-now" in page.html


def goes_on(page: Page) -> bool:
    """Return whether the page leads to Teams at once."""
    return 'content="0;url=https://' in page.html


def linked(**visit: Any) -> LaunchWorld:
    """Return a hospital whose two clinicians have signed in before."""
    world = hospital(**visit)
    link_user(world)
    link_user(world, SAM)
    return world


def opened(world: LaunchWorld, csn: str = CSN, **changes: Any) -> tuple[Browser, str]:
    """Return the browser of a clinician on the page of the visit, and the page's address."""
    browser = Browser(world, **changes)
    browser.launch(context=csn)
    address = visit_url(browser)
    browser.follow()
    return browser, address


def live(browser: Browser, address: str, etag: str = "") -> tuple[int, str]:
    """Return what the page's live part is answered: the status and the words."""
    headers = {"if_none_match": etag} if etag else {}
    page = browser.get(address.replace("/visit/", "/live/"), **headers)
    return page.status, text_of(page)


def at(moment: datetime = START, **visit: Any) -> tuple[LaunchWorld, Browser, str]:
    """Return a hospital at that time, a patient's browser, and the address in the text."""
    world = hospital(moment, **visit)
    return world, Browser(world), text_link(world)


def press(browser: Browser, address: str, form: str = "", **headers: str) -> int:
    """Press *Join*; return the status of the answer."""
    return browser.post(f"{address}/join", form, **headers).status


def has_button(browser: Browser) -> bool:
    """Return whether the page has the button to join."""
    return '/join"' in browser.page.html


def pressed(world: LaunchWorld) -> int:
    """Return how many persons of the patient's side have pressed join."""
    return len([each for each in persons(world) if each.pressed_join])


def everything(world: LaunchWorld) -> tuple[object, ...]:
    """Return what a press could change."""
    return (
        world.attendees.rows.values(),
        world.sessions.rows.values(),
        world.visits.rows.values(),
        world.links.rows.values(),
        list(world.agenda.rows.values()),
    )
