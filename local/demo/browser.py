"""
A browser without JavaScript: cookies, redirects, refreshes, links and forms.

It keeps to what stops a person's browser: cookies of another site in a frame, and a form whose
answer leads where the page's Content-Security-Policy does not let it.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

from local.demo.cookie_jar import CookieJar, Navigation, origin_of, site_of
from local.demo.html_page import BrowserStopped, Shown, read

_MOST_HOPS = 40
_WAITS_FOR = 2
"""Seconds: a page that is to be loaded again later than this is shown."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAUSE = threading.Event()


@dataclass(slots=True)
class Browser:
    """
    One person's browser; `visited` are the origins that it has asked, in their order.

    `frame_of` is the address of the page around it; "" is a window of its own.
    """

    ca_file: Path | None = None
    frame_of: str = ""
    language: str = "en"
    jar: CookieJar = field(default_factory=CookieJar)
    visited: list[str] = field(default_factory=list)
    page: Shown = field(default_factory=lambda: read("", 0, [], b""))

    def open(self, url: str, came_from: str = "") -> Shown:
        """Open an address and follow where it leads by itself; `came_from` is a page with it."""
        return self._go(Navigation(url, came_from, self._top(url)), b"")

    def click(self, words: str) -> Shown:
        """Follow a link of the page."""
        return self.open(self.page.link(words), self.page.url)

    def click_for_window(self, words: str) -> Browser:
        """Follow a link of the page in a new window of the same browser, and return that window."""
        window = replace(self, visited=[], page=self.page)
        window.click(words)
        return window

    def press(self, words: str, **fields: str) -> Shown:
        """Press a button of the page, with other values in some fields of its form."""
        form = self.page.form(words)
        _, name, value = next(each for each in form.buttons if words in each[0])
        chosen = {name: value} if name else {}
        sent = urlencode({**form.fields, **fields, **chosen})
        url = urljoin(self.page.url, form.action)
        if form.method == "get":
            return self.open(f"{url.partition('?')[0]}?{sent}", self.page.url)
        to = Navigation(url, self.page.url, self._top(url), posts=True)
        return self._go(to, sent.encode("ascii"), self._form_action())

    def reload(self) -> Shown:
        """Load the page again, as its refresh would."""
        return self.open(self.page.leads_on[1], self.page.url)

    def _top(self, url: str) -> str:
        return site_of(self.frame_of or url)

    def _form_action(self) -> str:
        for rule in self.page.headers.get("content-security-policy", "").split(";"):
            name, _, sources = rule.strip().partition(" ")
            if name == "form-action":
                return sources
        return ""

    def _go(self, to: Navigation, body: bytes, form_action: str = "") -> Shown:
        own, first = origin_of(self.page.url), to.initiator
        for _ in range(_MOST_HOPS):
            if form_action == "'none'" or (form_action == "'self'" and origin_of(to.url) != own):
                raise BrowserStopped("the page's form-action does not allow this")
            self.page = self._ask(to, body)
            location = self.page.headers.get("location")
            if self.page.status in _REDIRECTS and location is not None:
                if self.page.status not in (307, 308):
                    body = b""
                # a chain that was on another site once stays cross-site
                came_from = first if to.relation != "cross-site" else "https://elsewhere.invalid"
                url = urljoin(to.url, location)
                to = Navigation(url, came_from, self._top(url), posts=bool(body))
                continue
            seconds, url = self.page.leads_on
            if seconds is None or seconds > _WAITS_FOR:
                return self.page
            _PAUSE.wait(seconds)
            body, form_action, first = b"", "", self.page.url
            to = Navigation(url, first, self._top(url))
        raise BrowserStopped("the page leads on and on")

    def _ask(self, to: Navigation, body: bytes) -> Shown:
        url = urlsplit(to.url)
        if url.scheme == "https":
            trusted = ssl.create_default_context(cafile=self.ca_file)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                url.netloc, timeout=20, context=trusted
            )
        else:
            connection = http.client.HTTPConnection(url.netloc, timeout=20)
        self.visited.append(origin_of(to.url))
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            connection.request("POST" if to.posts else "GET", target, body, self._headers(to))
            answer = connection.getresponse()
            content = answer.read()
        except OSError as error:
            raise BrowserStopped(f"no answer: {type(error).__name__}") from None
        finally:
            connection.close()
        headers = answer.getheaders()
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.jar.keep(value, to)
        return read(to.url, answer.status, headers, content)

    def _headers(self, to: Navigation) -> dict[str, str]:
        headers = {
            "Accept": "text/html",
            "Accept-Language": self.language,
            "Sec-Fetch-Site": to.relation,
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "iframe" if self.frame_of else "document",
        }
        if to.posts:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = origin_of(to.initiator)
        cookies = self.jar.header(to)
        return headers | ({"Cookie": cookies} if cookies else {})
