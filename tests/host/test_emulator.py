"""The storage emulator's starter."""

from pathlib import Path

from local import processes
from local.azurite import emulator
from tests.host.queue_client import queue


def test_a_directory_keeps_what_was_stored(tmp_path: Path) -> None:
    """Stopped in order and started again on the same directory, a message is still there."""
    first = emulator.start(processes.node(), tmp_path / "store")
    with queue(first, "kept") as messages:
        messages.send_message("still here")
    first.stop()

    second = emulator.start(processes.node(), tmp_path / "store")
    with queue(second, "kept") as messages:
        kept = [message.content for message in messages.receive_messages()]
    second.stop()

    assert kept == ["still here"]


def test_it_ends_with_who_started_it() -> None:
    """It ends when its stdin is closed, as on the death of its parent."""
    running = emulator.start(processes.node(), None)
    assert running.process.stdin is not None
    running.process.stdin.close()

    assert running.process.wait(20) == 0
    running.stop()
