"""What somebody sees who opens a link, good or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.appointments.domain import Appointment
from shared_code.connections.launch_setup import VisitSetup
from shared_code.errors import STORAGE_UNAVAILABLE, Code
from shared_code.links.domain import LINK_EXPIRED, digest_of
from shared_code.web.browser import BrowserRequest
from shared_code.web.frame import Page
from shared_code.web.patient.link import show_link
from tests.unit.web.hospital import (
    CANCELLED,
    MOVED,
    TROUBLE,
    Hospital,
    without_links,
)
from tests.world.clock import FixedClock
from tests.world.logs import captured_logs
from tests.world.visit import APPOINTMENT, OTHER_PHONE, START, appointment
from tests.world.visiting import ORGANIZERS


def test_a_good_link_shows_the_visit() -> None:
    """In the zone of the patient's department."""
    page = Hospital().page()
    assert page.status == 200
    assert "1:30 PM CDT" in page.html


@pytest.mark.parametrize(
    ("language", "configured", "accepted", "expected"),
    [
        ("es", "en", "en", "es"),
        ("hmn", "es", "en", "es"),
        (None, "es", "en", "es"),
        (None, "hmn", "es", "en"),
    ],
)
def test_the_visit_is_told_in_the_language_of_the_text(
    language: str | None, configured: str, accepted: str, expected: str
) -> None:
    """Whatever the browser asks for."""
    hospital = Hospital(appointment=appointment(language=language))
    page = hospital.page(accept_language=accepted, language=configured)
    assert page.headers["Content-Language"] == expected


def test_the_region_of_the_connection_counts() -> None:
    """As in the text."""
    assert "1:30 p.m. CDT" in Hospital().page(region="CA").html


@pytest.mark.parametrize(
    "header", ["es-MX,es;q=0.9,en;q=0.8", "ES", "hmn, es;q=0.5", "hmn-US;q=1 , es-419 ;q=0.2"]
)
def test_an_unknown_link_is_told_so_in_the_browsers_language(header: str) -> None:
    """Nothing else is known of whoever opens it."""
    page = Hospital().page("a" * 26, header)
    assert (page.status, page.headers["Content-Language"]) == (404, "es")


@pytest.mark.parametrize("token", ["", "short", "../../etc", "A" * 26, "é" * 26, "<script>"])
def test_what_is_no_token_is_an_unknown_link(token: str) -> None:
    """And is repeated neither on the page nor in a log."""
    with captured_logs() as lines:
        page = Hospital().page(token)
    assert page.status == 404
    assert not token or token not in page.html + lines.getvalue()


@pytest.mark.parametrize(
    "header", ["", ",", ";q=1", "*", "x" * 9000, "x," * 300 + "es", "<b>", "xx\r\nSet-Cookie: a=b"]
)
def test_any_header_leads_to_a_page(header: str) -> None:
    """In a language that there is."""
    page = Hospital().page("a" * 26, header)
    assert page.headers["Content-Language"] == "en"
    assert page.status == 404


@pytest.mark.parametrize(("row", "code"), TROUBLE)
def test_a_link_without_a_visit_says_why_and_nothing_else(row: Appointment, code: Code) -> None:
    """No time; but whose link it was and whom to call; texts can be stopped."""
    page = Hospital(appointment=row).page()
    assert page.status == 410
    assert f"<code>{code}</code>" in page.html
    assert "<time" not in page.html
    assert "Lamna" in page.html
    assert "tel:" in page.html
    assert "Stop text messages" in page.html


def test_a_link_whose_appointment_was_erased_still_says_whom_to_call() -> None:
    """The link itself is kept for a week, and with it the connection that it belongs to."""
    hospital = Hospital(clock=FixedClock(START + timedelta(days=3)))
    hospital.appointments.rows.remove(hospital.appointment.ref)
    page = hospital.page()

    assert page.status == 410
    assert f"<code>{LINK_EXPIRED.code}</code>" in page.html
    assert "Lamna Healthcare" in page.html
    assert 'href="tel:6085550100"' in page.html


@pytest.mark.parametrize(
    "more",
    [
        *(
            ".",
            ")",
            "。",
            "),",
            ")에서",
            "에서",
            "」",
            "…",
            "!",
            "%2E",
            "%29",
            "%E3%80%82",
            "%EF%BC%89",
        ),
        *("&", "'", '"', "%22", "\r\nX: y", "%0D%0AX: y", "%", "%zz", "%ff", "-abc", ".a"),
    ],
)
def test_what_a_phone_put_behind_a_link_is_forgiven(more: str) -> None:
    """The page is that of the link, its forms lead to the link, and nothing else is repeated."""
    hospital = Hospital()
    usual, pressed = hospital.page(), hospital.press(b"allow=yes")
    for address in (
        hospital.token + more,
        hospital.token.upper() + more,
        f"({hospital.token}{more}",
    ):
        assert usual.html == hospital.page(address).html
        assert pressed.headers == hospital.press(b"allow=yes", token=address).headers


