"""Every page that people can see, by a name, with one hospital's data."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from shared_code.links.domain import (
    LINK_CANCELLED,
    LINK_DEAD,
    LINK_EXPIRED,
    LINK_NOT_VIRTUAL,
    LINK_UNKNOWN,
)
from shared_code.web.clinician import live, sign_in
from shared_code.web.clinician import trouble as clinician_trouble
from shared_code.web.clinician import views as clinician
from shared_code.web.frame import Hospital, Page
from shared_code.web.languages import THIS_PAGE
from shared_code.web.patient import page as link
from shared_code.web.patient import views as patient
from shared_code.web.patient import visit
from shared_code.web.trouble import Trouble

LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAAAAAByaaZbAAAALklEQVR42mNQAIP/SAC/CMOI1EC80lENxAfuyNQwmu"
    "NGc9xojhvNcaM5bghqAAATsGTPzHxpdQAAAABJRU5ErkJggg=="
)
HOSPITAL = Hospital(
    organization="Lamna Healthcare",
    contact="(608) 555-0100",
    emergency="In an emergency, call 911.",
    privacy_url="https://www.lamna.example/privacy",
    accessibility_url="https://www.lamna.example/accessibility",
    logo=LOGO,
    frame_hosts=("https://epic.lamna.example",),
)
START = datetime(2026, 6, 10, 18, 30, tzinfo=UTC)
OPENS = datetime(2026, 6, 10, 18, 15, tzinfo=UTC)
ZONE = "America/Chicago"
JOIN_LINKS = (
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%7d",
    "https://teams.microsoft.com/meet/2414128301281?p=XyAbCdEf0123456789",
    "https://visit.teams.microsoft.com/webrtc-svc/api/route?tid=5a&convId=19:meeting_x@thread.v2&l=en",
    "https://teams.cloud.microsoft/meet/24141?p=a'b&amp;c=%26&d=;e,f",
)
JOIN_LINK = JOIN_LINKS[2]
TOKEN = "abcdefghijklmnopqrstuvwxyz"
HANDLE = "h-0123456789abcdef0123456789abcdef"
HANDOFF = "https://visits.lamna.example/signin?h=0123456789abcdef"
CALLBACK = "https://visits.lamna.example/signin/callback"
SIGN_IN_STATUS = {clinician.SignInRefusal.OUR_CREDENTIAL: 503}
PRESENCE = clinician.PresenceView("en", patient=clinician.Side(opened=1, opened_minutes=2))


def patient_pages(language: str) -> dict[str, Page]:
    """Return every page of a patient."""
    return {**_link_pages(language), **_way_pages(language), **_patient_troubles(language)}


def clinician_pages(language: str) -> dict[str, Page]:
    """Return every page of a clinician."""
    return {
        **_sign_in_pages(language),
        **_live_pages(language),
        **_clinician_troubles(language),
    }


def _link_pages(language: str) -> dict[str, Page]:
    choice = patient.Choice(f"/v/{TOKEN}/texts", allowed=True)
    at = f"/v/{TOKEN}/join"
    view = patient.LinkView(language, HOSPITAL, START, ZONE, "US", choice=choice, here=THIS_PAGE)
    early, now = patient.Join(at, OPENS), patient.Join(at)
    troubles = (LINK_UNKNOWN, LINK_EXPIRED, LINK_DEAD, LINK_CANCELLED, LINK_NOT_VIRTUAL)
    return {
        "link-without-join": link.link_page(view),
        "link-too-early": link.link_page(replace(view, join=early)),
        "link-open": link.link_page(replace(view, join=now)),
        "link-moved-later": link.link_page(replace(view, join=early, moved=True)),
        "link-moved-open": link.link_page(replace(view, join=now, moved=True)),
        "link-start-left": link.link_page(
            replace(view, choice=replace(choice, changed=True, start_to="+18005550100"))
        ),
        "link-replaced": link.link_page(replace(view, moved_to=f"/v/{TOKEN}")),
        **{
            f"link-{each.code}": link.trouble_page(
                each, language, choice, hospital=HOSPITAL, here=THIS_PAGE
            )
            for each in troubles
        },
    }


def _way_pages(language: str) -> dict[str, Page]:
    early = patient.WaitingView(
        language, HOSPITAL, patient.Waiting.TOO_EARLY, 30, OPENS, ZONE, "US", here=THIS_PAGE
    )
    preparing = patient.WaitingView(
        language, HOSPITAL, patient.Waiting.PREPARING, 2, here=THIS_PAGE
    )
    late = patient.WaitingView(
        language, HOSPITAL, patient.Waiting.NOT_READY, 10, code="graph_unavailable", here=THIS_PAGE
    )
    return {
        "wait-too-early": visit.waiting_page(early),
        "wait-preparing": visit.waiting_page(preparing),
        "wait-not-ready": visit.waiting_page(late),
        "hand-off": visit.hand_off_page(
            patient.HandOffView(language, HOSPITAL, JOIN_LINK, here=THIS_PAGE)
        ),
    }


def _patient_troubles(language: str) -> dict[str, Page]:
    return {
        f"trouble-{each}": visit.launch_trouble_page(
            patient.TroubleView(language, each, each.value, _status(each), HOSPITAL, here=THIS_PAGE)
        )
        for each in Trouble
    }


def _sign_in_pages(language: str) -> dict[str, Page]:
    needed = clinician.SignInNeededView(
        language,
        HOSPITAL,
        HANDOFF,
        "/signin?again=1",
        CALLBACK,
        other_way="/signin?top=1",
        here=THIS_PAGE,
    )
    confirm = clinician.ConfirmView(
        language,
        HOSPITAL,
        "/signin/confirm",
        "0123456789abcdef",
        "dana@lamna.example",
        "/signin?other=1",
        OPENS,
        ZONE,
        "US",
    )
    on = clinician.GoOnView(language, HOSPITAL, f"/visit/{HANDLE}")
    return {
        "sign-in": sign_in.sign_in_needed_page(needed),
        "sign-in-top": sign_in.sign_in_needed_page(replace(needed, top=True)),
        "sign-in-explained": sign_in.sign_in_needed_page(replace(needed, explained=True)),
        "confirm": sign_in.confirm_page(confirm),
        "confirm-second": sign_in.confirm_page(replace(confirm, second=True)),
        "hop": sign_in.same_site_hop_page(on),
        **dict(chain(_not_allowed(language), _refused(language))),
    }


def _not_allowed(language: str) -> list[tuple[str, Page]]:
    return [
        (
            f"account-{kind}",
            sign_in.account_not_allowed_page(
                clinician.AccountNotAllowedView(
                    language, HOSPITAL, kind, "kim@fabrikam.example", HANDOFF, f"account_{kind}"
                )
            ),
        )
        for kind in clinician.NotAllowed
    ]


def _refused(language: str) -> list[tuple[str, Page]]:
    return [
        (
            f"refused-{each}",
            sign_in.sign_in_refused_page(
                clinician.SignInRefusedView(
                    language,
                    HOSPITAL,
                    each,
                    f"sign_in_{each}",
                    SIGN_IN_STATUS.get(each, 403),
                    HANDOFF if each != clinician.SignInRefusal.EXPIRED else "",
                    "65004" if each == clinician.SignInRefusal.CONSENT else "",
                )
            ),
        )
        for each in clinician.SignInRefusal
    ]


def live_view(language: str) -> clinician.LiveView:
    """Return the page of a visit that the patient has opened."""
    return clinician.LiveView(
        language,
        HOSPITAL,
        JOIN_LINK,
        replace(PRESENCE, language=language),
        f"/live/{HANDLE}",
        f"/visit/{HANDLE}?plain=1",
        "dana@lamna.example",
        f"/visit/{HANDLE}/not-me",
        start=START,
        zone=ZONE,
        region="US",
        here=THIS_PAGE,
    )


def _live_pages(language: str) -> dict[str, Page]:
    view = live_view(language)
    many = clinician.Side(3, 4, 2, 1, 1, 12)
    crowded = clinician.PresenceView(language, many, clinician.Side(opened=1, opened_minutes=1))
    return {
        "live": live.live_page(view),
        "live-first": live.live_page(replace(view, open_now=True)),
        "live-plain": live.live_page(replace(view, is_plain=True, here="?plain=1")),
        "live-notices": live.live_page(
            replace(view, presence=crowded, notices=tuple(clinician.Notice))
        ),
        "window": live.window_page(
            clinician.WindowView(
                language, HOSPITAL, JOIN_LINK, f"/visit/{HANDLE}?window=1", THIS_PAGE
            )
        ),
        "preparing": live.preparing_page(clinician.PreparingView(language, HOSPITAL, 1)),
        "late": live.preparing_page(
            clinician.PreparingView(language, HOSPITAL, 10, True, "graph_unavailable", THIS_PAGE)
        ),
        "hand-off": live.hand_off_page(
            clinician.HandOffView(language, HOSPITAL, JOIN_LINK, "dana@lamna.example", THIS_PAGE)
        ),
    }


def _clinician_troubles(language: str) -> dict[str, Page]:
    return {
        f"trouble-{each}": clinician_trouble.launch_trouble_page(
            clinician.TroubleView(
                language,
                each,
                each.value,
                _status(each),
                HOSPITAL,
                f"/visit/{HANDLE}" if each == Trouble.START_AGAIN else "",
                THIS_PAGE,
            )
        )
        for each in Trouble
    }


def _status(trouble: Trouble) -> int:
    return 503 if trouble in (Trouble.OUR_SIDE, Trouble.EPIC_UNAVAILABLE) else 400
