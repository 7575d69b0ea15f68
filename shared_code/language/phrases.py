"""
Phrases by language: one folder for each language, with a TOML file. Adding one needs no code.

Every phrase and every variable is checked when the files are read, so that a mistake stops the app
and not a text. Values are never interpreted as templates.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared_code.language.variables import variables

FALLBACK = "en"

_SAME = {
    "fil": "tl",
    "zh": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
}
"""Tags that are written in the language of another folder."""


@dataclass(frozen=True, slots=True)
class Language:
    """The phrases of one language; `tag` is its folder and its BCP 47 tag."""

    tag: str
    phrases: Mapping[str, str]

    def say(self, name: str, /, **values: str) -> str:
        """Return the phrase with its values. A line with an empty value is omitted."""
        return fill(self.phrases[name], values)


class Languages:
    """All languages of a folder. `expected` holds each phrase and the variables it must use."""

    def __init__(self, folder: Path, file: str, expected: Mapping[str, frozenset[str]]) -> None:
        self._languages = {
            tag: _read(place / file, expected) for tag, place in folders(folder, file).items()
        }
        if FALLBACK not in self._languages:
            raise ValueError(f"{folder.name}: {FALLBACK}/{file} is missing")

    @classmethod
    def alike(cls, folder: Path, file: str) -> Self:
        """Return languages that all have the phrases and variables of the English one."""
        english = tomllib.loads((folder / FALLBACK / file).read_text(encoding="utf-8"))
        return cls(folder, file, {name: variables(phrase) for name, phrase in english.items()})

    def __iter__(self) -> Iterator[Language]:
        return iter(self._languages.values())

    def find(self, tag: str | None) -> Language | None:
        """
        Return the language of a tag.

        Region and script are ignored unless a folder distinguishes them.
        """
        found = find_tag(tag, self._languages)
        return self._languages[found] if found else None

    def best(self, *wanted: str | None) -> Language:
        """Return the first of the wanted languages that exists, or English."""
        known = (self.find(tag) for tag in wanted)
        found = next((language for language in known if language is not None), None)
        return found or self._languages[FALLBACK]


def folders(folder: Path, file: str) -> Mapping[str, Path]:
    """Return the folders of languages by their tags in lower case. Reads no file."""
    found = sorted(each.parent for each in folder.glob(f"*/{file}"))
    return {each.name.lower(): each for each in found}


def find_tag(tag: str | None, known: Collection[str]) -> str | None:
    """Return the known tag of the language that a tag is written in, if any."""
    return next((each for each in _candidates(tag or "") if each in known), None)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its values. A line with an empty value is omitted."""
    return without_empty(template, values).format_map(values)


def without_empty(template: str, values: Mapping[str, str]) -> str:
    """Return the lines of the template that have no empty value."""
    lines = template.splitlines()
    return "\n".join(line for line in lines if all(values[each] for each in variables(line)))


def _candidates(tag: str) -> Iterator[str]:
    """Shorten the tag step by step (RFC 4647 §3.4): `zh-Hant-HK`, `zh-Hant`, `zh`."""
    parts = tag.lower().replace("_", "-").split("-")
    while parts:
        name = "-".join(parts)
        yield name
        yield _SAME.get(name, name)
        parts.pop()


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
        used = variables(phrase)
    except ValueError:
        raise ValueError(f"{where} has a brace that is not closed") from None
    if used != expected:
        raise ValueError(f"{where} must use {sorted(expected)} and uses {sorted(used)}")
