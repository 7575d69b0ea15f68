"""
Epic's SMART on FHIR side: discovery, authorize, token, keys and FHIR on one https listener.

The authorize page stands on a listener without TLS too, so that a browser shows no warning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from socket import socket
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from local.faults.listener import Answer, Request
from local.simulators.clock import Clock
from local.simulators.epic import answers, authorize, discovery, fhir, id_tokens, launches, token
from local.simulators.epic.assertions import Assertions
from local.simulators.epic.authorize import Authorize, Grant
from local.simulators.epic.chart import Chart
from local.simulators.epic.clients import Clients
from local.simulators.epic.fhir import Fhir
from local.simulators.epic.instances import FHIR_PATH, KEYS_PATH, OTHER_PATH, Instance
from local.simulators.epic.keys import SigningKeys
from local.simulators.epic.launches import Begun, Launches
from local.simulators.epic.people import patient_of, person_named
from local.simulators.epic.records import Record, Records
from local.simulators.epic.tickets import Tickets
from local.simulators.epic.token import ACCESS_LIFETIME, Access, TokenEndpoint
from local.simulators.epic.wire import BUSY, HTML, accepted, refused, to_json
from local.simulators.simulator import Outcome

KEY_ANSWERS = MappingProxyType(
    {"keys.busy": BUSY, "keys.html": HTML, "keys.empty": to_json({"keys": []})}
)
KEYS_SILENCE = "keys.silence"
LAUNCH_PLAYS = frozenset(
    launches.TOKENS.keys()
    | launches.SPELLINGS.keys()
    | authorize.PLAYS
    | token.PLAYS
    | answers.PLAYS
    | id_tokens.PLAYS
    | fhir.PLAYS
)
"""What can go wrong with one launch, by name."""
PLAYS = LAUNCH_PLAYS | discovery.PLAYS | KEY_ANSWERS.keys() | {KEYS_SILENCE}
"""Everything that can be made to go wrong."""
_SILENCES = MappingProxyType(
    {
        "discovery": discovery.SILENCE,
        "token": token.SILENCE,
        "keys": KEYS_SILENCE,
        "fhir": fhir.SILENCE,
    }
)


@dataclass
class Conduct:
    """
    How Epic behaves until it is changed.

    `plays` go wrong whatever a launch asks; those of a launch, if it begins meanwhile.
    `authorize_by` is the scheme of the authorize page that discovery names: http or https.
    """

    plays: frozenset[str] = frozenset()
    authorize_by: str = "http"


class Epic:
    """The hospital's Epic: its instances differ only in their path and their registrations."""

    def __init__(
        self,
        folder: Path,
        ca_file: Path,
        chart: Chart,
        clock: Clock,
        hold: Callable[[socket], object],
        urls: Mapping[str, str],
    ) -> None:
        self.clock = clock
        self.chart = chart
        self.conduct = Conduct()
        self.keys = SigningKeys(folder / "keys.json")
        self.clients = Clients(ca_file)
        self.records = Records()
        self.launches = Launches()
        self._hold = hold
        self._urls = urls
        self._codes: Tickets[Grant] = Tickets(authorize.LIFETIME)
        self._access: Tickets[Access] = Tickets(ACCESS_LIFETIME)
        self._assertions = Assertions(self.clients)
        self._authorize = Authorize(self.clients, self.launches, self._codes, clock.now)
        self._token = TokenEndpoint(
            self._assertions, self._codes, self._access, self.keys, clock.now
        )
        self._fhir = Fhir(chart, self._access)

    def instance(self, prefix: str, version: str = "R4") -> Instance:
        origin, pages = self._urls["epic"], self._urls["epic_pages"]
        # DSTU2's issuer is found from the authorize address, so that one cannot be elsewhere.
        over_https = self.conduct.authorize_by == "https" or version == "DSTU2"
        return Instance(prefix, origin, origin if over_https else pages)

    def begin(
        self,
        record: Record,
        who: str,
        csn: str,
        plays: frozenset[str] = frozenset(),
        answer: Mapping[str, Any] = MappingProxyType({}),
    ) -> Begun:
        """
        Begin the visit as that person; an empty CSN is a launch without a visit.

        Raises KeyError for an unknown person.
        """
        visit = self.chart.open(csn) if csn else None
        user = person_named(who, patient_of("") if visit is None else visit.patient)
        return self.launches.begin(
            record,
            self.instance(record.instance_prefix, record.version),
            user,
            visit,
            self.clock.now(),
            plays=plays | self.conduct.plays,
            answer=answer,
        )

    def reset(self) -> None:
        """Forget launches, codes and behaviour; keys, registrations and records stay."""
        self.conduct = Conduct()
        self.launches.tickets.clear()
        self._codes.clear()
        self._access.clear()
        self._assertions.clear()
        self.chart.clear()

    def remembered(self, request: Request) -> Any:
        """Return names of parameters, never values: they are tokens, codes and people."""
        fields = parse_qs(request.target.partition("?")[2], keep_blank_values=True)
        if request.method == "POST":
            fields |= parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {"fields": sorted(fields)}

    def act(self, request: Request) -> Outcome:
        found = FHIR_PATH.fullmatch(request.path)
        if found is not None:
            version = found["version"].upper()
            return self._below_base(found["prefix"], version, found["rest"], request)
        other = OTHER_PATH.fullmatch(request.path)
        if other is None:
            return refused(Answer(HTTPStatus.NOT_FOUND), "path")
        return self._other(self.instance(other["prefix"]), other["rest"], request)

    def act_on_page(self, request: Request) -> Outcome:
        """Serve the listener without TLS, which has the authorize page and nothing else."""
        if not request.path.endswith("/oauth2/authorize"):
            return refused(Answer(HTTPStatus.NOT_FOUND), "path")
        return self.act(request)

    def _below_base(self, prefix: str, version: str, rest: str, request: Request) -> Outcome:
        instance, plays = self.instance(prefix, version), self.conduct.plays
        if rest == ".well-known/smart-configuration":
            outcome = discovery.smart_configuration(instance, version, plays)
            return self._finished("discovery", outcome, request, plays)
        if rest == "metadata":
            outcome = discovery.metadata(instance, version, request, plays)
            return self._finished("discovery", outcome, request, plays)
        now = self.clock.now()
        plays = plays | self._fhir.plays_of(request, now)
        outcome = self._fhir.act(instance, version, rest, request, plays, now)
        return self._finished("fhir", outcome, request, plays)

    def _other(self, instance: Instance, rest: str, request: Request) -> Outcome:
        plays = self.conduct.plays
        if rest == "/oauth2/authorize":
            return self._finished(
                "authorize", self._authorize.act(instance, request), request, plays
            )
        if rest == "/oauth2/token":
            outcome = self._token.act(instance, request)
            asked = plays | frozenset(outcome.details.get("plays", ()))
            return self._finished("token", outcome, request, asked)
        if rest == "/oauth2/.well-known/openid-configuration":
            outcome = discovery.openid_configuration(instance)
            return self._finished("discovery", outcome, request, plays)
        if rest == KEYS_PATH:
            return self._finished("keys", self._key_set(plays), request, plays)
        return refused(Answer(HTTPStatus.NOT_FOUND), "path")

    def _key_set(self, plays: frozenset[str]) -> Outcome:
        for name in sorted(plays & KEY_ANSWERS.keys()):
            return accepted(KEY_ANSWERS[name], played=name)
        return accepted(to_json({"keys": self.keys.published()}))

    def _finished(
        self, step: str, outcome: Outcome, request: Request, plays: frozenset[str]
    ) -> Outcome:
        """Name the step for the records, add Epic's time, and be silent where that is asked."""
        if _SILENCES.get(step) in plays:
            self._hold(request.connection)
        answer = outcome.answer
        if not any(name == "Date" for name, _ in answer.headers):
            date = ("Date", format_datetime(self.clock.now(), usegmt=True))
            answer = replace(answer, headers=[*answer.headers, date])
        return replace(outcome, answer=answer, details={"step": step, **outcome.details})


@dataclass(frozen=True)
class EpicPages:
    """The same Epic on the listener without TLS."""

    epic: Epic

    def remembered(self, request: Request) -> Any:
        return self.epic.remembered(request)

    def act(self, request: Request) -> Outcome:
        return self.epic.act_on_page(request)
