"""The meeting page: who waits, who may let whom in, and that links keep working."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from local.simulators.server import RunningSimulators, start
from tests.simulators.conftest import Desk, MovableClock
from tests.simulators.graph_calls import PREFER, Browser, GraphCalls, visitor

DANA, SAM = "dana@lamna.example", "sam@lamna.example"
GUEST, FOREIGN = "dana_gmail.com#EXT#@lamna.example", "kim@fabrikam.example"
HOSTILE = '<script>alert(1)</script>"><img src=x> {{ 7*7 }}'


@pytest.fixture
def graph(simulators: RunningSimulators) -> GraphCalls:
    return GraphCalls(simulators)


@pytest.fixture
def link(graph: GraphCalls) -> str:
    """The link of a meeting with the lobby that the product asks for."""
    return str(graph.guarded(subject="Video visit")["joinWebUrl"])


def places(simulators: RunningSimulators) -> dict[str, str]:
    """Who is where, by name, as the page tells programs."""
    with urllib.request.urlopen(f"{simulators.urls['meeting']}/meetings.json") as answer:
        meetings = json.load(answer)
    return {person["name"]: person["place"] for one in meetings for person in one["people"]}


def test_a_patient_waits_until_a_clinician_lets_them_in(
    link: str, simulators: RunningSimulators
) -> None:
    """Both see it on their own pages, and programs in the list."""
    patient = visitor(link, name="Pat")
    waiting = places(simulators)
    clinician = visitor(link, account=DANA)
    person = re.search(r'name="person" value="(\w+)"', clinician.page)

    assert "Someone will let you in soon" in patient.page
    assert person
    assert clinician.press("admit", person=person[1]) == 200
    assert "You are in the meeting" in patient.look()
    assert waiting == {"Pat": "lobby"}
    assert places(simulators) == {"Pat": "in", "Dana Doctor": "in"}


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        ("organizationExcludingGuests", {DANA}),
        ("organization", {DANA, GUEST}),
        ("organizationAndFederated", {DANA, GUEST, FOREIGN}),
        ("everyone", {DANA, GUEST, FOREIGN, ""}),
        ("organizer", set()),
        ("invited", set()),
    ],
)
def test_the_lobby_setting_decides_who_waits(
    graph: GraphCalls, scope: str, inside: set[str]
) -> None:
    meeting = graph.guarded()
    graph.patch(meeting["id"], {"lobbyBypassSettings": {"scope": scope}}, **PREFER)

    entered = {
        account
        for account in (DANA, GUEST, FOREIGN, "")
        if "You are in the meeting" in visitor(meeting["joinWebUrl"], account=account).page
    }

    assert entered == inside


def test_who_waits_admits_nobody(link: str, simulators: RunningSimulators) -> None:
    """Not even themselves; nor does a guest who was let in."""
    patient, other = visitor(link, name="Pat"), visitor(link, name="Chris")
    patient_id = patient.address.rpartition("/")[2]
    patient.press("admit", person=patient_id)
    patient.press("end")
    alone = places(simulators)
    clinician = visitor(link, account=DANA)
    clinician.press("admit", person=patient_id)
    patient.press("admit", person=other.address.rpartition("/")[2])

    assert alone == {"Pat": "lobby", "Chris": "lobby"}
    assert "Admit" not in patient.look()
    assert places(simulators)["Chris"] == "lobby"


def test_an_ended_meeting_can_be_entered_again(link: str, simulators: RunningSimulators) -> None:
    """Everybody is out; by the same link the same lobby waits."""
    patient, clinician = visitor(link, name="Pat"), visitor(link, account=DANA)

    clinician.press("end")

    assert places(simulators) == {"Pat": "ended", "Dana Doctor": "ended"}
    assert "The meeting has ended" in patient.look()
    assert "Someone will let you in soon" in visitor(link, name="Pat").page


def test_who_leaves_is_gone_and_may_come_back(link: str, simulators: RunningSimulators) -> None:
    clinician = visitor(link, account=DANA)

    clinician.press("leave")

    assert places(simulators) == {"Dana Doctor": "left"}
    assert "Join again" in clinician.page


@pytest.mark.parametrize("links", ["long", "short"])
def test_every_form_of_link_leads_to_the_meeting(graph: GraphCalls, desk: Desk, links: str) -> None:
    """The guests' link asks for no account."""
    desk.call("POST", "/control/graph", {"links": links})
    meeting = graph.guarded(subject="Video visit")
    guests = Browser(graph.guest_link(meeting["id"])[1]["value"])

    assert Browser(meeting["joinWebUrl"]).open() == 200
    assert guests.open() == 200
    assert "Video visit" in guests.page
    assert "Signed in as" not in guests.page


@pytest.mark.parametrize(
    "changed",
    [
        lambda link: link.replace("?p=", "?p=x"),
        lambda link: link.replace("?p=", "?q="),
        lambda link: link.replace("/meet/", "/meet/1"),
    ],
)
def test_a_link_that_was_rebuilt_leads_nowhere(graph: GraphCalls, desk: Desk, changed: Any) -> None:
    desk.call("POST", "/control/graph", {"links": "short"})

    browser = Browser(changed(graph.guarded()["joinWebUrl"]))

    assert browser.open() == 404
    assert "We could not find that meeting" in browser.page


def test_a_link_can_lead_by_another_host(link: str, desk: Desk) -> None:
    """Once, and the whole query arrives."""
    desk.call("POST", "/control/meeting", {"redirect": True})

    browser = visitor(link, name="Pat")

    assert urllib.parse.urlsplit(link).hostname == "localhost"
    assert urllib.parse.urlsplit(browser.address).hostname == "127.0.0.1"
    assert "Someone will let you in soon" in browser.page


