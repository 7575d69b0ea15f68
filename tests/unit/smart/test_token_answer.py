"""Token answers of every shape (cases/launch, rows 11, 12 and 22)."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.errors import Refused
from shared_code.smart.errors import TOKEN_ANSWER_UNREADABLE
from shared_code.smart.token_answer import LaunchContext, TokenAnswer, read_token_answer
from tests.fuzz.hostile import cases

GOOD: dict[str, Any] = {
    "access_token": "opaque.Zk3",
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "launch openid fhirUser ",
    "patient": "eAlexQ1",
    "encounter": "eEnc77",
    "appointment": "eAppt36996",
    "sessionId": "36996",
    "departmentId": "10501101",
    "need_patient_banner": "false",
    "id_token": "head.claims.signature",
}
CONTEXT = LaunchContext(
    session_id="36996", patient="eAlexQ1", encounter="eEnc77", appointment="eAppt36996"
)


def _read(answer: object) -> TokenAnswer:
    return read_token_answer(json.dumps(answer).encode())


def _context(**given: object) -> LaunchContext:
    return _read({"access_token": "a", **given}).context


def test_the_usual_answer_is_read() -> None:
    """The context, the id_token and the access token."""
    assert _read(GOOD) == TokenAnswer(CONTEXT, "head.claims.signature", "opaque.Zk3")


@pytest.mark.parametrize(
    "changes",
    [
        {"expires_in": "3240"},
        {"expires_in": None},
        {"expires_in": {"seconds": 1}},
        {"token_type": "bearer"},
        {"token_type": None},
        {"scope": None},
        {"scope": "Patient.read "},
        {"need_patient_banner": True},
        {"__epic.dstu2.patient": "T1w", "state": "abc123", "loginDepartment": "e4W"},
        {f"extra{number}": "Alex Q. Testpatient" for number in range(200)},
        {"fhirContext": [{"reference": "Appointment/123"}], "SMART_STYLE_URL": [1, [2]]},
    ],
)
def test_other_fields_change_nothing(changes: dict[str, Any]) -> None:
    """Nothing but the tokens and the context is looked at."""
    answer = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    assert _read(answer) == _read(GOOD)


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("access_token", TokenAnswer(CONTEXT, "head.claims.signature", None)),
        ("id_token", TokenAnswer(CONTEXT, None, "opaque.Zk3")),
        (
            "sessionId",
            TokenAnswer(replace(CONTEXT, session_id=None), "head.claims.signature", "opaque.Zk3"),
        ),
    ],
)
def test_no_field_is_required(missing: str, expected: TokenAnswer) -> None:
    """Only the access token is needed for FHIR, only the id_token for a person."""
    assert expected == _read({name: value for name, value in GOOD.items() if name != missing})


@pytest.mark.parametrize(
    ("value", "session_id"),
    [
        ("36996", "36996"),
        (36996, "36996"),
        (" 36996 ", "36996"),
        ("\u00a036996\t", "36996"),
        ("0036996", "0036996"),
        ("G881", "G881"),
        ("+165790", "+165790"),
        (10**60, f"1{'0' * 60}"),
        ("a%20b", "a%20b"),
        ("1 0", "1 0"),
    ],
)
def test_strings_and_whole_numbers_are_values(value: object, session_id: str) -> None:
    """Blanks around it go, leading zeros stay."""
    assert _context(sessionId=value) == LaunchContext(session_id=session_id)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "null", "NULL", "undefined", "None", "NaN", "0", "000", "-0", "-1", 0, -1),
        *(["36996"], [], {}, {"value": "36996"}, True, False, None, 36996.0, 1e99),
        *("x" * 201, "36\u0000996", "\ud800", "36996\n36997", "\u202e36996"),
    ],
)
def test_everything_else_is_missing(value: object) -> None:
    """So is a word for nothing: it would be the same word for everybody."""
    assert _context(sessionId=value) == LaunchContext()


@pytest.mark.parametrize(
    "value", ["%CSN%", "%CONFERENCEID%", " %CSN% ", "V-%CSN%", "%EXTENSION;15354%", "%csn%"]
)
@pytest.mark.parametrize("name", ["sessionId", "csn"])
def test_a_placeholder_is_the_records_mistake(name: str, value: str) -> None:
    """It is said, and never taken for a value: everybody would come into one room."""
    assert _context(**{name: value}) == LaunchContext(has_placeholder=True)


def test_a_placeholder_elsewhere_is_only_missing() -> None:
    """The record's word for the person at the screen decides nothing."""
    assert _context(ehrUser="%SYSLOGIN%", patient="%EPTID%") == LaunchContext()


