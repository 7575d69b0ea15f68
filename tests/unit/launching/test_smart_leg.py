"""The whole leg at Epic, with its protocol: documents, token answers and id_tokens as they come."""

from __future__ import annotations

from itertools import count
from typing import Any
from urllib.parse import parse_qs

import pytest

from local.memory.ports import MemorySecrets
from shared_code.attendance.domain import Role
from shared_code.errors import ConnectorError
from shared_code.launching.adapters.epic import SmartEpic
from shared_code.launching.domain.errors import (
    IDENTITY_UNVERIFIED,
    KEYS_NOT_ACCEPTED,
    LAUNCH_DISAGREES,
    LAUNCH_START_AGAIN,
    RECORD_PLACEHOLDER,
)
from shared_code.launching.domain.launch import Door
from shared_code.outbound.errors import AnswerTooLarge, NoAnswer, Phase
from shared_code.outbound.http import Answer
from shared_code.outbound.key_sets import KeySets
from shared_code.smart.client import SmartClient
from shared_code.smart.discovery import Discovery
from shared_code.smart.errors import EPIC_CODE_REFUSED, TOKEN_ANSWER_UNREADABLE
from shared_code.web.frame import Page
from tests.unit.launching.scene import (
    callback,
    launch_url,
    opened,
    problems,
    sent_to_epic,
    stored,
    text_of,
    told,
)
from tests.unit.smart.web import BASE, KEYS, OAUTH, Web, answer, smart_configuration
from tests.world.connection import EPIC
from tests.world.key_pairs import key_set, pem, signed
from tests.world.launches import Browser, LaunchWorld

TOKEN = f"{OAUTH}/token"
WELL_KNOWN = f"{BASE}.well-known/smart-configuration"
CSN_SYSTEM = "urn:oid:1.2.840.114350.1.13.1.2.7.3.698084.8"
UNREADABLE = (400, TOKEN_ANSWER_UNREADABLE.code)
ANY: dict[str, Any] = {
    "access_token": "opaque.Zk3",
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "launch openid fhirUser ",
    "patient": "eAlexQ1",
    "sessionId": "36996",
    "need_patient_banner": "false",
}


class Epic:
    """An Epic over the wire, and a browser that launches from it."""

    def __init__(self) -> None:
        self.web = Web()
        self.web.answers[WELL_KNOWN] = answer(smart_configuration())
        self.web.answers[KEYS] = answer(key_set("epic", "ec-epic"))
        self.world, self.browser = opened()
        self.world.secrets = MemorySecrets({EPIC.signing_keys[0]: pem("ours")})
        clock, numbers = self.world.clock, count(1)
        sets = KeySets(self.web, clock)
        client = SmartClient(self.web, sets, clock, lambda: f"jti-{next(numbers)}", self.web.ticks)
        smart: Any = SmartEpic(client, Discovery(self.web, clock), self.world.secrets)
        self.world.epic = self.world.line.through("epic", smart)
        self.nonce = ""

    def launch(
        self,
        said: Answer | ConnectorError | None = None,
        door: Door = Door.PROVIDER,
        claims: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Page:
        """Launch; Epic answers `said`, else a good answer with these fields and claims."""
        sent = sent_to_epic(self.browser.get(launch_url(BASE, door=door)))
        self.nonce = sent["nonce"]
        if said is None:
            token = {} if claims is None else {"id_token": signed(self.user(**claims))}
            said = answer({**ANY, **token, **fields})
        self.web.answers[TOKEN] = said
        return self.browser.get(callback("c%2Bo", sent["state"]))

    def user(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of Dana's id_token; a change to None leaves the claim out."""
        now = self.world.clock().timestamp()
        usual = {
            "iss": OAUTH,
            "aud": EPIC.client_id,
            "sub": "eDana9",
            "fhirUser": "Practitioner/eDana9",
            "iat": int(now),
            "exp": int(now) + 300,
            "nonce": self.nonce,
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def role(world: LaunchWorld) -> Role:
    """Return for whom the only page was made."""
    (page,) = world.sessions.rows.values()
    return page.role


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"expires_in": "3240"},
        {"expires_in": None},
        {"token_type": None, "scope": None},
        {"scope": "launch"},
        {"need_patient_banner": True},
        {"sessionId": 36996},
        {"sessionId": " 36996 "},
        {"sessionId": None, "SESSIONID": "36996"},
        {"SessionID": "36996"},
        {f"extra{number}": {"name": "TESTPATIENT"} for number in range(200)},
        {"access_token": None},
        {"access_token": 7},
    ],
)
def test_token_answers_of_every_shape_lead_to_the_one_visit(fields: dict[str, Any]) -> None:
    """Only the context is needed for the room and only the id_token for the person."""
    epic = Epic()
    assert epic.launch(claims={}, **fields).status == 303
    first = epic.launch(claims={})

    assert first.status == 303
    assert len({each.visit for each in epic.world.sessions.rows.values()}) == 1