def test_an_organization_can_want_an_account_from_everybody(
    link: str, graph: GraphCalls, desk: Desk, simulators: RunningSimulators
) -> None:
    """*Sign in to join*: guests get no further, members do."""
    meeting = graph.create()[1]
    desk.call("POST", "/control/meeting", {"sign_in_to_join": True})
    guest = Browser(link)
    guest.open()

    assert guest.join(name="Pat") == 403
    assert "Sign in to join this meeting" in guest.page
    assert Browser(graph.guest_link(meeting["id"])[1]["value"]).open() == 403
    assert "You are in the meeting" in visitor(link, account=DANA).page
    assert places(simulators) == {"Dana Doctor": "in"}


def test_a_browser_is_signed_in_as_nobody_unless_asked(link: str, desk: Desk) -> None:
    nobody, dana = Browser(link), Browser(link)
    nobody.open()
    desk.call("POST", "/control/meeting", {"signed_in_as": DANA})
    dana.open()

    assert '<option value="" selected>nobody' in nobody.page
    assert f'<option value="{DANA}" selected>' in dana.page


@pytest.mark.parametrize(
    ("cookie", "username"),
    [
        ("ESTSAUTH=0a000000-0000-4000-8000-00000000000d", DANA),
        ("other=1; ESTSAUTH=0a000000-0000-4000-8000-0000000000ff", ""),
        ("ESTSAUTH=<script>", ""),
    ],
)
def test_a_browser_stays_signed_in(link: str, cookie: str, username: str) -> None:
    request = urllib.request.Request(link, headers={"Cookie": cookie})

    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.read().decode()

    assert f'<option value="{username}" selected>' in page


def test_hostile_names_are_only_words(link: str, simulators: RunningSimulators) -> None:
    visitor(link, name=HOSTILE)
    clinician = visitor(link, account=DANA)
    overview = Browser(f"{simulators.urls['meeting']}/")
    overview.open()

    for page in (clinician.page, overview.page):
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{ 7*7 }}" in page


@pytest.mark.parametrize("fields", [{"account": "root"}, {"name": "x" * 81}])
def test_an_unusable_form_is_refused(link: str, fields: dict[str, str]) -> None:
    browser = Browser(link)
    browser.open()

    assert browser.join(**fields) == 400


@pytest.mark.parametrize(
    "path", ["/nothing", "/room/x/join", "/room/x/y/admit", "/room/", "/static/../site.py"]
)
def test_what_there_is_not_is_not_found(simulators: RunningSimulators, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(simulators.urls["meeting"] + path, timeout=10)

    missing.value.close()
    assert missing.value.code == 404


def test_a_get_admits_nobody(link: str, simulators: RunningSimulators) -> None:
    """Only forms act."""
    visitor(link, name="Pat")
    clinician = visitor(link, account=DANA)

    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{clinician.address}/end", timeout=10)

    missing.value.close()
    assert (missing.value.code, places(simulators)["Dana Doctor"]) == (404, "in")


def test_pages_are_readable_and_hold_only_their_own_resources(link: str) -> None:
    """Labels for every field, a language, a view port, no script in the page."""
    opened = Browser(link)
    opened.open()
    clinician = visitor(link, account=DANA)

    fields = re.findall(r"<(?:input|select)[^>]* id=\"([^\"]+)\"", opened.page)
    labels = re.findall(r"<label for=\"([^\"]+)\"", opened.page)
    assert fields == labels == ["account", "name"]
    for page in (opened.page, clinician.page):
        assert '<html lang="en">' in page
        assert '<meta name="viewport"' in page
        assert not re.search(r"<script(?! src=\"/static/)|\son\w+=|\sstyle=", page)


def test_a_page_is_sent_again_only_when_something_happened(link: str) -> None:
    """The script asks with the ETag; what somebody reads is left alone."""
    clinician = visitor(link, account=DANA)
    with urllib.request.urlopen(clinician.address, timeout=10) as answer:
        etag, policy = answer.headers["ETag"], answer.headers["Content-Security-Policy"]

    def look() -> int:
        request = urllib.request.Request(clinician.address, headers={"If-None-Match": etag})
        try:
            with urllib.request.urlopen(request, timeout=10) as again:
                return int(again.status)
        except urllib.error.HTTPError as same:
            with same:
                return same.code

    before = look()
    visitor(link, name="Pat")

    assert (before, look()) == (304, 200)
    assert "default-src 'self'" in policy


@pytest.mark.parametrize(
    "document",
    [{"redirect": "yes"}, {"sign_in_to_join": 1}, {"signed_in_as": "root"}, {"lobby": "open"}],
)
def test_an_unknown_conduct_is_refused(desk: Desk, document: dict[str, Any]) -> None:
    before = desk.call("GET", "/control/meeting")

    assert desk.try_call("POST", "/control/meeting", document)[0] == 400
    assert desk.call("GET", "/control/meeting") == before


def test_who_is_where_outlives_the_process(tmp_path: Path, clock: MovableClock) -> None:
    first = start(tmp_path, clock=clock)
    link = GraphCalls(first).guarded()["joinWebUrl"]
    visitor(link, name="Pat")
    visitor(link, account=SAM)
    before = places(first)
    first.stop()

    second = start(tmp_path, clock=clock)
    after = places(second)
    second.stop()

    assert after == before == {"Pat": "lobby", "Sam Surgeon": "in"}
