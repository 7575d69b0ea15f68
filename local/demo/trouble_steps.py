"""What happens when the SMS service, a worker or the configuration fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local import seed
from local.demo.machine import Machine, check


def busy_service_is_tried_again(machine: Machine) -> None:
    """the SMS service answers 429, then accepts: one text"""
    phone = "+16085550160"
    machine.play_fault(kind="status", status=429, retry_after=1)
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_texts(phone)
    verdicts = [request["verdict"] for request in machine.sms_requests(phone)]
    check(2, len(verdicts), "requests")
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1, 2)


def lost_answer_is_one_text(machine: Machine) -> None:
    """the SMS service sends the text and its answer is lost: exactly one text"""
    phone = "+16085550161"
    machine.stack.event_grid.hold()  # a delivery report would settle the text before the repeat
    machine.play_fault(kind="drop_after_acting")
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_texts(phone)
    machine.move_clock(seconds=130)
    requests = machine.wait_for(
        "the request repeated", lambda: _at_least(2, machine.sms_requests(phone))
    )
    check(1, len({_request_id(request) for request in requests}), "repeatable request ids")
    machine.stack.event_grid.release()
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def killed_before_sending(machine: Machine) -> None:
    """the worker is killed between claim and sending: redelivered, exactly one text"""
    phone = "+16085550162"
    machine.hold_table_write("POST", "texts")
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_held_write()
    before = _kill_web(machine, machine.release_writes)
    check([], machine.sms_requests(phone), "requests before the redelivery")
    _see_redelivery(machine, before)
    machine.move_clock(seconds=130)
    machine.await_texts(phone)
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def killed_before_recording(machine: Machine) -> None:
    """the worker is killed between sending and recording: redelivered, exactly one text"""
    phone = "+16085550163"
    machine.stack.event_grid.hold()
    machine.play_fault(kind="hold_after_acting")
    machine.post(machine.booking(machine.new_key(), phone))
    machine.await_held_request()
    before = _kill_web(machine, machine.release_requests)
    machine.await_texts(phone)
    _see_redelivery(machine, before)
    machine.move_clock(seconds=130)
    requests = machine.wait_for(
        "the request repeated", lambda: _at_least(2, machine.sms_requests(phone))
    )
    check(1, len({_request_id(request) for request in requests}), "repeatable request ids")
    machine.stack.event_grid.release()
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def unknown_text_is_sent_again(machine: Machine) -> None:
    """a text whose outcome is unknown is reported, and an operator sends it again"""
    phone = "+16085550165"
    machine.play_fault(kind="status", status=503)
    machine.post(machine.booking(machine.new_key(), phone))
    machine.wait_for("the request", lambda: machine.sms_requests(phone))
    machine.move_clock(minutes=6)
    (problem,) = machine.wait_for("the problem", lambda: _unknown_texts(machine))
    check(([], 1), (machine.texts(phone), len(machine.sms_requests(phone))), "texts, requests")
    check(200, machine.operate("send-again", text=problem["subjects"][0])[0], "send again")
    machine.await_texts(phone)
    check(409, machine.operate("send-again", text=problem["subjects"][0])[0], "once more")
    machine.stays("one text", lambda: len(machine.texts(phone)) == 1)


def dead_letter_is_replayed(machine: Machine) -> None:
    """a message that cannot be processed is kept, and replayed when the cause is fixed"""
    phone, file = "+16085550164", machine.stack.options.directory / "connections.json"
    right = file.read_text()
    body = machine.booking(machine.new_key(), phone)
    machine.stack.hosts["web"].stop()
    check(["AA"], machine.post(body).codes, "ACK")
    wrong = json.loads(right)
    wrong["connections"] = [c for c in wrong["connections"] if c["id"] != seed.PRODUCTION]
    file.write_text(json.dumps(wrong))
    machine.stack.start_host("web")
    letters = machine.wait_for(
        "the dead letter", lambda: machine.operate("dead-letters")[1].get("deadLetters")
    )
    check("connection_unknown", letters[0]["code"], "reason")
    file.write_text(right)
    check(200, machine.operate("replay", letter=letters[0]["letter"])[0], "replay")
    machine.await_texts(phone)
    check(404, machine.operate("replay", letter=letters[0]["letter"])[0], "replay again")


def _kill_web(machine: Machine, release: Callable[[], None]) -> int:
    """
    kill -9 the web worker, then start a new one.

    Returns the number of log lines before it.
    """
    machine.stack.hosts["web"].kill()
    release()
    before = len(machine.log_of("web"))
    machine.stack.start_host("web")
    return before


def _see_redelivery(machine: Machine, before: int) -> None:
    """Check that the new worker gets the message that the killed one had taken."""
    machine.wait_for(
        "the redelivery",
        lambda: [
            line
            for line in machine.log_of("web")[before:]
            if line.get("function") == "texts" and int(line.get("dequeued") or 0) >= 2
        ],
    )


def _unknown_texts(machine: Machine) -> list[dict[str, Any]]:
    problems = machine.operate("problems")[1].get("problems", [])
    return [problem for problem in problems if problem["code"] == "outcome_unknown"]


def _at_least(number: int, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return requests if len(requests) >= number else []


def _request_id(request: dict[str, Any]) -> str:
    body = request["body"]
    body = json.loads(body) if isinstance(body, str) else body
    return str(body["smsRecipients"][0]["repeatabilityRequestId"])


STEPS = (
    busy_service_is_tried_again,
    lost_answer_is_one_text,
    killed_before_sending,
    killed_before_recording,
    unknown_text_is_sent_again,
    dead_letter_is_replayed,
)
