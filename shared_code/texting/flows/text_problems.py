"""
The problems that texts make for people, and when they are settled: reported before an outcome is
written, settled after it. What a person learns of is decided in domain/attention.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared_code.clock import Clock
from shared_code.errors import Code, Reason
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import UNASSIGNED, Owner
from shared_code.texting.domain import attention, delivery, reasons
from shared_code.texting.domain.attention import Learns
from shared_code.texting.domain.holds import OUTAGE
from shared_code.texting.domain.text import TextRecord
from shared_code.texting.domain.text_snapshot import TextSnapshot

ALL_TEXTS = "texts"
"""The subject of a problem that all texts share."""
_OF_CONNECTION = {reasons.SMS_NOT_ADMITTED.code, reasons.SMS_SETUP_MISSING.code}
_OF_WORDS = {reasons.REFUSED_BY_SERVICE.code, reasons.TEXT_TOO_LONG.code}
_OF_NUMBER = {
    reasons.REFUSED_BY_CARRIER.code,
    delivery.DELIVERY_NUMBER_INVALID.code,
    delivery.DELIVERY_NOT_MOBILE.code,
}


@dataclass(frozen=True, slots=True)
class TextProblems:
    """Reports and settles the problems of texts. Raises NotStored."""

    problems: Problems
    clock: Clock

    def report(self, text: TextSnapshot, after: TextRecord, group: str = "") -> None:
        """
        Report what a person must look at, before it is written. What holds for the appointment was
        reported when its message came.
        """
        reason, blocked = after.reason, text.appointment and text.appointment.texting.blocked
        if reason is None or reason == blocked:
            return
        told = attention.of(reason.code)
        if told.learns is Learns.PROBLEM:
            now, subject = self.clock(), str(text.ref)
            self.problems.report(reason.code, subject, now, text.owner, each=told.each, group=group)

    def report_hold(self, why: Reason, text: TextSnapshot) -> None:
        """Report what keeps all texts of a connection, or in an outage all texts, waiting."""
        everybody = why.code == reasons.SMS_UNAVAILABLE.code
        subject = ALL_TEXTS if everybody else text.ref.subject.connection
        self.problems.report(why.code, subject, self.clock(), text.owner)

    def settle_by_acceptance(self, text: TextSnapshot) -> None:
        """Settle what the acceptance of a text shows to be corrected."""
        settle_doubt(self.problems, text.before, text.owner, self.clock())
        self._settle_hold(text)
        for each in text.records:
            for code in _corrected(each, text.recipient):
                self.problems.settle(code, str(each.ref), text.owner, self.clock())

    def settle_own(self, record: TextRecord, owner: Owner) -> None:
        """Settle what was reported of the text's outcome."""
        if record.reason is not None:
            self.problems.settle(record.reason.code, str(record.ref), owner, self.clock())

    def _settle_hold(self, text: TextSnapshot) -> None:
        """Settle the problem of a whole connection whose texts waited, once one of them went."""
        held_by, about, now = text.before.held_by, text.ref.subject.connection, self.clock()
        if held_by == OUTAGE:
            self.problems.settle(reasons.SMS_UNAVAILABLE.code, ALL_TEXTS, text.owner, now)
        if held_by in _OF_CONNECTION:
            self.problems.settle(Code(held_by), about, text.owner, now)
        if held_by == reasons.SMS_SETUP_MISSING.code:  # nobody knew whose connection it was
            self.problems.settle(Code(held_by), about, Owner(UNASSIGNED.tenant, about), now)


def settle_doubt(problems: Problems, before: TextRecord, owner: Owner, now: datetime) -> None:
    """
    Settle the problem of a text that turns out accepted after an outcome of another kind, or after
    a person let it be sent again. Raises NotStored.
    """
    sent_again = reasons.OUTCOME_UNKNOWN if before.in_doubt else None
    reason = before.reason if before.is_final() else sent_again
    if reason is not None:
        problems.settle(reason.code, str(before.ref), owner, now)


def _corrected(older: TextRecord, recipient: str) -> list[Code]:
    """
    The problems of an older text of the appointment that one to this recipient shows to be
    corrected: words, sender, or another number.
    """
    codes = [Code(older.delivery_reason), *([older.reason.code] if older.reason else [])]
    other = older.composed is not None and older.composed.recipient != recipient
    return [each for each in codes if each in _OF_WORDS or (other and each in _OF_NUMBER)]
