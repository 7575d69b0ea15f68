"""
The direction of imports and the banned names are enforced: kept here, and reported when broken.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house import planting
from tests.house.repository import ROOT

_LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(cache_dir={!r}))"


def _lint_imports(directory: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _LINT.format(str(cache))]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository with every violation."""
    target = tmp_path_factory.mktemp("planted")
    planting.copy_of_the_house(target)
    planting.plant_imports(target)
    planting.plant_banned(target)
    return target


@pytest.fixture(scope="module")
def broken(planted: Path) -> dict[str, str]:
    """Return import-linter's report on the planted copy, by contract."""
    done = _lint_imports(planted, planted / "cache")
    assert done.returncode == 1, done.stdout + done.stderr
    report = done.stdout.partition("Broken contracts")[2]
    said: dict[str, str] = defaultdict(str)
    contract = ""
    for line, below in pairwise([*report.splitlines(), ""]):
        if re.fullmatch("-{5,}", below):
            contract = line.strip()
        said[contract] += f" {line.strip()}"  # import-linter wraps long lines
    return {contract: " ".join(text.split()) for contract, text in said.items()}


def _banned_names(directory: Path, *options: str) -> set[tuple[str, str]]:
    """Return the uses of banned names that ruff reports: file and message."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache"]
    done = subprocess.run(
        [*command, "--output-format", "json", *options],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        (Path(found["filename"]).relative_to(directory.resolve()).as_posix(), found["message"])
        for found in json.loads(done.stdout)
    }


@pytest.fixture(scope="module")
def complaints(planted: Path) -> set[tuple[str, str]]:
    """Return ruff's report on the planted copy."""
    return _banned_names(planted, ".")


def test_the_house_keeps_its_direction(tmp_path: Path) -> None:
    """Every contract of pyproject.toml holds for the code as it is."""
    done = _lint_imports(ROOT, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("plant", planting.IMPORTS, ids=str)
def test_a_planted_import_breaks_its_contract(
    plant: planting.Plant, broken: dict[str, str]
) -> None:
    """An import against the direction is reported under the contract that forbids it."""
    if plant.imports == "json":
        expected = f"- {plant.name} "
    else:
        expected = f"{plant.name} -> {plant.imports} (l."
    if plant.contract in (planting.PURE, planting.NO_VENDOR):
        expected = f"{plant.name} -> {plant.imports.partition('.')[0]}"
    assert expected in broken[plant.contract]


@pytest.mark.parametrize("name", planting.BANNED)
def test_a_planted_use_of_a_banned_name_is_seen(
    name: str, complaints: set[tuple[str, str]]
) -> None:
    """Clock, environment, chance, sleeping, mocks and foreign HTTP are refused by ruff."""
    messages = [message for file, message in complaints if file == planting.planted_file(name)]
    assert [message for message in messages if f"`{name}`" in message]


def test_doors_use_no_banned_name_but_their_own() -> None:
    """Functions may use the Functions SDK, but no other banned name."""
    excused_nobody = ("--config", "lint.per-file-ignores = {}")
    found = _banned_names(ROOT, *excused_nobody, "functions", "function_app.py")
    assert found
    assert [each for each in found if "`azure.functions`" not in each[1]] == []


def test_every_banned_name_is_planted() -> None:
    """A name that is banned later must be planted here too."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    banned = rules["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
    assert set(planting.BANNED) == set(banned)


def test_the_rules_are_part_of_make_check() -> None:
    """What is enforced here is enforced by `make check` as well."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\ncheck:")[2].partition("\n\n")[0]
    expected = {"ruff check", "ruff format --check", "mypy", "lint-imports"}
    assert {command for command in expected if command in recipe} == expected
