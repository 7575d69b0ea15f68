"""What Microsoft refuses, and whose accounts are not linked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_code.errors import ConnectorError
from shared_code.identity.errors import CredentialRefused, SignInError, SignInRefused
from shared_code.identity.sign_in import MicrosoftAccount
from shared_code.launching.domain.errors import (
    ACCOUNT_FOREIGN,
    ACCOUNT_GUEST,
    SIGN_IN_CANCELLED,
    SIGN_IN_CONSENT,
    SIGN_IN_INTERACTION,
    SIGN_IN_UNAVAILABLE,
)
from shared_code.outbound.errors import NoAnswer, NotReached, Phase
from shared_code.smart.user import EhrUser
from tests.unit.launching.clinic import (
    FOREIGN,
    GUEST,
    MEETING,
    START_AGAIN,
    begin,
    come_back,
    confirm,
    go_to_microsoft,
    hospital,
    link_user,
    problems,
    with_visits,
)
from tests.unit.launching.scene import text_of, told
from tests.world.connection import LAUNCHING
from tests.world.launches import Browser, LaunchWorld

LETTERS = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


def refused_with(world: LaunchWorld, trouble: ConnectorError) -> Browser:
    """Return the browser of a clinician whom Microsoft has sent back with that trouble."""
    browser = Browser(world)
    state = begin(browser)
    world.microsoft_side.trouble = trouble
    come_back(browser, state)
    world.microsoft_side.trouble = None
    return browser


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (SignInError.CANCELLED, SIGN_IN_CANCELLED.code, 403),
        (SignInError.CONSENT, SIGN_IN_CONSENT.code, 403),
        (SignInError.INTERACTION, SIGN_IN_INTERACTION.code, 403),
        (SignInError.UNAVAILABLE, SIGN_IN_UNAVAILABLE.code, 503),
        (SignInError.OTHER, "sign_in_refused", 403),
        (SignInError.TOKEN, "sign_in_refused", 403),
    ],
)
def test_an_error_that_comes_back_gives_one_button_to_begin_anew(
    error: SignInError, code: str, status: int
) -> None:
    """With the digits of Microsoft's code, and a sign-in that then succeeds."""
    world = hospital()
    browser = refused_with(world, SignInRefused(error, "65004"))
    assert told(browser.page) == (status, code)
    assert "AADSTS65004" in text_of(browser.page)
    assert problems(world) == []

    assert "Are both of these you?" in text_of(come_back(browser, go_to_microsoft(browser)))


@pytest.mark.parametrize(
    "trouble", [NotReached(Phase.CONNECT), NoAnswer(Phase.NO_REPLY)], ids=["unreached", "silent"]
)
def test_a_microsoft_that_does_not_answer_is_tried_again(trouble: ConnectorError) -> None:
    """With the same button; nothing is linked."""
    world = hospital()
    browser = refused_with(world, trouble)
    assert told(browser.page) == (503, trouble.code)
    assert come_back(browser, go_to_microsoft(browser)).status == 200


def test_the_way_to_microsoft_may_be_refused_too() -> None:
    """Its addresses cannot be had: the page has a button, and nothing is stored."""
    world = hospital()
    browser = Browser(world)
    browser.launch()
    browser.follow()
    world.microsoft_side.trouble = NotReached(Phase.DNS)
    page = browser.get(browser.link("signin"))
    assert told(page) == (503, "upstream_unreachable")
    assert world.launches.attempts.values() == []

    world.microsoft_side.trouble = None
    assert come_back(browser, go_to_microsoft(browser)).status == 200


@pytest.mark.parametrize("aadsts", ["7000215", "7000222", "700024", "700213"])
def test_our_own_credential_is_never_blamed_on_the_clinician(aadsts: str) -> None:
    """One problem at once, however many clinicians try."""
    world = hospital()
    for _ in range(3):
        browser = refused_with(world, CredentialRefused(aadsts))
    assert told(browser.page) == (503, "credential_refused")
    assert "Microsoft refused this service, not you" in text_of(browser.page)
    assert problems(world) == ["entra_credential_refused"]


def test_linked_clinicians_do_not_notice_a_refused_credential() -> None:
    """Their launches call nobody at Microsoft."""
    world = hospital()
    Browser(world).launch()
    link_user(world)
    world.microsoft_side.trouble = CredentialRefused("7000222")
    browser = Browser(world)
    browser.launch()
    assert MEETING in browser.follow().html


@pytest.mark.parametrize(
    ("account", "code", "words"),
    [
        (GUEST, ACCOUNT_GUEST.code, "This is a guest account"),
        (FOREIGN, ACCOUNT_FOREIGN.code, "This account belongs to another organization"),
    ],
    ids=["guest", "foreign"],
)
def test_guests_and_foreign_accounts_are_told_what_it_means(
    account: MicrosoftAccount, code: str, words: str
) -> None:
    """They are not linked, and choose another account with one press."""
    world = hospital()
    browser = Browser(world)
    world.microsoft_side.account, own = account, world.microsoft_side.account
    state = begin(browser)
    page = come_back(browser, state)
    assert told(page) == (403, code)
    assert words in text_of(page)
    assert account.username in text_of(page)
    assert told(confirm(browser, state)) == START_AGAIN
    assert world.linked_users.rows.values() == []

    world.microsoft_side.account = own
    browser.page = page
    world.clock.advance(minutes=3)
    again = come_back(browser, go_to_microsoft(browser))
    assert "Are both of these you?" in text_of(again)


@pytest.mark.parametrize("account", [GUEST, FOREIGN], ids=["guest", "foreign"])
def test_a_connection_may_allow_foreign_clinicians(account: MicrosoftAccount) -> None:
    """Then they are linked like any clinician, with their own tenant."""
    world = hospital()
    with_visits(world, foreign_clinicians=True)
    world.microsoft_side.account = account
    browser = Browser(world)
    browser.launch()
    browser.follow()
    browser.sign_in()
    (linked,) = world.linked_users.rows.values()
    assert (linked.tenant, linked.account) == (account.tenant, account.oid)


@pytest.mark.parametrize("account", [GUEST, FOREIGN], ids=["guest", "foreign"])
def test_whom_epic_does_not_call_staff_must_be_a_member(account: MicrosoftAccount) -> None:
    """Without fhirUser only the sign-in tells staff from patients, whatever is allowed else."""
    world = hospital()
    with_visits(world, foreign_clinicians=True)
    world.microsoft_side.account = account
    browser = Browser(world)
    browser.launch(EhrUser(None, "eSub1", named=False))
    browser.follow()
    page = come_back(browser, go_to_microsoft(browser))
    assert page.status == 403
    assert world.linked_users.rows.values() == []


@pytest.mark.parametrize("tenant", [LETTERS.upper(), LETTERS])
def test_a_tenant_is_compared_without_regard_to_case(tenant: str) -> None:
    """Ids are the same in capitals."""
    world = hospital()
    world.tenant = LETTERS.upper()
    world.configure(replace(LAUNCHING, tenant=LETTERS))
    world.microsoft_side.account = MicrosoftAccount(tenant, "d", "dana@lamna.example", guest=False)
    browser = Browser(world)
    assert "Are both of these you?" in text_of(come_back(browser, begin(browser)))
