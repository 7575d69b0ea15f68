"""*No more texts* and *allow texts again*, for the number that a link was sent to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_code.consent.flows import recipient_hash
from shared_code.errors import ConnectorError
from tests.unit.links.texted_patient import Patient
from tests.world.clock import NOW
from tests.world.connection import SENDER, TENANT
from tests.world.line import unavailable
from tests.world.messages import siu
from tests.world.visit import OTHER_PHONE, PHONE, START, WALL

LATER = NOW + timedelta(minutes=5)
DAY = timedelta(days=1)
END = START + timedelta(hours=12)
MOVED = siu("S14", LATER, start_local=WALL + DAY)
OTHERS = siu("S14", LATER, phone="(608)555-0143")
CANCEL = siu("S15", LATER)


def test_no_more_texts_and_texts_again() -> None:
    """Pressing twice is as good as once; the page shows what holds."""
    patient = Patient()
    shown = []
    for allow in (False, False, True, True):
        patient.press(allow=allow)
        shown.append((patient.open().texts_allowed, patient.allowed()))

    assert shown == [(False, False), (False, False), (True, True), (True, True)]


def test_allowing_takes_back_every_stop_that_we_know_of() -> None:
    """Also one that was said to a number; what a carrier holds is not ours."""
    patient = Patient()
    recipient = recipient_hash(patient.world.rings, TENANT, PHONE)
    patient.opt_outs.add(TENANT, recipient, SENDER)
    stopped = patient.open().texts_allowed
    patient.press(allow=False)
    patient.press(allow=True)

    assert stopped is False
    assert patient.allowed()


@pytest.mark.parametrize("body", [CANCEL, OTHERS, MOVED])
def test_texts_are_stopped_whatever_became_of_the_visit(body: bytes) -> None:
    """For the number that the link was sent to, and for no other."""
    patient = Patient()
    patient.world.apply(body)
    patient.without_phone()
    patient.world.clock.now = END + DAY
    patient.press(allow=False)

    assert (patient.allowed(), patient.allowed(OTHER_PHONE)) == (False, True)


@pytest.mark.parametrize(("call", "allow"), [("optouts.add", False), ("optouts.remove", True)])
def test_a_choice_that_was_not_stored_is_not_confirmed(call: str, allow: bool) -> None:
    """Pressing again is harmless."""
    patient = Patient()
    patient.world.line.before = unavailable(call)

    with pytest.raises(ConnectorError):
        patient.press(allow=allow)
