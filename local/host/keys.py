"""Keys: which were given and what they open. They are on in the host itself, so here too."""

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
        """The header wins over the query's `code`, even when wrong (real host 4.1037)."""
        return request.header("x-functions-key") or target.query.get("code", "")

    def is_master(self, key: str) -> bool:
        """Whether the key opens everything."""
        return _same(key, self.master)

    def opens_functions(self, key: str) -> bool:
        """Whether the key opens functions of level `function`."""
        return _same(key, self.function) or self.is_master(key)

    def opens(self, level: str, key: str) -> bool:
        """Whether the key opens a function of this authorization level."""
        match level.upper():
            case "ANONYMOUS":
                return True
            case "FUNCTION":
                return self.opens_functions(key)
        return self.is_master(key)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
