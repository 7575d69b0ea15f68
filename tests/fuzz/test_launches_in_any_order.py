"""
Three browsers, two clinicians and a patient, two visits: launches, callbacks, pages and sign-ins
in any order, crossed between browsers, while time passes and visits are cancelled and moved.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared_code.launching.domain.launch import Door
from shared_code.smart.user import EhrUser
from tests.fuzz.launch_model import ACCOUNTS, CSNS, USERS, Model

browsers, csns, users = st.integers(0, 2), st.sampled_from(CSNS), st.sampled_from(USERS)
COURSES = settings(
    max_examples=150,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
numbers = st.integers(0, 3)
"""Counts from the newest: what happened last is crossed most often."""


class Launches(RuleBasedStateMachine):
    """Everything that people and browsers may do, in any order."""

    played = 0
    """Courses that were begun."""

    def __init__(self) -> None:
        super().__init__()
        type(self).played += 1
        self.model = Model()

    @rule(who=browsers, door=st.sampled_from(Door))
    def start(self, who: int, door: Door) -> None:
        """Press *Begin virtual visit*."""
        self.model.start(who, door)

    @precondition(lambda self: self.model.launches)
    @rule(number=numbers, own=st.booleans(), who=browsers, user=users, csn=csns)
    def call_back(self, number: int, own: bool, who: int, user: EhrUser, csn: str) -> None:
        """Let Epic send the browser back, or another one."""
        launch = _recent(self.model.launches, number)
        self.model.call_back(launch, launch.browser if own else who, user, csn)

    @rule(who=browsers, door=st.sampled_from(Door), user=users, csn=csns)
    def launch(self, who: int, door: Door, user: EhrUser, csn: str) -> None:
        """Launch without a detour, and look at the page."""
        self.model.start(who, door)
        pages = len(self.model.pages)
        self.model.call_back(self.model.launches[-1], who, user, csn)
        if len(self.model.pages) > pages:
            self.model.show(self.model.pages[-1], who, live=False)

    @precondition(lambda self: self.model.pages)
    @rule(number=numbers, who=browsers, live=st.booleans())
    def show(self, number: int, who: int, live: bool) -> None:
        """Ask for a page."""
        self.model.show(_recent(self.model.pages, number), who, live=live)

    @precondition(lambda self: self.model.handoffs)
    @rule(number=numbers, who=browsers)
    def begin_sign_in(self, number: int, who: int) -> None:
        """Follow a handoff."""
        self.model.begin_sign_in(_recent(self.model.handoffs, number), who)

    @precondition(lambda self: self.model.sign_ins)
    @rule(number=numbers, who=browsers, account=st.sampled_from(sorted(ACCOUNTS)))
    def finish_sign_in(self, number: int, who: int, account: str) -> None:
        """Sign in at Microsoft."""
        self.model.finish_sign_in(_recent(self.model.sign_ins, number), who, account)

    @precondition(lambda self: self.model.sign_ins)
    @rule(number=numbers, who=browsers, second=st.booleans())
    def confirm(self, number: int, who: int, second: bool) -> None:
        """Confirm an account."""
        self.model.confirm(_recent(self.model.sign_ins, number), who, second=second)

    @precondition(lambda self: self.model.handoffs)
    @rule(who=browsers, account=st.sampled_from(sorted(ACCOUNTS)))
    def sign_in(self, who: int, account: str) -> None:
        """Sign in without a detour."""
        before = len(self.model.sign_ins)
        self.model.begin_sign_in(self.model.handoffs[-1], who)
        if len(self.model.sign_ins) > before:
            self.model.finish_sign_in(self.model.sign_ins[-1], who, account)
            self.model.confirm(self.model.sign_ins[-1], who, second=True)

    @precondition(lambda self: self.model.pages)
    @rule(number=numbers, who=browsers)
    def forget(self, number: int, who: int) -> None:
        """Press *Not you?*"""
        self.model.forget(_recent(self.model.pages, number), who)

    @rule(csn=csns, who=browsers)
    def join(self, csn: str, who: int) -> None:
        """Press *Join* on the page of a link."""
        self.model.join(csn, who)

    @rule(csn=csns, minutes=st.sampled_from([-60, -10, 10, 60]))
    def move(self, csn: str, minutes: int) -> None:
        """Move a visit."""
        self.model.move(csn, minutes)

    @rule(csn=csns, cancelled=st.booleans())
    def cancel(self, csn: str, cancelled: bool) -> None:
        """Cancel a visit, or not after all."""
        self.model.cancel(csn, cancelled=cancelled)

    @rule(broken=st.booleans())
    def break_graph(self, broken: bool) -> None:
        """Let Graph fail, or answer again."""
        self.model.break_graph(broken=broken)

    @rule(seconds=st.sampled_from([1, 30, 61, 300, 610, 3600]))
    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.model.world.clock.advance(seconds=seconds)

    @rule()
    def kill(self) -> None:
        """Go on with another worker."""
        self.model.world.kill()

    @invariant()
    def check(self) -> None:
        """Whatever has happened."""
        self.model.check()


def _recent[T](known: Sequence[T], number: int) -> T:
    return known[-1 - number % len(known)]


def test_every_order_keeps_browsers_visits_and_accounts_apart() -> None:
    """150 courses of 40 steps."""
    run_state_machine_as_test(Launches, settings=COURSES)
    assert Launches.played >= COURSES.max_examples
