"""
The time of a visit as people read it: in their zone, and in the style of their language and region.

Results contain only ordinary spaces and Latin digits: the narrow spaces in current locale data
would make a text message longer. Babel is imported by the first call.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from shared_code import wall_clock
from shared_code.language.names import Names, read_names

if TYPE_CHECKING:
    from babel import Locale

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})
_FOLDER = Path(__file__).parent / "languages"


@cache
def locale_for(language: str, region: str, otherwise: str) -> Locale:
    """Return the locale of the language in the region, or of `otherwise` if that is unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        found = Locale.parse(f"{language.replace('-', '_')}_{region}", resolve_likely_subtags=False)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(otherwise)
    return found if found.territory == region else Locale.parse(otherwise)


@cache
def own_names(language: str) -> Names:
    """
    Return the names that languages/ defines in place of the locale data.

    Raises ValueError if the file is invalid.
    """
    return read_names(_FOLDER / language / "names.toml")


def local(start: datetime, zone: str) -> datetime:
    """Return the start (aware) on the wall clock of the IANA zone."""
    return start.astimezone(wall_clock.zone(zone))


def date_by_pattern(there: datetime, pattern: str, locale: Locale) -> str:
    """Format the date by a CLDR pattern."""
    from babel.dates import format_date

    names = own_names(locale.language)
    return _plain(format_date(there, names.written_into(pattern, there), locale=locale))


def full_date(there: datetime, locale: Locale) -> str:
    """Return weekday, day, month and year in words."""
    from babel.dates import format_date

    pattern = own_names(locale.language).full_date
    if pattern:
        return date_by_pattern(there, pattern, locale)
    return _plain(format_date(there, "full", locale=locale))


def time_of_day(there: datetime, locale: Locale) -> str:
    """Return hours and minutes, in the 12- or 24-hour style of the region."""
    from babel.dates import format_skeleton, format_time

    pattern = own_names(locale.language).time
    if pattern:
        return _plain(format_time(there, pattern, tzinfo=there.tzinfo, locale=locale))
    usual = re.sub("'[^']*'", "", locale.time_formats["short"].pattern)
    return _plain(format_skeleton("hm" if "h" in usual else "Hm", there, locale=locale))


def zone_abbreviation(there: datetime) -> str:
    """Return the zone's abbreviation at that time, or UTC-3 for a zone without letters."""
    name = there.tzname() or ""
    if name.isascii() and name.isalpha():
        return name
    offset = there.utcoffset() or timedelta(0)
    minutes = round(abs(offset).total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    return f"UTC{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def zone_name(there: datetime, locale: Locale) -> str:
    """Return the zone's full name, for summer or winter time."""
    from babel.dates import get_timezone_name

    zones = own_names(locale.language).zones
    own = zones.get(get_timezone_name(there, "long", locale="en_US")) if zones else None
    return own or _plain(get_timezone_name(there, "long", locale=locale))


def _plain(text: str) -> str:
    return text.translate(_SPACES)
