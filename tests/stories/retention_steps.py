"""
What happens to the patients of retention.py, from the booking until nothing is left of them.

Steps only act and wait; the test judges what may be found afterwards.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import timedelta

from azure.storage.queue import QueueClient

from local import seed
from local.demo.machine import HOSPITAL, local_number
from local.simulators.epic import messages
from shared_code.security import keys
from tests.stories.retention import INBOUND, POISON, ROLES, START, Lives
from tests.stories.retention_launches import a_visit_is_launched
from tests.support import raw_storage


def everybody_books(lives: Lives) -> None:
    """Send bookings of every kind, and messages that cannot be processed."""
    lives.machine.operate("pause", connection=seed.OTHER_NUMBER)
    plain = set(ROLES) - {"untold", "office", "large", "pair"}
    for role in sorted(plain):
        lives.post(role)
    lives.post("untold", connection=seed.OTHER_NUMBER)
    code, name = messages.OFFICE_VISIT
    lives.post("office", visit_code=code, visit_name=name)
    large = [f"NTE|{number}||{'x' * 900}" for number in range(40)]
    lives.send(lives.message("large") + "\r".join([*large, ""]).encode())
    lives.send(_with_second_patient(lives))
    lives.send(lives.message("broken") + b"RGS|1\r" * 600)
    for role in sorted({*plain, "large"}):
        lives.await_texts(role, 1)


def _with_second_patient(lives: Lives) -> bytes:
    """Return one SIU with two PID groups, as for a visit of two patients."""
    first, second = lives.message("pair"), lives.message("second")
    group = [line for line in second.split(b"\r") if line.startswith((b"PID", b"PV1"))]
    head, mark, rest = first.partition(b"RGS|")
    return head + b"\r".join([*group, b""]) + mark + rest


def poison_is_dead_lettered(lives: Lives) -> None:
    """
    Dead-letter a poison message as the host copies it, and a text that is not base64.

    The host moves the second one to poison by itself. The timer keeps both as dead letters, half a
    minute past the minute.
    """
    drained = "Executed 'Functions.dead_letters'"
    before = lives.logged(drained)
    lives.move_to(lives.machine.now().replace(second=32) + timedelta(minutes=1))
    lives.machine.wait_for("the timer", lambda: lives.logged(drained) > before)
    message = keys.seal(lives.ring, lives.message("poison"), f"hl7|{seed.PRODUCTION}")
    work = {
        "connection": seed.PRODUCTION,
        "arrival": lives.machine.now().isoformat(),
        "sealed": base64.b64encode(message).decode(),
    }
    envelope = json.dumps({"v": 1, "work": work}).encode()
    garbage = lives.patients["garbage"]
    _put(lives, POISON, base64.b64encode(envelope).decode())
    _put(lives, INBOUND, f"PID|1||{garbage.mrn}||{garbage.family}|{local_number(garbage.phone)}")
    lives.snapshot("poisoned", poison=2)
    lives.minutes_until(
        "three dead letters", lambda: len(lives.tables().get("deadletters", [])) == 3
    )


def _put(lives: Lives, queue: str, text: str) -> None:
    with QueueClient.from_connection_string(lives.account, queue) as client:
        if queue.endswith("-poison"):
            client.create_queue()
        client.send_message(text)


def plans_change(lives: Lives) -> None:
    """
    Visits are moved, cancelled, missed or made in person; a phone changes; a patient says STOP.
    """
    lives.post("life", "S14", start=lives.at(15))
    lives.post("cancelled", "S15")
    lives.post("untold", "S15", connection=seed.OTHER_NUMBER)
    lives.post("absent", "S26")
    code, name = messages.OFFICE_VISIT
    lives.post("person", "S14", visit_code=code, visit_name=name)
    lives.post("corrected", "S14", phone_of="right")
    lives.post("leaves", "S15")
    lives.post("moves", "S14", start=lives.at(*START, days=1))
    _say_stop(lives)
    for role in ("life", "cancelled", "person", "leaves", "moves"):
        lives.await_texts(role, 2)
    lives.await_texts("right", 1)
    lives.machine.wait_for("the STOP", lambda: len(lives.tables().get("optouts", [])) == 1)
    gone = {"cancelled", "untold", "absent", "person", "leaves"}
    lives.minutes_until("phones that nobody needs to go", lambda: not lives.kept() & gone)
    lives.machine.operate("resume", connection=seed.OTHER_NUMBER)


def _say_stop(lives: Lives) -> None:
    """Reply STOP on the patient's phone; the SMS service reports it through Event Grid."""
    form = urllib.parse.urlencode({"to": seed.FROM_NUMBER, "text": "STOP"}).encode()
    url = f"{lives.machine.stack.desk_url}/phone/{lives.patients['stop'].phone}"
    with urllib.request.urlopen(urllib.request.Request(url, data=form), timeout=10) as answer:
        answer.read()


