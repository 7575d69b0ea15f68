"""What a browser is told about each page, whoever it is for."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from shared_code.web import frame
from shared_code.web.clinician.live import live_page
from shared_code.web.clinician.views import HandOffView as StaffHandOff
from shared_code.web.cookies import cookie
from shared_code.web.frame import Page
from shared_code.web.patient.views import HandOffView, TroubleView
from shared_code.web.patient.visit import hand_off_page, launch_trouble_page
from shared_code.web.trouble import Trouble
from tests.unit.web.catalogue import (
    HOSPITAL,
    JOIN_LINKS,
    clinician_pages,
    live_view,
    patient_pages,
)
from tests.unit.web.reading import Read

PATIENT, STAFF = patient_pages("en"), clinician_pages("en")
PAGES = {
    **{f"patient {name}": page for name, page in PATIENT.items()},
    **{f"clinician {name}": page for name, page in STAFF.items()},
}
FRAMED_BY_NOBODY = ("link-", "confirm", "account-", "refused-", "hop")
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def policy_of(page: Page) -> dict[str, str]:
    """Return the directives of the page's policy."""
    parts = page.headers["Content-Security-Policy"].split("; ")
    return dict(each.split(" ", 1) for each in parts)


def hashes(tag: str, page: Page) -> str:
    """Return the source that allows what is inside the tag."""
    (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page.html, re.DOTALL)
    digest = hashlib.sha256(inside.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_is_the_least_that_works(name: str) -> None:
    """Our style, our logo, our script where there is one, forms to us, frames by Epic."""
    page = PAGES[name]
    framed = not name.split()[1].startswith(FRAMED_BY_NOBODY)
    expected = {
        "default-src": "'none'",
        "style-src": hashes("style", page),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'self'" if "<form" in page.html else "'none'",
        "frame-ancestors": HOSPITAL.frame_hosts[0] if framed else "'none'",
    }
    if "<script" in page.html:
        expected |= {"script-src": hashes("script", page), "connect-src": "'self'"}
    assert policy_of(page) == expected


def test_only_the_live_page_has_a_script() -> None:
    """And not its version for browsers without JavaScript; nobody needs it to join."""
    scripted = {name for name, page in PAGES.items() if "<script" in page.html}
    assert scripted == {"clinician live", "clinician live-first", "clinician live-notices"}


@pytest.mark.parametrize("name", PAGES)
def test_headers_keep_a_page_to_its_reader(name: str) -> None:
    """Not stored, not passed on, not indexed, not guessed."""
    page = PAGES[name]
    others = dict(page.headers)
    for each in ("Content-Security-Policy", "Content-Language", "Refresh"):
        others.pop(each, None)
    own = {"Referrer-Policy": "same-origin"} if name.startswith("patient link-") else {}
    assert others == {
        **PRIVATE,
        **own,
        "Content-Type": "text/html; charset=utf-8",
    }


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_built_for_everyone(name: str) -> None:
    """One heading and one main landmark; sections have names; no attribute acts."""
    read = Read(PAGES[name].html)
    assert len(read.of("h1")) == len(read.of("main")) == len(read.of("title")) == 1
    labels = [each["aria-labelledby"] for each in read.of("section")]
    assert labels == [each["id"] for each in read.of("h2")]
    attributes = {attribute for _, each in read.tags for attribute in each}
    assert {each for each in attributes if each == "style" or each.startswith("on")} == set()


@pytest.mark.parametrize("name", PAGES)
def test_only_hand_offs_go_on_in_the_page(name: str) -> None:
    """At once, never later; what waits has the header."""
    page = PAGES[name]
    refreshes = [each["content"] for each in Read(page.html).of("meta") if each.get("http-equiv")]
    assert all(str(each).startswith("0;url=") for each in refreshes)
    waits = ("wait-", "link-too-early", "link-moved-later", "sign-in", "preparing", "late")
    expected = name.split()[1].startswith(waits) or name == "clinician live-plain"
    assert ("Refresh" in page.headers) == expected


@pytest.mark.parametrize("url", JOIN_LINKS)
def test_join_links_stay_byte_for_byte(url: str) -> None:
    """In the refresh, in the link and in what is copied; only HTML's own escapes are added."""
    view = replace(live_view("en"), url=url)
    pages = [
        hand_off_page(HandOffView("en", HOSPITAL, url)),
        live_page(view),
        clinician_hand_off(url),
    ]
    for page in pages:
        read = Read(page.html)
        assert url in [each["href"] for each in read.of("a")]
        metas = [each["content"] for each in read.of("meta") if each.get("http-equiv")]
        at_once = [each for each in metas if "visit/" not in str(each)]
        assert at_once in ([], [f"0;url={url}"])
        assert url not in str(page.headers)
        assert url not in read.inside["title"]
    (copied,) = re.findall(r"<code>(.*?)</code>", pages[0].html)
    assert copied.replace("&amp;", "&").replace("&#39;", "'") == url


def clinician_hand_off(url: str) -> Page:
    """Return the page that goes on at once for clinicians."""
    from shared_code.web.clinician.live import hand_off_page as staff_page

    return staff_page(StaffHandOff("en", HOSPITAL, url, "dana@lamna.example"))


def test_no_page_leads_into_the_app() -> None:
    """No custom scheme: in web views it replaces our page by an error."""
    for page in PAGES.values():
        links = [str(each["href"]) for each in Read(page.html).of("a")]
        assert {each.partition(":")[0] for each in links if ":" in each} <= {"https", "tel"}
        assert "msteams" not in page.html


def test_redirects_and_empty_answers_are_as_private() -> None:
    """A redirect, HEAD and a prefetch have no content."""
    url = JOIN_LINKS[0]
    assert frame.see_other("/v/x") == Page("", {**PRIVATE, "Location": "/v/x"}, 303)
    assert frame.go_to(url) == Page("", {**PRIVATE, "Location": url}, 302)
    assert frame.answer_to_prefetch() == Page("", PRIVATE, 204)
    head = frame.answer_to_head()
    assert (head.status, head.html) == (200, "")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-purpose": "prefetch"}, True),
        ({"sec-purpose": "prefetch;prerender"}, True),
        ({"purpose": "prefetch"}, True),
        ({"x-moz": "prefetch"}, True),
        ({"purpose": "Prefetch"}, True),
        ({"sec-purpose": "", "accept": "prefetch"}, False),
        ({}, False),
    ],
)
def test_prefetches_are_known(headers: dict[str, str], *, expected: bool) -> None:
    """In every spelling that browsers use."""
    assert frame.is_prefetch(headers) == expected


def test_cookies_and_refreshes_are_added_to_a_page() -> None:
    """The page itself stays as it is."""
    page = Page("x", {"A": "b"}, 200)
    launch = cookie("__Host-visit", "a", max_age=1, partitioned=False)
    assert frame.with_cookies(frame.with_cookies(page, launch), launch).cookies == (launch,) * 2
    assert frame.refresh(page, 2).headers == {"A": "b", "Refresh": "2"}
    assert frame.refresh(page, 5, "/visit/x").headers["Refresh"] == "5; url=/visit/x"
    assert page == Page("x", {"A": "b"}, 200)


def test_a_stranger_learns_of_no_hospital() -> None:
    """A page before the connection is known names nobody and may be framed by nobody."""
    page = launch_trouble_page(TroubleView("en", Trouble.UNKNOWN_SENDER, "iss_unknown", 400))
    read = Read(page.html)
    assert page.status == 400
    assert read.of("header") == read.of("img") == read.of("a") == []
    assert read.inside["code"] == "iss_unknown"
    assert policy_of(page)["frame-ancestors"] == "'none'"
    assert "img-src" not in policy_of(page)
