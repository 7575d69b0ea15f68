"""Node.js may be the system's or the one in .venv: only one function knows which."""

from __future__ import annotations

import ast

from tests.house.repository import name_of, parsed, python_files

KNOW = {"local/processes.py", "tests/house/test_node.py"}


def literals(tree: ast.Module) -> set[int]:
    """Return the lines that name Node.js as a command or look for it."""
    return {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in ("node", "nodejs")
    }


def test_node_is_found_by_one_function() -> None:
    """Only the module with `processes.node()` names the program."""
    found = {
        f"{name_of(file)}:{line}"
        for file in python_files()
        if name_of(file) not in KNOW
        for line in literals(parsed(file))
    }
    assert found == set()


def test_the_name_would_be_seen() -> None:
    """The name is found as the first word of a command and when searched on the PATH."""
    code = 'start("node", None)\nrun(["node", "front.js"])\nshutil.which("nodejs")\nnode = 1'
    assert literals(ast.parse(code)) == {1, 2, 3}
