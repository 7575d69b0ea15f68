"""The documents can be followed: links, make targets and files exist, and nothing is unfinished."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.repository import ROOT, files, name_of, text_files

DOCUMENTS = [file for file in files() if file.suffix == ".md" and "/tests/" not in file.as_posix()]
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_TARGET = re.compile(r"`make ([a-z][a-z-]*)")
_FILE = re.compile(
    r"`((?:tests|local|tools|shared_code|functions|docs)/[\w/.-]+\.(?:py|md|json|hl7|html|js))`"
)
_MODULE = re.compile(r"python -m ((?:local|tools|tests|shared_code)(?:\.\w+)+)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_BANNED = {
    "an unfinished-work mark": r"\b(?:TO[D]O|FIX[M]E|TB[D]|HAC[K])\b|lorem ips[u]m|coming s[o]on",
    "a machine path": r"(?<![\w./])/(?:roo[t]|wor[k]|tm[p]|home/\w+)/",
    "a registry": (
        r"(?<!fhir-)registry\.\w+\.\w+|pypi\.or[g]|pythonhosted\.or[g]|npmjs\.(?:co[m]|org)"
    ),
    "an endorsement": r"(?i)(?:microsoft|epic)[- ]endors[e]d|endorsed by (?:microsoft|epic)",
}


def _anchors(file: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = _HEADING.findall(file.read_text(encoding="utf-8"))
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in kept}


def test_there_are_documents() -> None:
    """The documents that all others link to exist."""
    expected = {"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/local.md", "docs/settings.md"}
    expected |= {"docs/operations.md", "docs/security.md", "docs/error-codes.md"}
    assert expected - {name_of(file) for file in DOCUMENTS} == set()
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").split()[:2] == ["Apache", "License"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    """Each relative link names a file of the repository, and a heading of it where it says so."""
    broken = []
    for link in _LINK.findall(document.read_text(encoding="utf-8")):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        file = (document.parent / place).resolve() if place else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_named_targets_and_files_exist(document: Path) -> None:
    """A make target, module or file that a document names is there."""
    text = document.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    missing = [
        f"make {target}"
        for target in _TARGET.findall(text)
        if not re.search(rf"^{target}:", makefile, re.MULTILINE)
    ]
    missing += [name for name in _FILE.findall(text) if not (ROOT / name).exists()]
    for module in _MODULE.findall(text):
        place = ROOT / module.replace(".", "/")
        if not place.with_suffix(".py").exists() and not (place / "__main__.py").exists():
            missing.append(module)
    assert missing == []


@pytest.mark.parametrize("what", _BANNED)
def test_no_file_holds(what: str) -> None:
    """No file is unfinished, names one machine's paths, or borrows authority."""
    found = [
        f"{name_of(file)}: {match.group()}"
        for file in text_files()
        if (match := re.search(_BANNED[what], file.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_decisions_have_their_three_parts() -> None:
    """Each page of docs/adr says Context, Decision and Consequences, under its number."""
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(page.name[:3]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert sections == ["Context", "Decision", "Consequences"], page.name
        assert text.startswith(f"# {page.name[:3]}: ")
