"""
Where log lines go and what they may contain: an exception's type and locations, never its text.

An exception's text may contain a patient's data; the real host prints it, twice.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import override

type ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


OWN_LOGGERS = ("Function", "Host")


class QuietFormatter(logging.Formatter):
    """Prints exceptions as type names and code locations."""

    @override
    def formatException(self, ei: ExceptionInfo) -> str:
        """Return a line for each exception of the chain and its frames, without source or text."""
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def set_up() -> None:
    """Set the root logger to INFO, as the real host does before the app is imported."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        QuietFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    own = logging.StreamHandler(sys.stderr)
    own.setFormatter(handler.formatter)
    for name in OWN_LOGGERS:  # the app may change the root's formatter, as it may on Azure
        logging.getLogger(name).addHandler(own)
        logging.getLogger(name).propagate = False
    logging.getLogger("asyncio").setLevel(logging.WARNING)
