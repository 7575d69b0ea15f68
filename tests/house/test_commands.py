"""Commands say what they are before they do anything, and `make clean` leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.repository import ROOT, name_of, python_files

MODULES = sorted(
    name_of(file).removesuffix(".py").removesuffix("/__main__").replace("/", ".")
    for file in python_files("local")
    if 'if __name__ == "__main__":' in file.read_text(encoding="utf-8")
)
KEPT_BY_CLEAN = {"local.settings.json", "*.pyc"}
"""Ignored by git and not removed: a person's own file, and what lies in __pycache__."""


@pytest.mark.parametrize("module", MODULES)
def test_help_starts_nothing(module: str) -> None:
    """`--help` prints the usage and ends, whatever the command would start."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout.split(" [")[0]) == (0, f"usage: python -m {module}")


def test_clean_removes_what_git_ignores() -> None:
    """Each place that commands fill is ignored by git and removed by `make clean`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nclean:")[2].partition("\n\n")[0].split()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    removed = {place.rpartition("/")[2] for place in recipe}
    assert {place.rstrip("/") for place in ignored} - removed == KEPT_BY_CLEAN