@pytest.mark.parametrize("more", ["a", "2", "aa", "9", "A", "%61"])
def test_another_letter_makes_another_link(more: str) -> None:
    """As an address that was cut short is another."""
    hospital = Hospital()

    assert hospital.page(hospital.token + more).status == 404
    assert hospital.page(more + hospital.token).status == 404
    assert hospital.page(hospital.token[:-1]).status == 404


def test_expired_and_unreachable_links_say_why() -> None:
    """With the status that belongs to the reason."""
    expired = Hospital(clock=FixedClock(START + timedelta(hours=12))).page()
    closed = without_links().page()

    assert (expired.status, closed.status) == (410, 503)
    assert f"<code>{LINK_EXPIRED.code}</code>" in expired.html
    assert f"<code>{STORAGE_UNAVAILABLE.code}</code>" in closed.html


def test_trouble_is_told_in_the_language_of_the_text() -> None:
    """But in the browser's where the visit may be another's."""
    spanish = replace(CANCELLED, language="es")
    others = spanish.with_phone(OTHER_PHONE)
    pages = [Hospital(appointment=each).page(accept_language="en") for each in (spanish, others)]
    assert [page.headers["Content-Language"] for page in pages] == ["es", "en"]


def test_an_old_link_of_a_moved_visit_leads_to_the_new_one() -> None:
    """With the new time; the new page is an ordinary one."""
    hospital = Hospital(appointment=MOVED)
    page = hospital.page()
    new = hospital.patient_links.make(MOVED, hospital.recipient)
    assert page.status == 200
    assert "Thursday, June 11, 2026" in page.html
    assert "Your visit was moved" in page.html
    assert f'<a href="{new}">' in page.html

    current = hospital.page(new[-26:])
    assert "Your visit was moved" not in current.html
    assert new[-26:] not in page.html.replace(new, "")
    assert "Thursday, June 11, 2026" in current.html


@pytest.mark.parametrize("header", ["sec-purpose", "purpose", "x-moz"])
def test_whoever_only_looks_ahead_sees_nothing(header: str) -> None:
    """Nothing is read either; a link in a text is looked at by many."""
    hospital = Hospital()
    hospital.line.calls.clear()
    request = BrowserRequest("GET", f"/v/{hospital.token}", {header: "prefetch;prerender"})
    with captured_logs() as lines:
        page = show_link(request, hospital.token, hospital.patient_links)
    assert (page.status, page.html, hospital.line.calls) == (204, "", [])
    assert lines.getvalue() == ""


def _looked_at(hospital: Hospital, token: str, method: str) -> Page:
    request = BrowserRequest(method, f"/v/{token}", {"accept-language": "es"})
    return show_link(request, token, hospital.patient_links)


@pytest.mark.parametrize("row", [APPOINTMENT, MOVED, *(row for row, _ in TROUBLE)])
def test_head_has_the_status_and_headers_of_get_and_changes_nothing(row: Appointment) -> None:
    """A link checker learns whether the link works; nobody has opened it."""
    hospital = Hospital(appointment=row)
    before = (hospital.links.rows.values(), hospital.agenda.rows.values())
    with captured_logs() as lines:
        looked = _looked_at(hospital, hospital.token, "HEAD")
    after = (hospital.links.rows.values(), hospital.agenda.rows.values())
    got = _looked_at(hospital, hospital.token, "GET")

    assert after == before
    assert (looked.html, looked.cookies) == ("", got.cookies)
    assert (looked.status, looked.headers) == (got.status, got.headers)
    assert "link.opened" not in lines.getvalue()


@pytest.mark.parametrize("token", ["a" * 26, "", "short", "../../etc"])
def test_head_of_a_link_that_is_none_is_404(token: str) -> None:
    """With the headers of GET, and without a body."""
    hospital = Hospital()
    looked, got = (_looked_at(hospital, token, method) for method in ("HEAD", "GET"))
    assert (looked.status, looked.headers, looked.html) == (404, got.headers, "")


def test_head_while_storage_does_not_answer_is_503() -> None:
    """As GET is."""
    hospital = without_links()
    looked, got = (_looked_at(hospital, hospital.token, method) for method in ("HEAD", "GET"))
    assert (looked.status, looked.headers, looked.html) == (503, got.headers, "")


def test_a_visit_that_moved_is_logged_as_moved() -> None:
    """Also where its link opens it at its new time."""
    hospital = Hospital(appointment=MOVED)
    with captured_logs() as lines:
        page = hospital.page(visits=VisitSetup(ORGANIZERS))
    assert "Your visit was moved" in page.html
    assert '"state": "moved"' in lines.getvalue()


def test_the_token_is_in_no_log() -> None:
    """Whoever reads logs cannot open a visit."""
    hospital, moved = Hospital(), Hospital(appointment=MOVED)
    with captured_logs() as lines:
        hospital.page()
        hospital.press()
        hospital.press(b"allow=yes")
        hospital.press(b"")
        moved.page()
    logged = lines.getvalue()
    for event in ("link.opened", "link.texts_changed", "link.refused"):
        assert event in logged
    for state in ("current", "moved", "stopped", "allowed"):
        assert f'"state": "{state}"' in logged
    for each in (hospital, moved):
        assert each.token not in logged
        assert digest_of(each.token) not in logged
        assert each.recipient not in logged
