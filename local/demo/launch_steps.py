"""Two buttons and a link lead to one meeting; what stands in their way is explained."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from local import epic_setup
from local.demo.browser import Browser
from local.demo.change_steps import LINK
from local.demo.machine import HOSPITAL, Machine, StepFailed, VideoVisit, check

EPIC, MYCHART = "lamna-production, Epic", "lamna-production, MyChart"
DANA, SAM, PATIENT, PROXY = "eDana9", "eSam4", "patient", "eP7"
DANAS_ACCOUNT = "dana@lamna.example"
_HANDLE = re.compile(r"/visit/\S+")
_LOBBY = "organizationExcludingGuests"


def first_launch_signs_in(machine: Machine) -> None:
    """a clinician's first launch asks for a sign-in at Microsoft once, and opens the meeting"""
    machine.visit = book(machine, "+16085550170", minutes=10)
    dana = _launch(machine, "Dana", EPIC, DANA, machine.visit.key)
    check(True, "Sign in with Microsoft, once" in dana.page.text, "the page that asks for it")
    dana.click("Sign in with Microsoft")
    dana.press(DANAS_ACCOUNT)
    check(True, DANAS_ACCOUNT in dana.page.text, "the account on the page that asks to confirm")
    dana.press("Yes, both are me")
    check(True, "You join as d…a@lamna" in dana.page.text, "as whom the clinician joins")
    machine.browsers["Dana in Teams"] = teams = dana.click_for_window("Open Teams")
    teams.press("Join now", account=DANAS_ACCOUNT)
    check([("Dana Doctor", "in")], _places(_meeting_of(machine, teams)), "who is in the meeting")


def second_launch_goes_straight_on(machine: Machine) -> None:
    """the next launch needs no sign-in, on another computer either, and asks Graph nothing"""
    asked = len(machine.requests("graph"))
    dana = _launch(machine, "Dana at another computer", EPIC, DANA, machine.visit.key)
    pages = machine.stack.simulators.ready["entra_pages"]
    check(False, pages in dana.visited, "sent to Microsoft")
    teams = dana.click_for_window("Open Teams")
    check(_room(machine.browser("Dana in Teams")), _room(teams), "the meeting")
    check(asked, len(machine.requests("graph")), "requests to Graph")


def patient_joins_from_mychart(machine: Machine) -> None:
    """a patient presses once in MyChart and waits in the lobby of the same meeting"""
    patient = _launch(machine, "patient in MyChart", MYCHART, PATIENT, machine.visit.key)
    check(_room(machine.browser("Dana in Teams")), _room(patient), "the meeting")
    patient.press("Join now", name="Pat")
    check(True, "Someone will let you in soon" in patient.page.text, "in the lobby")


def patient_joins_by_text(machine: Machine) -> None:
    """somebody with the link in the text presses once and waits in the same lobby"""
    phone = machine.browser("phone")
    phone.open(link_in_text(machine, machine.visit.phone))
    check([machine.stack.http_url], phone.visited, "where opening the link leads")
    phone.press("Join the visit")
    check(_room(machine.browser("Dana in Teams")), _room(phone), "the meeting")
    phone.press("Join now", name="Aunt")
    check(True, "Someone will let you in soon" in phone.page.text, "in the lobby")


def clinician_sees_who_pressed(machine: Machine) -> None:
    """the clinician's page says within seconds that both pressed join"""
    dana = machine.browser("Dana")
    dana.reload()
    check(True, "2 people pressed join on the patient's side" in dana.page.text, "the page")


def everybody_is_in_one_meeting(machine: Machine) -> None:
    """Graph has made one meeting and one lobby for all of them"""
    (meeting,) = _meetings_at(machine, machine.visit.start)
    who = [("Aunt", "lobby"), ("Dana Doctor", "in"), ("Pat", "lobby")]
    check((who, _LOBBY), (_places(meeting), meeting["lobby"]), "the meeting")
    asked = [
        (request["method"], request["status"])
        for request in machine.requests("graph")
        if request["details"].get("meeting") == meeting["id"] and request["method"] != "GET"
    ]
    check([("POST", 201), ("PATCH", 200)], asked, "what Graph was asked to change")


def patients_are_admitted(machine: Machine) -> None:
    """the clinician lets both in from the lobby, one after the other"""
    teams = machine.browser("Dana in Teams")
    for guest in ("Pat", "Aunt"):
        teams.open(teams.page.url)
        teams.press(f"Admit {guest}")
    for person in ("patient in MyChart", "phone"):
        window = machine.browser(person)
        window.open(window.page.url)
        check(True, "You are in the meeting" in window.page.text, f"{person} in the meeting")


def early_patient_waits(machine: Machine) -> None:
    """who is early is told when to join: MyChart's page then goes on, the text's gets its button"""
    visit = book(machine, "+16085550171", minutes=20)
    patient = _launch(machine, "early in MyChart", MYCHART, PATIENT, visit.key)
    phone = machine.browser("early with the text")
    phone.open(link_in_text(machine, visit.phone))
    for window in (patient, phone):
        check(True, "You can join from" in window.page.text, "the page of who is early")
    machine.move_clock(minutes=6)
    patient.reload()
    phone.reload()
    phone.press("Join the visit")
    check(_room(patient), _room(phone), "the meeting")


