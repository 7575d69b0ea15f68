"""Tests test something: each asserts, none is skipped, none replaces our own functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.conftest import LONG
from tests.house.repository import ROOT, calls, last_name, name_of, parsed, python_files

_HELPER = re.compile(r"_?(?:check|assert|expect)(?:_\w+)?")
_ASSERTING = {"raises", "fail", "warns"}
_SKIPPING = {"skip", "xfail", "skipif", "importorskip"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_in(tree: ast.Module) -> Iterator[Function]:
    """Return the test functions of a module, also in classes."""
    found = (node for node in ast.walk(tree) if isinstance(node, Function))
    return (function for function in found if function.name.startswith("test_"))


def idle_tests(tree: ast.Module) -> list[str]:
    """
    Return test functions that check nothing.

    A check is an assert, an expected exception, or a call of a helper that is named after its check
    or checks in the same module.
    """
    checking = {
        node.name for node in ast.walk(tree) if isinstance(node, Function) and _checks(node)
    }
    grown = True
    while grown:
        more = {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, Function) and checking & {name for name, _ in calls(node)}
        }
        grown, checking = not more <= checking, checking | more
    return [
        f"{test.lineno} {test.name}" for test in functions_in(tree) if test.name not in checking
    ]


def _checks(function: Function) -> bool:
    if any(isinstance(node, ast.Assert) for node in ast.walk(function)):
        return True
    names = {name for name, _ in calls(function)}
    return bool(names & _ASSERTING) or any(_HELPER.fullmatch(name) for name in names)


def skips(tree: ast.AST) -> list[str]:
    """Return names by which a test could be left out or allowed to fail."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [f"{node.lineno} {node.attr}" for node in found if _is_pytests(node)]


def _is_pytests(node: ast.Attribute) -> bool:
    return node.attr in _SKIPPING and last_name(node.value) in ("pytest", "mark")


def _modules() -> list[tuple[str, ast.Module]]:
    found = [file for file in python_files("tests") if "conformance/app" not in file.as_posix()]
    return [(name_of(file), parsed(file)) for file in found]


def test_every_test_asserts() -> None:
    """A test must check something."""
    idle = [f"{name}:{test}" for name, tree in _modules() for test in idle_tests(tree)]
    assert idle == []


def test_no_test_is_skipped() -> None:
    """A test that cannot run fails; a known defect is fixed."""
    assert [f"{name}:{place}" for name, tree in _modules() for place in skips(tree)] == []


def test_no_test_mocks() -> None:
    """Fakes stand at the wire; `unittest.mock` would only prove that we call ourselves."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node)
    ]
    assert found == []


def test_names_of_tests_are_unique_in_their_module() -> None:
    """The second function of a name would silently replace the first."""
    doubled = []
    for name, tree in _modules():
        classes = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
        for body in (tree.body, *classes):
            names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
            doubled += [f"{name} {each}" for each in set(names) if names.count(each) > 1]
    assert doubled == []


def test_files_that_come_first_exist() -> None:
    """A file that is moved must be moved in the list too."""
    assert [name for name in LONG if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("code", "is_idle"),
    [
        ("def test_x():\n    run()", True),
        ("def test_x():\n    checked(run())", True),
        ("def test_x():\n    assert run()", False),
        ("def test_x():\n    with pytest.raises(ValueError):\n        run()", False),
        ("def test_x():\n    check_everything(run())", False),
        ("def _run():\n    assert 1\n\ndef test_x():\n    _run()", False),
        ("class TestX:\n    def test_x(self):\n        run()", True),
    ],
)
def test_an_idle_test_is_seen(code: str, is_idle: bool) -> None:
    """Only real checks count, in the test or in a helper beside it."""
    assert bool(idle_tests(ast.parse(code))) is is_idle


@pytest.mark.parametrize("code", ["pytest.skip('no')", "@pytest.mark.xfail\ndef test_x(): ..."])
def test_a_skip_is_seen(code: str) -> None:
    """As a call and as a mark."""
    assert skips(ast.parse(code))