@pytest.mark.parametrize("value", ["", " ", "null", "undefined", "0", None, {}, ["36996"], True])
@pytest.mark.parametrize("door", Door)
def test_a_session_that_says_nothing_is_missing(value: object, door: Door) -> None:
    """Nobody is brought into the room that everybody would have."""
    epic = Epic()
    page = epic.launch(claims={}, door=door, sessionId=value)

    assert told(page) == (400, "visit_unknown")
    assert stored(epic.world)[1:] == (0, 0)


@pytest.mark.parametrize("value", ["%CSN%", "%CONFERENCEID%", " %csn% "])
def test_a_placeholder_is_the_records_mistake(value: str) -> None:
    """It says so, and administrators hear of it."""
    epic = Epic()

    assert told(epic.launch(claims={}, sessionId=value)) == (400, "session_placeholder")
    assert problems(epic.world) == [(RECORD_PLACEHOLDER.code, "lamna", "launches")]


def test_two_different_sessions_in_one_answer_disagree() -> None:
    """Whatever the case of their names."""
    epic = Epic()
    assert told(epic.launch(claims={}, SessionID="36997")) == (409, "visit_disagrees")
    assert problems(epic.world) == [(LAUNCH_DISAGREES.code, "lamna", "launches")]


REFUSED: tuple[tuple[Answer | ConnectorError, tuple[int, str]], ...] = (
    (answer({"error": "invalid_grant", "error_description": None}, 400), (400, "")),
    (answer({"error": "invalid_grant"}, 401), (400, "")),
    (answer({"error": "invalid_client", "error_description": None}, 401), (503, "client")),
    (answer({"error": "unauthorized_client"}, 400), (503, "client")),
    (answer(b"<html>Sign in</html>", 200), UNREADABLE),
    (answer({}), UNREADABLE),
    (answer([]), UNREADABLE),
    (answer(b""), UNREADABLE),
    (answer(b"{" * 5_000), UNREADABLE),
    (answer(b'{"access_token":"' + b"x" * 70_000 + b'"}'), UNREADABLE),
    (answer(b"", 302, location="https://evil.example"), UNREADABLE),
    (answer(b"gone", 410), UNREADABLE),
    (answer(b"", 503, retry_after="5"), (503, "epic_unavailable")),
    (answer(b"", 429), (503, "epic_unavailable")),
    (answer(b"<html>", 500), (503, "epic_unavailable")),
    (NoAnswer(Phase.NO_REPLY), (400, LAUNCH_START_AGAIN.code)),
    (AnswerTooLarge(), (400, LAUNCH_START_AGAIN.code)),
)


@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize(("said", "page"), REFUSED)
def test_a_token_endpoint_that_says_no_or_nonsense_gets_a_page(
    said: Answer | ConnectorError, page: tuple[int, str], door: Door
) -> None:
    """A code is sent once; nothing is half-written; our own trouble is a problem."""
    epic = Epic()
    shown = epic.launch(said, door)

    names = {"": EPIC_CODE_REFUSED.code, "client": "epic_client_refused"}
    assert told(shown) == (page[0], names.get(page[1], page[1]))
    assert [each.url for each in epic.web.requests].count(TOKEN) == 1
    assert stored(epic.world)[1:] == (0, 0)
    ours = page[1] == "client"
    assert problems(epic.world) == [(KEYS_NOT_ACCEPTED.code, "lamna", "launches")] * ours


@pytest.mark.parametrize("minutes", [-4, -1, 0, 1, 4])
def test_epics_clock_may_differ_by_four_minutes(minutes: int) -> None:
    """Both ways."""
    epic = Epic()
    then = int(epic.world.clock().timestamp()) + minutes * 60
    assert epic.launch(claims={"iat": then, "exp": then + 60}).status == 303
    assert role(epic.world) is Role.STAFF


BAD: tuple[dict[str, Any], ...] = (
    {"aud": "another"},
    {"exp": None},
    {"exp": 1},
    {"iat": 4_102_444_800},
    {"nonce": "another"},
    {"iss": "https://evil.example"},
    {"iss": f"{OAUTH}/"},
    {"sub": None},
    {"sub": ""},
)


@pytest.mark.parametrize("claims", BAD)
def test_a_bad_token_stops_a_clinician_and_no_patient(claims: dict[str, Any]) -> None:
    """For a patient it counts as absent, with a problem."""
    epic = Epic()
    assert told(epic.launch(claims=claims))[1] == "token_refused"
    assert stored(epic.world)[1:] == (0, 0)

    assert epic.launch(claims=claims, door=Door.PATIENT).status == 303
    assert role(epic.world) is Role.PATIENT
    assert problems(epic.world) == [(IDENTITY_UNVERIFIED.code, "lamna", "launches")]


@pytest.mark.parametrize("token", ["x", "a.b.c", "", "x" * 15_000, "ey.ey.ey", 7, ["a"]])
def test_what_is_no_token_at_all_stops_a_clinician(token: object) -> None:
    """Forged, empty or oversized."""
    epic = Epic()
    page = epic.launch(id_token=token)
    assert page.status == 403 or told(page) == (400, "token_refused")
    assert stored(epic.world)[1:] == (0, 0)


