"""
A clinician and a patient who launch a visit, and a patient who presses a link, over HTTP.

Whatever is worth stealing on the way is kept: it must not be readable anywhere afterwards.
"""

from __future__ import annotations

import html
import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from local.demo.machine import check
from tests.stories.retention import DANA, Lives

CLINICIAN = "eDana9"
_WORTH_STEALING = ("state", "code", "nonce", "launch", "handoff")
_FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Browser:
    """Keeps the cookies of each host. `seen` is what it was given that nobody may read."""

    seen: set[str]
    jars: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""
    page: str = ""

    def get(self, url: str) -> int:
        """Open the address and follow redirects; return the last status."""
        return self._ask("GET", url, None)

    def submit(self, path: str = "", **form: str) -> int:
        """Send a form of the page."""
        return self._ask("POST", urljoin(self.url, path), urlencode(form))

    def link(self, path: str) -> str:
        """Return the first address on the page that contains the path."""
        found = re.search(rf'href="([^"]*{path}[^"]*)"', self.page)
        assert found is not None, self.url
        return urljoin(self.url, html.unescape(found[1]))

    def hidden(self, name: str) -> str:
        """Return the value of a field of the page."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found is not None, self.url
        return html.unescape(found[1])

    def _ask(self, method: str, url: str, body: str | None) -> int:
        for _ in range(8):
            parts = urlsplit(url)
            if parts.scheme != "http":
                return 0  # it has left for a meeting
            jar = self.jars.setdefault(parts.netloc, {})
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
            headers |= {"Content-Type": _FORM} if body is not None else {}
            connection = http.client.HTTPConnection(parts.netloc, timeout=20)
            connection.request(method, parts._replace(scheme="", netloc="").geturl(), body, headers)
            with connection.getresponse() as answer:
                self.url, self.page = url, answer.read().decode()
                for each in answer.msg.get_all("Set-Cookie", []):
                    name, _, value = each.partition(";")[0].partition("=")
                    jar[name] = value
            connection.close()
            self._remember(url, jar)
            if answer.status not in (302, 303):
                return answer.status
            method, body, url = "GET", None, urljoin(url, answer.headers["Location"])
        raise AssertionError(self.url)

    def _remember(self, url: str, jar: dict[str, str]) -> None:
        query = parse_qs(urlsplit(url).query)
        self.seen |= {value for name in _WORTH_STEALING for value in query.get(name, [])}
        self.seen |= {value for name, value in jar.items() if name.startswith("__Host-") and value}
        _, mark, handle = urlsplit(url).path.partition("/visit/")
        self.seen |= {handle.partition("/")[0]} if mark else set()


def a_visit_is_launched(lives: Lives) -> None:
    """Launch as clinician, with the sign-in; again without it; as patient; and press a link."""
    csn = lives.patients["stays"].csn
    clinician = Browser(lives.secrets)
    check(200, _begin(lives, clinician, CLINICIAN, csn), "the page before the sign-in")
    clinician.get(clinician.link("/signin"))
    clinician.submit(account=DANA[0])
    attempt = clinician.hidden("attempt")
    check(200, clinician.submit("/signin/confirm", attempt=attempt), "the page after the sign-in")
    check(200, _begin(lives, clinician, CLINICIAN, csn), "the second launch")
    _begin(lives, Browser(lives.secrets), "patient", csn)
    _press(lives)
    tables = lives.tables()
    found = {name: len(tables.get(name, [])) for name in ("launches", "sessions", "ehrusers")}
    check({"launches": 4, "sessions": 3, "ehrusers": 2}, found, "rows of launches")
    lives.machine.wait_for("everybody's row", lambda: len(lives.tables()["attendees"]) == 3)


def _begin(lives: Lives, browser: Browser, who: str, csn: str) -> int:
    return browser.get(f"{lives.machine.stack.desk_url}/epic/begin?who={quote(who)}&csn={csn}")


def _press(lives: Lives) -> None:
    """Press *Join* on the page of the newest link that this patient got."""
    link = lives.newest_link("stays")
    browser = Browser(lives.secrets)
    check(200, browser.get(link), "the page of the link")
    browser.submit(f"{urlsplit(link).path}/join")
