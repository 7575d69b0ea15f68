"""
How a helper process ends: by signal, or together with the process that started it.

A process started with a pipe as its standard input exits when that pipe closes, so that a killed
parent leaves no process behind.
"""

import os
import signal
import stat
import sys
import threading


def arrange_end() -> threading.Event:
    """
    Return an event that is set on SIGTERM, SIGINT, or the end of a piped standard input.

    Call it before the process reports that it is ready: it may be stopped from then on.
    """
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if _has_parent_pipe():
        threading.Thread(target=_watch_stdin, args=(over,), daemon=True).start()
    return over


def _has_parent_pipe() -> bool:
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _watch_stdin(over: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    over.set()
