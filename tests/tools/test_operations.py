"""The operators' command on a machine that has nothing but Python and this one file."""

from __future__ import annotations

import ast
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared_code.oversight.domain.problem import Closing
from shared_code.security.keys import KeyRing
from tests.house.repository import ROOT
from tools.operations import CHOICES

TOOL = ROOT / "tools" / "operations.py"
KEY = "the-master-key"
Done = subprocess.CompletedProcess[str]


class App(ThreadingHTTPServer):
    """Answers as it is told to, and remembers what it was asked."""

    answer: tuple[int, str] = (200, '{"problems": []}')

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[tuple[str, str | None, object]] = []
        self.answers: list[tuple[int, str]] = []
        """Given first, each once."""


class _Handler(BaseHTTPRequestHandler):
    server: App

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        self.server.asked.append((self.path, self.headers["x-functions-key"], body))
        answers = self.server.answers
        status, text = answers.pop(0) if answers else self.server.answer
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def app() -> Iterator[App]:
    """A web app that can be reached."""
    with App() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds the tool and a key, and nothing else."""
    shutil.copyfile(TOOL, tmp_path / "operations.py")
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    return tmp_path


def _run(
    folder: Path,
    url: str,
    *words: str,
    key: tuple[str, str] = ("--key-file", "key"),
    given: str = "",
) -> Done:
    command = [sys.executable, "-I", "operations.py", "--url", url, *key, *words]
    return subprocess.run(
        command,
        cwd=folder,
        env={"NAME": KEY, "EMPTY": ""},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("key", [("--key-file", "key"), ("--key-env", "NAME")])
def test_the_file_alone_is_enough(folder: Path, app: App, key: tuple[str, str]) -> None:
    """Copied to an empty folder it asks with the key and prints what the app answers."""
    done = _run(folder, f"{app.url}/", "problems", key=key)

    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout) == {"problems": []}
    assert app.asked == [("/operations/problems", KEY, {})]


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("pause",), {}),
        (("pause", "lamna"), {"connection": "lamna"}),
        (("history", "lamna", "203711"), {"connection": "lamna", "appointment": "203711"}),
        (("history", "--subject", "lamna~1-ab"), {"subject": "lamna~1-ab"}),
        (("history", "lamna", "--subject", "1-ab"), {"connection": "lamna", "subject": "1-ab"}),
        (("problems",), {}),
        (("problems", "--all"), {"all": True}),
        (("close-problem", "t~1~ab", "called"), {"problem": "t~1~ab", "reason": "called"}),
        (("status",), {}),
        (
            ("metrics", "lamna", "--from", "2026-06-01"),
            {"connection": "lamna", "from": "2026-06-01"},
        ),
    ],
)
def test_arguments_become_json(
    folder: Path, app: App, words: tuple[str, ...], body: dict[str, object]
) -> None:
    """In the order in which the command takes them; what is left out is not there."""
    _run(folder, app.url, *words)

    assert app.asked == [(f"/operations/{words[0]}", KEY, body)]


def test_an_appointment_can_be_read_from_standard_input(folder: Path, app: App) -> None:
    """A dash keeps a CSN out of the shell's history and the list of processes."""
    _run(folder, app.url, "history", "lamna", "-", given="36996\n")

    body = {"connection": "lamna", "appointment": "36996"}
    assert app.asked == [("/operations/history", KEY, body)]


@pytest.mark.parametrize("given", ["+16085550142\n", "  +16085550142", "+16085550142\r\nmore\n"])
def test_a_number_is_read_from_standard_input(folder: Path, app: App, given: str) -> None:
    """It stands in no command line and no address; a number among the arguments is refused."""
    _run(folder, app.url, "hash-number", "lamna", given=given)

    body = {"connection": "lamna", "number": "+16085550142"}
    assert app.asked == [("/operations/hash-number", KEY, body)]
    assert _run(folder, app.url, "hash-number", "lamna", "+16085550142").returncode == 2
    assert len(app.asked) == 1


@pytest.mark.parametrize(
    ("words", "given", "body"),
    [
        (("36996",), "", {"appointment": "36996"}),
        ((), "+16085550142\n", {"number": "+16085550142"}),
    ],
)
def test_a_patient_is_erased_until_nothing_is_left(
    folder: Path, app: App, words: tuple[str, ...], given: str, body: dict[str, str]
) -> None:
    """The command goes on by itself, and prints the sum; a number is read from standard input."""
    app.answers = [(200, '{"erased": 2, "continue": true}')] * 2
    app.answer = (200, '{"erased": 1, "continue": false}')
    done = _run(folder, app.url, "erase-patient", "lamna", *words, given=given)

    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout) == {"erased": 5, "continue": False}
    asked = ("/operations/erase-patient", KEY, {"connection": "lamna", **body})
    assert app.asked == [asked] * 3


def test_an_erasing_that_is_refused_in_the_midst_says_so(folder: Path, app: App) -> None:
    """It can be repeated."""
    app.answers = [(200, '{"erased": 2, "continue": true}')]
    app.answer = (503, '{"code": "storage_unavailable"}')
    done = _run(folder, app.url, "erase-patient", "lamna", "36996")

    assert (json.loads(done.stdout)["code"], done.returncode) == ("storage_unavailable", 1)


