"""
Route templates: parsing, matching and their order.

Observed on the real host 4.1037: routes are tried in the alphabetical order of the function names
(case-insensitive, ordinal), the verb being part of the match; a more specific route has no
precedence; a wrong verb is a 404, never a 405. Request targets are decoded in targets.py.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.host.errors import FunctionRefused, StartRefused

RESERVED = ("admin", "runtime")
_INTEGER = r"\s*[+-]?\d+\s*"
_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)\s*"
_HEX_GROUPS = "-".join(f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12))
_GUID = rf"[0-9a-f]{{32}}|{_HEX_GROUPS}|\{{{_HEX_GROUPS}\}}|\({_HEX_GROUPS}\)"
_PARAMETER = re.compile(
    r"\{(?P<star>\*{0,2})(?P<name>\w+)(?P<rules>(?::\w+(?:\((?:[^()]|\([^()]*\))*\))?)*)"
    r"(?:(?P<optional>\?)|=(?P<default>[^{}]*))?\}"
)
_RULE = re.compile(r":(\w+)(?:\(((?:[^()]|\([^()]*\))*)\))?")

type Check = Callable[[str], bool]


def _pattern(expression: str) -> Check:
    compiled = re.compile(expression, re.IGNORECASE)
    return lambda value: compiled.fullmatch(value) is not None


def _whole(low: int, high: int) -> Check:
    form = _pattern(_INTEGER)
    return lambda value: form(value) and low <= int(value) <= high


def _regex(expression: str) -> Check:
    compiled = re.compile(expression.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
    return lambda value: compiled.search(value) is not None


def _length(argument: str) -> Check:
    low, _, high = argument.partition(",")
    return lambda value: int(low) <= len(value) <= int(high or low)


def _between(argument: str) -> Check:
    low, _, high = argument.partition(",")
    return _whole(int(low), int(high))


_RULES: dict[str, Callable[[str], Check]] = {
    "int": lambda _: _whole(-(2**31), 2**31 - 1),
    "long": lambda _: _whole(-(2**63), 2**63 - 1),
    "decimal": lambda _: _pattern(_NUMBER),
    "double": lambda _: _pattern(_NUMBER),
    "float": lambda _: _pattern(_NUMBER),
    "bool": lambda _: _pattern("true|false"),
    "guid": lambda _: _pattern(_GUID),
    "alpha": lambda _: _pattern("[a-z]*"),
    "required": lambda _: lambda value: value != "",
    "regex": _regex,
    "length": _length,
    "minlength": lambda argument: lambda value: len(value) >= int(argument),
    "maxlength": lambda argument: lambda value: len(value) <= int(argument),
    "min": lambda argument: _whole(int(argument), 2**63 - 1),
    "max": lambda argument: _whole(-(2**63), int(argument)),
    "range": _between,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a template between two slashes."""

    literal: str = ""
    pattern: re.Pattern[str] | None = None  # several parameters in one segment: {name}.{extension}
    name: str = ""
    catch_all: bool = False
    optional: bool = False
    default: str | None = None

    @property
    def may_be_absent(self) -> bool:
        """Return whether the path may end before this segment."""
        return self.catch_all or self.optional or self.default is not None

    def take(self, text: str, values: dict[str, str]) -> bool:
        """Match one part of the path and store the parameters found."""
        if self.name:
            values[self.name] = text
            return text != ""
        if self.pattern is None:
            return text.lower() == self.literal.lower()
        found = self.pattern.fullmatch(text)
        values.update(found.groupdict() if found else {})
        return found is not None


