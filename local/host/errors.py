"""
Errors of the local host: it does not start, does not run a function, or cannot reach its storage.
"""


class HostError(Exception):
    """
    The root of the local host's errors. Its text comes from this package or from the app's code.
    """


class StartRefused(HostError):
    """The whole host does not start, as on Azure, or because it lacks a feature."""


class FunctionRefused(HostError):
    """This function stays off while the rest of the app runs, as on the real host."""


class BadAnswer(HostError):
    """The function's answer cannot be sent; the caller gets a 500."""


class StorageFailed(HostError):
    """The storage service answered with an error."""

    def __init__(self, status: int, code: str) -> None:
        """Keep the HTTP status and the service's error code, never a body."""
        super().__init__(f"storage answered {status} {code}")
        self.status = status
        self.code = code
