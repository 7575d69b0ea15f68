"""
The request target: path and query decoded as the real host decodes them.

Observed on the real host 4.1037: `%2F` stays as it is inside a path and everything else is decoded
(`+` stays); dots are resolved before matching; NUL and raw non-ASCII are refused; query keys
without a value are dropped and repeated ones joined by a comma; what is not UTF-8 stays as written.
"""

import re
from dataclasses import dataclass

_RUN = re.compile("(?:%[0-9A-Fa-f]{2})+")
_KEPT_IN_URL = re.compile(r"%[0-9A-Fa-f]{2}|[A-Za-z0-9\-._~!$&'()*+,;=:@/]")


@dataclass(frozen=True, slots=True)
class Target:
    """A decoded path, the query's pairs and the raw query (with its question mark)."""

    path: str
    query: dict[str, str]
    raw_query: str

    @property
    def url_path(self) -> str:
        """Return the path as req.url shows it: encoded again, except for what looks encoded."""
        parts: list[str] = []
        position = 0
        while position < len(self.path):
            kept = _KEPT_IN_URL.match(self.path, position)
            if kept:
                parts.append(kept[0])
                position = kept.end()
            else:
                parts += (f"%{byte:02X}" for byte in self.path[position].encode())
                position += 1
        return "".join(parts)


def read_target(raw: bytes) -> Target | None:
    """Decode a request target in origin form; None if it is malformed (a 400)."""
    if not raw.startswith(b"/") or not raw.isascii():
        return None
    path, mark, query = raw.decode("ascii").partition("?")
    if "%00" in path:
        return None
    return Target(_without_dots(_decode_path(path)), _pairs(query), mark + query)


def percent_decode(text: str) -> str:
    """Decode percent escapes as UTF-8; bytes that are not UTF-8 keep their escapes."""
    return _RUN.sub(lambda found: _decode_run(found[0]), text)


def _decode_run(run: str) -> str:
    data = bytes.fromhex(run.replace("%", ""))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before, bad = data[: error.start].decode(), run[3 * error.start : 3 * error.end]
        return before + bad + _decode_run(run[3 * error.end :])


def _decode_path(path: str) -> str:
    pieces = re.split("(%2[Ff])", path)
    return "".join(piece if piece.lower() == "%2f" else percent_decode(piece) for piece in pieces)


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    parts: list[str] = []
    *front, last = path.split("/")[1:]
    for part in front:
        _step(parts, part)
    if last in {".", ".."}:
        _step(parts, last)
        last = ""
    return "/" + "/".join([*parts, last])


def _step(parts: list[str], part: str) -> None:
    if part == "..":
        del parts[-1:]
    elif part != ".":
        parts.append(part)


def _pairs(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    spelling: dict[str, str] = {}
    for pair in query.split("&"):
        key, _, value = (percent_decode(side.replace("+", " ")) for side in _halves(pair))
        if value:
            name = spelling.setdefault(key.lower(), key)
            values[name] = f"{values[name]},{value}" if name in values else value
    return values


def _halves(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")
