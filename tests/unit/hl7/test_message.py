"""The splitter says what was sent, and nothing more."""

from __future__ import annotations

import pytest

from shared_code.errors import Refused
from shared_code.hl7.errors import MESSAGE_OVER_LIMITS, NOT_HL7
from shared_code.hl7.message import (
    EncodingCharacters,
    Message,
    Path,
    check_limits,
    escape,
    limited_to,
    unescape,
)
from tests.world.messages import message, s12, sample_names

USUAL = EncodingCharacters("|", "^", "~", "\\", "&")
READ = frozenset({"MSH", "SCH", "PID", "AIS"})
TEXT = s12(pid='1||A&B^C~D^E||""||||||||(608)555-0142^PRN^CP~""', head="|x|y")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "EPIC"),
        ("MSH-9", "SIU"),
        ("MSH-9.2", "S12"),
        ("MSH-10", "1000241"),
        ("MSH-12", "2.3"),
        ("MSH-13", "x"),
        ("MSH-30", ""),
        ("SCH-2.1", "36996"),
        ("SCH-11.4", "202606101330"),
        ("SCH-11.3", ""),
        ("SCH-11.9", ""),
        ("PID-3", "A"),
        ("PID-3.1.2", "B"),
        ("PID-3.2", "C"),
        ("PID-3.2.2", ""),
        ("PID-5", '""'),
        ("PID-5.1.1", '""'),
        ("PID-5.3", '""'),
        ("NTE-3", ""),
    ],
)
def test_a_path_leads_to_one_value(path: str, expected: str) -> None:
    """MSH counts its separator; what a path leaves out is the first; null is null in all parts."""
    assert Message.read(TEXT).value(Path.parse(path)) == expected


def test_repetitions_and_segments_keep_their_order() -> None:
    """Repetitions are split, segments of one name are listed, absent ones are empty."""
    read = Message.read(TEXT + "AIS|2||1010\r")
    pid = read.named("PID")[0]

    assert read.raw_repetitions(pid, 13) == ["(608)555-0142^PRN^CP", '""']
    assert read.raw_repetitions(pid, 4) == []
    assert read.raw_repetitions(read.named("MSH")[0], 2) == ["^~\\&"]
    assert [segment.raw(3) for segment in read.named("AIS")] == ["2950^VIDEO VISIT", "1010"]
    assert read.named("ZZZ") == ()
    assert read.raw("PID", 3) == "A&B^C~D^E"
    assert read.raw("ZZZ", 3) == ""


@pytest.mark.parametrize("ends", ["\r", "\n", "\r\n", "\r\r"])
def test_every_line_end_ends_a_segment(ends: str) -> None:
    """CR, LF and both mean the same; blank lines mean nothing."""
    assert Message.read(TEXT.replace("\r", ends)) == Message.read(TEXT)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("MSH|^~\\&|EPIC", USUAL),
        ("MSH|^~\\&", USUAL),
        ("MSH|^~\\&\rPID|1", USUAL),
        ("MSH!:*?%!EPIC", EncodingCharacters("!", ":", "*", "?", "%")),
        ("MSH|^~\\&#|EPIC", EncodingCharacters("|", "^", "~", "\\", "&", "#")),
        ("MSH|^~\\|EPIC", EncodingCharacters("|", "^", "~", "\\")),
        ("MSH|^~\\||", EncodingCharacters("|", "^", "~", "\\")),
        ("MSH|^~|EPIC", EncodingCharacters("|", "^", "~")),
        ("MSH|^~", EncodingCharacters("|", "^", "~")),
        ("MSH|^~\rPID|1", EncodingCharacters("|", "^", "~")),
        ("MSH!:*!EPIC", EncodingCharacters("!", ":", "*")),
    ],
)
def test_a_message_declares_its_delimiters(header: str, expected: EncodingCharacters) -> None:
    """Two to five distinct characters of punctuation beside the separator."""
    assert Message.read(header).encoding == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "M",
        "MSH",
        "MSH|",
        "MSH|^",
        "MSH|^|",
        "MSH|^~\\&#@|",
        "MSH|^^\\&|",
        "MSH|^^|",
        "MSH||EPIC|",
        "MSH|^~E&|",
        "MSH|^~1&|",
        "MSH|^ \\&|",
        "MSH|^~\\\t|",
        "MSHA^~\\&A",
        "MSH|^\r~\\&|",
        "msh|^~\\&|",
        " MSH|^~\\&|",
        "PID|1\rMSH|^~\\&|",
        "{}",
        "MSH\uff5c^~\\&\uff5c",
    ],
)
def test_a_header_without_usable_delimiters_is_no_message(text: str) -> None:
    """Too few, too many, repeated, alphanumeric, blank or wide delimiters are refused."""
    with pytest.raises(Refused) as refused:
        Message.read(text)

    assert refused.value.code == NOT_HL7.code


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("plain", "plain"),
        ("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"),
        ("a\\P\\b", "ab"),
        ("\\H\\bold\\N\\", "bold"),
        ("\\X0A\\", "\n"),
        ("\\X0D0A\\", "\r\n"),
        ("\\XC3B1\\", "ñ"),
        ("\\XF1\\", "ñ"),
        ("one\\.br\\two\\.sp2\\three", "one\ntwo\nthree"),
        ("\\.in+4\\text\\.ce\\\\.fi\\", "text"),
        ("\\E\\.br\\E\\", "\\.br\\"),
        ("\\T\\\\T\\", "&&"),
        ("C:\\temp\\new", "C:\\temp\\new"),
        ("\\", "\\"),
        ("\\\\", "\\\\"),
        ("\\X0\\", "\\X0\\"),
        ("\\X\\", "\\X\\"),
        ("\\Zlocal\\", "\\Zlocal\\"),
        ("\\C2842\\", "\\C2842\\"),
        ("\\F", "\\F"),
        ("\\f\\", "\\f\\"),
    ],
)
def test_escape_sequences_become_what_they_stand_for(raw: str, expected: str) -> None:
    """Known sequences are replaced once, unknown ones and lone marks stay as they were sent."""
    assert unescape(raw, USUAL) == expected


