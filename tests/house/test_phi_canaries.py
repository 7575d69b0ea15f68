"""No personal data in logs, row keys, hints, problems or acknowledgements."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from local.memory.ports import MemoryRings
from shared_code import retry
from shared_code.connections.domain import VirtualVisitRule
from shared_code.queues import HL7_INBOUND, SMS_OUTBOUND
from shared_code.texting.adapters.wording import MessageTemplates
from shared_code.texting.domain.reasons import REFUSED_BY_CARRIER
from shared_code.texting.ports import Accepted, NotSent, OutcomeUnknown, RefusedText, SendResult
from shared_code.web.browser import BrowserRequest
from shared_code.web.patient.link import show_link
from tests.house.recorder import Recorder, everything_logged
from tests.house.repository import ROOT, name_of, text_files
from tests.support.canaries import CANARIES, TOKEN, encodings, find, phone_spellings
from tests.world.clock import FixedClock
from tests.world.connection import connection
from tests.world.world import SmsService, World

SAMPLES = sorted((ROOT / "tests" / "samples").glob("*.hl7"))
_STEPS = tuple(map(timedelta, (0, 0, 0, 9), (60, 300, 3600, 10_800)))
_LINK = re.compile(r".*/v/([a-z2-7]{26}).*", re.DOTALL)
_ARRIVAL = datetime(2026, 6, 1, 15, 15, tzinfo=UTC)
"""The arrival of messages: a week and a half before the visits of tests/samples."""
_ANSWERS: list[SendResult] = [
    Accepted("message-1"),
    NotSent(),
    RefusedText(REFUSED_BY_CARRIER),
    OutcomeUnknown(),
]
_MOST_ATTEMPTS = 4
"""How often a hint is handled; handling it more often tests nothing new."""


@dataclass(frozen=True, slots=True)
class Life:
    """What processing every sample leaves behind: its world, and what was logged."""

    worlds: list[World]
    recorder: Recorder

    @property
    def logged(self) -> bytes:
        """Return everything that was logged."""
        return self.recorder.logged


@pytest.fixture(scope="module")
def life() -> Life:
    """Process every sample in a world of its own, until everything about it is over."""
    service = SmsService(_ANSWERS * len(SAMPLES))
    with everything_logged() as recorder:
        worlds = [_process(sample, _world(service)) for sample in SAMPLES]
    return Life(worlds, recorder)


def _world(service: SmsService) -> World:
    """
    Return a world with real texts for every visit of the feed; keys and clock are always the same.
    """
    return World(
        connection(
            virtual_visits=VirtualVisitRule(every_visit=True), processing_ids=frozenset({"P", "T"})
        ),
        clock=FixedClock(_ARRIVAL),
        service=service,
        wording=MessageTemplates(),
        rings=MemoryRings.fixed(),
    )


def _process(sample: Path, world: World) -> World:
    world.post(sample.read_bytes())
    done = 0
    for step in _STEPS:
        world.clock.now += step
        while done < len(world.queues.sent):
            queue, work, _ = world.queues.sent[done]
            done += 1
            if queue == HL7_INBOUND:
                world.services.intake.apply_schedule.on_message(work)
            elif retry.attempt_of(work) < _MOST_ATTEMPTS:
                world.services.texting.send_text.on_hint(work, queue)
        world.run_agenda()
    for token in (TOKEN, *(text.body for text in world.service.posts[-1:])):
        opened = _LINK.sub(r"\1", token)
        request = BrowserRequest("GET", f"/v/{opened}", {"accept-language": "es"})
        show_link(request, opened, world.services.links.patient_links)
    world.queues.poison.update({SMS_OUTBOUND: [sample.stem], HL7_INBOUND: [_poison(world)]})
    world.services.poison_queues.drain()
    for letter in world.dead_letter_store.list():
        if letter.queue == HL7_INBOUND:
            world.services.oversight.dead_letters.replay(letter.id)
    return world


def _poison(world: World) -> str:
    """Process the message again, as if it had failed five times."""
    return json.dumps({"v": 1, "work": next(iter(world.queues.sent), ("", {}, 0))[1]})


def test_the_probe_finds_every_spelling_and_encoding() -> None:
    """A canary is found plain, percent-encoded, in base64, in JSON, in UTF-16 and in hex."""
    for name, spellings in CANARIES.items():
        for spelling in spellings:
            for encoded in encodings(spelling):
                assert name in find(b" " + encoded + b" ", {name: (spelling,)}), encoded
            for offset in range(3):
                inside = b"x" * offset + spelling.encode() + b"yz"
                assert name in find(base64.b64encode(inside))
                assert name in find(base64.urlsafe_b64encode(inside).rstrip(b"="))
            assert name in find(quote(spelling).lower().encode())


def test_the_probe_knows_eight_spellings_of_a_number() -> None:
    """A number is found in every format."""
    spellings = phone_spellings("608", "555", "0142")
    assert len(set(spellings)) == 8
    for text in (*spellings, "+16085550142", "1 608.555.0142", "tel:+1-608-555-0142"):
        assert "phone" in find(text.encode())


def test_the_probe_does_not_cry_over_hashes() -> None:
    """Digits inside a hash are ignored; digits between other signs are not."""
    assert find(b"1-a36996b4c203711d") == []
    assert find(b"row~36996~x=203711;") == ["MRN", "CSN"]
    assert find(b"") == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_every_sample_with_a_patient_carries_canaries(sample: Path) -> None:
    """A sample without canaries could leak without being noticed."""
    content = sample.read_bytes()
    text = content.decode("utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    if b"PID" in content or "PID" in text:
        assert {"MRN", "name"} & set(find(content))


def test_no_text_of_ours_names_the_patient() -> None:
    """
    Only tests and simulators have patients; documents may show a fictitious phone number.
    """
    found = {
        f"{name_of(file)}: {canary}"
        for file in text_files("functions", "shared_code", "docs")
        for canary in find(file.read_bytes())
        if file.suffix != ".md" or "phone" not in canary
    }
    assert found == set()


def test_no_log_line_names_the_patient(life: Life) -> None:
    """From the HL7 endpoint to the text and the dead letter, at every level, with any formatter."""
    events = {"hl7.received", "hl7.refused", "schedule.applied", "schedule.problem"}
    events |= {"text.sent", "text.not_sent", "text.unknown", "link.opened", "link.refused"}
    events |= {"letter.buried", "letter.replayed"}
    assert events - life.recorder.events == set()
    assert find(life.logged) == []


def test_no_log_line_holds_a_link_or_a_text(life: Life) -> None:
    """A reader of logs cannot open a patient's link and learns no number or text."""
    texts = life.worlds[0].service.posts
    secrets = {str(n): (text.body, _LINK.sub(r"\1", text.body)) for n, text in enumerate(texts)}
    assert len(secrets) > 20
    assert find(life.logged, secrets) == []
    assert find(life.logged, {"number": {text.to for text in texts}}) == []


