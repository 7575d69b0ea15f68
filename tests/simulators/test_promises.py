"""What docs/simulators.md promises to other programs."""

from __future__ import annotations

import re
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local import certificates
from tests.house.repository import ROOT
from tests.simulators.conftest import Desk

PAGE = (ROOT / "docs" / "simulators.md").read_text(encoding="utf-8")
PROMISES = PAGE.partition("## What other programs may rely on")[2].partition("\n## ")[0]
PLACES = sorted({(verb, path) for verb, path in re.findall(r"`(GET|POST) (/[^`]*)`", PROMISES)})


def rows() -> dict[str, str]:
    """Return the promises by place."""
    cells = (line.strip("|").split(" | ") for line in PROMISES.splitlines() if line[:1] == "|")
    return {row[0].strip(): " | ".join(row[1:]) for row in cells}


@pytest.mark.parametrize(("verb", "path"), PLACES)
def test_a_promised_place_answers(desk: Desk, verb: str, path: str) -> None:
    """A page is shown; a form without its fields is refused by the field's name."""
    where = path.replace("{number}", "%2B16085550142")
    if verb == "POST":
        assert desk.submit(where)[0] == 400
        return
    with urllib.request.urlopen(desk.url + where, timeout=10) as answer:
        assert answer.status == 200


def test_all_places_are_held() -> None:
    """The table was read."""
    assert len(PLACES) == 13


def test_the_promised_certificates_are_there(tmp_path: Path) -> None:
    """Each name has its certificate and its key, beside the authority's certificate."""
    certificates.ensure(tmp_path, datetime.now(UTC))
    names = re.findall(r"`(\w+)`", rows()["`build/local/simulators`"])
    expected = {"ca.pem"} | {f"{name}.{kind}" for name in names for kind in ("crt", "key")}
    found = {file.name for file in tmp_path.iterdir()} - {"ca.key", ".certificates.lock"}

    assert found == expected


def test_the_lines_of_make_run_are_promised() -> None:
    """Every label of the table stands in what is printed, with an address behind it."""
    labels = re.findall(r"`([^`]+)`", rows()["what `make run` prints"])
    printed = (ROOT / "local" / "run.py").read_text(encoding="utf-8")

    assert len(labels) == 7
    for label in labels[:-1]:
        assert re.search(rf"^  {re.escape(label)} +\{{running\.\w+_url\}}", printed, re.MULTILINE)
    assert labels[-1] in printed
