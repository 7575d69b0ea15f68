"""
The operator's commands, here and in Azure: they call POST /operations/{action}.

    python -m local.operations --url http://localhost:7071 --key-env KEY dead-letters
    python -m local.operations --url http://localhost:7071 --key-env KEY replay LETTER
    … pause [CONNECTION]   resume [CONNECTION]   release CONNECTION   discard CONNECTION
    … history CONNECTION APPOINTMENT             recompute CONNECTION
    … problems                                   send-again TEXT
    … metrics CONNECTION [--from DAY] [--to DAY]

The host's master key is read from the environment variable that `--key-env` names, so that it
stands in no command line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request

ACTIONS: dict[str, tuple[str, ...]] = {
    "dead-letters": ("list what could not be worked on",),
    "replay": ("put a dead letter back to work", "letter"),
    "pause": ("hold all texts, or those of a connection", "connection?"),
    "resume": ("take a pause back", "connection?"),
    "release": ("send what the storm brake holds", "connection"),
    "discard": ("never send what the storm brake holds", "connection"),
    "history": ("what became of an appointment", "connection", "appointment"),
    "problems": ("list what somebody should look at",),
    "send-again": ("send a text whose outcome is unknown", "text"),
    "metrics": ("how many texts were due, sent, late … a day", "connection", "--from", "--to"),
    "recompute": ("write the agenda of a connection's appointments again", "connection"),
}
"""Purpose, then the arguments in their order; `?` and `--`: may be left out."""


def main() -> int:
    """Prints the answer's JSON; returns 0 for 200, else 1."""
    parser = argparse.ArgumentParser(prog="python -m local.operations")
    parser.add_argument("--url", required=True, help="where the web app answers")
    parser.add_argument("--key-env", required=True, help="name of the variable with the key")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, (purpose, *wanted) in ACTIONS.items():
        action = actions.add_parser(name, help=purpose)
        for argument in wanted:
            if argument.startswith("--"):
                action.add_argument(argument, metavar="DAY")
                continue
            optional = argument.endswith("?")
            action.add_argument(argument.rstrip("?"), nargs="?" if optional else None)
    arguments = parser.parse_args()
    key = os.environ.get(arguments.key_env)
    if not key:
        parser.error(f"the environment variable {arguments.key_env} is not set")
    given = vars(arguments)
    names = [argument.strip("-?") for argument in ACTIONS[arguments.action][1:]]
    body = {name: given[name] for name in names if given[name] is not None}
    status, answer = call(arguments.url, key, arguments.action, body)
    print(json.dumps(answer, indent=2))
    return 0 if status == 200 else 1


def call(url: str, key: str, action: str, body: dict[str, str]) -> tuple[int, object]:
    """One operation. Raises urllib.error.URLError when nobody answers."""
    request = urllib.request.Request(
        f"{url.rstrip('/')}/operations/{action}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "x-functions-key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refusal:
        with refusal:
            text = refusal.read().decode("utf-8", "replace")
        return refusal.code, json.loads(text) if text.startswith("{") else {"status": refusal.code}


if __name__ == "__main__":
    sys.exit(main())
