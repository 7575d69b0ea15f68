"""Values and decisions of launching, without any port."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.appointments.domain import AppointmentRef, Status
from shared_code.attendance.domain import Role
from shared_code.connections.launch_setup import VisitSetup
from shared_code.errors import Code, ErrorInfo
from shared_code.launching.domain import session, tokens
from shared_code.launching.domain.errors import BY_CODE, VISIT_CANCELLED, VISIT_OVER
from shared_code.launching.domain.gate import TooEarly, patient_gate
from shared_code.launching.domain.launch import (
    Account,
    Door,
    Issuer,
    Launch,
    Progress,
    Result,
    SignInAttempt,
)
from shared_code.launching.domain.session import Session
from shared_code.launching.domain.tokens import TokenKey
from shared_code.launching.domain.user import LinkedUser
from shared_code.visits.domain.visit import VisitRef
from tests.fuzz.hostile import cases
from tests.world.clock import NOW
from tests.world.visit import START, appointment

SETUP = VisitSetup(organizers=("0b000000-0000-4000-8000-000000000001",))
KEY = TokenKey("202606011400", "a" * 64)
LAUNCH = Launch(
    key=KEY,
    connection="lamna",
    door=Door.PROVIDER,
    issuer=Issuer("https://a.example/R4", "https://a.example/token", "https://a.example", ""),
    created=NOW,
    verifier="v",
    nonce="n",
)
ATTEMPT = SignInAttempt(KEY, KEY, NOW, flow="f")
ACCOUNT = Account("11111111", "0a", "dana@lamna.example")
SESSION = Session(
    key=KEY,
    visit=VisitRef("lamna", "1-a"),
    appointment=AppointmentRef("lamna", "1-a"),
    role=Role.STAFF,
    user="1-u",
    owner="1-u",
    browser="b" * 64,
    created=NOW,
    expires=NOW + timedelta(hours=1),
)

OPENS, CLOSES = START - timedelta(minutes=15), START + timedelta(minutes=90)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OPENS - timedelta(days=30), TooEarly(START, OPENS)),
        (OPENS - SECOND, TooEarly(START, OPENS)),
        (OPENS, None),
        (START, None),
        (CLOSES - SECOND, None),
        (CLOSES, VISIT_OVER),
        (CLOSES + timedelta(days=30), VISIT_OVER),
    ],
)
@pytest.mark.parametrize("status", [Status.ACTIVE, Status.CLOSED])
def test_the_window_is_open_from_its_first_to_its_last_moment(
    now: datetime, expected: TooEarly | ErrorInfo | None, status: Status
) -> None:
    """15 minutes before the start to 60 after the end."""
    visit = appointment(minutes=30, status=status)
    assert patient_gate(visit, SETUP, now) == expected


@pytest.mark.parametrize("now", [OPENS - timedelta(days=1), START, CLOSES + timedelta(days=1)])
def test_a_cancellation_stops_a_patient_at_any_time(now: datetime) -> None:
    """Also one of an appointment without a start."""
    cancelled = appointment(status=Status.CANCELLED)
    assert patient_gate(cancelled, SETUP, now) == VISIT_CANCELLED
    assert patient_gate(replace(cancelled, start=None), SETUP, now) == VISIT_CANCELLED


def test_what_is_unknown_stops_nobody() -> None:
    """No appointment, and one without a start."""
    assert patient_gate(None, SETUP, NOW) is None
    assert patient_gate(appointment(start=None), SETUP, NOW) is None


def test_the_hour_that_comes_twice_is_two_windows() -> None:
    """1:30 CDT and 1:30 CST on the day clocks go back are an hour apart (UTC decides)."""
    daylight = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    standard = daylight + timedelta(hours=1)
    first = appointment(start=daylight, minutes=15)
    assert patient_gate(first, SETUP, standard + timedelta(minutes=14)) is None
    assert patient_gate(first, SETUP, standard + timedelta(minutes=15)) == VISIT_OVER
    second = appointment(start=standard, minutes=15)
    assert isinstance(patient_gate(second, SETUP, daylight), TooEarly)


def test_a_phone_in_another_zone_changes_nothing() -> None:
    """12:16 in Denver is within the window of 13:30 in Chicago."""
    denver = datetime(2026, 6, 10, 12, 16, tzinfo=timezone(timedelta(hours=-6)))
    assert patient_gate(appointment(), SETUP, denver) is None


@given(st.binary(min_size=17, max_size=17), st.integers(0, 10**9))
@cases(200)
def test_every_new_token_has_a_key_in_the_ten_minutes_of_its_making(
    chance: bytes, seconds: int
) -> None:
    """The bucket ends after the moment, and no later than ten minutes."""
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    token = tokens.new_token(now, chance)
    key = tokens.key_of(token)

    assert key is not None
    assert key.bucket == tokens.bucket_of(now)
    assert timedelta(0) < tokens.end_of(key.bucket) - now <= tokens.BUCKET
    assert token[13:] not in str(key)
    assert str(key) == f"{key.bucket}-{key.digest}"
    assert key.short == key.digest[:8]


@given(st.text())
@cases(300)
def test_what_is_no_token_has_no_key(text: str) -> None:
    """Hypothesis finds none by chance."""
    assert tokens.key_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"202606011400-{'a' * 25}",
        f"202606011400-{'a' * 27}",
        f"202606011400-{'A' * 26}",
        f"202606011400-{'1' * 26}",
        f"202606011400_{'a' * 26}",
        f"202606011400-{'a' * 26}\n",
        f" 202606011400-{'a' * 26}",
        f"\u0662\u0660\u0662606011400-{'a' * 26}",
        f"202606011400-{'a' * 25}\u212a",
    ],
)
def test_what_is_nearly_a_token_has_no_key(text: str) -> None:
    """Neither digits of other scripts nor a line end pass."""
    assert tokens.key_of(text) is None


def test_128_bits_are_in_a_token() -> None:
    """All 26 letters depend on chance."""
    first = tokens.new_token(NOW, bytes(17))
    last = tokens.new_token(NOW, bytes(15) + b"\x00\x20")
    assert len(first) == len(last) == 39
    assert tokens.new_token(NOW, bytes(16) + b"\xff") != first


@pytest.mark.parametrize("text", ["", "2026", "202613011400", "x" * 12])
def test_what_is_no_bucket_has_no_end(text: str) -> None:
    """An agenda row that was damaged does not pass for one."""
    with pytest.raises(ValueError, match="time data|unconverted"):
        tokens.end_of(text)


def test_a_bucket_is_in_utc() -> None:
    """Whatever zone the moment is written in."""
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert tokens.bucket_of(there) == tokens.bucket_of(NOW) == "202606011400"
    assert tokens.end_of("202606011400") == NOW + timedelta(minutes=10)


def test_a_launch_is_taken_and_finished_once_and_forgets_its_secrets() -> None:
    """The verifier and the nonce have served."""
    taken = LAUNCH.take(NOW + SECOND)
    done = taken.finish(Result(url="https://t.example"), NOW + 2 * SECOND)

    assert (LAUNCH.progress, taken.progress, done.progress) == tuple(Progress)
    assert (done.verifier, done.nonce) == ("", "")
    assert (taken.changed, done.changed) == (NOW + SECOND, NOW + 2 * SECOND)


@pytest.mark.parametrize("row", [LAUNCH, ATTEMPT])
def test_launches_and_sign_ins_live_ten_minutes(row: Launch | SignInAttempt) -> None:
    """From their making, whatever happened to them."""
    assert not row.has_expired(NOW + timedelta(minutes=10) - SECOND)
    assert row.has_expired(NOW + timedelta(minutes=10))
    assert row.take(NOW + timedelta(minutes=9)).has_expired(NOW + timedelta(minutes=10))


@pytest.mark.parametrize("row", [LAUNCH, ATTEMPT])
def test_a_callback_is_repeated_within_a_minute_of_the_last_change(
    row: Launch | SignInAttempt,
) -> None:
    """One that was never taken is not repeated."""
    taken = row.take(NOW)
    assert not row.may_repeat(NOW)
    assert taken.may_repeat(NOW + timedelta(seconds=59))
    assert not taken.may_repeat(NOW + timedelta(seconds=60))


def test_a_sign_in_keeps_its_account_until_it_is_confirmed() -> None:
    """And the flow only until it is finished."""
    done = ATTEMPT.take(NOW).finish(NOW, ACCOUNT)
    assert (done.flow, done.account, done.code) == ("", ACCOUNT, None)
    assert done.used(NOW).account is None
    failed = ATTEMPT.take(NOW).finish(NOW, None, Code("sign_in_cancelled"))
    assert (failed.account, failed.code) == (None, "sign_in_cancelled")


def test_no_secret_is_in_the_text_of_a_value() -> None:
    """What a traceback or a log line would show."""
    shown = repr(LAUNCH.finish(Result("handle", "browser", "https://join"), NOW)) + repr(LAUNCH)
    shown += repr(ATTEMPT)
    shown += repr(ATTEMPT.finish(NOW, ACCOUNT))
    for secret in ("'v'", "'n'", "handle", "'browser", "join", "dana", "'f'"):
        assert secret not in shown.replace("handle=", "").replace("browser='" + "b" * 64, "")


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (NOW - timedelta(days=9), timedelta(minutes=60)),
        (NOW, timedelta(minutes=60)),
        (NOW + timedelta(minutes=30), timedelta(minutes=90)),
        (NOW + timedelta(hours=11), timedelta(hours=12)),
        (NOW + timedelta(days=30), timedelta(hours=12)),
    ],
)
def test_a_page_lives_an_hour_longer_than_its_visit(end: datetime, expected: timedelta) -> None:
    """And never longer than twelve hours, nor shorter than an hour."""
    assert session.expiry(NOW, end) == NOW + expected


def test_a_page_belongs_to_its_browser() -> None:
    """Once its cookie has come back it answers nobody else."""
    assert SESSION.admits("b" * 64)
    for other in ("", "c" * 64, "b" * 63):
        assert not SESSION.admits(other)


PATIENTS = replace(SESSION, role=Role.PATIENT)
LED_ON = PATIENTS.opening(NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("page", "minutes", "expected"),
    [
        (SESSION, 0, True),
        (SESSION, 9.99, True),
        (SESSION, 10, False),
        (SESSION.opening(NOW + timedelta(minutes=9)), 10, False),
        (SESSION.seen("c" * 64), 0, False),
        (PATIENTS, 600, True),
        (PATIENTS.seen("c" * 64), 0, False),
        (LED_ON, 39.99, True),
        (LED_ON, 40, False),
    ],
)
def test_a_page_is_unclaimed_for_ten_minutes(page: Session, minutes: float, expected: bool) -> None:
    """While no cookie came back; a patient's from where it led on, because until then it waits."""
    assert page.is_unclaimed(NOW + timedelta(minutes=minutes)) is expected


