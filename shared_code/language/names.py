"""
Names of days, months and zones for languages that the locale data lacks or gets wrong.

They are in names.toml in the folder of the language; each part is optional. No date is formatted
here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

_SIZES = {"days": 7, "short_days": 7, "months": 12, "short_months": 12}
_NAMED = re.compile(r"E{3,4}|M{3,4}")


@dataclass(frozen=True, slots=True)
class Names:
    """
    The names of one language; an empty part means that the locale data is used.

    Days begin with Monday; `time` and `full_date` are CLDR patterns; the keys of `zones` are
    English names.
    """

    time: str = ""
    full_date: str = ""
    days: tuple[str, ...] = ()
    short_days: tuple[str, ...] = ()
    months: tuple[str, ...] = ()
    short_months: tuple[str, ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)

    def written_into(self, pattern: str, there: datetime) -> str:
        """Return the CLDR pattern with this language's names inserted as quoted text."""
        day, month = there.weekday(), there.month - 1
        known = {
            "EEEE": self.days[day : day + 1],
            "EEE": self.short_days[day : day + 1],
            "MMMM": self.months[month : month + 1],
            "MMM": self.short_months[month : month + 1],
        }

        def named(found: re.Match[str]) -> str:
            (name,) = known[found[0]] or (None,)
            return found[0] if name is None else "'" + name.replace("'", "''") + "'"

        return _NAMED.sub(named, pattern)


def read_names(file: Path) -> Names:
    """Return the file's names; none if there is no file. Raises ValueError if it is invalid."""
    where = f"{file.parent.name}/{file.name}"
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Names()
    except ValueError:
        raise ValueError(f"{where}: not TOML in UTF-8") from None
    unknown = found.keys() - {each.name for each in fields(Names)}
    if unknown:
        raise ValueError(f"{where}: unknown: {', '.join(sorted(unknown))}")
    for name, value in found.items():
        if not _is_fit(name, value):
            raise ValueError(f"{where}: {name} is not what it should be")
    lists = {name: tuple(value) for name, value in found.items() if name in _SIZES}
    return Names(**found | lists)


def _is_fit(name: str, value: Any) -> bool:
    if name in _SIZES:
        return isinstance(value, list) and len(value) == _SIZES[name] and _are_texts(value)
    if name == "zones":
        return isinstance(value, dict) and _are_texts(value.values())
    return _are_texts([value])


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(each, str) and each.strip() for each in values)
