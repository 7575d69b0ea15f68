"""The pages for people: what a phone shows, and that nothing in it is executable."""

import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from local.simulators.desk.pages import pieces
from tests.simulators.conftest import PATIENT, SHORT_CODE, TOLL_FREE, Desk

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7*7 }}'
PHONE = "/phone/%2B16085550142"


def test_a_phone_shows_its_texts_with_size_and_links(sms: Any, desk: Desk) -> None:
    sms.send(TOLL_FREE, [PATIENT], "Join https://visit.example.org/v/abc?x=1&y=2. Reply STOP")
    sms.send(SHORT_CODE, [PATIENT], "Mañana a las ocho, ¡día!")

    page = desk.page(PHONE)

    assert 'href="https://visit.example.org/v/abc?x=1&amp;y=2" rel="noreferrer"' in page
    assert "GSM-7, 1 segment<" in page
    assert "UCS-2, 1 segment<" in page
    assert f"From {SHORT_CODE}" in page


def test_hostile_texts_and_replies_are_only_words(sms: Any, desk: Desk) -> None:
    sms.send(TOLL_FREE, [PATIENT], HOSTILE)
    desk.submit(PHONE, to=TOLL_FREE, text=HOSTILE)

    page = desk.page(PHONE)

    assert "<script>alert" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") == 2
    assert "{{ 7*7 }}" in page


def test_only_web_addresses_become_links() -> None:
    text = "javascript:alert(1) http://a.example/x, (https://b.example/y)!"

    found = pieces(text)

    assert [piece.href for piece in found if piece.href] == [
        "http://a.example/x",
        "https://b.example/y",
    ]
    assert "".join(piece.text for piece in found) == text


def test_a_text_that_was_not_delivered_is_not_on_the_phone(sms: Any, desk: Desk) -> None:
    desk.submit(PHONE, to=TOLL_FREE, text="STOP")

    sms.send(TOLL_FREE, [PATIENT], "never seen")

    page = desk.page(PHONE)
    assert "never seen" not in page
    assert "NETWORK MSG" in page


@pytest.mark.parametrize(
    "fields", [{"to": "+18885550199", "text": "STOP"}, {"to": TOLL_FREE, "text": " "}]
)
def test_a_reply_needs_a_number_and_words(desk: Desk, fields: dict[str, str]) -> None:
    assert desk.submit(PHONE, **fields)[0] == 400


def test_the_list_of_texts_waits_for_as_many_as_asked(sms: Any, desk: Desk) -> None:
    sms.send(TOLL_FREE, [PATIENT], "Hello", tag="t1")

    (text,) = desk.call("GET", f"{PHONE}.json?at_least=1&timeout=10")
    none = desk.call("GET", "/phone/%2B16085550143.json?at_least=1&timeout=0")

    assert (text["from"], text["text"], text["tag"]) == (TOLL_FREE, "Hello", "t1")
    assert (text["encoding"], text["segments"], text["delivery"]) == ("GSM-7", 1, "Delivered")
    assert none == []
    assert desk.call("GET", "/phone.json") == {PATIENT: 1}


def test_a_page_is_sent_again_only_when_something_happened(sms: Any, desk: Desk) -> None:
    with urllib.request.urlopen(desk.url + PHONE, timeout=10) as answer:
        etag = answer.headers["ETag"]

    def look() -> int:
        request = urllib.request.Request(desk.url + PHONE, headers={"If-None-Match": etag})
        try:
            with urllib.request.urlopen(request, timeout=10) as again:
                return int(again.status)
        except urllib.error.HTTPError as same:
            with same:
                return same.code

    before = look()
    sms.send(TOLL_FREE, [PATIENT], "Hello")

    assert (before, look()) == (304, 200)


@pytest.mark.parametrize("path", ["/", "/control", "/phone", PHONE, "/epic"])
def test_every_page_allows_only_its_own_resources(desk: Desk, path: str) -> None:
    with urllib.request.urlopen(desk.url + path, timeout=10) as answer:
        policy, page = answer.headers["Content-Security-Policy"], answer.read().decode()

    assert "default-src 'self'" in policy
    assert not re.search(r"<script(?! src=\"/static/)|\son\w+=|\sstyle=", page)
    assert '<html lang="en">' in page
    assert '<meta name="viewport"' in page


@pytest.mark.parametrize("path", ["/epic", PHONE])
def test_every_field_has_a_label(desk: Desk, path: str) -> None:
    page = desk.page(path)

    fields = re.findall(r"<(?:input|select)(?![^>]*type=\"hidden\")[^>]* id=\"([^\"]+)\"", page)
    labels = re.findall(r"<label for=\"([^\"]+)\"", page)
    assert fields
    assert fields == labels


@pytest.mark.parametrize("path", ["/nothing", "/static/../server.py", "/phone/12", "/control/no"])
def test_what_there_is_not_is_not_found(desk: Desk, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(desk.url + path, timeout=10)

    missing.value.close()
    assert missing.value.code == 404


@pytest.mark.parametrize("path", ["/epic", "/", "/phone", "/nowhere"])
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS"])
def test_a_page_is_read_and_nothing_else(desk: Desk, method: str, path: str) -> None:
    """Nothing is deleted at a page, so nobody is told that something was."""
    request = urllib.request.Request(desk.url + path, method=method)

    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
        pass

    assert refused.value.code == 405
    refused.value.close()


def test_browsers_ask_for_an_icon(desk: Desk) -> None:
    """There is none, which is no mistake."""
    with urllib.request.urlopen(desk.url + "/favicon.ico", timeout=10) as answer:
        assert answer.status == 204