@pytest.mark.parametrize("given", ["", "\n", "   \n+16085550142\n"])
def test_no_number_is_one_sentence(folder: Path, app: App, given: str) -> None:
    """Nothing is asked then."""
    done = _run(folder, app.url, "hash-number", "lamna", given=given)

    assert _says(done, "There is no number in standard input.")
    assert app.asked == []


def test_a_problem_is_closed_with_one_of_three_reasons(folder: Path, app: App) -> None:
    """The command line names them; nothing is asked with another."""
    done = _run(folder, app.url, "close-problem", "t~1~ab", "because")

    assert done.returncode == 2
    assert "not_needed" in done.stderr
    assert app.asked == []
    assert CHOICES["reason"] == tuple(Closing)


def test_a_new_key_ring_is_printed_without_a_web_app(folder: Path) -> None:
    """It is what the vault holds, and another one each time."""
    command = [sys.executable, "-I", "operations.py", "new-ring"]
    rings = [
        subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    first, second = (KeyRing.read(each.stdout) for each in rings)

    assert (first.current, list(first.keys)) == ("1", ["1"])
    assert first.keys != second.keys
    assert first.write() == rings[0].stdout.strip()


@pytest.mark.parametrize("words", [(), ("--url", "https://a.example"), ("--key-env", "NAME")])
def test_every_other_command_needs_an_address_and_a_key(
    folder: Path, words: tuple[str, ...]
) -> None:
    """It says so with how it is used, and exit status 2."""
    command = [sys.executable, "-I", "operations.py", *words, "problems"]
    done = subprocess.run(
        command, cwd=folder, env={"NAME": KEY}, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.returncode) == ("", 2)
    assert "--url is required, and one of --key-file and --key-env" in done.stderr


def test_a_refusal_is_the_answer(folder: Path, app: App) -> None:
    """The app's reason code is printed, and the exit status says that nothing was done."""
    app.answer = (404, '{"code": "connection_unknown", "message": "There is none."}')
    done = _run(folder, app.url, "pause", "nobody")

    assert (done.stderr, done.returncode) == ("", 1)
    assert json.loads(done.stdout)["code"] == "connection_unknown"


def _says(done: Done, words: str) -> bool:
    """Nothing on stdout, one sentence with these words on stderr, exit status 2."""
    sentence = done.stderr.removesuffix("\n")
    one = "\n" not in sentence and "Traceback" not in sentence and sentence[-1:] in (".", "?")
    return one and words in sentence and (done.stdout, done.returncode) == ("", 2)


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (401, "", "does not accept the key (HTTP 401)"),
        (403, "{}", "does not accept the key (HTTP 403)"),
        (404, "", "is it the web app?"),
        (200, "<html>", "is it the web app?"),
        (200, "[]", "is it the web app?"),
        (502, "Bad gateway", "is it the web app?"),
    ],
)
def test_another_answer_is_one_sentence(
    folder: Path, app: App, status: int, text: str, words: str
) -> None:
    """A wrong key or a foreign server is said, and no JSON pretends to be the app's."""
    app.answer = (status, text)

    assert _says(_run(folder, app.url, "problems"), words)


def test_the_key_follows_no_redirect(folder: Path, app: App) -> None:
    """Whoever answers at the address cannot send the key on to another one."""
    app.answer = (302, "")
    done = _run(folder, app.url, "problems")

    assert _says(done, "not as operations do (HTTP 302)")
    assert len(app.asked) == 1


def test_an_app_that_is_down_is_one_sentence(folder: Path) -> None:
    """No traceback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = _run(folder, url, "problems")

    assert _says(done, f"{url} cannot be reached: ")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:7071",
        "visits.example.org",
        "",
        "https://",
        "file:///etc/hosts",
        "http://[::1",
        "http://a:b",
        "http://a b",
        "http://vısits.example.org",
    ],
)
def test_an_address_that_is_none_is_one_sentence(folder: Path, url: str) -> None:
    """Without its scheme above all."""
    assert _says(_run(folder, url, "problems"), "is no address")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (("--key-file", "nowhere"), "The key file nowhere cannot be read."),
        (("--key-file", "empty"), "There is no key in empty."),
        (("--key-file", "lines"), "There is no key in lines."),
        (("--key-env", "EMPTY"), "There is no key in the environment variable EMPTY."),
        (("--key-env", "UNSET"), "There is no key in the environment variable UNSET."),
    ],
)
def test_a_missing_key_is_one_sentence(folder: Path, key: tuple[str, str], words: str) -> None:
    """It names the place, and nothing is asked."""
    (folder / "empty").write_text("\n", encoding="utf-8")
    (folder / "lines").write_text("one\ntwo\n", encoding="utf-8")

    assert _says(_run(folder, "https://visits.invalid", "problems", key=key), words)


def test_it_imports_the_standard_library_alone() -> None:
    """And its syntax is that of an older Python, as it may be on the operator's machine."""
    tree = ast.parse(TOOL.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == set()
