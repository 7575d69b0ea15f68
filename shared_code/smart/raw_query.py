"""
Reads the query of a launch or a callback from the raw URL.

The host's own parameters turn `+` into a blank, join doubled values with commas and drop empty ones
(facts of the Functions host), and a launch or a code changed by one sign is refused by Epic.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from shared_code.errors import Refused
from shared_code.smart.errors import LAUNCH_MALFORMED, LAUNCH_TOO_LONG

LONGEST = 6000
"""Characters of one value. Epic's launches and codes are JWTs; the host's own limit is 8 KiB."""


def read_query(raw: str, names: frozenset[str], longest: int = LONGEST) -> Mapping[str, str]:
    """
    Return the parameters with one of these names that have a value.

    `raw` is the URL as it came. `+` stays `+`, and everything is percent-decoded once. Parameters
    with other names are ignored. Raises Refused(LAUNCH_MALFORMED | LAUNCH_TOO_LONG).
    """
    query = raw.partition("?")[2].partition("#")[0]
    found: dict[str, str] = {}
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        name = unquote(name, errors="replace")
        if name not in names:
            continue
        if name in found:
            raise Refused(LAUNCH_MALFORMED)
        found[name] = _decoded(value, longest)
    return {name: value for name, value in found.items() if value}


def _decoded(value: str, longest: int) -> str:
    try:
        decoded = unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Refused(LAUNCH_MALFORMED) from None
    if len(decoded) > longest:
        raise Refused(LAUNCH_TOO_LONG)
    if not decoded.isprintable():
        raise Refused(LAUNCH_MALFORMED)
    return decoded
