"""A request that is executed while its answer is lost, and a service that is busy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from local.azurite.emulator import Emulator
from local.faults.proxy import RunningProxy, start
from local.faults.rules import Fault, Match, Rule
from shared_code.agenda.domain import AgendaRow
from shared_code.attendance.domain import Attendee, Role
from shared_code.errors import Conflict, NotStored
from shared_code.texting.domain.metrics import Metric, Shard
from shared_code.texting.domain.plan import SEND
from shared_code.texting.domain.tally import Addition
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.contract.ports import in_storage


@dataclass(frozen=True)
class Faulty:
    """Ports whose every request passes the fault proxies."""

    ports: Ports
    proxies: tuple[RunningProxy, ...]

    def play(self, method: str, fault: Fault, times: int = 1) -> None:
        for proxy in self.proxies:
            proxy.plan.add(Rule(Match(method=method), (fault,), times))

    def attempts(self, method: str, path_part: str) -> int:
        passages = [passage for proxy in self.proxies for passage in proxy.log()]
        return sum(each.method == method and path_part in each.path for each in passages)


@pytest.fixture
def faulty(azurite: Emulator) -> Iterator[Faulty]:
    """Return an account with a proxy in front of each service."""
    connection_string, proxies = azurite.connection_string, []
    for address in (azurite.blob, azurite.queue, azurite.table):
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        proxy = start(origin)
        proxies.append(proxy)
        connection_string = connection_string.replace(origin, proxy.url)
    yield Faulty(in_storage(connection_string), tuple(proxies))
    for proxy in proxies:
        proxy.stop()


LOST = Fault("lose_answer")
SENT = Addition(examples.COMBINATION, {Metric.SENT: 1}, examples.MOMENT)


def test_a_claim_whose_answer_was_lost_is_somebodys_claim(faulty: Faulty, mine: str) -> None:
    texts, record = faulty.ports.texts, examples.text(mine)
    texts.insert(examples.text(f"a{mine}"))  # the table exists now
    faulty.play("POST", LOST)

    with pytest.raises((NotStored, Conflict)):
        texts.insert(record)
    with pytest.raises(Conflict):
        texts.insert(record)
    stored = texts.load(record.ref)
    assert stored is not None
    assert stored.value == record


def test_a_count_costs_one_operation(faulty: Faulty, mine: str) -> None:
    counts, shard = faulty.ports.counts, Shard(mine, examples.MOMENT.date(), "7")
    counts.add(
        shard, Addition(examples.COMBINATION, {Metric.SENT: 1}, examples.MOMENT), lambda: None
    )
    before = sum(faulty.attempts(method, "dailycounts") for method in ("GET", "PUT", "POST"))

    for _ in range(3):
        counts.add(
            shard,
            Addition(examples.COMBINATION, {Metric.DUE: 1, Metric.SENT: 1}, examples.MOMENT),
            lambda: None,
        )

    after = sum(faulty.attempts(method, "dailycounts") for method in ("GET", "PUT", "POST"))
    assert after - before == 3


def test_a_count_whose_answer_was_lost_is_counted_and_perhaps_twice(
    faulty: Faulty, mine: str
) -> None:
    counts, shard = faulty.ports.counts, Shard(mine, examples.MOMENT.date(), "7")
    counts.add(
        shard, Addition(examples.COMBINATION, {Metric.SENT: 1}, examples.MOMENT), lambda: None
    )
    faulty.play("PUT", LOST)

    counts.add(
        shard, Addition(examples.COMBINATION, {Metric.SENT: 1}, examples.MOMENT), lambda: None
    )

    assert counts.of(mine, shard.day, shard.day)[shard.day].sums[Metric.SENT] in (2, 3)


def test_a_replace_whose_answer_was_lost_is_a_conflict_and_done(faulty: Faulty, mine: str) -> None:
    appointments = faulty.ports.appointments
    appointments.insert(examples.appointment(mine))
    stored = appointments.load(examples.ref(mine))
    assert stored is not None
    faulty.play("PUT", LOST)

    with pytest.raises(Conflict):
        appointments.replace(replace(stored.value, language="fr"), stored.etag)
    after = appointments.load(examples.ref(mine))
    assert after is not None
    assert after.value.language == "fr"


class TestWritesThatSomebodyWaitsFor:
    """Launches, sessions and visits: a lost answer is looked up, not shown to a person."""

    @pytest.mark.parametrize("kind", ["lose_answer", "refuse"])
    def test_a_visit_is_written_once_done_or_not(
        self, faulty: Faulty, mine: str, kind: str
    ) -> None:
        visits, visit = faulty.ports.visits, examples.visit(mine)
        visits.insert(examples.visit(f"a{mine}"))  # the table exists now
        for method in ("POST", "PUT"):
            faulty.play(method, Fault(kind))

        etag = visits.insert(visit)
        etag = visits.replace(replace(visit, minutes=25), etag)

        found = visits.load(visit.ref)
        assert found is not None
        assert (etag, 25) == (found.etag, found.value.minutes)

    def test_another_one_in_between_is_a_conflict(self, faulty: Faulty, mine: str) -> None:
        visits, visit = faulty.ports.visits, examples.visit(mine)
        first = visits.insert(visit)
        second = visits.replace(replace(visit, minutes=25), first)
        faulty.play("PUT", Fault("status"), times=99)

        with pytest.raises(Conflict):
            visits.replace(visit, first)
        with pytest.raises(NotStored):
            visits.replace(visit, second)

    def test_a_person_is_noted_by_one_more_request(self, faulty: Faulty, mine: str) -> None:
        attendees, visit = faulty.ports.attendees, examples.visit(mine).ref
        opened = Attendee(visit, "person", Role.PATIENT, examples.MOMENT)
        attendees.record(opened)
        faulty.play("PATCH", LOST)

        attendees.record(replace(opened, pressed_join=examples.MOMENT))

        assert [each.pressed_join for each in attendees.of(visit)] == [examples.MOMENT]


def test_what_may_be_done_twice_is_done_through_lost_answers(faulty: Faulty, mine: str) -> None:
    ports = faulty.ports
    row = AgendaRow(examples.MOMENT, SEND, mine, "1-a")
    for method in ("PUT", "DELETE", "POST"):
        faulty.play(method, LOST)

    ports.agenda.add([row])
    ports.payloads.put(mine, b"sealed")
    ports.queues.send(mine, {"text": "1"})
    ports.payloads.remove(mine)
    ports.agenda.remove(row)

    assert ports.payloads.get(mine) is None
    assert mine not in {each.subject for each in ports.agenda.due(examples.MOMENT)}


def test_a_callback_whose_answer_was_lost_is_taken_once(faulty: Faulty, mine: str) -> None:
    """Whoever lost the answer has it; nobody redeems the code a second time."""
    launches, launch = faulty.ports.launches, examples.launch(mine)
    launches.insert_launch(launch)
    stored = launches.load_launch(launch.key)
    assert stored is not None
    taken = launch.take(examples.MOMENT)
    faulty.play("PUT", LOST)

    etag = launches.replace_launch(taken, stored.etag)

    after = launches.load_launch(launch.key)
    assert after is not None
    assert (taken, etag) == (after.value, after.etag)
    with pytest.raises(Conflict):
        launches.replace_launch(taken, stored.etag)


def test_a_page_whose_answer_was_lost_is_there_once(faulty: Faulty, mine: str) -> None:
    sessions, session = faulty.ports.sessions, examples.session(mine)
    sessions.insert(examples.session(f"a{mine}"))  # the table exists now
    faulty.play("POST", LOST)

    sessions.insert(session)

    stored = sessions.load(session.key)
    assert stored is not None
    assert session == stored.value
    with pytest.raises(Conflict):
        sessions.insert(session)


def test_people_and_accounts_are_recorded_and_erased_through_lost_answers(
    faulty: Faulty, mine: str
) -> None:
    ports, link, attendee = faulty.ports, examples.linked_user(mine), examples.attendee(mine)
    ports.attendees.record(examples.attendee(f"a{mine}"))
    ports.linked_users.put(examples.linked_user(f"a{mine}"))
    for method in ("PATCH", "PUT"):
        faulty.play(method, LOST)
    ports.attendees.record(attendee)
    ports.linked_users.put(link)
    stored = ports.linked_users.load(mine, link.user)
    assert stored is not None
    assert (link, [attendee]) == (stored.value, list(ports.attendees.of(attendee.visit)))

    faulty.play("DELETE", LOST)
    ports.linked_users.remove(mine, link.user)
    faulty.play("POST", LOST)
    ports.attendees.remove(attendee.visit)
    assert list(ports.attendees.of(attendee.visit)) == []
    assert ports.linked_users.load(mine, link.user) is None
    assert not ports.linked_users.others_of(mine, examples.OID, "1-other")


def test_a_portion_whose_answer_was_lost_is_erased(faulty: Faulty, mine: str) -> None:
    """The repeated request finds nothing; what is gone is no error."""
    launches, moment = faulty.ports.launches, examples.MOMENT + timedelta(days=731)
    made = [examples.launch(f"{mine} {number}", moment) for number in range(20)]
    for each in made:
        launches.insert_launch(each)
    faulty.play("POST", LOST)

    assert launches.erase(made[0].key.bucket, 100)

    assert [each for each in made if launches.load_launch(each.key)] == []
    assert faulty.attempts("POST", "$batch") > 0


def test_a_busy_service_is_asked_again_without_waiting_as_long_as_it_says(
    faulty: Faulty, mine: str
) -> None:
    faulty.ports.texts.insert(examples.text(mine))
    faulty.play("GET", Fault("status", status=503, retry_after=3600))

    assert faulty.ports.texts.load(examples.text_ref(mine)) is not None
    assert faulty.attempts("GET", "texts") == 2


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_refusing_service_is_not_stored(faulty: Faulty, mine: str, status: int) -> None:
    for method in ("GET", "PUT", "POST", "DELETE"):
        faulty.play(method, Fault("status", status=status, retry_after=3600), times=99)
    ports = faulty.ports

    for call in (
        lambda: ports.texts.load(examples.text_ref(mine)),
        lambda: ports.texts.insert(examples.text(mine)),
        lambda: ports.links.put(examples.link(mine)),
        lambda: ports.queues.send(mine, {"text": "1"}),
        lambda: ports.payloads.put(mine, b"sealed"),
        lambda: ports.queues.drain_poison(mine, pytest.fail),
    ):
        with pytest.raises(NotStored):
            call()
