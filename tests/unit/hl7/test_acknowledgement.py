"""The door's verdicts and the acknowledgements that tell them."""

from __future__ import annotations

from hashlib import sha256

import pytest

from shared_code.hl7.acknowledgement import Verdict, acknowledge, acknowledge_batch, judge
from shared_code.hl7.errors import (
    APPOINTMENT_KEY_MISSING,
    EVENT_UNSUPPORTED,
    MESSAGE_TYPE_UNSUPPORTED,
    TRIGGER_MISSING,
)
from shared_code.hl7.framing import Frame, split_body
from shared_code.hl7.message import Message, Path
from shared_code.wiring.codes import ERRORS
from tests.world.messages import message, s12, sample, texts

STORED = Verdict(None, store=True)
IGNORED = Verdict(None, store=False)
KEY = Path("SCH", 2, 1)
TYPE = Path("MSH", 9, 1)
TRIGGER = Path("MSH", 9, 2)


def _judge(text: str, key_path: str = "SCH-2.1", *, ignore: bool = False) -> Verdict:
    return judge(Message.read(text), key_path, ignore_other_messages=ignore)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((f"SIU^S{n}", STORED) for n in (12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 26)),
        ("SIU^S12^SIU_S12", STORED),
        ("siu^s12", STORED),
        (" SIU ^ S12 ", STORED),
        ("SIU^S23", IGNORED),
        ("SIU^S24", IGNORED),
        ("SIU^S25", Verdict(EVENT_UNSUPPORTED, location=TRIGGER)),
        ("SIU^S27", Verdict(EVENT_UNSUPPORTED, location=TRIGGER)),
        ("SIU^SIU_S12", Verdict(EVENT_UNSUPPORTED, location=TRIGGER)),
        ("SIU", Verdict(TRIGGER_MISSING, location=TRIGGER)),
        ("SIU^^SIU_S12", Verdict(TRIGGER_MISSING, location=TRIGGER)),
        ('SIU^""', Verdict(TRIGGER_MISSING, location=TRIGGER)),
        ("", Verdict(TRIGGER_MISSING, location=TRIGGER)),
        ("ADT^A08", Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)),
        ("ADT", Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)),
        ("^S12", Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)),
        ("SRM^S01", Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)),
    ],
)
def test_a_verdict_depends_on_type_and_trigger(kind: str, expected: Verdict) -> None:
    """Supported SIU events are stored, blocked slots forgotten, the rest is refused."""
    assert _judge(s12(kind=kind)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("SRR^S01", IGNORED),
        ("SQR^S25^SQR_S25", IGNORED),
        ("SIU^S12", STORED),
        ("SIU^S23", IGNORED),
        ("SIU^S25", IGNORED),
        ("SIU^S27", IGNORED),
        ("SIU^S27^SIU_S27", IGNORED),
        ("siu^z02", IGNORED),
        ("SIU^A08", IGNORED),
        ("SIU^SIU_S12", Verdict(EVENT_UNSUPPORTED, location=TRIGGER)),
        ("SIU^12", Verdict(EVENT_UNSUPPORTED, location=TRIGGER)),
        ("SIU", Verdict(TRIGGER_MISSING, location=TRIGGER)),
        ("", Verdict(TRIGGER_MISSING, location=TRIGGER)),
    ],
)
def test_a_connection_may_accept_and_forget_other_messages(kind: str, expected: Verdict) -> None:
    """Other types and other events are ignored then, not SIU messages with something wrong."""
    assert _judge(s12(kind=kind), ignore=True) == expected


@pytest.mark.parametrize("kind", ["ADT^A08", "ADT", "adt^a08^ADT_A01", "ACK", "ZPM^Z01", "Z01^Z01"])
def test_another_type_without_an_appointment_may_be_forgotten(kind: str) -> None:
    """An appointment is what an SCH holds."""
    assert _judge(_without_schedule(kind), ignore=True) == IGNORED


@pytest.mark.parametrize(
    "kind",
    ["^S12", "SIU_S12", "SIU S12", "SIU-S12", "SIUS12", "SCH^S12", "S12", "S12^SIU", "SUI^S12"]
    + ["SIU_S12^S12", "SIU/S12", "SI^S12", "SIUU^S12", "SRM^S12", '""^S12', "ADT^A08", "1^A08"],
)
def test_a_booking_whose_type_is_wrong_is_never_forgotten(kind: str) -> None:
    """The sender can mend it; forgotten, nobody would know that a patient is not told."""
    assert _judge(s12(kind=kind), ignore=True) == Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)


@pytest.mark.parametrize("kind", ["^S12", "SIU_S12", "SUI^S12", "SIU S12", "adt^s15"])
def test_a_wrong_type_is_refused_without_an_appointment_too(kind: str) -> None:
    """Its words are those of a booking, whatever came of the rest."""
    wrong = Verdict(MESSAGE_TYPE_UNSUPPORTED, location=TYPE)

    assert _judge(_without_schedule(kind), ignore=True) == wrong


