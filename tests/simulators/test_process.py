"""
The simulators and the proxy as processes: one ready line, an orderly end, nothing left behind.
"""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SECONDS = 15


@contextmanager
def _started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return json.loads(answer.read())


def test_the_ready_line_tells_everything_and_the_process_serves(tmp_path: Path) -> None:
    with _started("local.simulators", "--directory", str(tmp_path)) as (_, ready):
        phones = _get(ready["desk"] + "/phone.json")

    assert phones == {}
    assert ready["ready"] is True
    assert ready["acs"].startswith("https://localhost:")
    assert ready["keyvault"].startswith("https://127.0.0.1:")
    assert ready["identity_endpoint"] == ready["desk"] + "/msi/token"
    assert ready["acs_key"] == Path(ready["acs_key_file"]).read_text()
    assert Path(ready["ca_file"]).exists()


@pytest.mark.parametrize("ending", ["stdin", signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_with_its_parent_and_on_a_signal(tmp_path: Path, ending: Any) -> None:
    with _started("local.simulators", "--directory", str(tmp_path)) as (process, _):
        if ending == "stdin":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(ending)

        assert process.wait(SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_proxy_is_a_process_too() -> None:
    with _started("local.faults", "--target", "http://127.0.0.1:1") as (process, ready):
        log = _get(ready["url"] + "/__faults__/log")
        process.send_signal(signal.SIGTERM)

        assert process.wait(SECONDS) == 0
    assert log == {"log": []}


def test_the_simulators_import_nothing_of_the_product() -> None:
    program = (
        "import sys, local.simulators.__main__, local.simulators.epic.__main__, "
        "local.faults.__main__; "
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('shared_code', 'functions', 'function_app', 'azure')])"
    )

    found = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["local.simulators.epic", "--url", "https://x", "--sample", "nosuch"], "no file nosuch"),
        (["local.simulators.epic", "--url", "https://x", "--zone", "No/Where"], "zone No/Where"),
        (["local.simulators", "--directory", "x", "--zone", "No/Where"], "zone No/Where"),
        (["local.simulators", "--directory", "/dev/null/x"], "do not start"),
    ],
)
def test_a_mistyped_command_is_answered_in_a_sentence(command: list[str], expected: str) -> None:
    """No traceback: who typed it learns what to correct."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
