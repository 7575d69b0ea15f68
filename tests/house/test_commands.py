"""Commands explain themselves without doing anything, and `make clean` leaves nothing behind."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.house.repository import ROOT, name_of, parsed, python_files

MODULES = sorted(
    name_of(file).removesuffix(".py").removesuffix("/__main__").replace("/", ".")
    for file in python_files("local", "tools")
    if 'if __name__ == "__main__":' in file.read_text(encoding="utf-8")
)
ALONE = {"tools.operations": "operations.py"}
"""A tool that is used without this repository has a file name, not a module name."""
KEPT_BY_CLEAN = {"local.settings.json", "*.pyc"}
"""Ignored by git and not removed: a developer's own file, and the files in __pycache__."""

STARTING = ("subprocess", "local.azurite", "local.processes", "local.stack", "local.faults")
"""A test that imports one of these starts something, as does one with the fixture `azurite`."""


def starts(tree: ast.Module) -> Iterator[str]:
    """Return imports and fixtures of a test module that start a service or another process."""
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{each.name}" for each in node.names]
        yield from (name for name in names if f"{name}.".startswith(STARTING))
        if isinstance(node, ast.arg) and node.arg == "azurite":
            yield node.arg


@pytest.mark.parametrize("module", MODULES)
def test_help_starts_nothing(module: str) -> None:
    """`--help` prints the usage and ends, whatever the command would start."""
    called = ALONE.get(module, f"python -m {module}")
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout.split(" [")[0]) == (0, f"usage: {called}")


def test_clean_removes_what_git_ignores() -> None:
    """Each place that commands fill is ignored by git and removed by `make clean`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nclean:")[2].partition("\n\n")[0].split()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    removed = {place.rpartition("/")[2] for place in recipe}
    assert {place.rstrip("/") for place in ignored} - removed == KEPT_BY_CLEAN


def test_make_unit_starts_nothing() -> None:
    """No module of `make unit` needs a service or a process of its own."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    chosen = makefile.partition("\nUNIT :=")[2].partition("\nREADY")[0]
    ignored = re.findall(r"--ignore=(\S+)", chosen)
    rooms = re.findall(r"(?<![=\w/])tests/\w+", chosen)
    assert {"tests/unit", "tests/fuzz"} == set(rooms)
    assert [place for place in ignored if not (ROOT / place).exists()] == []
    found = {
        f"{name_of(file)}: {what}"
        for file in python_files(*rooms)
        if name_of(file) not in ignored
        for what in starts(parsed(file))
    }
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess",
        "from subprocess import run",
        "from local import stack",
        "from local.azurite.emulator import start",
        "def test_x(azurite): ...",
    ],
)
def test_a_start_would_be_seen(code: str) -> None:
    """A start is found as an import and as a fixture."""
    assert list(starts(ast.parse(code)))
