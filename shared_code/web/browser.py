"""What a browser sends: the raw URL, its headers, its cookies, and whether it only looks ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from shared_code.connections.domain import Connection
from shared_code.web import cookies
from shared_code.web.cookies import Cookie, cookie
from shared_code.web.frame import Hospital, Page, answer_to_head, answer_to_prefetch, is_prefetch
from shared_code.web.languages import PARAMETER

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 4096
_LONGEST_LANGUAGES = 256
_LONGEST_LANGUAGE = 35
"""As RFC 5646 §4.4.1 has it."""
_LAUNCH_SECONDS = 600
_REPEATED_SECONDS = 60
_VISIT_SECONDS = 12 * 3600


@dataclass(frozen=True, slots=True)
class BrowserRequest:
    """One request of a browser: the raw URL, header names in lower case, the body as sent."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    def without_effect(self) -> Page | None:
        """Return the answer to HEAD and to a prefetch, which must have no effect; else None."""
        if self.method == "HEAD":
            return answer_to_head()
        return answer_to_prefetch() if is_prefetch(self.headers) else None

    def languages(self) -> list[str]:
        """Return the language tags that the browser accepts, in its order, unchecked."""
        tags = self.headers.get("accept-language", "")[:_LONGEST_LANGUAGES].split(",")
        return [tag.partition(";")[0].strip() for tag in tags]

    def language(self) -> str:
        """Return the language that somebody chose on a page of ours, unchecked; "" if none."""
        return self.query().get(PARAMETER, "")[:_LONGEST_LANGUAGE]

    def browser(self) -> str:
        """Return the value of the page cookie, or "" if none came."""
        return cookies.read(self._cookies, cookies.VISIT) or ""

    def cookies_of(self, prefix: str) -> dict[str, str]:
        """Return the cookies whose names begin with the prefix, by the rest of the name."""
        found = cookies.names(self._cookies, prefix)
        return {
            name.removeprefix(prefix): cookies.read(self._cookies, name) or "" for name in found
        }

    def query(self) -> dict[str, str]:
        """Return the parameters of the query; one that is there twice is left out."""
        return _once(self.url.partition("?")[2])

    def form(self) -> dict[str, str] | None:
        """Return the fields of our own form; None unless one of our own pages sent it."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not self.is_same_origin() or kind != FORM or len(self.body) > LARGEST_FORM:
            return None
        return _once(self.body.decode("ascii", "replace"))

    def is_framed(self) -> bool:
        """Return whether the answer is shown in a frame: Teams refuses frames."""
        return self.headers.get("sec-fetch-dest") == "iframe"

    def is_own_window(self) -> bool:
        """Return whether a page of ours has opened this in a window: no frame, no other site."""
        opened_by = self.headers.get("sec-fetch-site")
        return self.headers.get("sec-fetch-dest") == "document" and opened_by == "same-origin"

    def is_same_origin(self) -> bool:
        """Return False where the browser says that another site sent the form (Fetch Metadata)."""
        return self.headers.get("sec-fetch-site", "same-origin") == "same-origin"

    @property
    def _cookies(self) -> str:
        return self.headers.get("cookie", "")


def page_cookie(value: str) -> Cookie:
    """Return the cookie that a page of a visit belongs to."""
    return cookie(cookies.VISIT, value, max_age=_VISIT_SECONDS, partitioned=True)


def launch_cookie(ending: str, value: str, *, used: bool = False) -> Cookie:
    """
    Return the cookie of a launch. Once `used`, it goes after a minute: until then a callback that
    comes again gets the same answer.
    """
    seconds = _REPEATED_SECONDS if used else _LAUNCH_SECONDS
    return cookie(f"{cookies.LAUNCH_PREFIX}{ending}", value, max_age=seconds, partitioned=True)


def sign_in_cookie(ending: str, value: str) -> Cookie:
    """Return the cookie of a sign-in, set and read in a top-level window."""
    name = f"{cookies.SIGN_IN_PREFIX}{ending}"
    return cookie(name, value, max_age=_LAUNCH_SECONDS, partitioned=False)


def hospital_of(connection: Connection | None) -> Hospital:
    """Return what a connection wants on every page; nothing of a sender who is unknown."""
    if connection is None:
        return Hospital()
    pages = connection.pages
    return Hospital(
        organization=connection.organization_name,
        contact=connection.contact,
        emergency=pages.emergency,
        privacy_url=pages.privacy_url,
        accessibility_url=pages.accessibility_url,
        logo=pages.logo,
        frame_hosts=connection.visits.frame_hosts if connection.visits else (),
    )


def _once(encoded: str) -> dict[str, str]:
    pairs = parse_qsl(encoded, max_num_fields=None)
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}
