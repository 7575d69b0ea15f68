"""The scheduling desk as a page: book, move and cancel visits like Epic's users."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from local.faults.listener import Answer, Request
from local.simulators.desk.pages import bad_form, form_of, not_found, page, see_other
from local.simulators.epic.bookings import CANCELLED, CERTIFICATES, NOT_SENT, Bookings
from local.simulators.epic.messages import PHONES

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "ENG": "English",
        "SPA": "Spanish",
        "ARA": "Arabic",
        "CHI": "Chinese, Simplified",
        "zh-TW": "Chinese, Traditional",
        "FRE": "French",
        "HAT": "Haitian Creole",
        "KOR": "Korean",
        "POR": "Portuguese",
        "RUS": "Russian",
        "TGL": "Tagalog",
        "VIE": "Vietnamese",
        "": "not given",
    }
)


_LONGEST_WAIT = 4
"""Digits of minutes."""


class FormProblem(ValueError):
    """A form field has an invalid value; the text is the field's name."""


class EpicDesk:
    """`/epic` and the forms on it."""

    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings
        self._forms: Mapping[str, Callable[[dict[str, str]], None]] = MappingProxyType(
            {
                "/epic/book": self._book,
                "/epic/again": self._book_again,
                "/epic/move": self._move,
                "/epic/cancel": self._cancel,
            }
        )

    def show(self, _: Request) -> Answer:
        noon = self._bookings.now().replace(hour=13, minute=30, second=0, microsecond=0)
        return page(
            "epic.html",
            door_url=self._bookings.door_url,
            phones=[(phone, "+1" + "".join(filter(str.isdigit, phone))) for phone in PHONES],
            languages=LANGUAGES,
            certificates=CERTIFICATES,
            default_start=noon + timedelta(days=2),
            appointments=[
                (one, "+1" + "".join(filter(str.isdigit, one.phone)))
                for one in self._bookings.appointments()
            ],
            ended=(CANCELLED, NOT_SENT),
            posted=self._bookings.posted(),
        )

    def submit(self, request: Request) -> Answer:
        form = self._forms.get(request.path)
        if form is None:
            return not_found()
        try:
            form(form_of(request))
        except FormProblem as problem:
            return bad_form(str(problem))
        return see_other("/epic#answer")

    def _book(self, form: dict[str, str]) -> None:
        phone, language = form.get("phone", ""), form.get("language", "")
        if phone not in PHONES:
            raise FormProblem("the patient's phone")
        if language not in LANGUAGES:
            raise FormProblem("the language")
        processing = form.get("processing", "P")
        if processing not in {"P", "T"}:
            raise FormProblem("the kind of message")
        self._bookings.book(
            phone=phone,
            language=language,
            start=self._soon(form) or _start(form),
            is_video=form.get("kind") != "office",
            processing=processing,
            certificate=_certificate(form),
        )

    def _soon(self, form: dict[str, str]) -> datetime | None:
        """Return the start of a visit that can be joined at once, where that button was pressed."""
        minutes = form.get("in_minutes", "")
        if not minutes:
            return None
        if not (minutes.isascii() and minutes.isdecimal() and len(minutes) <= _LONGEST_WAIT):
            raise FormProblem("the minutes until the start")
        soon = self._bookings.now() + timedelta(minutes=int(minutes))
        return soon.replace(second=0, microsecond=0, tzinfo=None)

    def _book_again(self, form: dict[str, str]) -> None:
        start, certificate = _start(form), _certificate(form)
        try:
            self._bookings.book_again(form.get("key", ""), start, certificate)
        except KeyError:
            raise FormProblem("the appointment") from None

    def _move(self, form: dict[str, str]) -> None:
        start, certificate = _start(form), _certificate(form)
        try:
            self._bookings.move(form.get("key", ""), start, certificate)
        except KeyError:
            raise FormProblem("the appointment") from None

    def _cancel(self, form: dict[str, str]) -> None:
        try:
            self._bookings.cancel(form.get("key", ""), _certificate(form))
        except KeyError:
            raise FormProblem("the appointment") from None


def _start(form: dict[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(form.get("start", "")).replace(tzinfo=None)
    except ValueError:
        raise FormProblem("the start") from None


def _certificate(form: dict[str, str]) -> str:
    name = form.get("certificate", "epic")
    if name not in CERTIFICATES:
        raise FormProblem("the certificate")
    return name
