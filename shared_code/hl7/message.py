"""
The HL7 parser: ER7 text to segments, fields, repetitions, components and subcomponents.

Rules: HL7 v2.5.1 §2.5, §2.7, §2.8. Standard library only. It does not guess, does not validate
anything but the header, does not log and does not know what a field means.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from string import punctuation

from shared_code.errors import Refused
from shared_code.hl7.errors import MESSAGE_OVER_LIMITS, NOT_HL7

NULL = '""'
"""The explicit null of HL7 v2.5.1 §2.5.3: forget what you know."""

MAX_SEGMENTS = 500
MAX_FIELD_LENGTH = 32_768
MAX_REPETITIONS = 50

_SEGMENT_ENDS = re.compile("[\r\n]+")
_PATH = re.compile(
    r"([A-Z][A-Z0-9]{2})-([1-9][0-9]{0,2})(?:\.([1-9][0-9]{0,2})(?:\.([1-9][0-9]{0,2}))?)?"
)


@dataclass(frozen=True, slots=True)
class EncodingCharacters:
    """
    MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4); `truncation` exists from version 2.7.

    The last three are empty if the sender does not use them (HL7 v2.7.1 §2.5.4).
    """

    field: str
    component: str
    repetition: str
    escape: str = ""
    subcomponent: str = ""
    truncation: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """`SEG-field[.component[.subcomponent]]`. An omitted part means the first one, or the whole."""

    segment: str
    field: int
    component: int | None = None
    subcomponent: int | None = None

    @staticmethod
    def parse(text: str) -> Path:
        """Return the path. Raises ValueError if the text is not a path; validates configuration."""
        found = _PATH.fullmatch(text)
        if found is None:
            raise ValueError("not a field path")
        segment, *numbers = found.groups()
        field, component, subcomponent = (int(n) if n else None for n in numbers)
        return Path(segment, field or 0, component, subcomponent)


@dataclass(frozen=True, slots=True)
class Segment:
    """`fields[n]` is field n exactly as it was sent; `fields[0]` is the name."""

    name: str
    fields: tuple[str, ...]

    def raw(self, field: int) -> str:
        """Return the field as sent; empty if the segment ends before it."""
        return self.fields[field] if field < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Accessors named `raw…` return text as sent; the others unescape and trim it."""

    encoding: EncodingCharacters
    segments: tuple[Segment, ...]

    @staticmethod
    def read(text: str) -> Message:
        """
        Parse the text. Sets no limits.

        Raises Refused(NOT_HL7) if it does not begin with a usable MSH.
        """
        encoding = encoding_characters(text)
        lines = (line for line in _SEGMENT_ENDS.split(text) if line)
        return Message(encoding, tuple(_segment(line, encoding.field) for line in lines))

    def named(self, name: str) -> tuple[Segment, ...]:
        """Return all segments of that name, in the order of the message."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def raw(self, name: str, field: int) -> str:
        """Return the field of the first segment of that name, as sent; empty if there is none."""
        for segment in self.segments:
            if segment.name == name:
                return segment.raw(field)
        return ""

    def raw_repetitions(self, segment: Segment, field: int) -> list[str]:
        """
        Return the field's repetitions as sent, none if it is empty.

        MSH-1 and MSH-2 are not split.
        """
        raw = segment.raw(field)
        if segment.name == "MSH" and field <= 2:
            return [raw]
        return raw.split(self.encoding.repetition) if raw else []

    def raw_part(self, repetition: str, component: int | None, subcomponent: int | None) -> str:
        """
        Return one part of a repetition as sent.

        A part that is not named is the first one: a receiver that expects fewer parts than were
        sent reads the first (HL7 v2.5.1 §2.8.2). All components of a null field are null.
        """
        if repetition == NULL:
            return NULL
        whole, mark = _nth(repetition.split(self.encoding.component), component), self.encoding
        parts = whole.split(mark.subcomponent) if mark.subcomponent else [whole]
        return _nth(parts, subcomponent)

    def value(self, path: Path) -> str:
        """Return the value in the first segment and repetition: may be NULL, empty if absent."""
        for segment in self.segments:
            if segment.name == path.segment:
                return self._first(segment, path)
        return ""

    def values(self, path: Path) -> list[str]:
        """Return the value in the first repetition of each such segment, as value() does."""
        return [self._first(segment, path) for segment in self.named(path.segment)]

    def text(self, raw: str) -> str:
        """Return the text unescaped and without surrounding blanks."""
        return unescape(raw, self.encoding).strip()

    def _first(self, segment: Segment, path: Path) -> str:
        if segment.name == "MSH" and path.field <= 2:
            return segment.raw(path.field)
        repetition = segment.raw(path.field).split(self.encoding.repetition, 1)[0]
        return self.text(self.raw_part(repetition, path.component, path.subcomponent))


def encoding_characters(header: str) -> EncodingCharacters:
    """
    Return the delimiters that a message declares: MSH-1, then two to five more in MSH-2.

    A sender that uses no subcomponents may leave out their delimiter, and the escape character too
    if nothing is escaped (HL7 v2.7.1 §2.5.4). All must be distinct ASCII punctuation: a letter,
    digit, blank or control character as a delimiter would make every field ambiguous. Raises
    Refused(NOT_HL7).
    """
    separator = header[3:4]
    specials = _SEGMENT_ENDS.split(header[4:16], maxsplit=1)[0]
    if separator:
        specials = specials.split(separator, 1)[0]
    declared = separator + specials
    if not (
        header.startswith("MSH")
        and 3 <= len(declared) <= 6
        and len(set(declared)) == len(declared)
        and all(character in punctuation for character in declared)
    ):
        raise Refused(NOT_HL7)
    return EncodingCharacters(*declared)


def limited_to(message: Message, names: Collection[str]) -> Message:
    """
    Return the message with the segments of these names, which are those that are read. Raises
    Refused(MESSAGE_OVER_LIMITS) if they are too many: later steps take more than linear time.
    """
    segments = tuple(segment for segment in message.segments if segment.name in names)
    if len(segments) > MAX_SEGMENTS:
        raise Refused(MESSAGE_OVER_LIMITS)
    return Message(message.encoding, segments)


def check_limits(raw: str, encoding: EncodingCharacters) -> None:
    """
    Raise Refused(MESSAGE_OVER_LIMITS) if a field, as sent, is too long or repeated too often. To be
    called for each field that is read: a document in any other harms nobody.
    """
    if len(raw) > MAX_FIELD_LENGTH or raw.count(encoding.repetition) >= MAX_REPETITIONS:
        raise Refused(MESSAGE_OVER_LIMITS)


def unescape(raw: str, encoding: EncodingCharacters) -> str:
    """
    Return the text without escape sequences (HL7 v2.5.1 §2.7). Never raises.

    Delimiters, hexadecimal data and line breaks are replaced by what they stand for, highlighting
    and other formatting commands are removed, anything unknown is left as sent.
    """
    mark = encoding.escape
    if not mark or mark not in raw:
        return raw
    delimiters = {
        "F": encoding.field,
        "S": encoding.component,
        "T": encoding.subcomponent or "&",  # escaped by habit, although MSH-2 leaves it out
        "R": encoding.repetition,
        "E": mark,
        "P": encoding.truncation,
    }

    def meaning(found: re.Match[str]) -> str:
        body = found[1]
        if body in delimiters:
            return delimiters[body]
        if body[0] == "X":
            return _hexadecimal(body[1:])
        return "\n" if body[:3] in (".br", ".sp") else ""

    quoted = re.escape(mark)
    known = r"[FSTREPHN]|X(?:[0-9A-Fa-f]{2})+|\.(?:br|ce|fi|nf|(?:sp|in|sk|ti)[+-]?[0-9]{0,4})"
    return re.sub(f"{quoted}({known}){quoted}", meaning, raw)


def escape(text: str, encoding: EncodingCharacters) -> str:
    """
    Return our own text as data for a message with these delimiters (HL7 v2.5.1 §2.7.1).

    Without an escape character, a blank takes the place of a delimiter.
    """
    letters = {
        encoding.field: "F",
        encoding.component: "S",
        encoding.subcomponent: "T",
        encoding.repetition: "R",
        encoding.escape: "E",
    }
    mark = encoding.escape
    if not mark:
        return "".join(" " if c in letters else c for c in text)
    return "".join(f"{mark}{letters[c]}{mark}" if c in letters else c for c in text)


def _segment(line: str, separator: str) -> Segment:
    name, *fields = line.split(separator)
    if name == "MSH":
        fields.insert(0, separator)  # MSH-1 is the separator itself (HL7 v2.5.1 §2.15.9.1)
    return Segment(name, (name, *fields))


def _nth(parts: list[str], number: int | None) -> str:
    index = (number or 1) - 1
    return parts[index] if index < len(parts) else ""


def _hexadecimal(digits: str) -> str:
    data = bytes.fromhex(digits)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
