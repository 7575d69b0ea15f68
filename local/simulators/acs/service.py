"""
The SMS service: from a signed request to a text on a phone.

Faults are played around it (local/simulators/simulator.py); pages only read its data.
"""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from local.faults.listener import Answer, Request, json_headers
from local.simulators.acs.access import Access
from local.simulators.acs.inbox import DELIVERED, FAILED, CarrierNotice, Inbox, Reply, Text
from local.simulators.acs.optouts import OptOuts, opt_out_in
from local.simulators.acs.repeatability import Rejected, Repeatability
from local.simulators.acs.segments import Size, measure
from local.simulators.acs.senders import OWNED, Rates
from local.simulators.acs.wire import (
    OPT_OUT_VERSIONS,
    SEND_VERSIONS,
    Recipient,
    Refusal,
    Sending,
    check_version,
    is_e164,
    read_document,
    read_numbers,
    read_sender,
    read_sending,
)
from local.simulators.clock import Clock
from local.simulators.kept import Kept
from local.simulators.memory import ACCEPTED, DUPLICATE, RATE_LIMITED, REFUSED
from local.simulators.simulator import Outcome

BLOCKED = "Sender blocked for given recipient."
CARRIER_ERROR = "Carrier error."
OPTED_OUT = "ErrorCode: 4007. ErrorMessage: The Destination/To number has opted out."
WORDS, CODE, ANSWER = "words", "code", "answer"
"""How the service says that a recipient said STOP: in the report, or in the answer to the POST."""


@dataclass(frozen=True)
class Conduct:
    """
    How the service is configured to behave, apart from faults. `details` are the carrier's words
    for texts that fail.
    """

    honour_repeatability: bool = True
    delivery: str = DELIVERED
    details: str = CARRIER_ERROR
    opted_out: str = WORDS


