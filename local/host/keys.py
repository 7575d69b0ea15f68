"""
Host and function keys, and what each opens. The real host itself checks them, so this one does too.
"""

import hmac
from dataclasses import dataclass

from local.host.http_wire import Request
from local.host.targets import Target


@dataclass(frozen=True, slots=True)
class Keys:
    """The master key and the key that opens every function of level `function`."""

    master: str
    function: str

    def given(self, request: Request, target: Target) -> str:
        """
        Return the given key. The header wins over the query's `code`, even if wrong (real host
        4.1037).
        """
        return request.header("x-functions-key") or target.query.get("code", "")

    def is_master(self, key: str) -> bool:
        """Return whether the key opens everything."""
        return _same(key, self.master)

    def opens_functions(self, key: str) -> bool:
        """Return whether the key opens functions of level `function`."""
        return _same(key, self.function) or self.is_master(key)

    def opens(self, level: str, key: str) -> bool:
        """Return whether the key opens a function of this authorization level."""
        match level.upper():
            case "ANONYMOUS":
                return True
            case "FUNCTION":
                return self.opens_functions(key)
        return self.is_master(key)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
