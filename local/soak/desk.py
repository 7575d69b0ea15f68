"""Data from the simulators and the fault proxy (docs/simulators.md)."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any

from local.stack import Stack

_WRITES = frozenset({"POST", "PUT", "PATCH", "MERGE"})


def ask(method: str, url: str, document: dict[str, Any] | None = None) -> Any:
    """Make a request: JSON in, JSON out."""
    data = json.dumps(document).encode() if document is not None else None
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def count_texts(running: Stack) -> int:
    """Return the number of texts that reached a phone."""
    return sum(ask("GET", f"{running.desk_url}/phone.json").values())


def all_texts(running: Stack) -> dict[str, list[dict[str, Any]]]:
    """Return the texts of every phone, the oldest first."""
    phones = ask("GET", f"{running.desk_url}/phone.json")
    return {
        phone: ask("GET", f"{running.desk_url}/phone/{urllib.parse.quote(phone)}.json")
        for phone in phones
    }


def lost_by_service(running: Stack) -> int:
    """
    Count the requests after which the SMS service left the outcome unknown.

    It acted and hung up, or answered 5xx.
    """
    tally = ask("GET", f"{running.desk_url}/control/tally?target=acs")
    return sum(row["count"] for row in tally if row["status"] is None or row["status"] >= 500)


def lost_by_storage(running: Stack) -> int:
    """
    Count the writes of a text's record whose answer was lost.

    If the write was a claim, its worker does not recognize the claim as its own and posts nothing.
    """
    assert running.table_faults is not None
    tally = ask("GET", f"{running.table_faults.ready['url']}/__faults__/tally")["tally"]
    return sum(row["count"] for row in tally if _is_lost_write(row))


def _is_lost_write(row: dict[str, Any]) -> bool:
    about_texts = row["path"].rpartition("/")[2] == "texts"
    return about_texts and row["fault"] == "lose_answer" and row["method"] in _WRITES
