"""What `POST /control/entra` may change, as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.simulators.desk.control import Unusable
from local.simulators.entra.directory import ACCOUNTS
from local.simulators.entra.errors import KINDS
from local.simulators.entra.troubles import Trouble

KEEP, WITHDRAW = "keep", "withdraw"
"""Whether the earlier keys are published after a rotation."""
_LISTS = ("redirect_uris", "certificates", "roles")


@dataclass(frozen=True, slots=True)
class Change:
    """What to change; None and what is missing stays."""

    lists: Mapping[str, list[str]]
    errors: Sequence[Trouble] | None
    rotation: str | None


def read_change(document: Mapping[str, Any]) -> Change:
    """Raises Unusable before anything is changed."""
    if set(document) - {*_LISTS, "errors", "rotate_keys"}:
        raise Unusable(f"fields are {', '.join(_LISTS)}, errors, rotate_keys")
    rotation = document.get("rotate_keys")
    if rotation not in {None, KEEP, WITHDRAW}:
        raise Unusable(f"rotate_keys is {KEEP} or {WITHDRAW}")
    lists = {name: _texts(name, document[name]) for name in _LISTS if name in document}
    errors = [_error(one) for one in _list("errors", document.get("errors", []))]
    return Change(lists, errors if "errors" in document else None, rotation)


def _list(name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Unusable(f"{name} is a list")
    return value


def _texts(name: str, value: object) -> list[str]:
    if not all(isinstance(one, str) for one in _list(name, value)):
        raise Unusable(f"{name} is a list of texts")
    return list(_list(name, value))


def _error(document: object) -> Trouble:
    """Read `{"code": "50105", "account": "dana@lamna.example", "times": 1}`."""
    if not isinstance(document, dict) or set(document) - {"code", "account", "times"}:
        raise Unusable("an error has code, account, times")
    code, account, times = document.get("code"), document.get("account"), document.get("times", 1)
    if code not in KINDS:
        raise Unusable(f"code is one of {', '.join(sorted(KINDS))}")
    if account is not None and account not in ACCOUNTS:
        raise Unusable(f"account is one of {', '.join(ACCOUNTS)}")
    if times is not None and (type(times) is not int or times < 1):
        raise Unusable("times is a number above 0, or null for ever")
    return Trouble(str(code), account, times)
