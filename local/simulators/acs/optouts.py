"""Which numbers have opted out of which sender, as the carrier and the service store it."""

import threading

from local.simulators.kept import Kept

_STOP = frozenset({"STOP"})
_START = frozenset({"START", "UNSTOP"})


class OptOuts:
    """Pairs of sender and recipient; a recipient may also be blocked for every sender."""

    def __init__(self, kept: Kept) -> None:
        self._lock = threading.Lock()
        self._kept = kept
        self._pairs: set[tuple[str, str]] = {tuple(pair) for _, pair in kept.items()}
        self._blocked: set[str] = set()

    def add(self, sender: str, recipient: str) -> None:
        with self._lock:
            self._kept.put(f"{sender} {recipient}", [sender, recipient])
            self._pairs.add((sender, recipient))

    def remove(self, sender: str, recipient: str) -> None:
        with self._lock:
            self._kept.remove(f"{sender} {recipient}")
            self._pairs.discard((sender, recipient))

    def contains(self, sender: str, recipient: str) -> bool:
        with self._lock:
            return (sender, recipient) in self._pairs

    def refuses(self, sender: str, recipient: str) -> bool:
        """Return whether the carrier will not deliver this sender's texts to this phone."""
        with self._lock:
            return recipient in self._blocked or (sender, recipient) in self._pairs

    def block(self, recipients: list[str]) -> None:
        """Replace the set of recipients that are blocked for every sender."""
        with self._lock:
            self._blocked = set(recipients)

    def as_json(self) -> dict[str, list[dict[str, str]] | list[str]]:
        with self._lock:
            pairs = [{"from": sender, "to": to} for sender, to in sorted(self._pairs)]
            return {"opt_outs": pairs, "blocked": sorted(self._blocked)}

    def reset(self) -> None:
        with self._lock:
            self._kept.clear()
            self._pairs.clear()
            self._blocked.clear()


def opt_out_in(reply: str) -> bool | None:
    """Return True for STOP, False for START, None for any other reply."""
    word = reply.strip().upper()
    if word in _STOP:
        return True
    return False if word in _START else None