def test_a_window_is_given_a_cookie_once_and_a_patients_never() -> None:
    """Nor once a cookie has come back, nor after ten minutes."""
    assert SESSION.may_be_given_again(NOW)
    given = SESSION.to_window("c" * 64)
    assert (given.admits("c" * 64), given.admits("b" * 64)) == (True, False)
    late = NOW + timedelta(minutes=10)
    assert not SESSION.may_be_given_again(late)
    for page in (given, SESSION.seen("b" * 64), PATIENTS):
        assert not page.may_be_given_again(NOW)


def test_a_page_expires_and_remembers_when_it_opened_teams() -> None:
    """At the moment itself it is closed."""
    assert SESSION.opening(NOW).opened_meeting == NOW
    assert not SESSION.has_expired(NOW + timedelta(minutes=59))
    assert SESSION.has_expired(NOW + timedelta(hours=1))


def test_a_link_is_noted_once_a_day_and_forgotten_after_400_days() -> None:
    """So that a launch does not always write."""
    link = LinkedUser("lamna", "1-u", "t", "0a", "dana@lamna.example", NOW)
    assert not link.needs_note(NOW + timedelta(hours=23))
    assert link.needs_note(NOW + timedelta(days=1))
    assert not link.is_unused(NOW + timedelta(days=399))
    assert link.is_unused(NOW + timedelta(days=400))
    assert link.used_at(NOW + SECOND).used == NOW + SECOND


@pytest.mark.parametrize("info", BY_CODE.values(), ids=lambda info: info.code)
def test_every_error_of_a_launch_is_a_page_of_the_reader_or_of_ours(info: ErrorInfo) -> None:
    """4xx for what the reader can do something about, 503 for our side."""
    assert 400 <= info.status < 500 or info.status == 503