def test_no_key_or_hint_names_the_patient(life: Life) -> None:
    """Agenda, texts, links, problems, letters and hints know keyed hashes only."""
    kept = [each for world in life.worlds for each in _keys_of(world)]
    assert len(kept) > len(SAMPLES)
    assert find("\n".join(kept).encode()) == []


def _keys_of(world: World) -> Iterator[str]:
    for rows in (world.agenda, world.texts, world.links, world.problem_store):
        yield from map(repr, rows.rows.values())
    yield from (letter.id for letter in world.dead_letter_store.list())
    yield from map(repr, world.audit.entries)
    yield from (str(row.ref) for row in world.appointments.rows.values())
    for queue, work, _ in world.queues.sent:
        content = "sealed" if queue == HL7_INBOUND else ""
        yield repr([value for name, value in work.items() if name != content])


def test_what_is_sealed_shows_nothing(life: Life) -> None:
    """The part of a message that travels sealed cannot be read without the key."""
    works = [work for world in life.worlds for _, work, _ in world.queues.sent]
    sealed = [base64.b64decode(work["sealed"]) for work in works if "sealed" in work]
    assert sealed
    assert [find(each) for each in sealed if find(each)] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_no_answer_of_the_door_names_the_patient(sample: Path) -> None:
    """Acknowledgement or refusal: nothing of PID or SCH comes back."""
    answer = _world(SmsService()).post(sample.read_bytes()).body
    assert answer
    assert find(answer) == []
