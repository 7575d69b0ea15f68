"""What the demo's browser follows, sends, and stops at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.demo.browser import Browser
from local.demo.html_page import BrowserStopped

FORM = (
    '<form method="post" action="/sent"><input type="hidden" name="attempt" value="a+b">'
    '<select name="who"><option value="x">X<option value="y" selected>Y</select>'
    '<button name="pick" value="1"><b>Go</b> on</button></form>'
)
ANSWERS: dict[str, tuple[int, dict[str, str], str]] = {
    "/moved": (302, {"Location": "/form"}, ""),
    "/soon": (200, {"Refresh": "0; url=/form"}, "one moment"),
    "/meta": (200, {}, '<noscript><meta http-equiv="refresh" content="0;url=/form"></noscript>'),
    "/later": (200, {"Refresh": "5; url=/form"}, '<a href="/form">Go <b>now</b></a>'),
    "/form": (200, {"Content-Security-Policy": "form-action 'self'"}, FORM),
    "/sent": (303, {"Location": "/later"}, ""),
    "/round": (302, {"Location": "/round"}, ""),
    "/away": (
        200,
        {"Content-Security-Policy": "default-src 'none'; form-action 'self'"},
        '<form method="post" action="/elsewhere"><button>Leave</button></form>',
    ),
    "/elsewhere": (303, {"Location": "http://127.0.0.1:1/"}, ""),
}


class _Handler(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.command, self.path, headers, self.rfile.read(length)))
        status, more, html = ANSWERS[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(html.encode())

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """Return the address of a small site."""
    _Handler.asked = []
    with ThreadingHTTPServer(("localhost", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/moved", "/soon", "/meta"])
def test_what_leads_on_at_once_is_followed(site: str, path: str) -> None:
    """Redirects, the header Refresh and its meta element lead on."""
    page = Browser().open(f"{site}{path}")

    assert (page.url, page.text) == (f"{site}/form", "X Y Go on")


def test_a_form_is_sent_as_it_stands(site: str) -> None:
    """Hidden fields, the selected option and the pressed button are sent, with the origin."""
    browser = Browser()
    browser.open(f"{site}/form")

    browser.press("Go on")

    command, _, headers, body = _Handler.asked[1]
    assert (command, body) == ("POST", b"attempt=a%2Bb&who=y&pick=1")
    assert (headers["origin"], headers["sec-fetch-site"]) == (site, "same-origin")
    assert browser.page.url == f"{site}/later"


def test_a_page_that_leads_on_later_is_shown(site: str) -> None:
    """A refresh in five seconds leaves time to press; reload() is what it would do."""
    browser = Browser()
    browser.open(f"{site}/later?launch=a+b")

    assert browser.page.text == "Go now"
    assert _Handler.asked[0][1] == "/later?launch=a+b"
    window = browser.click_for_window("Go now")
    assert (window.page.url, browser.page.text) == (f"{site}/form", "Go now")
    assert browser.reload().url == f"{site}/form"


def test_a_form_may_not_lead_where_its_page_does_not_let_it(site: str) -> None:
    """The redirect after a form is one hop too many for form-action 'self'."""
    browser = Browser()
    browser.open(f"{site}/away")

    with pytest.raises(BrowserStopped, match="form-action"):
        browser.press("Leave")


def test_a_dead_end_is_told(site: str) -> None:
    """An endless chain, a missing link and a closed port stop the browser."""
    browser = Browser()
    browser.open(f"{site}/later")

    with pytest.raises(BrowserStopped, match="no link"):
        browser.click("Elsewhere")
    with pytest.raises(BrowserStopped, match="leads on and on"):
        browser.open(f"{site}/round")
    with pytest.raises(BrowserStopped, match="no answer"):
        browser.open("http://127.0.0.1:1/")