class Acs:
    """One resource with its numbers; `memory` holds the phones."""

    def __init__(self, access: Access, clock: Clock, folder: Path) -> None:
        self.memory = Inbox(Kept(folder / "inbox"))
        self.opt_outs = OptOuts(Kept(folder / "opt-outs"))
        self.conduct = Conduct()
        self._access = access
        self._clock = clock
        self._rates = Rates()
        self._repeatability = Repeatability(Kept(folder / "repeatability"))
        self._sending = threading.Lock()
        self._routes: Mapping[str, Callable[[Request], Outcome]] = MappingProxyType(
            {
                "/sms": self._send,
                "/sms/optouts:add": self._add_opt_outs,
                "/sms/optouts:remove": self._remove_opt_outs,
                "/sms/optouts:check": self._check_opt_outs,
            }
        )

    def reset(self) -> None:
        self.memory.reset()
        self.opt_outs.reset()
        self.conduct = Conduct()
        self._rates.reset()
        self._repeatability.reset()

    def remembered(self, request: Request) -> Any:
        try:
            return json.loads(request.body)
        except ValueError:
            return None

    def act(self, request: Request) -> Outcome:
        try:
            return self._route(request)(request)
        except Refusal as refusal:
            limited = refusal.status == HTTPStatus.TOO_MANY_REQUESTS
            return Outcome(
                refusal.answer(),
                RATE_LIMITED if limited else REFUSED,
                details={"code": refusal.code},
            )

    def _route(self, request: Request) -> Callable[[Request], Outcome]:
        if not self._access.granted(request, self._clock.real_now()):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", "")
        route = self._routes.get(request.path)
        if route is None or request.method != "POST":
            raise Refusal(HTTPStatus.NOT_FOUND, "NotFound", "There is no such resource.")
        return route

    def reply(self, phone: str, to: str, text: str) -> None:
        """Record a patient's reply; STOP and START take effect as with the real carrier."""
        now, kind = self._clock.now(), OWNED[to]
        size = measure(text)
        self.memory.add(Reply(now, phone, to, text, _new_id(), size.segments))
        wish = opt_out_in(text)
        if wish is True:
            self.opt_outs.add(to, phone)
            self.memory.add(CarrierNotice(now, to, phone, kind.stopped))
        elif wish is False:
            self.opt_outs.remove(to, phone)
            self.memory.add(CarrierNotice(now, to, phone, kind.resumed))

    def _send(self, request: Request) -> Outcome:
        check_version(request.query.get("api-version"), SEND_VERSIONS)
        sending = read_sending(request.body)
        _check_owned(sending.sender)
        now, size = self._clock.now(), measure(sending.message)
        wait = self._rates.take(sending.sender, size.segments * len(sending.recipients), now)
        if wait is not None:
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "TooManyRequests",
                "The rate limit of the number was exceeded.",
                wait,
            )
        with self._sending:
            results = [self._one(sending, one, size, now) for one in sending.recipients]
        verdicts = {verdict for verdict, _ in results}
        items = [item for _, item in results]
        return Outcome(
            _json(HTTPStatus.ACCEPTED, {"value": items}),
            next(one for one in (ACCEPTED, DUPLICATE, REFUSED) if one in verdicts),
            acted=ACCEPTED in verdicts,
            details={"results": items, "tag": sending.tag, "segments": size.segments},
        )

    def _one(
        self, sending: Sending, recipient: Recipient, size: Size, now: datetime
    ) -> tuple[str, dict[str, Any]]:
        if not is_e164(recipient.to):
            return REFUSED, _refused(recipient, "Invalid To phone number format.", None)
        if self.conduct.opted_out == ANSWER and self._refuses(sending, recipient):
            return REFUSED, _refused(recipient, OPTED_OUT, None)
        words = (sending.sender, recipient.to, sending.message, sending.report_wanted, sending.tag)
        tracked = recipient.repeatability if self.conduct.honour_repeatability else None
        if tracked is not None:
            try:
                earlier = self._repeatability.earlier(tracked, words, now)
            except Rejected:
                message = "The repeatability request id was used for another request."
                return REFUSED, _refused(recipient, message, "rejected")
            if earlier is not None:
                return DUPLICATE, earlier
        text = self._deliver(sending, recipient, size, now)
        item = {
            "to": recipient.to,
            "messageId": text.message_id,
            "httpStatusCode": 202,
            "repeatabilityResult": "accepted",
            "successful": True,
        }
        if tracked is not None:
            self._repeatability.remember(tracked, words, item, now)
        return ACCEPTED, item

    def _deliver(self, sending: Sending, recipient: Recipient, size: Size, now: datetime) -> Text:
        blocked = self._refuses(sending, recipient)
        failed = blocked or self.conduct.delivery == FAILED
        text = Text(
            at=now,
            sender=sending.sender,
            to=recipient.to,
            text=sending.message,
            encoding=size.encoding,
            segments=size.segments,
            message_id=_new_id(),
            tag=sending.tag,
            report_wanted=sending.report_wanted,
            delivery=FAILED if failed else DELIVERED,
            delivery_details=self._details(blocked=blocked) if failed else "Delivered.",
        )
        self.memory.add(text)
        return text

    def _refuses(self, sending: Sending, recipient: Recipient) -> bool:
        return self.opt_outs.refuses(sending.sender, recipient.to)

    def _details(self, *, blocked: bool) -> str:
        """Return what the report of a failed text says."""
        if not blocked:
            return self.conduct.details
        return OPTED_OUT if self.conduct.opted_out == CODE else BLOCKED

    def _add_opt_outs(self, request: Request) -> Outcome:
        return self._opt_outs(request, self.opt_outs.add)

    def _remove_opt_outs(self, request: Request) -> Outcome:
        return self._opt_outs(request, self.opt_outs.remove)

    def _check_opt_outs(self, request: Request) -> Outcome:
        return self._opt_outs(request, self.opt_outs.contains)

    def _opt_outs(self, request: Request, action: Callable[[str, str], bool | None]) -> Outcome:
        check_version(request.query.get("api-version"), OPT_OUT_VERSIONS)
        document = read_document(request.body)
        sender = read_sender(document)
        _check_owned(sender)
        items: list[dict[str, Any]] = []
        for to in read_numbers(document):
            if not is_e164(to):
                message = "Invalid recipient phone number format"
                items.append({"to": to, "httpStatusCode": 400, "errorMessage": message})
                continue
            found = action(sender, to)
            known = {} if found is None else {"isOptedOut": found}
            items.append({"to": to, "httpStatusCode": 200, **known})
        return Outcome(_json(HTTPStatus.OK, {"value": items}), ACCEPTED, acted=True)

    def configure(self, **settings: Any) -> None:
        """Change the given fields of Conduct and keep the others; None keeps a field too."""
        given = {name: value for name, value in settings.items() if value is not None}
        self.conduct = replace(self.conduct, **given)


def _check_owned(sender: str) -> None:
    if sender not in OWNED:
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "Unauthorized",
            f"The number '{sender}' does not belong to the account.",
        )


def _refused(recipient: Recipient, message: str, repeated: str | None) -> dict[str, Any]:
    item: dict[str, Any] = {
        "to": recipient.to,
        "httpStatusCode": 400,
        "errorMessage": message,
        "successful": False,
    }
    return item if repeated is None else {**item, "repeatabilityResult": repeated}


def _new_id() -> str:
    return f"Outgoing_{UUID(bytes=secrets.token_bytes(16))}"


def _json(status: HTTPStatus, document: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(document).encode(), json_headers())
