"""The patient's link: made for one version, looked up by its digest, written down nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.agenda import Duty
from shared_code.domain.link import digest_of, is_token
from shared_code.errors import ErrorCode, NotStored, Refused
from shared_code.flows.patient_links import OpenedLink, Visitors, make_link, open_link
from tests.unit.builders import NOW, START, WALL, captured_logs, siu
from tests.unit.flows.line import unavailable
from tests.unit.flows.world import World

LATER = NOW + timedelta(minutes=5)
END = START + timedelta(hours=12)


def _linked() -> tuple[World, str]:
    """A texted patient and the token of the text."""
    world = World()
    world.apply()
    world.send(world.hint())
    return world, world.service.posts[0].body.rsplit("/", 1)[1]


def _open(world: World, token: str) -> OpenedLink:
    return open_link(
        token, Visitors(world.links, world.appointments, world.connections, world.clock)
    )


def _code(world: World, token: str) -> ErrorCode:
    with pytest.raises(Refused) as refused:
        _open(world, token)
    return refused.value.code


def test_the_link_of_the_text_leads_to_the_visit() -> None:
    """With what a page needs to say what and when."""
    world, token = _linked()

    assert OpenedLink(world.connection, world.row(), START) == _open(world, token)
    assert is_token(token)


def test_making_it_again_gives_the_same_link() -> None:
    """It is recomputed whenever it is needed; another version has another."""
    world, token = _linked()
    maker = world.dispatch().links
    again = make_link(world.row(), maker, world.rings)
    world.apply(siu("S14", LATER, start_local=WALL + timedelta(days=1)))
    other = make_link(world.row(), maker, world.rings)

    assert f"https://visits.example.org/v/{token}" == again
    assert other != again


def test_another_installation_makes_other_links() -> None:
    """Without the link key nobody can work one out."""
    (_, one), (_, other) = _linked(), _linked()

    assert one != other


def test_the_row_that_erases_the_link_exists_before_it() -> None:
    """A week after it expires."""
    world = World()
    world.apply()
    world.line.calls.clear()
    token = make_link(world.row(), world.dispatch().links, world.rings).rsplit("/", 1)[1]
    rows = {row.subject: row.due for row in world.agenda.rows.values()}

    assert world.line.calls[-2:] == ["agenda.add", "links.put"]
    assert END + timedelta(days=7) == rows[digest_of(token)]
    assert Duty.RETIRE_LINK in {row.duty for row in world.agenda.rows.values()}


def test_no_table_knows_the_token() -> None:
    """Whoever reads them cannot open a visit."""
    world, token = _linked()
    links, texts = world.links.rows.values(), world.texts.rows.values()
    agenda, appointments = world.agenda.rows.values(), world.appointments.rows.values()

    assert token not in str((links, texts, agenda, appointments))


@pytest.mark.parametrize("token", ["", "a" * 26, "A" * 26, "../../x", "a" * 26 + "\n", "ü" * 26])
def test_a_token_that_nobody_made_is_unknown(token: str) -> None:
    """Also what has not even the shape of one; that is never looked up."""
    world, _ = _linked()
    world.line.calls.clear()

    assert _code(world, token) == ErrorCode.LINK_UNKNOWN
    assert (["links.find"] if is_token(token) else []) == world.line.calls


def test_a_link_answers_until_twelve_hours_after_the_start() -> None:
    """Then it says that it has expired."""
    world, token = _linked()
    world.clock.now = END - timedelta(microseconds=1)
    still = _open(world, token).start
    world.clock.now = END

    assert still == START
    assert _code(world, token) == ErrorCode.LINK_EXPIRED


@pytest.mark.parametrize(
    "body",
    [
        siu("S14", LATER, start_local=WALL + timedelta(days=1)),
        siu("S14", LATER, phone="(608)555-0143"),
        siu("S14", LATER, patient_id="203712"),
        siu("S14", LATER, visit_code="1001"),
        siu("S15", LATER),
        siu("S26", LATER),
    ],
)
def test_a_link_is_dead_after_a_new_version(body: bytes) -> None:
    """Phone or patient may be another's."""
    world, token = _linked()
    world.apply(body)

    assert _code(world, token) == ErrorCode.LINK_DEAD


def test_a_changed_language_leaves_the_link_alive() -> None:
    """It is the same version."""
    world, token = _linked()
    world.apply(siu("S14", LATER, language="SPA"))

    assert _open(world, token).appointment.language == "es"


def test_a_revoked_link_is_dead() -> None:
    """As is one whose appointment or connection is gone."""
    world, token = _linked()
    found = world.links.find(digest_of(token))
    assert found is not None
    world.links.put(replace(found, revoked=True))
    revoked = _code(world, token)
    world.links.put(found)
    world.connections.connections.clear()

    assert ErrorCode.LINK_DEAD == revoked == _code(world, token)


@pytest.mark.parametrize("call", ["links.find", "appointments.load", "connections.find"])
def test_storage_that_does_not_answer_is_no_dead_link(call: str) -> None:
    """The patient is asked to try again."""
    world, token = _linked()
    world.line.before = unavailable(call)

    with pytest.raises(NotStored):
        _open(world, token)


def test_the_token_is_in_no_log() -> None:
    """Neither when it is made nor when it is opened or refused."""
    with captured_logs() as log:
        world, token = _linked()
        _open(world, token)
        world.apply(siu("S15", LATER))
        _code(world, token)

    assert token not in log.getvalue()
    assert digest_of(token) not in log.getvalue()
