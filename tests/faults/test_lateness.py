"""How late texts are on a virtual clock; `make bench` measures more of it."""

from __future__ import annotations

from local.bench import lateness


def test_what_a_number_may_send_goes_within_a_minute() -> None:
    """100 reminders due in one minute: p99 of the service's arrivals."""
    (p99,) = lateness.few().values()

    assert p99 <= 60


def test_a_killed_worker_costs_minutes() -> None:
    """The only process dies during 100 reminders: none is lost, p99 within 11 minutes."""
    (p99,) = lateness.killed().values()

    assert 60 < p99 <= 660
