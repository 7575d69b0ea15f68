"""
Documents that are made from code, so that they cannot tell something else.

    python -m tools.documents            writes them
    python -m tools.documents --check    names those that differ; the exit status says whether any
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from shared_code.errors import ErrorInfo, Reason
from shared_code.settings import SETTINGS, Setting
from shared_code.texting.domain import attention
from shared_code.wiring.codes import ERRORS, REASONS

ROOT = Path(__file__).resolve().parent.parent
_MADE = "<!-- Made by `python -m tools.documents` from {}. Do not edit. -->"

_ATTENTION = _MADE.format("shared_code/texting/domain/attention.py")
_END = "<!-- End of the made part. -->"

_PLATFORM = (
    (
        "AzureWebJobsStorage",
        "Connection string of the storage account. In Azure an identity is better: the next line.",
    ),
    (
        "AzureWebJobsStorage__accountName",
        "Name of the storage account, reached with the app's managed identity.",
    ),
    (
        "PYTHON_THREADPOOL_THREAD_COUNT",
        "`64`: so many functions run at the same time in one worker.",
    ),
    (
        "WEBSITE_SITE_NAME",
        "Set by Azure. Where it is set, everything that is for one machine only is refused.",
    ),
)
_SAMPLE_PLATFORM = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "PYTHON_THREADPOOL_THREAD_COUNT": "64",
}


def documents() -> Mapping[str, str]:
    """Every document by its path, with the text it must have."""
    return {
        "docs/error-codes.md": _error_codes(),
        "docs/operations.md": _operations(),
        "docs/settings.md": _settings(),
        "local.settings.sample.json": _sample(),
    }


def _error_codes() -> str:
    told = sorted(ERRORS.values(), key=lambda error: error.code)
    doors = [error for error in told if 0 < error.status != 200]
    acknowledged = [error for error in told if error.acknowledgement]
    inside = sorted(_never_answered(), key=lambda each: each.code)
    return "\n".join(
        [
            "# Error codes",
            "",
            _MADE.format("shared_code/wiring/codes.py"),
            "",
            "A code is a stable name: it appears in answers, log lines, problems and dead letters.",
            "The sentence belongs to the code; nothing of a message, name or number is ever in it.",
            "",
            "## Answered with an HTTP status",
            "",
            "The HL7 door answers `code: sentence` as plain text; operations answer JSON; pages",
            "show words of their own, with 503 for what is on our side.",
            "",
            *_rows(("Code", "HTTP", "Meaning"), doors, lambda row: (str(row.status),)),
            "",
            "## Answered in an HL7 acknowledgement",
            "",
            "HTTP 200. In enhanced mode (MSH-15 has a value) CR stands for AR and CE for AE.",
            "",
            *_rows(
                ("Code", "MSA-1", "ERR-3", "Meaning"),
                acknowledged,
                lambda row: (row.acknowledgement, row.condition),
            ),
            "",
            "## Inside",
            "",
            "They explain a text not sent, a problem, a dead letter, work that was put back, or an",
            "app that did not start. A reason that is answered too stands above as well.",
            "",
            *_rows(("Code", "Meaning"), inside, lambda row: ()),
            "",
        ]
    )


def _never_answered() -> list[ErrorInfo | Reason]:
    return [*(error for error in ERRORS.values() if not error.status), *REASONS.values()]


def _rows[T: ErrorInfo | Reason](
    head: tuple[str, ...], told: list[T], middle: Callable[[T], tuple[str, ...]]
) -> list[str]:
    rows = [(f"`{each.code}`", *middle(each), each.sentence) for each in told]
    return [_row(head), _row(("---",) * len(head)), *map(_row, rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _operations() -> str:
    """The page as it is, with the table of who learns of a text that does not go made anew."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    before, _, rest = text.partition(_ATTENTION)
    _, _, after = rest.partition(_END)
    parts = (
        ("of a refusal at the door: the message is not stored", attention.AT_DOOR),
        ("of an appointment: nobody is texted about it", attention.OF_APPOINTMENT),
        ("of one text: it is not sent, or its outcome is unknown", attention.OF_TEXT),
        ("of a hold: the text waits", attention.OF_HOLD),
        ("of a delivery: the text was accepted and did not arrive", attention.OF_DELIVERY),
    )
    tables = [
        line
        for title, table in parts
        for line in (
            _row((f"code {title}", "learns", "who does what, or why nobody has to")),
            _row(("---",) * 3),
            *(_row((f"`{code}`", _learns(each), each.what)) for code, each in table.items()),
            "",
        )
    ]
    return "\n".join([before + _ATTENTION, "", *tables, _END]) + after


def _learns(each: attention.Attention) -> str:
    return f"{each.learns}, each" if each.each else str(each.learns)


def _settings() -> str:
    rows = [
        (f"`{each.name}`", _default(each), f"`{each.pattern}`".replace("|", "\\|"), each.purpose)
        for each in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            _MADE.format("shared_code/settings.py"),
            "",
            "The app reads its environment once, when it starts. If anything is wrong it does not",
            "start and names every wrong setting at once. A name that begins with `CONNECTOR_` and",
            "is not in this table is wrong too.",
            "",
            _row(("Setting", "Default", "Must match", "Purpose")),
            _row(("---",) * 4),
            *map(_row, rows),
            "",
            "## Settings of the platform that the app depends on",
            "",
            _row(("Setting", "Purpose")),
            _row(("---",) * 2),
            *(_row((f"`{name}`", purpose)) for name, purpose in _PLATFORM),
            "",
            "One of the first two must be set. Settings of the local host have their own page:",
            "[local-host.md](local-host.md).",
            "",
        ]
    )


def _default(setting: Setting) -> str:
    if setting.default is None:
        return "must be set"
    return f"`{setting.default}`" if setting.default else "empty"


def _sample() -> str:
    values = _SAMPLE_PLATFORM | {each.name: each.sample for each in SETTINGS if each.sample}
    return json.dumps({"IsEncrypted": False, "Values": values}, indent=2) + "\n"


def main() -> int:
    """Returns 1 when `--check` found a difference, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tools.documents")
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args().check
    different = 0
    for name, text in documents().items():
        file = ROOT / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        different += 1
        print(f"{name} {'differs' if only_check else 'written'}")
        if not only_check:
            file.write_text(text, encoding="utf-8")
    return 1 if only_check and different else 0


if __name__ == "__main__":
    sys.exit(main())
