"""
The list of languages on a page, and how a choice is kept: in the address of the page.

A choice is stored nowhere and decides nothing else. A page that loads itself again keeps it without
help; addresses that lead on to other pages of ours are made by `in_language`.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared_code.language.phrases import Language, Languages

PARAMETER = "language"
THIS_PAGE = "?"
"""A page that was asked for by GET, as a link in it names it: a secret path is not repeated."""
_NAMED_IN = ("en", "es", "zh-Hans")
"""The list is named in these languages too: whoever needs it cannot read the page."""


@dataclass(frozen=True, slots=True)
class LanguageWay:
    """One language of the list, by its own name; `url` is empty for the one that is shown."""

    tag: str
    name: str
    direction: str
    url: str


@dataclass(frozen=True, slots=True)
class LanguageList:
    """The list. `labels` are the words for *Language*, each with the tag of its language."""

    labels: tuple[tuple[str, str], ...]
    ways: tuple[LanguageWay, ...]


def language_list(here: str, shown: Language, languages: Languages) -> LanguageList | None:
    """Return the list for the page at `here`, a link to it; None for a page without one."""
    if not here:
        return None
    named = (shown, *(each for each in map(languages.find, _NAMED_IN) if each))
    labels: dict[str, str] = {}
    for each in named:
        labels.setdefault(each.say("language"), each.tag)
    ways = (
        LanguageWay(
            tag=each.tag,
            name=each.say("name"),
            direction=each.phrases["direction"],
            url="" if each.tag == shown.tag else in_language(here, each.tag),
        )
        for each in languages
    )
    return LanguageList(tuple((tag, word) for word, tag in labels.items()), tuple(ways))


def in_language(address: str, tag: str) -> str:
    """Return the address of a page of ours in a language; as it is where none was chosen."""
    if not tag:
        return address
    between = "" if address == THIS_PAGE else "&" if "?" in address else "?"
    return f"{address}{between}{PARAMETER}={tag}"
