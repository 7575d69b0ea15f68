"""
The app's functions as the host sees them: triggers, outputs, routes, and which stay off.

Reads the bindings that the worker library reports and refuses unsupported ones. Nothing is run
here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.host.errors import FunctionRefused, StartRefused
from local.host.ncrontab import Schedule
from local.host.routes import Route, compile_route, in_order
from local.host.runtime import IndexedFunction
from local.host.settings import HostSettings
from local.host.storage import Service

TRIGGERS = {"httpTrigger", "queueTrigger", "timerTrigger"}
OUTPUTS = {"http", "queue"}
_QUEUE_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")

type Binding = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """A queue's name and the connection string of its service."""

    connection: str
    name: str


@dataclass(frozen=True, slots=True)
class TimerSettings:
    """A timer's schedule and its two switches."""

    schedule: Schedule
    monitored: bool
    run_on_startup: bool


@dataclass(frozen=True, slots=True)
class HostedFunction:
    """One function that runs here; exactly one of route, queue and timer is set."""

    id: str
    name: str
    trigger: Binding
    outputs: Mapping[str, QueueAddress]
    disabled: bool
    route: Route | None = None
    queue: QueueAddress | None = None
    timer: TimerSettings | None = None

    @property
    def trigger_name(self) -> str:
        """The parameter that receives the trigger's value."""
        return str(self.trigger["name"])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    The functions that run, the routes in matching order, and the reasons for those that are off.
    """

    functions: Mapping[str, HostedFunction]
    routes: tuple[Route, ...]
    refused: Mapping[str, str]


def catalogue(indexed: Sequence[IndexedFunction], settings: HostSettings, prefix: str) -> Catalogue:
    """Sort the app's functions into those that run and those that stay off."""
    functions: dict[str, HostedFunction] = {}
    refused: dict[str, str] = {}
    for each in indexed:
        try:
            functions[each.name] = _hosted(each, settings, prefix)
        except FunctionRefused as reason:
            refused[each.name] = str(reason)
    routes = [function.route for function in functions.values() if function.route is not None]
    kept, duplicates = in_order(routes)
    for route in duplicates:
        del functions[route.function]
        refused[route.function] = "another function has its route and verb"
    return Catalogue(functions, tuple(kept), refused)


def _hosted(indexed: IndexedFunction, settings: HostSettings, prefix: str) -> HostedFunction:
    if indexed.retried:
        raise StartRefused(f"function {indexed.name}: the local host does not support retry")
    trigger = _only_trigger(indexed)
    outputs = {
        binding["name"]: _address(binding, settings)
        for binding in indexed.bindings
        if binding["type"] == "queue"
    }
    disabled = settings.is_disabled(indexed.name)
    bare = HostedFunction(indexed.id, indexed.name, trigger, outputs, disabled)
    return _ADD_TRIGGER[trigger["type"]](bare, settings, prefix)


def _only_trigger(indexed: IndexedFunction) -> Binding:
    triggers = [each for each in indexed.bindings if each["type"] in TRIGGERS]
    for each in indexed.bindings:
        incoming = str(each.get("direction", "IN")).upper() == "IN"
        if each["type"] not in (TRIGGERS if incoming else OUTPUTS):
            raise StartRefused(
                f"function {indexed.name}: the local host does not support the binding "
                f"{each['type']} ({'in' if incoming else 'out'})"
            )
        if str(each.get("dataType", "")).upper() == "STREAM":
            raise StartRefused(f"function {indexed.name}: streams are not supported here")
    if len(triggers) != 1:
        raise StartRefused(f"function {indexed.name}: it needs exactly one trigger")
    return triggers[0]


def _address(binding: Binding, settings: HostSettings) -> QueueAddress:
    name = settings.expand(str(binding["queueName"])).lower()
    if not _QUEUE_NAME.fullmatch(name):
        raise FunctionRefused(f"{name} is no valid queue name")
    connection = settings.connection(binding.get("connection"))
    Service.of(
        connection, "Queue"
    )  # checked here so that an unreachable queue is refused at the start
    return QueueAddress(connection, name)


def _with_route(bare: HostedFunction, settings: HostSettings, prefix: str) -> HostedFunction:
    template = bare.trigger.get("route")
    expanded = settings.expand(template) if template else None
    route = compile_route(bare.name, prefix, expanded, bare.trigger.get("methods") or ())
    return replace(bare, route=route)


def _with_queue(bare: HostedFunction, settings: HostSettings, _: str) -> HostedFunction:
    return replace(bare, queue=_address(bare.trigger, settings))


def _with_timer(bare: HostedFunction, settings: HostSettings, _: str) -> HostedFunction:
    try:
        schedule = Schedule.parse(settings.expand(str(bare.trigger["schedule"])))
    except ValueError as error:
        raise FunctionRefused(f"its schedule is invalid: {error}") from None
    # Observed on the real host 4.1037: schedules closer than a minute keep no status.
    monitored = bare.trigger.get("useMonitor") is not False and not schedule.is_below_a_minute
    if monitored:
        Service.of(settings.connection(None), "Blob")
    at_start = bool(bare.trigger.get("runOnStartup"))
    return replace(bare, timer=TimerSettings(schedule, monitored, at_start))


_ADD_TRIGGER: dict[str, Callable[[HostedFunction, HostSettings, str], HostedFunction]] = {
    "httpTrigger": _with_route,
    "queueTrigger": _with_queue,
    "timerTrigger": _with_timer,
}
