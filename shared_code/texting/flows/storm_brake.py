"""
Every minute: does a connection send far more than usual? Then its texts are held and a problem is
reported; a person releases or discards them (operating/flows/switchboard.py).

A wrong interface can re-send a year of bookings in an hour; patients must not be the ones to
notice. Reminders are not held: they were foreseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared_code import logs
from shared_code.clock import Clock
from shared_code.connections.domain import Connection
from shared_code.connections.ports import Connections
from shared_code.oversight.flows.problems import Problems
from shared_code.oversight.ports import Owner, Switch, Switches
from shared_code.texting.domain.holds import BRAKE, DISCARDED, RELEASED
from shared_code.texting.domain.quiet_hours import QUIET_UNTIL
from shared_code.texting.domain.reasons import STORM_BRAKE
from shared_code.texting.ports import RateWindow

WINDOW = timedelta(minutes=10)
AT_LEAST = 50
"""Segments in ten minutes below which nothing is a storm."""
TIMES_USUAL = 3
AFTER_RELEASE = timedelta(minutes=30)
"""How long after a release the brake is not pulled again, so that the backlog can drain."""
_USUAL_AROUND = timedelta(minutes=30)
_MORNING_RELEASE = time(QUIET_UNTIL.hour, 30)


@dataclass(frozen=True, slots=True)
class StormBrake:
    """Watches the rate of every connection."""

    connections: Connections
    rate: RateWindow
    switches: Switches
    problems: Problems
    clock: Clock

    def watch(self) -> int:
        """Returns how many connections were braked."""
        now = self.clock()
        return sum(self._watch(connection, now) for connection in self.connections.all())

    def _watch(self, connection: Connection, now: datetime) -> bool:
        if connection.sms is None or _is_morning_release(connection, now):
            return False
        released = self.switches.get(f"{RELEASED}~{connection.id}")
        if released is not None and now - released.since < AFTER_RELEASE:
            return False
        discarded = self.switches.get(f"{DISCARDED}~{connection.id}")
        since = max(now - WINDOW, discarded.since) if discarded else now - WINDOW
        number, yesterday = connection.sms.from_number, now - timedelta(days=1)
        sent = self.rate.granted(number, since, now).get(connection.id, 0)
        if sent <= AT_LEAST:
            return False
        around = self.rate.granted(number, yesterday - _USUAL_AROUND, yesterday + _USUAL_AROUND)
        usual = around.get(connection.id, 0) * WINDOW / (2 * _USUAL_AROUND)
        name = f"{BRAKE}~{connection.id}"
        if sent <= TIMES_USUAL * usual or self.switches.get(name):
            return False
        owner = Owner(connection.tenant, connection.id)
        self.problems.report(STORM_BRAKE.code, name, now, owner)
        self.switches.set(Switch(name, "storm", now))
        logs.warn("brake.pulled", connection=connection.id, count=sent)
        return True


def _is_morning_release(connection: Connection, now: datetime) -> bool:
    """At eight everything goes that came in at night: many texts, and no storm."""
    there = now.astimezone(ZoneInfo(connection.epic_zone)).time()
    return QUIET_UNTIL <= there < _MORNING_RELEASE