def test_escapes_use_the_delimiters_of_the_message() -> None:
    """A message with its own delimiters has its own escapes; the others are plain text."""
    own = EncodingCharacters("!", ":", "*", "?", "%", "#")

    assert unescape("a?S?b\\S\\c?F??P?", own) == "a:b\\S\\c!#"
    assert escape("a:b|c?", own) == "a?S?b|c?E?"


@pytest.mark.parametrize("specials", ["^~\\", "^~"])
def test_what_a_short_msh_2_leaves_out_is_text(specials: str) -> None:
    """No subcomponents and, without their character, no escapes; the rest is split as ever."""
    read = Message.read(s12(pid="1||A&B^C~D\\F\\^E").replace("^~\\&", specials, 1))
    pid = read.named("PID")[0]

    assert read.value(Path("PID", 3, 1)) == "A&B"
    assert read.value(Path("PID", 3, 1, 1)) == "A&B"
    assert read.value(Path("PID", 3, 1, 2)) == ""
    assert read.value(Path("PID", 3, 2)) == "C"
    assert read.raw_repetitions(pid, 3) == ["A&B^C", "D\\F\\^E"]
    assert read.text("D\\F\\") == ("D|" if "\\" in specials else "D\\F\\")
    check_limits(pid.raw(3), read.encoding)


def test_a_subcomponent_delimiter_escaped_by_habit_is_an_ampersand() -> None:
    """Interfaces escape it also where their MSH-2 leaves it out."""
    assert unescape("A\\T\\B", EncodingCharacters("|", "^", "~", "\\")) == "A&B"
    assert unescape("A\\T\\B", EncodingCharacters("|", "^", "~")) == "A\\T\\B"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("SCH-2", Path("SCH", 2)),
        ("SCH-2.1", Path("SCH", 2, 1)),
        ("PID-3.1.2", Path("PID", 3, 1, 2)),
        ("TQ1-7", Path("TQ1", 7)),
        ("ZCS-199.10", Path("ZCS", 199, 10)),
    ],
)
def test_paths_of_a_configuration(path: str, expected: Path) -> None:
    """Segment, field, and if wanted component and subcomponent."""
    assert Path.parse(path) == expected


@pytest.mark.parametrize(
    "text",
    ["", "SCH", "SCH-", "SCH-0", "SCH-2.", "SCH-2.0", "SCH-2.1.1.1", "sch-2", "SC-2", "SCHX-2"]
    + ["1CH-2", "SCH.2", "SCH-2 ", "SCH-\uff12", "SCH-2\n", "SCH-1000", "SCH--2", "SCH-02"],
)
def test_nonsense_is_no_path(text: str) -> None:
    """A configuration with such a path is not saved."""
    with pytest.raises(ValueError, match="not a field path"):
        Path.parse(text)


@pytest.mark.parametrize(
    ("more", "within"),
    [
        pytest.param("\r".join(["AIS|1"] * 497), True, id="500 segments"),
        pytest.param("\r".join(["AIS|1"] * 498), False, id="501 segments"),
        pytest.param("\r".join(["NTE|1"] * 600), True, id="segments that nobody reads"),
    ],
)
def test_as_many_segments_as_are_read(more: str, within: bool) -> None:
    """Messages over the limit are split, but go no further."""
    read = Message.read(s12(more=more))

    if within:
        assert {each.name for each in limited_to(read, READ).segments} <= READ
    else:
        with pytest.raises(Refused) as refused:
            limited_to(read, READ)
        assert refused.value.code == MESSAGE_OVER_LIMITS.code


@pytest.mark.parametrize(
    ("raw", "within"),
    [("x" * 32_768, True), ("x" * 32_769, False), ("~" * 49, True), ("~" * 50, False)],
)
def test_limits_of_a_field(raw: str, within: bool) -> None:
    """32 KB, and 50 repetitions."""
    encoding = EncodingCharacters("|", "^", "~", "\\", "&")

    if within:
        check_limits(raw, encoding)
    else:
        with pytest.raises(Refused) as refused:
            check_limits(raw, encoding)
        assert refused.value.code == MESSAGE_OVER_LIMITS.code


@pytest.mark.parametrize("name", sample_names())
def test_every_sample_is_within_the_limits(name: str) -> None:
    """What real senders send is far below the limits."""
    read = message(name)
    for segment in limited_to(read, {each.name for each in read.segments} - {"OBX"}).segments:
        for field in segment.fields[3:] if segment.name == "MSH" else segment.fields:
            check_limits(field, read.encoding)
