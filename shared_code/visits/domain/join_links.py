"""Whether a join link may be kept. Only its host is looked at; the link itself stays opaque."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINK = re.compile(r"(https?)://([a-z0-9.-]{1,253})(:[0-9]{1,5})?[/?#][!-~]*", re.ASCII)
"""Printable ASCII without blanks. There is no place for a user name or a backslash before the path,
which browsers and libraries read in different ways."""
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class JoinHosts:
    """
    `suffixes` are hosts with all their subdomains. `http`: also http and any port, on one machine
    where the meeting is simulated.
    """

    suffixes: Sequence[str]
    http: bool = False

    def allow(self, url: str) -> bool:
        """Whether the link leads to one of the hosts."""
        link = _LINK.fullmatch(url) if len(url) <= _LONGEST else None
        if link is None or "\\" in url:
            return False
        scheme, host, port = link.groups()
        if not self.http and (scheme != "https" or port not in (None, ":443")):
            return False
        return any(host == suffix or host.endswith(f".{suffix}") for suffix in self.suffixes)
