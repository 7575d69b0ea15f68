"""A page as a browser without JavaScript reads it: words, links, forms and the refresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override
from urllib.parse import urljoin


class BrowserStopped(Exception):
    """A browser would show an error of its own here, or has nothing to press."""


@dataclass(slots=True)
class Form:
    """A form of a page. `buttons` are words, name and value of each."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """The page that a window shows."""

    url: str
    status: int
    headers: dict[str, str]
    html: str
    text: str
    links: list[tuple[str, str]]
    forms: list[Form]
    refresh: str

    def link(self, words: str) -> str:
        """Return the address of the first link with these words. Raises BrowserStopped."""
        for text, address in self.links:
            if words in text:
                return urljoin(self.url, address)
        raise BrowserStopped(f"no link {words!r}")

    @property
    def leads_on(self) -> tuple[float | None, str]:
        """Return when and where the page leads by itself; None is never."""
        seconds, _, rest = self.refresh.partition(";")
        address = rest.strip().partition("=")[2].strip().strip("'\"")
        return (float(seconds) if seconds.strip() else None), urljoin(self.url, address)

    def form(self, words: str) -> Form:
        """Return the first form with a button of these words. Raises BrowserStopped."""
        for form in self.forms:
            if any(words in text for text, _, _ in form.buttons):
                return form
        raise BrowserStopped(f"no button {words!r}")


def read(url: str, status: int, headers: list[tuple[str, str]], content: bytes) -> Shown:
    """Return what an answer shows."""
    known = {name.lower(): value for name, value in headers}
    reader = _Reader()
    html = content.decode("utf-8", "replace")
    reader.feed(html)
    reader.close()
    text = " ".join(" ".join(reader.words).split())
    refresh = known.get("refresh", reader.refresh)
    return Shown(url, status, known, html, text, reader.links, reader.forms, refresh)


class _Reader(HTMLParser):
    """Reads links, forms, words and the meta refresh; `noscript` holds for this browser."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.refresh = ""
        self._link: tuple[str, int] | None = None
        self._button: tuple[str, str, int] | None = None
        self._choice = ""
        self._silent = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        form = self.forms[-1] if self.forms else None
        if tag in ("style", "script"):
            self._silent = True
        elif tag == "meta" and said.get("http-equiv", "").lower() == "refresh":
            self.refresh = said.get("content", "")
        elif tag == "a" and "href" in said:
            self._link = (said["href"], len(self.words))
        elif tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower()))
        elif form is not None:
            self._control(tag, said, form)

    def _control(self, tag: str, said: dict[str, str], form: Form) -> None:
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "button":
            self._button = (name, value, len(self.words))
        elif tag == "input" and name and said.get("type") not in ("checkbox", "radio"):
            form.fields[name] = value
        elif tag == "select":
            self._choice = name
        elif tag == "option" and (self._choice not in form.fields or "selected" in said):
            form.fields[self._choice] = value

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._silent = False
        elif tag == "a" and self._link is not None:
            address, begin = self._link
            self.links.append((" ".join(" ".join(self.words[begin:]).split()), address))
            self._link = None
        elif tag == "button" and self._button is not None:
            name, value, begin = self._button
            words = " ".join(" ".join(self.words[begin:]).split())
            self.forms[-1].buttons.append((words, name, value))
            self._button = None

    @override
    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)
