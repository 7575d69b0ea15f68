"""Why a visit cannot be joined yet, and what of it a person should look at."""

from __future__ import annotations

from shared_code.errors import Code, ErrorInfo, Reason

_NOT_YET = 503

PREPARATION_SLOW = ErrorInfo(
    Code("preparation_slow"), "The meeting could not be prepared in the time there was.", _NOT_YET
)
MEETINGS_PAUSED = ErrorInfo(
    Code("meetings_paused"),
    "Microsoft Graph is not asked now: it did not answer several times and is asked once a minute, "
    "or too many requests are on their way to it.",
    _NOT_YET,
)
LOBBY_UNCONFIRMED = ErrorInfo(
    Code("lobby_unconfirmed"),
    "Microsoft Graph has not shown yet that patients wait in the meeting's lobby.",
    _NOT_YET,
)
# also problems
ORGANIZERS_UNAVAILABLE = Reason(
    Code("organizers_unavailable"),
    "No account of the connection's organizers can make a meeting now.",
)
JOIN_LINK_REFUSED = Reason(
    Code("join_link_refused"),
    "Microsoft Graph named a join link whose host CONNECTOR_MEETING_HOSTS does not allow.",
)
LOBBY_REFUSED = Reason(
    Code("lobby_refused"),
    "Three times Microsoft Graph did not close a meeting's lobby: patients are kept out of it.",
)
# problems only
ORGANIZER_REFUSED = Reason(
    Code("organizer_refused"),
    "Microsoft Graph refused meetings of this organizer: check its licence, and its access policy "
    "(Grant-CsApplicationAccessPolicy -PolicyName <policy> -Identity <object id>).",
)
ORGANIZER_LIMIT = Reason(
    Code("organizer_limit"),
    "This organizer nears the 2,000 meetings a month that Microsoft Graph allows an account: add "
    "another one to the connection.",
)
