"""Accessibility checked by axe-core, from npm."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_FILE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, *rules: str) -> list[str]:
    """Return the rules (default: all that we keep) that the page breaks, with one element each."""
    page.evaluate(_source())
    found: Any = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules or _RULES)
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found["violations"]]


@cache
def _source() -> str:
    if not _FILE.exists():
        raise FileNotFoundError("axe-core is missing: `make browser` installs it")
    return _FILE.read_text(encoding="utf-8")