def _without_schedule(kind: str) -> str:
    head, *rest = s12(kind=kind).split("\r")
    return "\r".join([head, *(line for line in rest if not line.startswith("SCH"))])


@pytest.mark.parametrize("key", ["", " ", '""', "^EPIC", "&X", "~36996"])
def test_an_empty_key_is_refused(key: str) -> None:
    """Without a value there, nothing can be done with a message, and the sender can mend it."""
    expected = Verdict(APPOINTMENT_KEY_MISSING, location=KEY)

    assert _judge(s12(sch=f"1|{key}")) == expected


def test_the_key_is_where_the_connection_says() -> None:
    """The path is the connection's, never chosen per message."""
    text = s12(sch="1|", more="PV1|1" + "|" * 18 + "36996")

    assert _judge(text, "PV1-19.1") == STORED
    assert _judge(text, "PV1-20.1").location == Path("PV1", 20, 1)


def _acknowledge(text: str, key_path: str = "SCH-2.1") -> list[str]:
    read = Message.read(text)
    verdict = judge(read, key_path, ignore_other_messages=False)
    answer = acknowledge(read, text.encode(), verdict)
    assert answer.endswith("\r")
    return answer.split("\r")[:-1]


def test_an_accepted_message_gets_aa() -> None:
    """Sender and receiver swap; MSH-7, MSH-11 and MSH-12 are echoed, MSH-10 hashes the bytes."""
    name = "SIU-S12-1000241"
    raw = sample(name)
    control_id = sha256(raw).hexdigest()[:20]

    answer = acknowledge(message(name), raw, STORED)

    assert answer == (
        "MSH|^~\\&|CONNECTOR|LAMNA|EPIC|LAMNA|20260601101502||ACK^S12^ACK"
        f"|{control_id}|T|2.3\rMSA|AA|1000241\r"
    )


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        (
            "trigger-missing",
            "AE|1000339|MSH-9 names no trigger event.",
            "MSH^1^9^1^2|101^Required field missing^HL70357|E||||MSH-9 names no trigger event.",
        ),
        (
            "key-empty",
            "AE|1000338|The appointment key is empty.",
            "SCH^1^2^1^1|101^Required field missing^HL70357|E||||The appointment key is empty.",
        ),
        (
            "adt-a08",
            "AR|1000336|Only SIU messages are accepted.",
            "MSH^1^9^1^1|200^Unsupported message type^HL70357|E||||Only SIU messages are accepted.",
        ),
        (
            "event-unsupported",
            "AR|1000340|This SIU event is not supported.",
            "MSH^1^9^1^2|201^Unsupported event code^HL70357|E||||This SIU event is not supported.",
        ),
    ],
)
def test_a_refused_message_is_told_why(name: str, code: str, error: str) -> None:
    """Older receivers find the sentence in MSA-3, newer ones in ERR."""
    assert _acknowledge(texts(name)[0])[1:] == [f"MSA|{code}", f"ERR||{error}"]


# MSH-15, then by MSH-16 (none, AL, NE, ER, SU) the codes of an accepted and a refused message.
_MODES = {
    "": "AA AE, AA AE, AA AE, AA AE, AA AE",
    '""': "AA AE, AA AE, AA AE, AA AE, AA AE",
    "AL": "CA CE, CA CE, CA CE, CA CE, CA CE",
    "NE": "CA CE, AA AE, CA CE, AA AE, AA AE",
    "ER": "CA CE, AA CE, CA CE, CA CE, AA CE",
    "SU": "CA CE, CA AE, CA CE, CA AE, CA CE",
    "al": "CA CE, CA CE, CA CE, CA CE, CA CE",
    "Y": "CA CE, CA CE, CA CE, CA CE, CA CE",
}


@pytest.mark.parametrize(
    ("accept", "application", "codes"),
    [
        (accept, application, codes)
        for accept, row in _MODES.items()
        for application, codes in zip(("", "AL", "NE", "ER", "SU"), row.split(", "), strict=True)
    ],
)
def test_the_acknowledgement_is_of_the_kind_that_is_asked_for(
    accept: str, application: str, codes: str
) -> None:
    """The commit comes first; where none of the two is asked for, the sender's other kind."""
    head = f"|||{accept}|{application}"
    answers = [_acknowledge(s12(kind=kind, head=head)) for kind in ("SIU^S12", "SIU")]

    assert codes.split() == [answer[1].split("|")[1] for answer in answers]


@pytest.mark.parametrize(
    ("accept", "application", "expected"),
    [
        ("", "", "AR"),
        ("AL", "NE", "CR"),
        ("NE", "AL", "AR"),
        ("ER", "AL", "CR"),
        ("SU", "AL", "AR"),
    ],
)
def test_a_rejection_is_an_error_for_both_fields(
    accept: str, application: str, expected: str
) -> None:
    """ER means errors and rejections (HL7 table 0155)."""
    answer = _acknowledge(s12(kind="ADT^A08", head=f"|||{accept}|{application}"))

    assert expected == answer[1].split("|")[1]


