"""The faults of a soak: 20 % of the requests to storage and to the SMS service fail."""

from __future__ import annotations

from local.soak.desk import ask
from local.stack import Stack

_STORAGE = ("lose_answer", "refuse", {"kind": "status", "status": 503})
_BUSY = {"kind": "status", "status": 429, "retry_after": 1}
_SERVICE = (_BUSY, _BUSY, {"kind": "status", "status": 503}, "drop_after_acting")


def break_things(running: Stack, probability: float, seed: int) -> None:
    """Start playing faults; one seed plays the same faults to the same requests."""
    if not probability:
        return
    chance = {"kind": "random", "probability": probability, "seed": seed}
    ask("POST", _storage_rules(running), chance | {"kinds": _STORAGE})
    ask("POST", _service_faults(running), chance | {"kinds": _SERVICE, "target": "acs"})


def mend_things(running: Stack) -> None:
    """Stop playing faults."""
    ask("DELETE", _storage_rules(running))
    ask("DELETE", _service_faults(running))


def _storage_rules(running: Stack) -> str:
    assert running.table_faults is not None
    return f"{running.table_faults.ready['url']}/__faults__/rules"


def _service_faults(running: Stack) -> str:
    return f"{running.desk_url}/control/faults"
