"""On any input whatever the HL7 reader answers or refuses, and it does nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared_code.errors import Code, Refused
from shared_code.hl7.acknowledgement import acknowledge, acknowledge_batch, judge
from shared_code.hl7.errors import (
    BATCH_TOO_LARGE,
    CHARSET_UNSUPPORTED,
    CONTENT_TYPE_UNSUPPORTED,
    MESSAGE_OVER_LIMITS,
    NOT_HL7,
)
from shared_code.hl7.framing import (
    answer_charset,
    charset_of,
    decode,
    parse_content_type,
    split_body,
)
from shared_code.hl7.message import (
    EncodingCharacters,
    Message,
    Path,
    escape,
    limited_to,
    unescape,
)
from shared_code.hl7.phones import normalise
from shared_code.hl7.schedule_event import SUPPORTED, ScheduleEvent
from shared_code.hl7.times import latest_day, read_time
from shared_code.intake.siu import MESSAGE_UNPARSEABLE, read_schedule_events
from tests.fuzz.hostile import cases, mutated, structured
from tests.world.connection import CONNECTION

DOOR = {NOT_HL7.code, BATCH_TOO_LARGE.code, CHARSET_UNSUPPORTED.code}
READER = {NOT_HL7.code, MESSAGE_OVER_LIMITS.code, MESSAGE_UNPARSEABLE.code}


def _refused_as(codes: set[Code], action: Callable[[], Any]) -> Any:
    """The action's result; None when it was refused, which it may be with these codes only."""
    try:
        return action()
    except Refused as error:
        refusal = error
    assert refusal.code in codes
    assert str(refusal) == refusal.info.sentence
    assert refusal.__cause__ is None
    assert refusal.__context__ is None or refusal.__suppress_context__
    return None


def _door(body: bytes, charset: str | None = None) -> None:
    """What the door does with a body, and what must hold for its answer."""
    frame = _refused_as(DOOR, lambda: split_body(body))
    if frame is None:
        return
    answers = []
    for raw in frame.messages:
        assert raw.endswith(b"\r")
        assert b"\n" not in raw
        message = Message.read(decode(raw, charset))
        read = {"MSH", "PID", "ZZZ"}
        _refused_as({MESSAGE_OVER_LIMITS.code}, partial(limited_to, message, read))
        verdict = judge(message, "SCH-2.1", ignore_other_messages=False)
        answers.append(acknowledge(message, raw, verdict))
        _check_answer(message, answers[-1], stored=verdict.store)
    answer = acknowledge_batch(frame, answers).encode(answer_charset(frame, charset))
    again = split_body(answer)
    assert len(again.messages) == len(frame.messages)
    assert again.enveloped == frame.enveloped


def _check_answer(message: Message, answer: str, *, stored: bool) -> None:
    """Readable by ourselves, one MSH, nothing injected, MSA-2 the sender's MSH-10."""
    read = Message.read(answer)

    assert read.encoding == message.encoding
    assert [segment.name for segment in read.segments] in (["MSH", "MSA"], ["MSH", "MSA", "ERR"])
    assert read.raw("MSA", 2) == message.raw("MSH", 10)
    assert read.raw("MSH", 7) == message.raw("MSH", 7)
    assert read.raw("MSH", 3) == message.raw("MSH", 5)
    assert len(read.raw("MSH", 10)) == 20
    assert len(read.named("MSA")[0].fields) in (3, 4)
    assert (read.raw("MSA", 1) in ("AA", "CA")) >= stored


@cases(5_000)
@given(st.binary(max_size=400))
def test_the_door_survives_any_bytes(body: bytes) -> None:
    """Noise is refused with a code of the door."""
    _door(body)


@cases(3_000)
@given(st.binary(max_size=300))
def test_the_door_survives_any_bytes_behind_a_header(body: bytes) -> None:
    """A good header and then noise: every answer holds."""
    _door(b"MSH|^~\\&|A|B|C|D|20260601101502||SIU^S12|" + body)


@cases(5_000)
@given(mutated())
def test_the_door_survives_damaged_samples(body: bytes) -> None:
    """Samples with parts overwritten, cut out and repeated."""
    _door(body)


@cases(500)
@given(mutated(), st.sampled_from(["utf-8", "us-ascii", "big5", "gb18030", "shift_jis", "cp1252"]))
def test_the_door_survives_any_declared_charset(body: bytes, charset: str) -> None:
    """A declared set that the bytes do not obey changes nothing."""
    _door(body, charset)


@cases(3_000)
@given(structured())
def test_the_door_survives_hostile_delimiters(text: str) -> None:
    """Messages whose delimiters and escapes stand in the wrong places."""
    _door(text.encode("utf-8"))


@cases(1_500)
@given(st.text(max_size=60), st.permutations("|^~\\&#!:"), st.integers(3, 5))
def test_escaping_is_undone_by_unescaping(text: str, delimiters: list[str], count: int) -> None:
    """Whatever was escaped comes back, as blanks if nothing can be; what comes never raises."""
    delimiters = delimiters[:count]
    encoding = EncodingCharacters(*delimiters)
    escaped = escape(text, encoding)
    lost = str.maketrans(dict.fromkeys(delimiters, " ")) if count == 3 else {}

    assert unescape(escaped, encoding) == text.translate(lost)
    assert not set(escaped) & set(delimiters[:3] + delimiters[4:5])
    unescape(text, encoding)


