"""
Read what a connection says of launches: the sections `epic`, `visits` and `patient_pages`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared_code.connections.adapters.json_reader import Reader
from shared_code.connections.domain import Connection
from shared_code.connections.launch_setup import ClinicianOpens, EpicSetup, PatientPages, VisitSetup
from shared_code.security.addresses import address_key, is_base_url, is_host, is_link, is_origin

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_CLIENT_ID = r"[A-Za-z0-9-]{1,64}"
_SECRET_NAME = r"[A-Za-z0-9-]{1,127}"
_LOGO = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_SENTENCE = r"[^\x00-\x1f\x7f]{0,300}"
_MOST_KEYS, _MOST_ORGANIZERS, _MOST_HOSTS = 2, 50, 20
_BEFORE, _AFTER = (0, 240), (0, 1440)
_BASE_URL_DEMAND = "must be an https address without a user, a query or a fragment"
_HOST_DEMAND = "must be a list of at most 20 different host names, each with or without a port"
_ORIGIN_DEMAND = "must be a list of at most 20 different https origins, as https://*.example.org"
_LINK_DEMAND = "must be an https address"

type ReadLogo = Callable[[str], bytes]
"""Returns the checked picture of that file name; raises ValueError with what is wrong."""


def read_epic(at: Reader | None) -> EpicSetup | None:
    """Return the Epic environment that launches come from."""
    if at is None:
        return None
    epic = EpicSetup(
        base_url=at.checked("base_url", _demand(is_base_url, _BASE_URL_DEMAND)),
        client_id=at.text("client_id", _CLIENT_ID),
        signing_keys=_several(at, "signing_keys", _SECRET_NAME, _MOST_KEYS),
        endpoint_hosts=frozenset(_addresses(at, "endpoint_hosts", is_host, _HOST_DEMAND)),
        patient_without_id_token=at.flag("patient_without_id_token", True),
    )
    at.end()
    return epic


def read_visits(at: Reader | None) -> VisitSetup | None:
    """Return how visits are held."""
    if at is None:
        return None
    usual = VisitSetup(())
    visits = VisitSetup(
        organizers=_several(at, "organizers", GUID, _MOST_ORGANIZERS, str.lower),
        opens_before=at.number("opens_before", *_BEFORE, default=usual.opens_before),
        closes_after=at.number("closes_after", *_AFTER, default=usual.closes_after),
        frame_hosts=_addresses(at, "frame_hosts", is_origin, _ORIGIN_DEMAND),
        clinician_opens=at.choice("clinician_opens", ClinicianOpens, usual.clinician_opens),
        foreign_clinicians=at.flag("foreign_clinicians", False),
    )
    at.end()
    return visits


def read_patient_pages(at: Reader | None, read_logo: ReadLogo) -> PatientPages:
    """Return what every patient's page shows besides the visit."""
    if at is None:
        return PatientPages()
    link = _demand(is_link, _LINK_DEMAND)
    pages = PatientPages(
        emergency=at.text("emergency", _SENTENCE, "").strip(),
        privacy_url=at.checked("privacy_url", link, ""),
        accessibility_url=at.checked("accessibility_url", link, ""),
        logo=_logo(at, read_logo),
    )
    at.end()
    return pages


def check_base_urls(sections: Sequence[Reader], connections: Sequence[Connection]) -> None:
    """Add a problem for every base URL that an earlier connection of the same tenant has."""
    taken = set[tuple[str, str]]()
    for at, connection in zip(sections, connections, strict=True):
        epic = at.section("epic") if connection.epic and connection.epic.base_url else None
        if epic is None or connection.epic is None:
            continue
        key = (connection.tenant, address_key(connection.epic.base_url))
        if key in taken:
            epic.wrong("base_url", "another connection of this tenant has the same")
        taken.add(key)


def _demand(fits: Callable[[str], bool], demand: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not fits(value):
            raise ValueError(demand)

    return check


def _several(
    at: Reader, name: str, pattern: str, most: int, spelt: Callable[[str], str] = str
) -> tuple[str, ...]:
    """Return one to `most` different texts that match the pattern, as `spelt` writes them."""
    found = tuple(map(spelt, at.texts(name, pattern)))
    if not 1 <= len(set(found)) == len(found) <= most:
        at.wrong(name, f"must be a list of 1 to {most} different texts")
    return found


def _addresses(at: Reader, name: str, fits: Callable[[str], bool], demand: str) -> tuple[str, ...]:
    found = tuple(map(str.lower, at.texts(name)))
    if not len(set(found)) == len(found) <= _MOST_HOSTS or not all(map(fits, found)):
        at.wrong(name, demand)
        return ()
    return found


def _logo(at: Reader, read_logo: ReadLogo) -> bytes:
    name = at.text("logo", _LOGO, "")
    if not name:
        return b""
    try:
        return read_logo(name)
    except ValueError as wrong:
        at.wrong("logo", str(wrong))
        return b""
