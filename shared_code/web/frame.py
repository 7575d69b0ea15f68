"""
The frame of every page: its surroundings and all its headers.

A page needs no other request: its style, its logo and, on one page, its script are inside it, and
the Content-Security-Policy allows exactly these. Templates are beside the pages that use them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared_code.language.phrases import Language
from shared_code.web.cookies import Cookie
from shared_code.web.languages import LanguageList

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_HERE = Path(__file__).parent
_HTML = "text/html; charset=utf-8"
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_NOT_SAID = {"call": None, "emergency": "", "reason": "", "code": ""}
"""What the frame shows of a page's words, where they have it."""
_OURS_PASSES = 10
"""Seconds."""
_PHONE = re.compile(r"\+?[0-9 ().-]{7,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer for a browser."""

    html: str
    headers: dict[str, str]
    status: int
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Hospital:
    """
    Whose page it is, whom to call, and what its connection wants on every page.

    Everything may be empty: an unknown caller is told about no hospital. `contact` and `emergency`
    are for patients, `logo` is a PNG, `frame_hosts` are the origins that may frame the page.
    """

    organization: str = ""
    contact: str = ""
    emergency: str = ""
    privacy_url: str = ""
    accessibility_url: str = ""
    logo: bytes = b""
    frame_hosts: tuple[str, ...] = ()

    def unframed(self) -> Hospital:
        """Return it for a page that nobody may frame, because it asks for a decision."""
        return replace(self, frame_hosts=())


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call: the words, the number to dial or nothing, and a question before them."""

    words: str
    dial: str = ""
    questions: str = ""


def make_page(
    template: str,
    language: Language,
    words: Mapping[str, Any],
    *,
    hospital: Hospital = Hospital(),
    status: int = 200,
    script: str = "",
    languages: LanguageList | None = None,
) -> Page:
    """
    Return the page of a template with its headers.

    `language` holds the phrases `direction`, `privacy` and `accessibility`; `script` is our own
    text, which may call this host only.
    """
    style = _style()
    html = (
        _templates()
        .get_template(template)
        .render(
            {**_NOT_SAID, **words},
            hospital=hospital,
            logo=base64.b64encode(hospital.logo).decode("ascii"),
            privacy=language.say("privacy"),
            accessibility=language.say("accessibility"),
            language=language.tag,
            direction=language.phrases["direction"],
            style=_ours(style),
            script=_ours(script),
            languages=languages,
        )
    )
    headers = {
        "Content-Type": _HTML,
        "Content-Language": language.tag,
        "Content-Security-Policy": _policy(html, style, script, hospital),
        **_PRIVATE,
    }
    return Page(html, headers, status)


def fragment(
    template: str, language: Language, words: Mapping[str, Any], if_none_match: str
) -> Page:
    """Return a part of a page with its ETag, or 304 if the browser has it."""
    html = _templates().get_template(template).render(words)
    etag = f'"{hashlib.sha256(html.encode("utf-8")).hexdigest()[:32]}"'
    headers = {**_PRIVATE, "ETag": etag}
    if etag in if_none_match:
        return Page("", headers, 304)
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    about = {"Content-Language": language.tag, "Content-Security-Policy": policy}
    return Page(html, {"Content-Type": _HTML, **about, **headers}, 200)


def no_fragment(status: int) -> Page:
    """Return the answer where there is no part to show: the page goes by the status."""
    return Page("", dict(_PRIVATE), status)


def refresh(page: Page, seconds: int, url: str = "") -> Page:
    """
    Return the page with the header that loads it again, or another page of ours, later.

    A header and not a delayed `<meta>`: it works without JavaScript and accessibility checks
    refuse the other.
    """
    value = f"{seconds}; url={url}" if url else str(seconds)
    return replace(page, headers={**page.headers, "Refresh": value})


def again_if_ours(page: Page) -> Page:
    """
    Return the page that says why not; one about trouble on our side loads itself again.

    Only for the answer to a GET: whoever was told that a page goes on by itself waits at it.
    """
    return refresh(page, _OURS_PASSES) if page.status == 503 else page


def with_cookies(page: Page, *cookies: Cookie) -> Page:
    """Return the page with more cookies to set."""
    return replace(page, cookies=(*page.cookies, *cookies))


def see_other(path: str) -> Page:
    """Redirect to one of our pages after a form; `path` is ASCII and begins with a slash."""
    return Page("", _PRIVATE | {"Location": path}, 303)


def go_to(url: str) -> Page:
    """
    Redirect a GET to another host. `url` is ASCII.

    Never the answer to a form: browsers apply `form-action` to every hop and stop at the second
    host. Such an answer is a hand-off page.
    """
    return Page("", _PRIVATE | {"Location": url}, 302)


def answer_to_head() -> Page:
    """Return the answer to HEAD: it has no content and no effect."""
    return Page("", {"Content-Type": _HTML, **_PRIVATE}, 200)


def answer_to_prefetch() -> Page:
    """Return the answer to a browser that only looks ahead: it shows nothing and keeps nothing."""
    return Page("", dict(_PRIVATE), 204)


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Return whether a browser only looks ahead. Header names are in lower case."""
    said = (headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return any("prefetch" in each.lower() for each in said)


def number_to_dial(contact: str) -> str:
    """Return the number to dial if the contact is a telephone number and nothing else."""
    text = contact.strip()
    return re.sub(r"[^+0-9]", "", text) if _PHONE.fullmatch(text) else ""


def _policy(html: str, style: str, script: str, hospital: Hospital) -> str:
    """Return the Content-Security-Policy. Values are escaped, so a `<form` in it is ours."""
    scripts = f"script-src {_hash(script)}; connect-src 'self'; " if script else ""
    images = "img-src data:; " if hospital.logo else ""
    form_action = "'self'" if "<form" in html else "'none'"
    return (
        f"default-src 'none'; style-src {_hash(style)}; {scripts}{images}base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors {' '.join(hospital.frame_hosts) or "'none'"}"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _ours(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own file


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


@cache
def _style() -> str:
    return (_HERE / "templates" / "page.css").read_text(encoding="utf-8")
