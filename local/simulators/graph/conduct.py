"""How Graph is configured to behave, apart from faults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from local.simulators.desk.control import Unusable
from local.simulators.graph.wire import Refusal

MONTHLY_LIMIT = 2000
HONEST = "honest"
REFUSALS: Mapping[str, Callable[[str], Refusal]] = MappingProxyType(
    {
        "no_policy": lambda _: Refusal(
            HTTPStatus.FORBIDDEN,
            "Forbidden",
            "No Application Access Policy found for this app",
        ),
        "not_authorized": lambda organizer: Refusal(
            HTTPStatus.FORBIDDEN,
            "Unauthorized",
            f"App local is not authorized to Create meeting on behalf of user {organizer}",
        ),
        "unlicensed": lambda _: Refusal(
            HTTPStatus.FORBIDDEN, "Forbidden", "An error has occurred."
        ),
        "disabled": lambda _: Refusal(
            HTTPStatus.NOT_FOUND, "NotFound", "User lookup has failed: user not found."
        ),
        "error_1026": lambda _: Refusal(
            HTTPStatus.BAD_REQUEST, "BadRequest", "1026: An error has occurred."
        ),
        "used_up": lambda _: Refusal(
            HTTPStatus.FORBIDDEN,
            "Forbidden",
            f"The user has created {MONTHLY_LIMIT} meetings this month.",
        ),
    }
)
"""What an organizer can be refused with."""
_CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "links": ("long", "short"),
        "existing": ("no", "old", "year_1"),
        "patch": (HONEST, "everyone", "unknown", "missing", "presenters", "refused"),
        "guest_link": ("given", "refused", "missing", "none"),
    }
)


@dataclass(frozen=True)
class Throttle:
    """At most so many requests in so many seconds; 0 requests for no limit."""

    requests: int = 0
    seconds: int = 20


@dataclass(frozen=True)
class Conduct:
    """
    `links` is the form of new join links. `existing`: what createOrGet meets for an external id
    that is new to it: nothing, a meeting of yesterday, or one whose dates are in the year 1.

    `patch`: `everyone` and `unknown` answer 200 without effect and show that lobby, `missing` acts
    and shows no lobby, `presenters` leaves the presenters, `refused` answers 403.
    """

    links: str = "long"
    existing: str = "no"
    patch: str = HONEST
    guest_link: str = "given"
    monthly_limit: int = MONTHLY_LIMIT
    organizers: Mapping[str, str] = field(default_factory=dict)
    throttle: Throttle = Throttle()

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in _CHOICES},
            "monthly_limit": self.monthly_limit,
            "organizers": dict(self.organizers),
            "throttle": {"requests": self.throttle.requests, "seconds": self.throttle.seconds},
        }

    def changed(self, document: Mapping[str, Any]) -> "Conduct":
        """Change what the document names and keep the rest. Raises Unusable."""
        return replace(self, **{name: _value(name, value) for name, value in document.items()})


def _value(name: str, value: object) -> Any:
    if name in _CHOICES:
        if value not in _CHOICES[name]:
            raise Unusable(f"{name} is one of {', '.join(_CHOICES[name])}")
        return value
    if name == "monthly_limit":
        return _number(name, value)
    if name == "organizers":
        return _organizers(value)
    if name == "throttle":
        if not isinstance(value, dict) or set(value) - {"requests", "seconds"}:
            raise Unusable("throttle has requests and seconds")
        return Throttle(**{each: _number("throttle", number) for each, number in value.items()})
    raise Unusable("no such setting")


def _organizers(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(each in REFUSALS for each in value.values()):
        raise Unusable(f"organizers maps object ids to one of {', '.join(REFUSALS)}")
    return value


def _number(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unusable(f"{name} is a number")
    return value
