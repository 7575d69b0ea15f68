"""Whoever is not texted is somebody's business: the table of who learns of it is total."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_code.appointments.domain import CSN_MISMATCH
from shared_code.hl7.schedule_event import MESSAGE_TIME_UNREADABLE, START_DISAGREES
from shared_code.intake.flows.occurrences import OCCURRENCE_DOUBTFUL
from shared_code.intake.flows.pinned_certificates import (
    CERTIFICATE_ENDS,
    CERTIFICATE_USAGE_FOREIGN,
)
from shared_code.oversight.flows.dead_letters import ATTEMPTS_EXHAUSTED
from shared_code.texting.domain import attention, delivery, reasons
from shared_code.texting.domain.attention import Attention, Learns
from shared_code.wall_clock import START_OFFSET_DIFFERS
from shared_code.wiring.codes import ERRORS, REASONS
from tests.house.repository import ROOT, calls, name_of, parsed, python_files
from tools.documents import documents

_WHERE_FATES_ARE_DECIDED = ("shared_code/texting", "shared_code/intake")
_DECLARATIONS = ("texting/domain/reasons.py", "texting/domain/attention.py")
_NO_REASON_OF_A_TEXT = {
    START_OFFSET_DIFFERS.code: "a remark: the patient is texted with the start as it is said",
    START_DISAGREES.code: "a remark: the patient is texted all the same, with the first start",
    MESSAGE_TIME_UNREADABLE.code: "a remark: for a day after `enabled_since` it is that reason",
    OCCURRENCE_DOUBTFUL.code: "a remark: the patient is texted all the same",
    CSN_MISMATCH.code: "it is about launches, not about texts",
    CERTIFICATE_ENDS.code: "it is about a sender's certificate, not about texts",
    CERTIFICATE_USAGE_FOREIGN.code: "it is about a sender's certificate, not about texts",
    ATTEMPTS_EXHAUSTED.code: "a dead letter: it is in the table of those",
    reasons.STORM_BRAKE.code: "the problem of the hold `brake`",
    reasons.SMS_UNAVAILABLE.code: "the problem of the hold `outage`",
    reasons.REPLY_UNCLEAR.code: "a reply: the patient is texted until somebody knows more",
    delivery.DELIVERIES_FAIL.code: "the problem of many failed deliveries",
} | {
    each.code: "a report that changes nothing; no text depends on it"
    for each in reasons.IGNORED_BECAUSE
}
_ALL = {**attention.OF_APPOINTMENT, **attention.OF_TEXT, **attention.OF_DELIVERY}
_TURNED_AWAY = ("NotSent", "reason")
_DEAD = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \| problem \|", re.MULTILINE)


def _page() -> str:
    return (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def _named(file: Path) -> Iterator[str]:
    """Return the codes of the reasons that a module names, however it imports them."""
    codes = {code.upper(): code for code in REASONS}
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in codes:
                yield codes[name]


def test_every_reason_that_decides_a_text_is_in_the_table() -> None:
    """What texting and intake name is there, or it is stated why no text depends on it."""
    files = [
        file
        for file in python_files(*_WHERE_FATES_ARE_DECIDED)
        if not name_of(file).endswith(_DECLARATIONS)
    ]
    named = {code for file in files for code in _named(file)}

    assert len(named) > 20
    assert (
        sorted(named - _ALL.keys() - attention.OF_HOLD.keys() - _NO_REASON_OF_A_TEXT.keys()) == []
    )
    assert sorted(_NO_REASON_OF_A_TEXT.keys() & _ALL.keys()) == []


def test_the_table_names_no_reason_that_does_not_exist() -> None:
    """Each code is declared, and stands in one part of the table."""
    assert sorted(_ALL.keys() - REASONS.keys()) == []
    parts = (attention.OF_APPOINTMENT, attention.OF_TEXT, attention.OF_DELIVERY)
    assert sum(map(len, parts)) == len(_ALL)
    assert {each.code for each in delivery.REASONS} == attention.OF_DELIVERY.keys()


def test_every_hold_is_in_the_table() -> None:
    """Whatever stands in a `Wait` as its reason, or says why a request was turned away."""
    found = set()
    for file in python_files("shared_code/texting"):
        module = importlib.import_module(name_of(file).removesuffix(".py").replace("/", "."))
        for name, call in calls(parsed(file)):
            whys = call.args[1:2] if name == "Wait" else []
            whys += [each.value for each in call.keywords if (name, each.arg) == _TURNED_AWAY]
            for why in map(ast.unparse, whys):
                if why != "record.held_by":  # it waits on, for the same reason
                    found.add(str(eval(why, vars(module))))  # noqa: S307 - the product's own words

    assert sorted(found) == sorted(attention.OF_HOLD)


@pytest.mark.parametrize("code", [*_ALL, *attention.OF_HOLD])
def test_it_says_who_acts_or_why_nobody_has_to(code: str) -> None:
    """A sentence without its full stop, as cells of a table are."""
    each = {**{str(name): each for name, each in _ALL.items()}, **attention.OF_HOLD}[code]

    assert isinstance(each, Attention)
    assert each.what
    assert not each.what.endswith(".")
    assert not each.each or each.learns is Learns.PROBLEM


def test_the_documented_table_is_the_code() -> None:
    """docs/operations.md has what `python -m tools.documents` writes."""
    page = _page()

    assert documents()["docs/operations.md"] == page
    for code in [*_ALL, *attention.OF_HOLD]:
        assert f"\n| `{code}` | " in page


def test_every_refusal_at_the_door_is_in_the_table() -> None:
    """Whatever error a verdict on a message can have."""
    module = importlib.import_module("shared_code.hl7.acknowledgement")
    file = ROOT / "shared_code" / "hl7" / "acknowledgement.py"
    named = {
        ast.unparse(call.args[0]) for name, call in calls(parsed(file)) if name == "Verdict"
    } - {"None"}

    assert len(named) > 3
    assert {getattr(module, name).code for name in named} == set(attention.AT_DOOR)


def _dead_letter_codes() -> set[str]:
    """Return the codes with which work behind the queue can end, by where they are raised."""
    files = python_files("shared_code/intake", "shared_code/hl7", "shared_code/oversight/flows")
    behind = [file for file in files if not name_of(file).endswith("flows/receive.py")]
    codes = set()
    for file in behind:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Refused", "self.keep"):
                codes |= {a.id for a in ast.walk(node) if isinstance(a, ast.Name)}
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("dead_letters.keep"):
                codes |= {a.id for a in ast.walk(node) if isinstance(a, ast.Name)}
    told = {code.upper(): code for code in ERRORS.keys() | REASONS.keys()}
    return {told[name] for name in codes & told.keys()}


def test_every_dead_letter_is_in_the_table_of_the_page() -> None:
    """All that is raised behind the queue, but for what only doors and operators answer."""
    at_doors = {"batch_too_large", "content_type_unsupported", "dead_letter_unknown"}
    at_doors |= {"body_too_large", "content_encoding_unsupported"}
    at_doors |= {"gzip_unreadable", "gzip_too_dense"}
    by_hand = _page().split("| code of a dead letter |")[1].split("\n## ")[0]
    listed = {code for row in _DEAD.findall(by_hand) for code in re.findall(r"\w+", row)}

    assert sorted(listed) == sorted(_dead_letter_codes() - at_doors)
