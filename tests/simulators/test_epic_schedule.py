"""The schedule page: every visit of a day has Epic's button, and it leads to the app."""

import http.client
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from local import epic_setup
from local.simulators.server import RunningSimulators
from tests.simulators.conftest import Desk
from tests.simulators.smart_app import LAUNCH, App


def _get(url: str, host: str | None = None) -> tuple[int, dict[str, str], str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", target, headers={} if host is None else {"Host": host})
    with connection.getresponse() as answer:
        headers = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read().decode()
    connection.close()
    return answer.status, headers, body


@pytest.fixture
def booked(app: App, desk: Desk, simulators: RunningSimulators) -> str:
    desk.submit("/epic/book", phone="(608)555-0142", start="2026-06-10T13:30", kind="video")
    return simulators.bookings.appointments()[0].key


def test_every_visit_of_a_day_can_be_begun(desk: Desk, booked: str) -> None:
    desk.submit("/epic/book", phone="(608)555-0143", start="2026-06-10T09:00", kind="video")
    desk.submit("/epic/book", phone="(608)555-0144", start="2026-06-11T09:00", kind="video")

    page = desk.page("/epic/schedule?day=2026-06-10")

    times = re.findall(r"<li>\s*<p><strong>(\d\d:\d\d)", page)
    assert times == ["09:00", "13:30"]
    assert page.count('action="/epic/begin"') == 3
    assert f'value="{booked}"' in page
    assert 'href="/epic/schedule?day=2026-06-11"' in page


def test_the_schedule_opens_at_the_next_day_with_a_visit(
    app: App, desk: Desk, simulators: RunningSimulators
) -> None:
    start = simulators.bookings.now().replace(hour=9, minute=0, second=0, microsecond=0)
    later = start.replace(year=start.year + 1)
    desk.submit("/epic/book", phone="(608)555-0143", start=f"{later:%Y-%m-%dT%H:%M}")

    assert f"{later:%A, %B %d}" in desk.page("/epic/schedule")


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("eDana9", LAUNCH),
        ("eSam4", LAUNCH),
        ("patient", LAUNCH.replace("provider", "patient")),
        ("eP7", LAUNCH.replace("provider", "patient")),
    ],
)
def test_the_button_leads_to_the_launch_url_of_that_side(
    app: App, desk: Desk, booked: str, who: str, address: str
) -> None:
    status, headers, _ = _get(f"{desk.url}/epic/begin?{urlencode({'who': who, 'csn': booked})}")

    place = urlsplit(headers["location"])
    query = parse_qs(place.query)
    begun = {"iss": query["iss"][0], "launch": query["launch"][0]}
    assert status == 302
    assert headers["location"].startswith(f"{address}?iss=")
    assert app.redeem(begun).json["sessionId"] == booked


def test_what_goes_wrong_is_chosen_on_the_page(app: App, desk: Desk, booked: str) -> None:
    chosen = {"who": "eDana9", "csn": booked, "play": "answer.session_number"}
    _, headers, _ = _get(f"{desk.url}/epic/begin?{urlencode(chosen)}")

    query = parse_qs(urlsplit(headers["location"]).query)
    begun = {"iss": query["iss"][0], "launch": query["launch"][0]}

    assert app.redeem(begun).json["sessionId"] == int(booked)


@pytest.mark.parametrize(
    "chosen",
    [
        {"who": "nobody"},
        {"who": "eDana9", "record": "none"},
        {"who": "eDana9", "play": "no.such"},
    ],
)
def test_an_unusable_choice_is_refused(app: App, desk: Desk, chosen: dict[str, str]) -> None:
    assert _get(f"{desk.url}/epic/begin?{urlencode(chosen)}")[0] == 400


def test_a_frame_is_on_another_site_than_the_app(app: App, desk: Desk) -> None:
    port = urlsplit(desk.url).port
    query = "who=eDana9&csn=36996"

    status, headers, page = _get(f"{desk.url}/epic/frame?{query}")
    same_site = _get(f"{desk.url}/epic/frame?{query}", host=f"localhost:{port}")

    assert status == 200
    assert 'src="/epic/begin?who=eDana9&amp;csn=36996"' in page
    assert "frame-src http: https:" in headers["content-security-policy"]
    assert "sandbox" not in page
    assert same_site[:2] == (303, same_site[1])
    assert same_site[1]["location"] == f"http://127.0.0.1:{port}/epic/frame?{query}"


def test_a_frame_can_forbid_windows(app: App, desk: Desk) -> None:
    _, _, page = _get(f"{desk.url}/epic/frame?who=eDana9&sandboxed=yes")

    assert 'sandbox="allow-scripts allow-forms allow-same-origin"' in page


def test_only_the_schedule_lets_forms_lead_elsewhere(app: App, desk: Desk) -> None:
    policies = [
        _get(desk.url + path)[1]["content-security-policy"] for path in ("/epic", "/epic/schedule")
    ]

    assert ["form-action 'self'" in policy for policy in policies] == [True, False]


def test_a_schedule_without_records_says_so(desk: Desk) -> None:
    desk.call("POST", "/control/epic", {"records": []})

    assert "No integration record is configured" in desk.page("/epic/schedule")


def test_the_setup_of_the_local_machine_can_be_launched(desk: Desk, app: App) -> None:
    epic_setup.configure(desk.url, "http://localhost:7071")

    records = desk.call("GET", "/control/epic")["records"]
    begun = [
        desk.call("POST", "/control/epic/launch", {"record": one["name"], "who": "eDana9"})
        for one in records
    ]

    assert len({one["name"] for one in records}) == len(begun)
    assert all(one["url"].startswith("http://localhost:7071/launch/") for one in begun)
    assert begun[0]["iss"] == epic_setup.base_url(app.origin, "lamna-production")
