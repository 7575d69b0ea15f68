"""
Launches of visits: storage operations, requests to Epic and Graph, and the time that is ours.

The pages are asked for in this process, on the real adapters, the stack's storage and simulators.
Ours is the time on a processor outside the SDKs of storage and outside the requests to other
services. Launches of visits that are prepared and of others take turns.

What a launch of a prepared visit asks of storage: its own row is written, read, taken and finished
(4); the appointment and the EHR user or the visit are read (2), who is there is written (1). A
clinician's page is a row as well, written, read and kept (3), reads appointment, visit and who is
there (3) and writes who pressed (1). The first launch of a visit also writes what erases who was
there (1).
"""

from __future__ import annotations

import ssl
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from local import seed
from local.bench.counting import counted
from local.bench.ingest import Ingest
from local.demo import launch_steps
from local.demo.machine import HOSPITAL, Machine
from shared_code.launching.domain.launch import Door
from shared_code.outbound.http import NO_HEADERS, Answer, OutboundHttp
from shared_code.web.browser import BrowserRequest
from shared_code.web.cookies import LAUNCH_PREFIX
from shared_code.web.frame import Page
from shared_code.web.launch import finish_launch, start_launch
from shared_code.web.visit import show_visit

_ROUNDS = 15
_PHONE = "+16085550173"


@dataclass(slots=True)
class _Outbound:
    """The one way out, counted and timed."""

    inner: OutboundHttp
    number: int = 0
    seconds: float = 0.0

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
        seconds: float = 5.0,
        largest: int = 1_000_000,
    ) -> Answer:
        self.number += 1
        began = time.thread_time()
        try:
            return self.inner.request(
                method, url, headers=headers, body=body, seconds=seconds, largest=largest
            )
        finally:
            self.seconds += time.thread_time() - began


@dataclass(frozen=True, slots=True)
class _Cost:
    storage: int
    upstream: int
    ours: float


@dataclass(slots=True)
class _Launches:
    """One worker's launches."""

    machine: Machine
    ingest: Ingest
    outbound: _Outbound
    jar: dict[str, str] = field(default_factory=dict)

    def book(self, *, prepared: bool) -> str:
        """Return the CSN of a visit that starts in ten minutes."""
        start = self.machine.now().astimezone(HOSPITAL) + timedelta(minutes=10)
        key = self.machine.new_key()
        self.ingest.one(
            self.machine.booking(key, _PHONE, start_local=start.replace(second=0, tzinfo=None))
        )
        if prepared:
            found = self.ingest.ports.appointments.by_csn(seed.PRODUCTION, key)
            if found is None:
                raise RuntimeError("the visit was not booked")
            self.ingest.services.visits.prepare_visit.on_hint({"appointment": str(found.value.ref)})
        return key

    def clinician(self, *, prepared: bool) -> _Cost:
        """Launch as a clinician who has signed in once before, up to the page of the visit."""
        key = self.book(prepared=prepared)
        return self._cost(
            self.machine.launch_url(launch_steps.EPIC, launch_steps.DANA, key), Door.PROVIDER
        )

    def patient(self, *, prepared: bool) -> _Cost:
        """Launch as a patient from MyChart."""
        key = self.book(prepared=prepared)
        return self._cost(
            self.machine.launch_url(launch_steps.MYCHART, launch_steps.PATIENT, key), Door.PATIENT
        )

    def _cost(self, url: str, door: Door) -> _Cost:
        stories = self.ingest.services.launching
        upstream, waited = self.outbound.number, self.outbound.seconds
        elsewhere = 0.0
        with counted() as storage:
            began = time.thread_time()
            page = self._kept(
                start_launch(self._request(url), door, seed.PRODUCTION, stories.start)
            )
            left = time.thread_time()
            callback = self._epic(page.headers["Location"])
            elsewhere = time.thread_time() - left
            page = self._kept(finish_launch(self._request(callback), stories.finish))
            if page.headers["Location"].startswith("/visit/"):
                handle = page.headers["Location"].removeprefix("/visit/")
                page = show_visit(self._request(f"/visit/{handle}"), handle, stories.pages)
            seconds = time.thread_time() - began
        if page.status not in (200, 302):
            raise RuntimeError(f"the launch ended with {page.status}")
        waited = self.outbound.seconds - waited
        ours = seconds - elsewhere - storage.seconds - waited
        return _Cost(storage.number, self.outbound.number - upstream, ours)

    def _request(self, url: str) -> BrowserRequest:
        cookie = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        return BrowserRequest("GET", url, {"accept-language": "en", "cookie": cookie})

    def _kept(self, page: Page) -> Page:
        kept = {k: v for k, v in self.jar.items() if not k.startswith(LAUNCH_PREFIX)}
        self.jar = kept | {each.name: each.value for each in page.cookies}
        return page

    def _epic(self, url: str) -> str:
        """Be the browser at Epic's sign-in; return the address to which Epic sends it back."""
        parts = urlsplit(url)
        trusted = ssl.create_default_context(cafile=self.machine.stack.certificates.ca_file)
        connection = (
            HTTPSConnection(parts.netloc, timeout=20, context=trusted)
            if parts.scheme == "https"
            else HTTPConnection(parts.netloc, timeout=20)
        )
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.getheader("Location") or ""


def sign_in_once(machine: Machine) -> None:
    """Let the clinician of the launches sign in at Microsoft; the web host must be there."""
    launch_steps.first_launch_signs_in(machine)


def measure(machine: Machine) -> dict[str, float]:
    """Measure on the stack's storage and simulators. The web host must be stopped."""
    ingest = Ingest(machine)
    outbound = _Outbound(ingest.ports.outbound)
    vars(ingest.ports)["outbound"] = outbound
    launches = _Launches(machine, ingest, outbound)
    kinds: dict[str, Callable[[], _Cost]] = {
        "clinician_prepared": lambda: launches.clinician(prepared=True),
        "clinician_improvised": lambda: launches.clinician(prepared=False),
        "patient_prepared": lambda: launches.patient(prepared=True),
        "patient_improvised": lambda: launches.patient(prepared=False),
    }
    for launch in kinds.values():
        launch()  # tables exist, keys are known and connections are open now
    costs = {name: list[_Cost]() for name in kinds}
    for _ in range(_ROUNDS):
        for name, launch in kinds.items():
            costs[name].append(launch())
    return {
        figure: value
        for name, each in costs.items()
        for figure, value in {
            f"launch_added_ms_{name}": 1000 * statistics.median(cost.ours for cost in each),
            f"launch_storage_operations_{name}": statistics.median(cost.storage for cost in each),
            f"launch_upstream_calls_{name}": statistics.median(cost.upstream for cost in each),
        }.items()
    }
