"""Who said STOP is not texted: asked before every claim, at our list and at the service's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from shared_code.connections.domain import Environment
from shared_code.consent.flows import recipient_hash
from shared_code.queues import SMS_OUTBOUND
from shared_code.texting.domain.reasons import NOT_ON_ALLOW_LIST, OPTED_OUT
from shared_code.texting.domain.text import TextState
from tests.world.connection import SENDER, TENANT, connection
from tests.world.visit import PHONE
from tests.world.world import World


@dataclass
class Service:
    """The service's own list: it says the same of everybody."""

    answer: bool | None
    numbers: list[str] = field(default_factory=list)

    def opted_out(self, sender: str, recipient: str) -> bool | None:
        """What it says."""
        assert (sender, recipient) == (SENDER, PHONE)
        self.numbers.append(recipient)
        return self.answer


def _send(world: World, answer: bool | None) -> None:
    sending = replace(world.services.texting.send_text, opt_out_source=Service(answer))
    sending.on_hint(world.hint(), SMS_OUTBOUND)


def test_a_recipient_who_said_stop_is_not_texted() -> None:
    """To whichever of the organization's numbers it was said."""
    world = World()
    world.opt_outs.add(TENANT, recipient_hash(world.rings, TENANT, PHONE), "+18005550101")
    world.apply()
    world.send(world.hint())

    assert (world.record().state, world.record().reason) == (
        TextState.NOT_SENT,
        OPTED_OUT,
    )
    assert world.service.posts == []


@pytest.mark.parametrize(("answer", "texted"), [(True, 0), (False, 1), (None, 1)])
def test_the_service_is_asked_where_it_can_be(answer: bool | None, texted: int) -> None:
    """A STOP that only it knows counts; its silence changes nothing."""
    world = World()
    world.apply()
    _send(world, answer)

    assert texted == len(world.service.posts)


def test_the_service_learns_no_number_that_is_not_texted_anyway() -> None:
    """It is asked only where nothing but a STOP can keep the text from going."""
    world = World(connection(environment=Environment.TEST, allow_list=frozenset({"1-x"})))
    world.apply()
    asked = Service(None)
    sending = replace(world.services.texting.send_text, opt_out_source=asked)
    sending.on_hint(world.hint(), SMS_OUTBOUND)

    assert (world.record().reason, asked.numbers) == (NOT_ON_ALLOW_LIST, [])


def test_a_start_that_only_the_service_knows_lets_texts_go() -> None:
    """STOP to this number is taken back when the service says that it was."""
    world = World()
    recipient = recipient_hash(world.rings, TENANT, PHONE)
    world.opt_outs.add(TENANT, recipient, SENDER)
    world.apply()
    _send(world, False)

    assert len(world.service.posts) == 1
    assert not world.opt_outs.stops(TENANT, recipient)
