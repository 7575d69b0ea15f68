"""What somebody sees who opens a link, good or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.domain.appointment import Appointment, EventOrder, Status, Version
from shared_code.domain.link import Link, Person, digest_of
from shared_code.errors import ErrorCode, NotStored
from shared_code.flows.patient_links import Visitors
from shared_code.portal.patient_link import show_link
from shared_code.ports import Links
from tests.memory.ports import MemoryAppointments, MemoryConnections, MemoryLinks
from tests.unit.builders import NOW, REF, START, FixedClock, captured_logs, connection

TOKEN = "abcdefghijklmnopqrstuvwxyz"
APPOINTMENT = Appointment(
    REF, "36996", Status.ACTIVE, Version(1, "3fa9c1d2"), EventOrder(NOW, None, NOW), start=START
)


class ClosedLinks(MemoryLinks):
    """The port Links while the storage does not answer."""

    def find(self, digest: str) -> Link | None:
        """Never."""
        raise NotStored


@dataclass
class Hospital:
    """One appointment with its link."""

    appointment: Appointment = APPOINTMENT
    links: Links = field(default_factory=MemoryLinks)
    clock: FixedClock = field(default_factory=FixedClock)

    def page(self, token: str = TOKEN, accept_language: str = "", **changes: Any) -> Any:
        """What is shown; `changes` are the connection's."""
        appointments = MemoryAppointments()
        appointments.insert(self.appointment)
        not_after = START + timedelta(hours=12)
        self.links.put(
            Link(digest_of(TOKEN), REF, Version(1, "3fa9c1d2"), Person.PATIENT, not_after)
        )
        connections = MemoryConnections({REF.connection: connection(**changes)})
        visitors = Visitors(self.links, appointments, connections, self.clock)
        return show_link(token, accept_language, visitors)


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
        (None, "zh", "es", "en"),
    ],
)
def test_the_visit_is_told_in_the_language_of_the_text(
    language: str | None, configured: str, accepted: str, expected: str
) -> None:
    """Whatever the browser asks for."""
    hospital = Hospital(replace(APPOINTMENT, language=language))
    page = hospital.page(accept_language=accepted, language=configured)
    assert page.headers["Content-Language"] == expected


def test_the_region_of_the_connection_counts() -> None:
    """As in the text."""
    assert "1:30 p.m. CDT" in Hospital().page(region="CA").html


def test_an_unknown_link_is_told_so_in_the_browsers_language() -> None:
    """Nothing else is known of whoever opens it."""
    page = Hospital().page("a" * 26, "es-MX,es;q=0.9,en;q=0.8")
    assert (page.status, page.headers["Content-Language"]) == (404, "es")


@pytest.mark.parametrize("token", ["", "short", "../../etc", "A" * 26, "é" * 26, "<script>"])
def test_what_is_no_token_is_an_unknown_link(token: str) -> None:
    """And is repeated neither on the page nor in a log."""
    with captured_logs() as lines:
        page = Hospital().page(token)
    assert page.status == 404
    assert not token or token not in page.html + lines.getvalue()


@pytest.mark.parametrize(
    "header", ["", ",", ";q=1", "*", "x" * 9000, "<b>", "es\r\nSet-Cookie: a=b"]
)
def test_any_header_leads_to_a_page(header: str) -> None:
    """In a language that there is."""
    page = Hospital().page("a" * 26, header)
    assert page.headers["Content-Language"] in ("en", "es")
    assert page.status == 404


def test_dead_expired_and_unreachable_links_say_why() -> None:
    """With the status that belongs to the reason."""
    cancelled = Hospital(replace(APPOINTMENT, status=Status.CANCELLED)).page()
    moved = Hospital(replace(APPOINTMENT, version=Version(2, "00000000"))).page()
    expired = Hospital(clock=FixedClock(START + timedelta(hours=12))).page()
    closed = Hospital(links=ClosedLinks()).page()

    codes = (ErrorCode.LINK_DEAD, ErrorCode.LINK_DEAD, ErrorCode.LINK_EXPIRED)
    pages = (cancelled, moved, expired, closed)
    for page, code in zip(pages, (*codes, ErrorCode.STORAGE_UNAVAILABLE), strict=True):
        assert f"<code>{code}</code>" in page.html
    assert [page.status for page in pages] == [410, 410, 410, 503]


def test_the_token_is_in_no_log() -> None:
    """Whoever reads logs cannot open a visit."""
    with captured_logs() as lines:
        Hospital().page()
    assert "link.opened" in lines.getvalue()
    assert TOKEN not in lines.getvalue()
