"""
NCRONTAB: six fields (seconds first), five accepted; computes when a schedule is due next, in UTC.

Unlike in cron, the day of the month AND the day of the week must both match. Waiting is in
timers.py, the clock in clock.py.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: tuple[list[str], ...] = ([], [], [], [], _MONTHS, _DAYS)
_SEARCHED_DAYS = 366 * 41  # a 29 February on a given weekday can be forty years away


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values each field allows, sorted."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Schedule":
        """Read an expression. Raises ValueError if it is malformed or never due."""
        parts = text.split()
        if len(parts) == 5:
            parts.insert(0, "0")
        if len(parts) != 6:
            raise ValueError("an NCRONTAB expression has five or six fields")
        schedule = cls(*(_field(part, index) for index, part in enumerate(parts)))
        schedule.next_after(datetime(2000, 1, 1, tzinfo=UTC))
        return schedule

    @property
    def is_below_a_minute(self) -> bool:
        """Return whether two runs can be less than a minute apart."""
        return len(self.seconds) > 1

    def next_after(self, moment: datetime) -> datetime:
        """Return the first occurrence strictly after `moment`, an aware time in UTC."""
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        day, earliest = start.date(), start.time()
        for _ in range(_SEARCHED_DAYS):
            found = self._in_day(day, earliest)
            if found is not None:
                return datetime.combine(day, found, UTC)
            day, earliest = day + timedelta(days=1), time()
        raise ValueError("the schedule is never due")

    def _in_day(self, day: date, earliest: time) -> time | None:
        allowed = (
            day.month in self.months
            and day.day in self.days
            and day.isoweekday() % 7 in self.weekdays
        )
        if not allowed:
            return None
        for hour in self.hours:
            for minute in self.minutes:
                if (hour, minute) < (earliest.hour, earliest.minute):
                    continue
                for second in self.seconds:
                    if time(hour, minute, second) >= earliest:
                        return time(hour, minute, second)
        return None


def _field(text: str, index: int) -> tuple[int, ...]:
    values: set[int] = set()
    for part in text.lower().split(","):
        values |= _part(part, index)
    return tuple(sorted(values))


def _part(part: str, index: int) -> set[int]:
    low, high = _RANGES[index]
    span, slash, step_text = part.partition("/")
    step = int(step_text) if slash else 1
    if step < 1:
        raise ValueError("a step must be at least 1")
    first, dash, last = span.partition("-")
    if span == "*":
        start, end = low, high
    else:
        start = _value(first, index)
        end = _value(last, index) if dash else (high if slash else start)
    if start > end:
        start, end = end, start  # NCrontab swaps the ends of a reversed range
    return set(range(start, end + 1, step))


def _value(text: str, index: int) -> int:
    low, high = _RANGES[index]
    if text.isascii() and text.isdigit():
        value = int(text)
    else:
        found = [place for place, name in enumerate(_NAMES[index]) if name.startswith(text)]
        if not text or not found:
            raise ValueError("a field holds neither a number nor a known name")
        value = found[0] + low
    if not low <= value <= high:
        raise ValueError("a number is outside its field's range")
    return value
