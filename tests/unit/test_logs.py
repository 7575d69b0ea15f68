"""Log lines: what may stand in them, and what never does."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared_code import logs
from tests.world.logs import captured_logs

SECRET = "TESTPATIENT (608)555-0142"


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@contextmanager
def _bare_root() -> Iterator[logging.Logger]:
    """The root logger without handlers; afterwards everything is as it was."""
    logger = logging.getLogger()
    loggers = [logger, *map(logging.getLogger, logs._QUIET)]
    handlers, levels = logger.handlers[:], [each.level for each in loggers]
    logger.handlers[:] = []
    try:
        yield logger
    finally:
        logger.handlers[:] = handlers
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def _fail() -> None:
    """Raises an error whose text and cause are secret."""
    try:
        {"a": 1}[SECRET]
    except KeyError as cause:
        raise ValueError(SECRET) from cause


def _work() -> None:
    """Binds fields, logs, and fails."""
    with logs.bound(correlation="one", row="1-00"):
        with logs.bound(row="1-11", phone=SECRET):
            logs.event("inner")
        logs.event("outer", row="1-22")
        raise ValueError("stop")


def test_an_event_is_one_line_of_json() -> None:
    """With its time in UTC, its level, its name and its fields."""
    with captured_logs() as stream:
        logs.event("text.sent", segments=2, row="1-00")
        logs.warn("text.unknown", code="outcome_unknown")
    first, second = _lines(stream)

    assert {name: value for name, value in first.items() if name != "at"} == {
        "level": "INFO",
        "event": "text.sent",
        "segments": 2,
        "row": "1-00",
    }
    assert str(first["at"]).endswith("+00:00")
    assert (second["level"], second["code"]) == ("WARNING", "outcome_unknown")


@pytest.mark.parametrize("name", ["phone", "body", "key", "token", "args", "message", "url", "at"])
def test_a_field_that_is_not_allowed_is_dropped(name: str) -> None:
    """Whoever adds it must add it to the list as well."""
    with captured_logs() as stream:
        logs.event("text.sent", **{name: SECRET})

    assert SECRET not in stream.getvalue()
    assert name == "at" or name not in _lines(stream)[0]


def test_the_allowed_fields_cannot_overwrite_what_a_line_is_about() -> None:
    """Time, level, event and exception are the line's own."""
    assert logs.FIELDS.isdisjoint({"at", "level", "event", "exception"})


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\x1b[31mb", "a\u2028b", "a\x00b", 'a"b'])
def test_a_value_cannot_break_out_of_its_line(text: str) -> None:
    """Line ends and control characters are escaped."""
    with captured_logs() as stream:
        logs.event("work.again", correlation=text)
    (line,) = stream.getvalue().split("\n")[:-1]

    assert line.isascii()
    assert line.isprintable()
    assert text == json.loads(line)["correlation"]


def test_words_of_other_libraries_are_not_kept() -> None:
    """They may repeat input; only who spoke is kept."""
    with captured_logs() as stream:
        handler = logging.getLogger("connector").handlers[-1]
        record = logging.LogRecord("azure.core", 30, "x.py", 1, "sent %s", (SECRET,), None)
        handler.handle(record)

    assert _lines(stream)[0]["event"] == "library.azure.core"
    assert SECRET not in stream.getvalue()


def test_only_the_type_of_an_error_is_kept() -> None:
    """Neither its text nor its cause nor the traceback."""
    with captured_logs() as stream:
        try:
            _fail()
        except ValueError as error:
            logs.failure("work.failed", error, code="x")
    (line,) = _lines(stream)

    assert (
        line["level"],
        line["event"],
        line["exception"],
    ) == ("ERROR", "work.failed", "ValueError")
    assert SECRET not in stream.getvalue()
    assert "Traceback" not in stream.getvalue()


def test_bound_fields_are_in_every_line_and_then_are_not() -> None:
    """Also after an exception: worker threads are reused."""
    with captured_logs() as stream:
        with pytest.raises(ValueError, match="stop"):
            _work()
        logs.event("after")
    inner, outer, after = _lines(stream)

    assert (inner["correlation"], inner["row"]) == ("one", "1-11")
    assert (outer["correlation"], outer["row"]) == ("one", "1-22")
    assert {"at", "level", "event"} == set(after)
    assert SECRET not in stream.getvalue()
    assert logs.correlation() == ""


def test_what_one_thread_bound_is_not_in_the_lines_of_another() -> None:
    """Sync functions run in parallel."""
    seen: list[str] = []
    with logs.bound(correlation="mine"):
        other = threading.Thread(target=lambda: seen.append(logs.correlation()))
        other.start()
        other.join()

        assert (logs.correlation(), seen) == ("mine", [""])


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    """A log call never fails."""
    with captured_logs() as stream:
        logs.event("work.again", due=object, state={1, 2})

    assert _lines(stream)[0]["event"] == "work.again"


def test_setting_up_writes_our_lines_once() -> None:
    """The host has a handler of its own: it gets our format, however often that is asked for."""
    host = io.StringIO()
    with _bare_root() as root:
        root.addHandler(logging.StreamHandler(host))
        logs.set_up()
        logs.set_up()
        logs.event("agenda.ran", count=3)
        logging.getLogger("somebody").warning("%s", SECRET)
    first, second = _lines(host)

    assert (first["event"], first["count"]) == ("agenda.ran", 3)
    assert second["event"] == "library.somebody"


def test_setting_up_without_a_host_writes_to_the_stream() -> None:
    """One handler, ours."""
    stream = io.StringIO()
    with _bare_root() as root:
        logs.set_up(stream)
        logs.event("agenda.ran")
        handlers = len(root.handlers)

    assert [line["event"] for line in _lines(stream)] == ["agenda.ran"]
    assert handlers == 1


@pytest.mark.parametrize("name", ["azure", "urllib3", "msal", "httpx"])
def test_libraries_that_print_addresses_are_quiet(name: str) -> None:
    """Their INFO lines hold URLs."""
    stream = io.StringIO()
    with _bare_root():
        logs.set_up(stream)
        logging.getLogger(f"{name}.core").info("Request URL: %s", SECRET)
        logging.getLogger(f"{name}.core").warning("Retrying: %s", SECRET)

    assert [f"library.{name}.core"] == [line["event"] for line in _lines(stream)]
    assert SECRET not in stream.getvalue()
