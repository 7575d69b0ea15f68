"""The patients' phones as pages and as JSON: received texts, and a form to reply."""

import secrets
from http import HTTPStatus
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from local.faults.listener import Answer, Request
from local.simulators.acs.inbox import CarrierNotice, Entry, Inbox, Reply
from local.simulators.acs.senders import OWNED
from local.simulators.acs.service import Acs
from local.simulators.acs.wire import is_e164
from local.simulators.desk.control import to_json, wait_limits
from local.simulators.desk.pages import bad_form, form_of, not_found, not_modified, page, see_other

PREFIX = "/phone/"
_REPLY_LENGTH = 1600


class Phone:
    """Serves `/phone`, `/phone/{number}` and their `.json`."""

    def __init__(self, acs: Acs, zone: ZoneInfo) -> None:
        self._acs = acs
        self._zone = zone
        # Versions restart with every process; a page left open must not take them for its own.
        self._nonce = secrets.token_hex(4)

    def list_phones(self, request: Request) -> Answer:
        etag = self._etag()
        if request.header("If-None-Match") == etag:
            return not_modified(etag)
        counts = {number: len(self._inbox.conversation(number)) for number in self._inbox.phones()}
        return page("phones.html", etag=etag, counts=counts)

    def list_json(self, _: Request) -> Answer:
        counts = {number: len(self._inbox.texts(number)) for number in self._inbox.phones()}
        return to_json(HTTPStatus.OK, counts)

    def one(self, request: Request) -> Answer:
        """Serve one phone: GET shows it, `.json` lists its texts, POST replies."""
        name = unquote(request.path.removeprefix(PREFIX))
        number = name.removesuffix(".json")
        if not is_e164(number):
            return not_found()
        if request.method == "POST":
            return self._reply(request, number)
        if name.endswith(".json"):
            return self._json(request, number)
        return self._show(request, number)

    def _show(self, request: Request, number: str) -> Answer:
        etag = self._etag()
        if request.header("If-None-Match") == etag:
            return not_modified(etag)
        conversation = self._inbox.conversation(number)
        wrote = [entry.sender for entry in conversation if not isinstance(entry, Reply)]
        return page(
            "phone.html",
            etag=etag,
            number=number,
            bubbles=[self._bubble(entry) for entry in conversation],
            senders=list(dict.fromkeys([*reversed(wrote), *OWNED])),
        )

    def _json(self, request: Request, number: str) -> Answer:
        at_least, timeout = wait_limits(request)
        texts = self._inbox.await_texts(at_least, timeout, number)
        return to_json(HTTPStatus.OK, [text.as_json() for text in texts])

    def _reply(self, request: Request, number: str) -> Answer:
        form = form_of(request)
        to, text = form.get("to", ""), form.get("text", "").strip()
        if to not in OWNED:
            return bad_form("the number to reply to")
        if not 0 < len(text) <= _REPLY_LENGTH:
            return bad_form("the reply")
        self._acs.reply(number, to, text)
        return see_other(PREFIX + quote(number))

    def _bubble(self, entry: Entry) -> dict[str, object]:
        is_reply, is_carrier = isinstance(entry, Reply), isinstance(entry, CarrierNotice)
        size = None if isinstance(entry, Reply | CarrierNotice) else entry
        return {
            "kind": "reply" if is_reply else "carrier" if is_carrier else "text",
            "who": f"To {entry.to}" if isinstance(entry, Reply) else f"From {entry.sender}",
            "at": entry.at.astimezone(self._zone),
            "text": entry.text,
            "size": size,
        }

    def _etag(self) -> str:
        return f'"{self._nonce}-{self._inbox.version()}"'

    @property
    def _inbox(self) -> Inbox:
        return self._acs.memory
