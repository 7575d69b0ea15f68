"""
A site on the loopback address that serves pages as they are, and remembers what was asked.

Cookies leave as they do from Azure: parsed by the worker and written anew by the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from local.host.cookies import rebuild
from shared_code.web.cookies import to_header
from shared_code.web.frame import Page

NOTHING = Page("", {}, 204)
"""The browser stays on the page from which it asked."""


@dataclass
class Site:
    """What is served at each path, by method; everything else is answered 204."""

    url: str = ""
    pages: dict[str, Page | Callable[[], Page]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def serve(self, path: str, page: Page | Callable[[], Page], method: str = "GET") -> str:
        """Serve the page and return its URL."""
        self.pages[f"{method} {path}"] = page
        return self.url + path

    def answer(self, method: str, target: str) -> Page:
        """Return the page for a request: with its query, or else without."""
        self.asked.append(f"{method} {target}")
        wanted = (f"{method} {target}", f"{method} {target.partition('?')[0]}")
        found = next((self.pages[each] for each in wanted if each in self.pages), NOTHING)
        return found if isinstance(found, Page) else found()


def _headers(page: Page) -> list[tuple[str, str]]:
    """Return the page's headers, its cookies as the host sends them."""
    cookies = rebuild([SimpleCookie(to_header(each)) for each in page.cookies])
    return [*page.headers.items(), *(("Set-Cookie", each) for each in cookies)]


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[Site]:
    """Yield a site while it is served."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(site.answer("GET", self.path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._send(site.answer("POST", self.path))

        def _send(self, page: Page) -> None:
            if self.path != "/favicon.ico":
                site.cookies.append(self.headers.get("Cookie", ""))
            body = page.html.encode("utf-8")
            self.send_response(page.status)
            for name, value in _headers(page):
                self.send_header(name, value)
            if page.status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the site remembers what was asked."""

    server = ThreadingHTTPServer((host, 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    site.url = f"http://{host}:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