@dataclass(frozen=True, slots=True)
class Route:
    """A compiled template; an empty `verbs` means every verb."""

    function: str
    template: str
    verbs: frozenset[str]
    segments: tuple[Segment, ...]
    checks: tuple[tuple[str, Check], ...]

    def match(self, verb: str, path: str) -> dict[str, str] | None:
        """Return the parameters if verb and decoded path match, else None."""
        if self.verbs and verb not in self.verbs:
            return None
        values = self._walk(path.removeprefix("/"))
        if values is None:
            return None
        held = all(check(values[name]) for name, check in self.checks if name in values)
        return values if held else None

    def _walk(self, rest: str) -> dict[str, str] | None:
        values: dict[str, str] = {}
        for segment in self.segments:
            if rest == "":
                if not segment.may_be_absent:
                    return None
                if segment.default is not None:
                    values[segment.name] = segment.default
                continue
            if segment.catch_all:
                values[segment.name] = rest
                return values
            text, _, rest = rest.partition("/")
            if not segment.take(text, values):
                return None
        return values if rest == "" else None


def compile_route(function: str, prefix: str, template: str | None, verbs: Sequence[str]) -> Route:
    """Compile a function's route. Refuses what the real host refuses or this one cannot match."""
    own = template or function
    if own.startswith("/"):
        # Observed on the real host 4.1037: every request of the whole app is answered 503.
        raise StartRefused(f"function {function}: its route begins with a slash")
    if own.lower().startswith(RESERVED):
        raise FunctionRefused("its route begins with the reserved word admin or runtime")
    whole = f"{prefix}/{own}" if prefix else own
    checks: list[tuple[str, Check]] = []
    segments = [_segment(function, part, checks) for part in _split(whole)]
    if any(segment.catch_all for segment in segments[:-1]):
        raise StartRefused(f"function {function}: a catch-all must be the last part of its route")
    allowed = frozenset(verb.upper() for verb in verbs)
    return Route(function, whole.lower(), allowed, tuple(segments), tuple(checks))


def in_order(routes: Sequence[Route]) -> tuple[list[Route], list[Route]]:
    """Return the routes in matching order, and those that are in error as duplicates."""
    kept: list[Route] = []
    refused: list[Route] = []
    for route in sorted(routes, key=lambda each: each.function.lower()):
        clash = any(
            other.template == route.template
            and (not other.verbs or not route.verbs or other.verbs & route.verbs)
            for other in kept
        )
        (refused if clash else kept).append(route)
    return kept, refused


def _split(template: str) -> list[str]:
    """Split on slashes outside of braces: a regex may contain slashes."""
    return re.findall(r"(?:\{(?:\{\{|\}\}|[^{}])*\}|[^/{}])+", template)


def _segment(function: str, part: str, checks: list[tuple[str, Check]]) -> Segment:
    alone = _PARAMETER.fullmatch(part)
    if alone is not None:
        checks.extend(_checks(function, alone))
        return Segment(
            name=alone["name"],
            catch_all=bool(alone["star"]),
            optional=bool(alone["optional"]),
            default=alone["default"],
        )
    if "{" not in part:
        return Segment(literal=part)
    return Segment(pattern=_mixed(function, part, checks))


def _mixed(function: str, part: str, checks: list[tuple[str, Check]]) -> re.Pattern[str]:
    """Compile several parameters in one part: each is greedy, the first one first."""
    expression, position = "", 0
    for found in _PARAMETER.finditer(part):
        if found["star"] or found["optional"] or found["default"] is not None:
            break
        checks.extend(_checks(function, found))
        expression += re.escape(part[position : found.start()]) + f"(?P<{found['name']}>.+)"
        position = found.end()
    if "{" in part[position:]:
        raise StartRefused(f"function {function}: the local host does not support route {part}")
    return re.compile(expression + re.escape(part[position:]), re.IGNORECASE)


def _checks(function: str, parameter: re.Match[str]) -> list[tuple[str, Check]]:
    made: list[tuple[str, Check]] = []
    for name, argument in _RULE.findall(parameter["rules"]):
        rule = _RULES.get(name.lower())
        if rule is None:
            raise StartRefused(f"function {function}: route rule {name} is not supported")
        made.append((parameter["name"], rule(argument)))
    return made