def prepared_visit_opens_without_graph(machine: Machine) -> None:
    """a visit that was prepared opens for everybody while Graph is down"""
    visit = book(machine, "+16085550172", minutes=12)
    machine.move_clock(seconds=60)
    machine.wait_for("the meeting", lambda: _is_prepared(machine, visit))
    machine.play_fault(target="graph", kind="status", status=503, times=None)
    dana = _launch(machine, "Dana", EPIC, DANA, visit.key)
    teams = dana.click_for_window("Open Teams")
    patient = _launch(machine, "patient without Graph", MYCHART, PROXY, visit.key)
    phone = machine.browser("phone without Graph")
    phone.open(link_in_text(machine, visit.phone))
    phone.press("Join the visit")
    machine.end_faults()
    (meeting,) = _meetings_at(machine, visit.start)
    check([meeting["room"]] * 3, [_room(each) for each in (teams, patient, phone)], "the meeting")


def launch_while_storage_hiccups(machine: Machine) -> None:
    """a launch holds while storage refuses requests and loses answers"""
    visit = book(machine, "+16085550173", minutes=10)
    for method, table in _HICCUPS:
        for kind in ("status", "lose_answer"):
            machine.play_table_fault(method, table, kind)
    dana = _launch(machine, "Dana", EPIC, DANA, visit.key)
    teams = dana.click_for_window("Open Teams")
    patient = _launch(machine, "patient with hiccups", MYCHART, PATIENT, visit.key)
    machine.end_faults()
    check(_room(teams), _room(patient), "the meeting")
    check(1, len(_meetings_at(machine, visit.start)), "meetings")


def old_fhir_launches_too(machine: Machine) -> None:
    """an Epic that knows only DSTU2 and has no SMART configuration launches too"""
    sam = _launch(machine, "Sam", epic_setup.OLD_RECORD, SAM, machine.visit.key)
    check(True, "Sign in with Microsoft, once" in sam.page.text, "the first page")


def wrong_environment_is_explained(machine: Machine) -> None:
    """a launch from the test system into production, or the reverse, is explained and ends"""
    said = {
        "Mistake: the test system opens production": "It was opened in a test Epic",
        "Mistake: the production system opens test": "It was opened in the production Epic",
    }
    for record, words in said.items():
        sam = _launch(machine, f"Sam, {record}", record, SAM, machine.visit.key)
        code = "launch_mixed_up"
        found = tuple(each in sam.page.text for each in (words, "Tell your Epic team", code))
        check((403, (True,) * 3), (sam.page.status, found), record)
        check([machine.stack.http_url], sam.visited, "where it led")


def book(machine: Machine, phone: str, minutes: int) -> VideoVisit:
    """Book a visit that starts in so many minutes, for a phone that was not texted before."""
    start = (machine.now() + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
    key = machine.new_key()
    local = start.astimezone(HOSPITAL).replace(tzinfo=None)
    check(["AA"], machine.post(machine.booking(key, phone, start_local=local)).codes, "ACK")
    machine.await_texts(phone)
    return VideoVisit(key, phone, f"{start:%Y-%m-%dT%H:%M:%SZ}")


def _launch(machine: Machine, person: str, record: str, who: str, csn: str) -> Browser:
    """Press *Begin virtual visit* and return the person's browser."""
    browser = machine.browser(person)
    browser.visited.clear()
    browser.open(machine.launch_url(record, who, csn), machine.stack.desk_url)
    return browser


def link_in_text(machine: Machine, phone: str) -> str:
    """Return the link in the newest text. Raises StepFailed."""
    found = LINK.search(machine.texts(phone)[-1]["text"])
    if found is None:
        raise StepFailed("the text has no link")
    return found.group()


def _room(browser: Browser) -> str:
    """Return the room of the meeting that the window shows. Raises StepFailed."""
    own = urlsplit(browser.page.url).path
    for path in (own, *(form.action for form in browser.page.forms)):
        if path.startswith("/room/"):
            return "/".join(path.split("/")[:3])
    raise StepFailed(f"no meeting: {_HANDLE.sub('/visit/…', own)}, {browser.page.status}")


def _meeting_of(machine: Machine, browser: Browser) -> dict[str, Any]:
    room = _room(browser)
    return next(each for each in machine.meetings() if each["room"] == room)


def _meetings_at(machine: Machine, start: str) -> list[dict[str, Any]]:
    return [each for each in machine.meetings() if each["start"] == start]


def _places(meeting: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((each["name"], each["place"]) for each in meeting["people"])


def _is_prepared(machine: Machine, visit: VideoVisit) -> bool:
    """Return whether Graph was asked for the last thing that a visit needs: the guests' link."""
    ids = {each["id"] for each in _meetings_at(machine, visit.start)}
    return any(
        request["method"] == "GET" and request["details"].get("meeting") in ids
        for request in machine.requests("graph")
    )


_HICCUPS = (
    ("GET", "launches"),
    ("POST", "launches"),
    ("PUT", "launches"),
    ("GET", "sessions"),
    ("POST", "sessions"),
    ("PUT", "sessions"),
    ("GET", "ehrusers"),
    ("GET", "visits"),
    ("POST", "visits"),
    ("PUT", "visits"),
    ("GET", "attendees"),
    ("POST", "agenda"),
)

STEPS = (
    first_launch_signs_in,
    second_launch_goes_straight_on,
    patient_joins_from_mychart,
    patient_joins_by_text,
    clinician_sees_who_pressed,
    everybody_is_in_one_meeting,
    patients_are_admitted,
    early_patient_waits,
    prepared_visit_opens_without_graph,
    launch_while_storage_hiccups,
    old_fhir_launches_too,
    wrong_environment_is_explained,
)