@cases(500)
@given(st.text(alphabet="\\FSTRENHPX.brspin+-0123456789abc", max_size=60))
def test_unescaping_never_raises(text: str) -> None:
    """Half sequences and nested ones are text."""
    assert len(unescape(text, EncodingCharacters(*"|^~\\&"))) <= len(text)


@cases(800)
@given(
    st.none() | st.text(max_size=60) | st.from_regex(r"text/(plain|hl7);charset=.*", fullmatch=True)
)
def test_any_content_type(value: str | None) -> None:
    """A header is one of ours or refused, and its charset is known or refused."""
    found = _refused_as({CONTENT_TYPE_UNSUPPORTED.code}, lambda: parse_content_type(value))
    if found:
        charset = found[1]
        name = _refused_as({CHARSET_UNSUPPORTED.code}, lambda: charset_of(b"MSH", charset))
        assert name is None or "MSH".encode(name) == b"MSH"


@cases(500)
@given(st.text(max_size=12) | st.from_regex(r"[A-Z]{3}-[0-9]{1,3}(\.[0-9]){0,3}", fullmatch=True))
def test_any_path(text: str) -> None:
    """A path is read as it is written, or it is none."""
    try:
        path = Path.parse(text)
    except ValueError:
        return
    numbers = [path.field, path.component, path.subcomponent]
    assert text == f"{path.segment}-{'.'.join(str(n) for n in numbers if n)}"


_WALLS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31, 23, 59, 59))  # noqa: DTZ001 - wall clocks
_FORMS = st.sampled_from(
    ["%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M%S00", "%Y%m%d%H%M%S000", "%Y%m%d%H%M%S%f"]
    + ["%Y%m%d%H%M%S.%f", "%Y%m%d%H%M%S.0"]
)
_OFFSETS = {"": None, "Z": 0, "-0500": -300, "-05:00": -300, "-05": -300, "+05:45": 345}


@cases(1_000)
@given(st.text(max_size=30) | st.text(alphabet="0123456789.+-:Z", max_size=26))
def test_any_time(text: str) -> None:
    """A time is read exactly or not at all."""
    time = read_time(text)

    assert time is None or text.startswith(f"{time.wall:%Y%m%d%H%M}")


@cases(1_000)
@given(_WALLS, _FORMS, st.sampled_from(sorted(_OFFSETS)))
def test_any_readable_time_round_trips(wall: datetime, form: str, offset: str) -> None:
    """In every spelling that senders use, to what the spelling holds."""
    text = f"{wall:{form}}"
    minutes = _OFFSETS[offset]

    time = read_time(text + offset)

    assert time is not None
    assert f"{time.wall:{form}}" == text
    assert time.offset == (None if minutes is None else timedelta(minutes=minutes))


@cases(1_000)
@given(
    st.datetimes(datetime(2022, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - wall clocks
    st.sampled_from(["%m%d%Y%H%M", "%d%m%Y%H%M%S", "%y%m%d%H%M%S", "%m/%d/%Y %H:%M"]),
)
def test_no_time_in_another_order_is_read_as_another_day(wall: datetime, form: str) -> None:
    """Month or day first, or two digits for the year: nothing, rather than a wrong day."""
    time = read_time(f"{wall:{form}}")

    assert time is None or time.wall.date() == wall.date()


@cases(1_000)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from([4, 6, 8]), st.booleans())
def test_any_part_of_a_date_allows_that_day(day: date, known: int, padded: bool) -> None:
    """The last day allowed is never before the one that was meant, and alike where it is known."""
    text = f"{day:%Y%m%d}"[:known]

    last = latest_day(text.ljust(8, "0") if padded else text)

    assert last is not None
    assert last >= day
    assert f"{last:%Y%m%d}"[:known] == text


@cases(1_000)
@given(st.text(max_size=120) | st.text(alphabet="0123456789+-() ./x", max_size=30))
def test_any_phone(text: str) -> None:
    """A number is E.164 of an allowed region or refused."""
    number = normalise(text, "US", frozenset({"US"}))

    assert number is None or (
        number.startswith("+1") and len(number) == 12 and number[1:].isdigit()
    )


def _read(text: str) -> None:
    """The whole way behind the queue."""
    events = _refused_as(READER, lambda: read_schedule_events(text, CONNECTION))
    if events is None:
        return
    assert events
    for event in events:
        assert isinstance(event, ScheduleEvent)
        assert event.trigger in SUPPORTED
        assert event.key


@cases(1_500)
@given(mutated())
def test_the_reader_survives_damaged_samples(body: bytes) -> None:
    """Every message of a damaged sample becomes an event or is refused."""
    frame = _refused_as(DOOR, lambda: split_body(body))
    for raw in frame.messages[:2] if frame else ():
        _read(decode(raw, None))


@cases(1_000)
@given(structured())
def test_the_reader_survives_hostile_delimiters(text: str) -> None:
    """The same for delimiters and escapes in the wrong places."""
    _read(text)


@cases(300)
@given(st.text(max_size=200))
def test_the_reader_survives_any_text(text: str) -> None:
    """And for text that is none of ours."""
    _read(text)
    _read(f"MSH|^~\\&|A|B|C|D|20260601101502||SIU^S12|1|P|2.3\rSCH|1|2|||||||||{text}")