@pytest.mark.parametrize("name", ["sessionId", "SessionID", "SESSIONID", "sessionid"])
def test_names_are_found_in_any_case(name: str) -> None:
    """Records are typed by people."""
    assert _context(**{name: "36996"}).session_id == "36996"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"sessionId": "1", "SESSIONID": "2"}', LaunchContext(disagree=True)),
        ('{"sessionId": "1", "sessionId": "2"}', LaunchContext(disagree=True)),
        ('{"sessionId": 1, "SessionID": " 1 "}', LaunchContext(session_id="1")),
        ('{"sessionId": "1", "SessionID": ""}', LaunchContext(session_id="1")),
        ('{"sessionId": "1", "SessionID": {}}', LaunchContext(session_id="1")),
        ('{"sessionId": "01", "SessionID": "1"}', LaunchContext(disagree=True)),
        (
            '{"sessionId": "1", "SessionID": "%CSN%"}',
            LaunchContext(session_id="1", has_placeholder=True),
        ),
        (
            '{"sessionId": "1", "patient": "a", "Patient": "b"}',
            LaunchContext(session_id="1", disagree=True),
        ),
        ('{"sessionId": "G881", "csn": "36996"}', LaunchContext(session_id="G881", csn="36996")),
        ('{"csn": "1", "ehrUser": "DANA", "EHRUSER": "SAM"}', LaunchContext(csn="1")),
    ],
)
def test_two_values_of_one_name_disagree(body: str, expected: LaunchContext) -> None:
    """The first and the last are as wrong; equal ones, and missing ones, are no disagreement."""
    assert expected == read_token_answer(body.encode()).context


@pytest.mark.parametrize(
    ("token", "kept"),
    [("a.b-c_d~e+f/g=", "a.b-c_d~e+f/g="), (12345, "12345"), ("x" * 16_000, "x" * 16_000)]
    + [(other, None) for other in ("a b", "a\r\nX: y", "", "\u00e9", ["a"], True, "x" * 16_001)],
)
def test_a_token_is_opaque_and_fits_a_header(token: object, kept: str | None) -> None:
    """It is sent as it came, or it is missing."""
    assert _read({"sessionId": "1", "access_token": token}).access_token == kept


def test_two_different_tokens_are_none() -> None:
    """Nobody knows which one is meant."""
    assert _read({"sessionId": "1", "id_token": "a", "ID_TOKEN": "b"}).id_token is None


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>Sign in</html>", b"[]", b'"x"', b"5", b"null", b"{}", b'{"token_type":"b"}'),
        *(b'{"sessionId":"%CSN', b'{"sessionId":{}}', b'{"access_token":true}', b"\xff\xfe\xfd"),
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b'{"access_token":"a","name":"' + b"x" * 300_000 + b'"}',
    ],
)
def test_nonsense_is_refused(body: bytes) -> None:
    """What is no object, larger than 64 KB, or says nothing at all."""
    with pytest.raises(Refused) as refused:
        read_token_answer(body)
    assert refused.value.info is TOKEN_ANSWER_UNREADABLE


def test_an_answer_of_64_kilobytes_is_read() -> None:
    """The limit itself is inside."""
    body = json.dumps({"access_token": "a", "name": ""}).encode()
    padded = body.replace(b'""', b'"' + b"x" * (65_536 - len(body)) + b'"')
    assert len(padded) == 65_536
    assert read_token_answer(padded).access_token == "a"


def test_a_byte_order_mark_does_no_harm() -> None:
    """Some servers send one."""
    assert read_token_answer(b'\xef\xbb\xbf{"sessionId":"1"}').context.session_id == "1"


def test_nothing_of_the_answer_is_shown_by_repr() -> None:
    """Neither tokens nor identifiers."""
    shown = repr(_read({**GOOD, "csn": "36997", "ehrUser": "DANA"}))
    assert [value for value in (*map(str, GOOD.values()), "36997", "DANA") if value in shown] == []


_NAMES = st.sampled_from(
    ["sessionId", "SESSIONID", "patient", "Patient", "encounter", "appointment", "csn", "CSN"]
    + ["ehrUser", "access_token", "id_token", "scope", "expires_in"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | _NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)


@cases(400)
@given(st.lists(st.tuples(_NAMES | st.text(), _JSON), max_size=8))
def test_only_strings_and_whole_numbers_are_kept(pairs: list[tuple[str, object]]) -> None:
    """Whatever else stands there, and however often: it is a value that was sent, or refused."""
    written = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)
    sent = {
        str(value).strip()
        for _, value in pairs
        if isinstance(value, str | int) and not isinstance(value, bool)
    }
    try:
        found = read_token_answer(f"{{{written}}}".encode())
    except Refused:
        return
    context = [getattr(found.context, each.name) for each in fields(LaunchContext)]
    kept = [each for each in (*context, found.id_token, found.access_token) if each is not None]
    assert {each for each in kept if not isinstance(each, bool)} <= sent


@cases(300)
@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing but Refused is raised."""
    try:
        answer = read_token_answer(body)
    except Refused:
        answer = TokenAnswer(CONTEXT)
    assert answer != TokenAnswer(LaunchContext())


@cases(200)
@given(_NAMES.flatmap(lambda name: st.tuples(st.just(name), st.text(min_size=1, max_size=8))))
def test_names_in_another_case_are_the_same_name(pair: tuple[str, str]) -> None:
    """Upper, lower and mixed."""
    name, value = pair
    spellings = [json.dumps({each: value, "x": 1}) for each in (name, name.upper(), name.lower())]
    found: list[TokenAnswer | None] = []
    for body in spellings:
        try:
            found.append(read_token_answer(body.encode()))
        except Refused:
            found.append(None)
    assert found[0] == found[1] == found[2]