def changes_come_late(lives: Lives) -> None:
    """After the cancellation, send a change that was made before it, and one made now."""
    before = lives.machine.now().astimezone(HOSPITAL) - timedelta(minutes=8)
    lives.post("cancelled", "S14", phone_of="late-older", created=before)
    lives.post("cancelled", "S14", phone_of="late-newer", start=lives.at(16))
    lives.machine.wait_for("both to be applied", lives.is_quiet)


def reminders_come(lives: Lives) -> None:
    """Wait for the reminders a day and an hour before the visits."""
    lives.move_to(lives.at(15, 1, days=-1))
    lives.await_texts("life", 3)
    lives.move_to(lives.at(14, 1))
    lives.await_texts("life", 4)
    lives.minutes_until("large messages to go", lambda: not _large_messages(lives))


def _large_messages(lives: Lives) -> Mapping[str, bytes]:
    return raw_storage.blobs(lives.account)[INBOUND]


def visits_are_over(lives: Lives) -> None:
    """Pass the last visit of the day, its hour of grace, and the group visit moved by a day."""
    lives.move_to(lives.at(16, 1))
    lives.minutes_until("the day's phones to go", lambda: lives.kept() == {"moves"})
    lives.snapshot("over")
    lives.move_to(lives.at(14, 31, days=1))
    lives.minutes_until("the last phone to go", lambda: not lives.kept())


def a_week_passes(lives: Lives) -> None:
    """
    Dead letters are erased, then the problems of reminders that the moved clock left out, and links
    a week after they have expired.
    """
    lives.move_to(lives.at(21, days=5))  # the story begins before seven in the evening
    lives.minutes_until("letters to go", lambda: not _left(lives, "deadletters", "numberdays"))
    lives.snapshot("a week later")
    lives.move_to(lives.at(2, days=9))
    gone = ("links", "attendees", "problems")
    lives.minutes_until("links to go", lambda: not _left(lives, *gone))


def a_month_passes(lives: Lives) -> None:
    """The rows of appointments and visits are erased."""
    lives.move_to(lives.at(16, days=32))
    lives.minutes_until("rows to go", lambda: not _left(lives, "appointments", "visits"))


def half_a_year_passes(lives: Lives) -> None:
    """The records of texts are erased."""
    lives.move_to(lives.at(1, days=184))
    lives.minutes_until("texts to go", lambda: not _left(lives, "texts"))


def more_than_a_year_passes(lives: Lives) -> None:
    """The clinician's account is forgotten: nobody has launched with it for 400 days."""
    lives.move_to(lives.at(16, days=401))
    lives.minutes_until("accounts to go", lambda: not _left(lives, "ehrusers"))


def _left(lives: Lives, *tables: str) -> bool:
    found = lives.tables()
    return any(found.get(table) for table in tables)


STEPS = {
    "booked": everybody_books,
    "dead-lettered": poison_is_dead_lettered,
    "changed": plans_change,
    "late": changes_come_late,
    "reminded": reminders_come,
    "launched": a_visit_is_launched,
    "day after": visits_are_over,
    "week": a_week_passes,
    "month": a_month_passes,
    "half a year": half_a_year_passes,
    "a year": more_than_a_year_passes,
}
"""A snapshot is taken after each step."""
