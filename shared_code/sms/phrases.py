"""
Words in languages: a folder a language, a TOML file of phrases inside. Adding one needs no code.

Every phrase and every variable is checked when the files are read, so that a mistake stops the
app and not a text. No phrase is made here, and no value ever becomes part of a template.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """One language's phrases; `tag` is its folder and its BCP 47 primary tag."""

    tag: str
    phrases: Mapping[str, str]

    def say(self, name: str, /, **values: str) -> str:
        """The phrase, filled. A line that names an empty value is left out."""
        lines = self.phrases[name].splitlines()
        said = [line for line in lines if all(values[each] for each in _variables(line))]
        return "\n".join(said).format_map(values)


class Languages:
    """All languages of a folder. `expected`: each phrase and the variables it must use."""

    def __init__(self, folder: Path, file: str, expected: Mapping[str, frozenset[str]]) -> None:
        self._languages = {
            found.parent.name: _read(found, expected) for found in folder.glob(f"*/{file}")
        }
        if FALLBACK not in self._languages:
            raise ValueError(f"{folder.name}: {FALLBACK}/{file} is missing")

    def best(self, *wanted: str | None) -> Language:
        """The first wanted language that there is, or English."""
        tags = [(tag or "").lower().split("-")[0] for tag in wanted]
        return self._languages[next((tag for tag in tags if tag in self._languages), FALLBACK)]


def _read(file: Path, expected: Mapping[str, frozenset[str]]) -> Language:
    where = f"{file.parent.name}/{file.name}"
    try:
        phrases = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(f"{where}: not TOML in UTF-8") from None
    if phrases.keys() != expected.keys():
        differing = ", ".join(sorted(phrases.keys() ^ expected.keys()))
        raise ValueError(f"{where}: missing or unknown: {differing}")
    for name, phrase in phrases.items():
        if not isinstance(phrase, str) or not phrase.strip():
            raise ValueError(f"{where}: {name} is not a text")
        _check(f"{where}: {name}", phrase, expected[name])
    return Language(file.parent.name, phrases)


def _check(where: str, phrase: str, expected: frozenset[str]) -> None:
    try:
        used = _variables(phrase)
    except ValueError:
        raise ValueError(f"{where} has a brace that is not closed") from None
    if used != expected:
        raise ValueError(f"{where} must use {sorted(expected)} and uses {sorted(used)}")


def _variables(phrase: str) -> frozenset[str]:
    """The names between braces, with whatever a format adds to them: only bare names are known."""
    return frozenset(
        f"{name}{'!' if conversion else ''}{':' if spec else ''}"
        for _, name, spec, conversion in Formatter().parse(phrase)
        if name is not None
    )