def test_a_token_of_another_launch_is_refused_by_its_nonce() -> None:
    """Replayed within its time."""
    epic = Epic()
    epic.launch(claims={})
    old = epic.nonce
    assert told(epic.launch(claims={"nonce": old}))[1] == "token_refused"
    assert stored(epic.world)[1] == 1


def test_the_access_token_is_never_taken_for_the_identity() -> None:
    """Also if it is a JWT that Epic signed."""
    epic = Epic()
    token = signed(epic.user(nonce=None))
    assert told(epic.launch(access_token=token)) == (403, "identity_refused")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("https://epic.lamna.example/api/FHIR/R4/Practitioner/eDana9", Role.STAFF),
        ("https://other.example/x/Practitioner/eDana9", Role.STAFF),
        ("Practitioner/eDana9/_history/2", Role.STAFF),
        ("PractitionerRole/eR1", Role.STAFF),
        ("RelatedPerson/eP7", Role.PATIENT),
        ("Patient/eAlexQ1", Role.PATIENT),
        ("Person/e5", Role.PATIENT),
        ("Patient/", None),
        ("Device/e1", None),
        ("Patient", None),
    ],
)
@pytest.mark.parametrize("door", Door)
def test_the_last_two_parts_of_fhir_user_say_who_it_is(
    user: str, expected: Role | None, door: Door
) -> None:
    """Whatever the base; what says nothing is a patient at the patient's door alone."""
    epic = Epic()
    page = epic.launch(claims={"fhirUser": user}, door=door)

    if expected is None and door is Door.PROVIDER:
        assert told(page) == (403, "identity_refused")
    else:
        assert role(epic.world) is (expected or Role.PATIENT)


NONSENSE: tuple[Answer | ConnectorError, ...] = (
    answer(b"", 404),
    answer(b"<html>Sign in</html>", 200),
    answer({"authorization_endpoint": "https://evil.example/a"}),
    answer(b"", 302, location="/login"),
    answer(b"\xff\xfe"),
    NoAnswer(Phase.NO_REPLY),
    AnswerTooLarge(),
)


@pytest.mark.parametrize("said", NONSENSE)
@pytest.mark.parametrize("door", Door)
def test_an_epic_that_is_down_or_talks_nonsense_gets_a_page(
    said: Answer | ConnectorError, door: Door
) -> None:
    """The browser is sent nowhere and nothing is stored."""
    epic = Epic()
    epic.web.answers = {WELL_KNOWN: said, f"{BASE}metadata": said}
    page = epic.browser.get(launch_url(BASE, door=door))

    assert told(page) == (503, "epic_discovery_failed")
    assert stored(epic.world) == (0, 0, 0)


def test_a_good_document_stays_in_use_while_epic_talks_nonsense() -> None:
    """For an outage of hours nobody notices anything."""
    epic = Epic()
    assert epic.launch(claims={}).status == 303
    epic.web.answers[WELL_KNOWN] = answer(b"", 503)
    epic.web.answers[KEYS] = answer({"keys": []})
    epic.world.clock.advance(hours=3)
    assert epic.launch(claims={}).status == 303


def test_the_code_is_redeemed_as_it_came_with_a_new_assertion_each_time() -> None:
    """PKCE, the registered redirect, the decoded code."""
    epic = Epic()
    epic.launch(claims={})
    epic.launch(claims={})
    sent = [parse_qs(each.body.decode()) for each in epic.web.requests if each.url == TOKEN]

    assert [each["code"] for each in sent] == [["c+o"]] * 2
    assert len({each["code_verifier"][0] for each in sent}) == 2
    assert len({each["client_assertion"][0] for each in sent}) == 2
    assert sent[0]["redirect_uri"] == ["https://visits.example.org/launch/callback"]


def test_fhir_that_knows_the_visit_stands_in_for_a_missing_session() -> None:
    """With the access token of the launch."""
    epic = Epic()
    csn = {
        "resourceType": "Appointment",
        "identifier": [{"system": CSN_SYSTEM, "value": "36996"}],
    }
    epic.web.answers[f"{BASE}Appointment/eAppt36996"] = answer(csn)
    page = epic.launch(claims={}, sessionId=None, appointment="eAppt36996")
    asked = [each for each in epic.web.requests if "Appointment" in each.url]

    assert [each.headers["Authorization"] for each in asked] == ["Bearer opaque.Zk3"]
    assert page.status == 303
    assert epic.launch(claims={}).status == 303
    assert len({each.visit for each in epic.world.sessions.rows.values()}) == 1


def test_a_vault_without_our_key_is_our_trouble() -> None:
    """The page says so; the code is not sent."""
    epic = Epic()
    epic.world.secrets.secrets.clear()
    page = epic.launch(claims={})

    assert told(page) == (503, "storage_unavailable")
    assert TOKEN not in epic.web.urls()
    assert "Lamna Healthcare" in text_of(page)
    assert Browser(epic.world).get(launch_url(BASE)).status == 302
