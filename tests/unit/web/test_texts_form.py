"""The form on a link's page: *Stop text messages* and *Turn text messages back on*."""

from __future__ import annotations

import pytest

from local.memory.optouts import MemoryOptOuts
from shared_code.appointments.domain import Appointment
from shared_code.errors import REQUEST_MALFORMED, Conflict
from shared_code.links.domain import LINK_UNKNOWN
from shared_code.web.browser import LARGEST_FORM
from tests.unit.web.hospital import MOVED, TROUBLE, Headers, Hospital, without_links
from tests.world.connection import SENDER, TENANT
from tests.world.logs import captured_logs


class ContendedOptOuts(MemoryOptOuts):
    """The port OptOuts when somebody else is always first."""

    def add(self, tenant: str, recipient: str, sender: str) -> None:
        """Never."""
        raise Conflict


def test_no_more_texts_and_texts_again() -> None:
    """Each press leads back to the page, which says what was done and what holds."""
    hospital = Hospital()
    for body, now, message, button in (
        (
            b"allow=no",
            "no",
            "Done. You will get no more text messages.",
            "Turn text messages back on",
        ),
        (b"allow=yes", "yes", "Done. Text messages are allowed again.", "Stop text messages"),
    ):
        done = hospital.press(body)
        assert (done.status, done.html) == (303, "")
        assert done.headers["Location"] == f"/v/{hospital.token}?texts={now}"
        page = hospital.page(pressed=now)
        assert f'<p class="done" role="status">{message}</p>' in page.html
        assert f">{button}</button>" in page.html
        assert "START" in page.html
        assert hospital.is_stopped() == (now == "no")
        assert page.html == hospital.page(pressed=now).html
        assert "role=" not in hospital.page().html


def test_a_stop_by_text_leaves_one_more_step() -> None:
    """The carrier goes on blocking the number until it gets START, so *Done* would be wrong."""
    hospital = Hospital()
    hospital.opt_outs.add(TENANT, hospital.recipient, SENDER)
    done = hospital.press(b"allow=yes")
    page = hospital.page(pressed="start")

    assert done.headers["Location"] == f"/v/{hospital.token}?texts=start"
    assert not hospital.is_stopped()
    assert f"One more step is needed: text START to {SENDER}." in page.html
    assert "Done." not in page.html
    assert ">Stop text messages</button>" in page.html
    assert "?texts=start&amp;language=es" in page.html


def test_a_stop_to_another_number_blocks_none_of_ours() -> None:
    """What the page says about STOP by text in general stays."""
    hospital = Hospital()
    hospital.opt_outs.add(TENANT, hospital.recipient, "+18005550111")

    assert hospital.press(b"allow=yes").headers["Location"].endswith("?texts=yes")
    assert "the same number" in hospital.page(pressed="yes").html


def test_the_step_is_not_asked_of_who_is_stopped() -> None:
    """Whatever the address says: texts are stopped, and the button comes first."""
    hospital = Hospital()
    hospital.press()

    assert 'role="status"' not in hospital.page(pressed="start").html


@pytest.mark.parametrize("body", [b"allow=no", b"allow=yes"])
def test_pressing_twice_is_harmless(body: bytes) -> None:
    """The answer is the same and so is what is stored."""
    hospital = Hospital()
    first, senders = hospital.press(body), dict(hospital.opt_outs.senders)
    assert first == hospital.press(body)
    assert senders == hospital.opt_outs.senders


@pytest.mark.parametrize("pressed", ["no", "yess", "<script>", "yes,yes"])
def test_a_page_confirms_only_what_is_stored(pressed: str) -> None:
    """Whoever makes up the address makes up no message."""
    page = Hospital().page(pressed=pressed)
    assert 'role="status"' not in page.html
    assert "script" not in page.html


@pytest.mark.parametrize("appointment", [each for each, _ in TROUBLE] + [MOVED])
def test_texts_are_stopped_whatever_became_of_the_visit(appointment: Appointment) -> None:
    """A page may be open while its visit changes; the wish counts, and the page says so."""
    hospital = Hospital(appointment=appointment)
    assert hospital.press().status == 303
    assert hospital.is_stopped()
    assert 'role="status"' in hospital.page(pressed="no").html


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": None},
        {"sec-fetch-site": None, "origin": "null"},
        {"content-type": "Application/x-www-form-urlencoded; charset=UTF-8"},
    ],
)
def test_the_form_of_our_own_page_is_accepted(headers: Headers) -> None:
    """Also from a browser that does not say where the form was: the path is the secret."""
    assert Hospital().press(headers=headers).status == 303


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"allow=no", {"sec-fetch-site": "cross-site"}),
        (b"allow=no", {"sec-fetch-site": "same-site"}),
        (b"allow=no", {"sec-fetch-site": "none"}),
        (b"allow=no", {"content-type": None}),
        (b"allow=no", {"content-type": "text/plain"}),
        (b"allow=no&x=" + b"x" * LARGEST_FORM, {}),
        (b"", {}),
        (b"allow=", {}),
        (b"allow=maybe", {}),
        (b"allow=yes&allow=no", {}),
        (b"\xff\xfe", {}),
    ],
)
def test_any_other_request_changes_nothing(body: bytes, headers: Headers) -> None:
    """And is told so in plain words, in the browser's language."""
    hospital = Hospital()
    page = hospital.press(body, {"accept-language": "es-MX", **headers})
    assert (page.status, page.headers["Content-Language"]) == (400, "es")
    assert f"<code>{REQUEST_MALFORMED.code}</code>" in page.html
    assert "No se guardó su elección" in page.html
    assert not hospital.is_stopped()


@pytest.mark.parametrize("token", ["", "a" * 26, "short", "../../etc", "a" * 26 + "\r\nX: y"])
def test_nobody_stops_texts_with_a_made_up_link(token: str) -> None:
    """It is as unknown as when it is opened; nothing of it is repeated."""
    with captured_logs() as lines:
        page = Hospital().press(token=token)
    assert page.status == 404
    assert f"<code>{LINK_UNKNOWN.code}</code>" in page.html
    assert not token or token not in page.html + lines.getvalue() + str(page.headers)


def test_a_choice_that_is_not_stored_is_not_confirmed() -> None:
    """The patient is told how to try again, and that STOP works too."""
    closed = without_links().press()
    contending = Hospital()
    contending.opt_outs = ContendedOptOuts()
    contended = contending.press()
    assert (closed.status, contended.status) == (503, 503)
    for page in (closed, contended):
        assert "Your choice was not saved" in page.html
        assert "STOP" in page.html
