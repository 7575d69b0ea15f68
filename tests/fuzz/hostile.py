"""
Inputs nobody sends on purpose, or only on purpose.

Every run makes the same cases (hypothesis, derandomized), so a failure can be repeated by
running the test again; hypothesis prints the smallest input it found.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.world.messages import SAMPLES

CORPUS = [path.read_bytes() for path in sorted(SAMPLES.glob("*.hl7"))]

_TOKENS = [
    *(b"|", b"^", b"~", b"\\", b"&", b"#", b"\r", b"\n", b"\r\n", b"\x0b", b"\x1c", b"\0", b'""'),
    *(b"MSH|^~\\&|", b"MSH", b"BHS|^~\\&", b"BTS|1", b"FHS", b"\rMSH|^~\\&|X", b"\xef\xbb\xbf"),
    *(
        b"\rMSH|^~|X|",
        b"\rMSH!:*!X!",
        b"\nBHS intake",
        b"\nMSH: x",
        b"\nBTS\n",
        b"\nFTS",
        b"\nMSH\t",
    ),
    *(b"\\T\\", b"\\X0D\\", b"\\XFF\\", b"\\.br\\", b"\\E", b"\xff", b"\xc3", b"\xa5\x7c"),
    *(b"\xe2\x80\xa8", b"PID|", b"SCH|", b"AIS|", b"TQ1|", b"202606101330", b"-0500", b"24"),
    *(b"^P^H~", b"^P^M", b"^P^W~", b"^P^7", b" (cell)", b" x12", b"^^^^^^DO NOT TEXT", b"tel:+1"),
    *(b"(608)555-0142", b"^PRN^CP", b"^NET^Internet^a@b", b"/", b"SIU^S12", b"S99", b"|||||||||"),
]


def cases(count: int) -> Callable[[Any], Any]:
    """That many cases, the same in every run."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def mutated(corpus: list[bytes] = CORPUS) -> st.SearchStrategy[bytes]:
    """A sample in which a few places were overwritten, cut out or repeated."""
    places = st.tuples(
        st.integers(0, 1200),
        st.integers(0, 12),
        st.sampled_from(_TOKENS) | st.binary(max_size=4),
        st.integers(1, 3),
    )
    return st.builds(_mutate, st.sampled_from(corpus), st.lists(places, min_size=1, max_size=6))


def _mutate(data: bytes, places: list[tuple[int, int, bytes, int]]) -> bytes:
    for place, removed, put, times in places:
        at = place % (len(data) + 1)
        data = data[:at] + put * times + data[at + removed :]
    return data


_PUNCTUATION = "|^~\\&#!:*?%;,.+-_=@$()[]{}<>/'\"`"
_NAMES = ["SCH", "PID", "PV1", "TQ1", "AIS", "AIP", "AIL", "AIG", "MSH", "ZZZ", ""]
_NAMES += ["BHS intake form", "BTS", "FTS: see", "MSH\tnote"]
_TRIGGERS = ["S12", "S12", "S14", "S15", "S26", "S99", ""]
_PIECES = [
    *("", '""', "1", "36996", "202606101330", "20260610", "202606101330-0500", "6085550142"),
    *("P", "H", "M", "W", "7", "(608)555-0101", "(cell)", "x12", "NO TEXTS", "tel:", "USA", "608"),
    *("(608)555-0142", "PRN", "CP", "Internet", "a@b", "SPA", "2950", "AL", "x" * 70, "\u0662"),
    *("2026061013300000", "202606101345Z", "-05:00", "20140200", "900", "15", "min", "zh-TW"),
    *("F", "S", "T", "R", "E", "X0D", "XC3B1", "X0", ".br", ".sp99999", "H", "\0", "\u2028", "é"),
]


def structured() -> st.SearchStrategy[str]:
    """
    A message with its own delimiters in all the wrong places of its fields.

    Made from one number, which is what a failure prints: drawing each piece would take most of
    the time of the test.
    """
    return st.integers(0, 2**48).map(_structured)


def _structured(seed: int) -> str:
    chance = Random(seed)
    usual = chance.random() < 0.5
    count = chance.choice([5, 5, 5, 6, 4, 3, 2])
    delimiters = list("|^~\\&")[: max(count, 3)] if usual else chance.sample(_PUNCTUATION, count)
    separator, component = delimiters[:2]
    kind = component.join(["SIU", chance.choice(_TRIGGERS)])
    header = ["MSH", "".join(delimiters[1:]), "A", "B", "C", "D", "20260601101502", "", kind]
    lines = [[*header, *_fields(chance, delimiters, 9)], ["SCH", "1", "36996"]]
    lines[1] += _fields(chance, delimiters, 10)
    names = chance.choices(_NAMES, k=chance.randrange(6))
    lines += [[name, *_fields(chance, delimiters, 20)] for name in names]
    return chance.choice(["\r", "\n", "\r\n"]).join(map(separator.join, lines))


def _fields(chance: Random, delimiters: list[str], most: int) -> list[str]:
    choices = _PIECES + delimiters[1:] * 4
    return [
        "".join(chance.choices(choices, k=chance.randrange(7)))
        for _ in range(chance.randrange(most))
    ]
