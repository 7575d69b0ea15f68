"""Why the local host does not start, does not run a function, or cannot reach its storage."""


class HostError(Exception):
    """Any trouble of the local host; its text is written here or in the app's own code."""


class StartRefused(HostError):
    """The whole host does not start: Azure would serve nothing, or this host lacks the feature."""


class FunctionRefused(HostError):
    """This one function stays off while the rest of the app runs, as on the real host."""


class BadAnswer(HostError):
    """What the function answered cannot be sent: the caller gets a 500."""


class StorageFailed(HostError):
    """The storage service answered with an error."""

    def __init__(self, status: int, code: str) -> None:
        """Keep the HTTP status and the service's error code, never a body."""
        super().__init__(f"storage answered {status} {code}")
        self.status = status
        self.code = code
