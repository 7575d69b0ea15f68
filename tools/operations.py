"""
The operators' commands: each calls POST /operations/{action} of the web app and prints its answer.

    python3 operations.py --url https://visits.example.org --key-file FILE problems
    python3 operations.py --url http://localhost:7071 --key-env NAME replay LETTER
    python3 operations.py new-ring

This one file is enough: it needs Python 3.9 or newer, and nothing else. The web app's master key
is read from a file or from an environment variable, so that it never stands on a command line.

Exit status: 0 if the command was carried out; 1 if the app refused it (its answer has a code);
2 if the app did not answer, or not as operations do, with one sentence on stderr.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import http.client
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

COMMANDS: dict[str, tuple[str, ...]] = {
    "status": ("show what is set, what waits, and what is wrong",),
    "pause": ("hold all texts, or those of a connection", "connection?"),
    "resume": ("end a pause", "connection?"),
    "release": ("send what the storm brake holds", "connection"),
    "discard": ("never send what the storm brake holds", "connection"),
    "problems": ("list what a person should look at; --all: also what is settled", "--all"),
    "close-problem": ("take a problem off the list", "problem", "reason"),
    "send-again": ("send a text whose outcome is unknown", "text"),
    "history": (
        "show an appointment and its texts: by key or CSN, or by a problem's subject",
        "connection?",
        "appointment?",
        "--subject",
    ),
    "allow-recipient": (
        "withdraw every STOP of an appointment's number",
        "connection",
        "appointment",
    ),
    "stop-recipient": (
        "send no more texts to an appointment's number",
        "connection",
        "appointment",
    ),
    "release-appointment": (
        "send what is held because an appointment's messages disagree",
        "connection",
        "appointment",
    ),
    "accept-patient": (
        "accept the other patient whom the newest message named",
        "connection",
        "appointment",
    ),
    "metrics": (
        "show the numbers of each day, and by kind, department, country, language or reason",
        "connection",
        "--from",
        "--to",
        "--by",
        "--department",
    ),
    "recompute": ("write the agenda of a connection's appointments again", "connection"),
    "dead-letters": ("list what could not be processed",),
    "replay": ("put a dead letter back on its queue", "letter"),
    "erase-patient": (
        "erase everything of a patient, by an appointment or by a number",
        "connection",
        "appointment?",
        "<number?",
    ),
    "hash-number": ("show the hash of a number, for an allow-list", "connection", "<number"),
}
"""
Purpose, then the arguments in their order. Those with `?` or `--` may be left out; what begins with
`<` is read from standard input, never from the command line; with `?` too, only where the optional
argument before it was left out. An argument that is `-` is read from standard input as well.
"""
NEW_RING = "new-ring"
"""Asks no web app: it prints a new key ring as the vault holds it."""
METAVARS = {
    "--from": "DAY",
    "--to": "DAY",
    "--by": "FIELD",
    "--department": "CODE",
    "--subject": "SUBJECT",
}
"""What follows an option; those that are not here stand alone."""
CHOICES = {"reason": ("corrected", "called", "not_needed")}

TIMEOUT_SECONDS = 30
LONG_SECONDS = 240
"""For what reads every appointment: no less than a web app is given for its answer."""
LONG = frozenset({"erase-patient"})


class CannotAsk(Exception):
    """The command reached no web app that accepts it; the message is one sentence for a person."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: following it would hand the key to another address."""

    def redirect_request(self, *_: Any) -> None:
        return None


def main() -> int:
    """Prints the answer's JSON and returns the exit status."""
    parser = _parser()
    given = vars(parser.parse_args())
    if given["action"] == NEW_RING:
        print(new_ring())
        return 0
    if given["url"] is None or given["key_file"] is None and given["key_env"] is None:
        parser.error("--url is required, and one of --key-file and --key-env")
    try:
        status, answer = ask_until_done(given["url"], _key(given), given["action"], _body(given))
    except CannotAsk as trouble:
        print(trouble, file=sys.stderr)
        return 2
    print(json.dumps(answer, indent=2))
    return 0 if status == 200 else 1


