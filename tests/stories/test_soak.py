"""A small `make soak`: 300 messages, three kills, faults; played once, checked from every side."""

from __future__ import annotations

import pytest

from local.soak.account import Account
from local.soak.plan import Plan, phases
from local.soak.run import soak

PLAN = Plan(phases(300, 3, real_invisibility=False), faults=0.05, seed=20261125, speed=24.0)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Run the code of `make soak` and return its account."""
    progress: list[str] = []
    return soak(PLAN, tmp_path_factory.mktemp("soak"), progress.append)


def test_every_message_has_a_place(account: Account) -> None:
    """Whatever was acknowledged was sent, superseded, not sent for a reason, or is unknown."""
    assert account.lost == 0, account.examples
    assert account.messages == account.repeats + account.places.total()


def test_nobody_is_texted_twice(account: Account) -> None:
    """No text reaches a phone twice, whichever worker was killed and whichever answer was lost."""
    assert account.double == 0


def test_the_last_text_is_the_truth(account: Account) -> None:
    """The last text about a visit says when it takes place, or that it does not."""
    assert account.out_of_date == 0, account.examples


def test_no_more_is_unknown_than_was_lost(account: Account) -> None:
    """
    Only a lost answer or a killed worker makes an outcome unknown. So few messages may lose no
    answer at all; `make soak` loses hundreds.
    """
    assert account.kills == PLAN.kills
    assert not account.has_too_many_unknown


def test_the_soak_was_one(account: Account) -> None:
    """Patients were texted, messages came twice, and newer ones overtook older ones."""
    assert account.messages == PLAN.messages
    assert account.places["sent"] > 40
    assert account.places["superseded"] > 15
    assert account.repeats > 15
