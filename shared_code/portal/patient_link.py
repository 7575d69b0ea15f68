"""
What a patient sees who opens the link of a text: the visit, or in plain words why not.
"""

from __future__ import annotations

from shared_code import logs
from shared_code.errors import NotStored, Refused
from shared_code.flows.patient_links import Visitors, open_link
from shared_code.portal.patient_page import (
    Page,
    VisitView,
    language_for,
    trouble_page,
    visit_page,
)


def show_link(token: str, accept_language: str, visitors: Visitors) -> Page:
    """Never raises for what a caller sent. The token is in no log line."""
    try:
        opened = open_link(token, visitors)
    except (Refused, NotStored) as error:
        logs.event("link.refused", code=error.code)
        return trouble_page(error.code, _first_language(accept_language))
    appointment, connection = opened.appointment, opened.connection
    logs.event("link.opened", connection=connection.id, row=appointment.ref.row)
    return visit_page(
        VisitView(
            language=language_for(appointment.language, connection.language),
            organization=connection.organization_name,
            contact=connection.contact,
            start=opened.start,
            zone=connection.display_zone(appointment.department),
            region=connection.region,
        )
    )


def _first_language(accept_language: str) -> str:
    """The primary tag a browser asks for first; what it is worth, the page knows."""
    return accept_language.split(",")[0].split(";")[0].split("-")[0].strip().lower()[:8]