def test_without_commit_acknowledgement_the_application_answers() -> None:
    """NE in MSH-15 and AL in MSH-16 is the original mode in other words: AA."""
    name = "enhanced-mode-application"

    answer = acknowledge(message(name), sample(name), STORED)

    assert answer.split("\r")[1] == "MSA|AA|1000343"


def test_the_answer_uses_the_senders_delimiters() -> None:
    """Own delimiters, echoed; our own words are escaped where they contain one of them."""
    text = s12(kind="SIU").translate(str.maketrans("|^~\\&", "-:*.%"))
    control_id = sha256(text.encode()).hexdigest()[:20]
    sentence = "MSH.F.9 names no trigger event.E."

    assert _acknowledge(text) == [
        f"MSH-:*.%-CONNECTOR-LAMNA-EPIC-LAMNA-20260601101502--ACK-{control_id}-P-2.3",
        f"MSA-AE-1000241-{sentence}",
        f"ERR--MSH:1:9:1:2-101:Required field missing:HL70357-E----{sentence}",
    ]


@pytest.mark.parametrize(
    ("specials", "kind", "sentence"),
    [
        ("^~", "SIU", "MSH-9 names no trigger event."),
        ("^~\\", "SIU", "MSH-9 names no trigger event."),
        ("-.", "SIU", "MSH 9 names no trigger event "),
        ("-.*", "SIU", "MSH*S*9 names no trigger event*R*"),
    ],
)
def test_a_short_msh_2_is_echoed(specials: str, kind: str, sentence: str) -> None:
    """Without an escape character, a blank takes the place of a delimiter in our words."""
    component = specials[0]
    text = s12(kind=kind).replace("^~\\&", specials, 1)

    header, confirmation, error = _acknowledge(text)

    assert header.startswith(f"MSH|{specials}|CONNECTOR|LAMNA|EPIC|LAMNA|")
    assert f"MSA|AE|1000241|{sentence}" == confirmation
    assert error.startswith(f"ERR||{component.join(['MSH', '1', '9', '1', '2'])}|101{component}")


@pytest.mark.parametrize(
    "control_id", ["1000241", "A\\T\\B", "a^b~c&d", " 7 ", '""', "", "é-1", "\u2028\u0085x"]
)
def test_the_control_id_is_echoed_as_it_was_sent(control_id: str) -> None:
    """Escapes, delimiters and blanks of MSH-10 come back unchanged."""
    text = s12().replace("|1000241|", f"|{control_id}|")

    assert _acknowledge(text)[1] == f"MSA|AA|{control_id}"


def test_no_byte_of_the_message_ends_a_segment_of_the_answer() -> None:
    """A control id with MLLP's bytes cannot end the block a relay wraps the answer in."""
    text = s12().replace("|1000241|", "|1\x1c2\x0b3|")

    assert _acknowledge(text)[1] == "MSA|AA|123"


@pytest.mark.parametrize("trigger", ["A\\F\\B", "S1", "S123", "é12", "12S"])
def test_a_trigger_that_is_none_is_not_echoed(trigger: str) -> None:
    """MSH-9 of the answer is ACK alone then."""
    assert _acknowledge(s12(kind=f"SIU^{trigger}"))[0].split("|")[8] == "ACK"


def test_a_header_that_ends_early_is_answered() -> None:
    """Fields that were not sent are echoed as empty ones."""
    answer = _acknowledge("MSH|^~\\&|EPIC")

    assert answer[0].startswith("MSH|^~\\&|||EPIC||||ACK|")
    assert answer[1] == "MSA|AE||MSH-9 names no trigger event."


def test_the_same_bytes_get_the_same_answer() -> None:
    """The answer is a function of the bytes; other bytes have another control id."""
    read = message("SIU-S12-1000241")

    assert acknowledge(read, b"one", STORED) == acknowledge(read, b"one", STORED)
    assert acknowledge(read, b"one", STORED) != acknowledge(read, b"two", STORED)


def test_a_batch_is_answered_the_way_it_was_sent() -> None:
    """In an envelope with the count of answers, or one after the other."""
    enveloped = split_body(sample("batch-with-envelope"))
    plain = split_body(sample("batch-without-envelope"))

    assert acknowledge_batch(enveloped, ["A\r", "B\r"]) == "BHS|^~\\&\rA\rB\rBTS|2\r"
    assert acknowledge_batch(plain, ["A\r", "B\r"]) == "A\rB\r"
    assert acknowledge_batch(Frame((b"",), enveloped=False), ["A\r"]) == "A\r"


def test_every_code_of_a_verdict_has_an_acknowledgement() -> None:
    """Codes that acknowledge have a condition this module can name."""
    text = Message.read(s12())
    acknowledged = [error for error in ERRORS.values() if error.acknowledgement]

    for error in acknowledged:
        assert f"|{error.acknowledgement}|" in acknowledge(text, b"", Verdict(error))