def new_ring() -> str:
    """A key ring with one new key of 256 bits: the value of a vault secret."""
    key = base64.b64encode(os.urandom(32)).decode("ascii")
    return json.dumps({"current": "1", "keys": {"1": key}})


def _body(given: dict[str, Any]) -> dict[str, Any]:
    """What the command sends. Raises CannotAsk."""
    body: dict[str, Any] = {}
    before: Any = None
    for argument in COMMANDS[given["action"]][1:]:
        name = argument.strip("-?<")
        if not argument.startswith("<"):
            before = _line_of_input(name) if given[name] == "-" else given[name]
        elif argument.endswith("?") and before is not None:
            continue
        else:
            before = _line_of_input(name)
        if before not in (None, False):
            body[name] = before
    return body


def _line_of_input(name: str) -> str:
    """One line of standard input, unseen on a terminal: it is in no history and no log."""
    line = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not line.strip():
        raise CannotAsk(f"There is no {name} in standard input.")
    return line.strip()


def ask_until_done(
    url: str, key: str, action: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """The operation, again while its answer says `continue`; `erased` is the sum of all calls."""
    erased = 0
    while True:
        status, answer = ask(url, key, action, body)
        if "erased" in answer:
            erased += answer["erased"]
            answer["erased"] = erased
        if status != 200 or not answer.get("continue"):
            return status, answer


def ask(url: str, key: str, action: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """One operation: the status and the JSON of the answer. Raises CannotAsk."""
    request = urllib.request.Request(
        f"{_checked(url)}/operations/{action}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "x-functions-key": key},
    )
    try:
        status, text = _exchange(request, LONG_SECONDS if action in LONG else TIMEOUT_SECONDS)
    except urllib.error.URLError as error:
        raise CannotAsk(f"{url} cannot be reached: {error.reason}.") from None
    except (OSError, http.client.HTTPException) as error:
        raise CannotAsk(f"{url} gave no complete answer: {error!r}.") from None
    if status in (401, 403):
        raise CannotAsk(f"{url} does not accept the key (HTTP {status}): is it the master key?")
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise CannotAsk(
            f"{url} answers, but not as operations do (HTTP {status}): is it the web app?"
        )
    return status, answer


def _exchange(request: urllib.request.Request, seconds: int) -> tuple[int, str]:
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=seconds) as response:
            return response.status, response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode("utf-8", "replace")


def _checked(url: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urllib.parse.urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise CannotAsk(f"{url!r} is no address: it must begin with https:// and name a host.")
    return url.rstrip("/")


def _key(given: dict[str, Any]) -> str:
    """The master key: one line of printable ASCII."""
    if given["key_file"] is not None:
        place = given["key_file"]
        try:
            key = Path(place).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise CannotAsk(f"The key file {place} cannot be read.") from None
    else:
        place = f"the environment variable {given['key_env']}"
        key = os.environ.get(given["key_env"], "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise CannotAsk(f"There is no key in {place}.")
    return key


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="operations.py", description="The operators' commands.")
    parser.add_argument("--url", help="address of the web app")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-file", metavar="FILE", help="file that holds the master key")
    key.add_argument("--key-env", metavar="NAME", help="environment variable that holds it")
    actions = parser.add_subparsers(dest="action", required=True, metavar="COMMAND")
    for name, (purpose, *wanted) in COMMANDS.items():
        action = actions.add_parser(name, help=purpose, description=purpose)
        for argument in wanted:
            if argument.startswith("<"):
                continue
            if argument.startswith("--") and argument not in METAVARS:
                action.add_argument(argument, action="store_true")
            elif argument.startswith("--"):
                action.add_argument(argument, metavar=METAVARS[argument])
            else:
                name, optional = argument.rstrip("?"), argument.endswith("?")
                choices = CHOICES.get(name)
                action.add_argument(name, nargs="?" if optional else None, choices=choices)
    actions.add_parser(NEW_RING, help="print a new key ring, without asking a web app")
    return parser


if __name__ == "__main__":
    sys.exit(main())
