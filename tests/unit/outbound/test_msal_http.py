"""The HTTP client that MSAL is given speaks through the door out."""

from __future__ import annotations

from typing import Any

import pytest

from shared_code.outbound.errors import NotReached, Phase
from shared_code.outbound.http import Answer
from shared_code.outbound.msal_http import MsalHttp
from tests.support.outbound import ScriptedHttp, answer

URL = "https://login.example/token"


def test_a_form_is_posted() -> None:
    """Encoded, with its type; what MSAL says beside is left out."""
    http = ScriptedHttp({URL: answer({"access_token": "x"}, retry_after="5")})
    found = MsalHttp(http).post(
        URL,
        params={"a": "b c"},
        data={"scope": "x/.default", "code": "a+b"},
        timeout=3,
        verify=False,
    )

    (sent,) = http.sent
    assert ("POST", f"{URL}?a=b+c") == (sent.method, sent.url)
    assert sent.form == {"scope": "x/.default", "code": "a+b"}
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (
        found.status_code,
        found.text,
        found.headers["retry-after"],
    ) == (200, '{"access_token": "x"}', "5")
    assert "access_token" not in repr(found)


@pytest.mark.parametrize(("status", "seen"), [(200, 200), (400, 400), (429, 503), (500, 500)])
def test_a_status_is_handed_on(status: int, seen: int) -> None:
    """But a 429 as a 503: MSAL would take it for a refusal."""
    http = ScriptedHttp({URL: answer(b"\xff", status)})
    client = MsalHttp(http)
    found = client.get(URL, headers={"Accept": "x"})
    client.close()

    assert (seen, "\ufffd") == (found.status_code, found.text)
    assert (
        http.sent[0].method,
        http.sent[0].body,
        http.sent[0].headers["Accept"],
    ) == ("GET", None, "x")


def test_what_the_door_raises_comes_through() -> None:
    """MSAL has no shape of its own for it."""
    with pytest.raises(NotReached):
        MsalHttp(ScriptedHttp({URL: NotReached(Phase.DNS)})).get(URL)


def test_requests_end_together_within_the_time_that_is_given() -> None:
    """MSAL makes two for a first token; afterwards each has its usual time again."""
    now, given = [100.0], list[float]()

    class Slow(ScriptedHttp):
        def request(self, *args: Any, seconds: float = 5.0, **rest: Any) -> Answer:
            given.append(seconds)
            now[0] += 2.0
            return super().request(*args, **rest)

    http = MsalHttp(Slow({URL: answer({})}), ticks=lambda: now[0])
    with http.within(3.5):
        http.get(URL)
        http.post(URL)
        with pytest.raises(NotReached):
            http.get(URL)
    http.get(URL)

    assert given == [3.5, 1.5, 5.0]
