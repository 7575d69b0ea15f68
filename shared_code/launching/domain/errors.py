"""Why a launch or a sign-in ends with a page instead of a meeting, and what becomes a problem."""

from __future__ import annotations

from shared_code.errors import Code, ErrorInfo, Reason

LAUNCHING_NOT_CONFIGURED = ErrorInfo(
    Code("launching_not_configured"), "Video visits are not set up for this connection.", 503
)
LAUNCH_START_AGAIN = ErrorInfo(
    Code("launch_start_again"), "This launch has expired or was used before.", 400
)
LAUNCH_SENDER_UNKNOWN = ErrorInfo(
    Code("launch_sender_unknown"), "The Epic address of this launch is not registered here.", 403
)
CONNECTION_NEEDED = ErrorInfo(
    Code("connection_needed"), "The launch address does not say for which connection it is.", 400
)
LAUNCH_MIXED_UP = ErrorInfo(
    Code("launch_mixed_up"), "The launch came from another Epic environment than its record.", 403
)
LAUNCH_OTHER_BROWSER = ErrorInfo(
    Code("launch_other_browser"), "The launch was started in another browser.", 403
)
LAUNCH_REFUSED_BY_PERSON = ErrorInfo(
    Code("launch_refused_by_person"), "The launch was declined in Epic.", 403
)
LAUNCH_NOT_ALLOWED = ErrorInfo(Code("launch_not_allowed"), "Epic does not allow this launch.", 403)
IDENTITY_REFUSED = ErrorInfo(
    Code("identity_refused"), "Epic's statement of who launched could not be verified.", 403
)
SESSION_PLACEHOLDER = ErrorInfo(
    Code("session_placeholder"), "The integration record sends a placeholder, not a visit.", 400
)
VISIT_UNKNOWN = ErrorInfo(Code("visit_unknown"), "The launch does not say which visit it is.", 400)
VISIT_DISAGREES = ErrorInfo(Code("visit_disagrees"), "The launch names two different visits.", 409)
VISIT_CANCELLED = ErrorInfo(Code("visit_cancelled"), "The visit was cancelled.", 410)
VISIT_OVER = ErrorInfo(Code("visit_over"), "The time for joining this visit is over.", 410)
VISIT_PAGE_CLOSED = ErrorInfo(
    Code("visit_page_closed"), "The page of this visit is no longer open.", 403
)
SIGN_IN_START_AGAIN = ErrorInfo(
    Code("sign_in_start_again"), "This sign-in has expired or was used before.", 400
)
SIGN_IN_CANCELLED = ErrorInfo(Code("sign_in_cancelled"), "The sign-in was cancelled.", 403)
SIGN_IN_CONSENT = ErrorInfo(
    Code("sign_in_consent"), "Microsoft wants an administrator's consent first.", 403
)
SIGN_IN_INTERACTION = ErrorInfo(
    Code("sign_in_interaction"), "Microsoft asks for another step of the sign-in.", 403
)
SIGN_IN_UNAVAILABLE = ErrorInfo(
    Code("sign_in_unavailable"), "The Microsoft sign-in does not answer.", 503
)
ACCOUNT_GUEST = ErrorInfo(
    Code("account_guest"), "The Microsoft account is a guest of the organization.", 403
)
ACCOUNT_FOREIGN = ErrorInfo(
    Code("account_foreign"), "The Microsoft account belongs to another organization.", 403
)

LAUNCHES_FAIL = Reason(
    Code("launches_fail"),
    "Epic refused three launches within ten minutes: the client id in the integration record is "
    "not ours, or the link is opened twice.",
)
LAUNCH_UNREGISTERED = Reason(
    Code("launch_unregistered"),
    "A launch came from an Epic address that is not the one of its connection.",
)
TENANT_DIFFERS = Reason(
    Code("tenant_differs"),
    "The connection's tenant is not CONNECTOR_ENTRA_TENANT_ID, so no clinician could sign in.",
)
KEYS_NOT_ACCEPTED = Reason(
    Code("keys_not_accepted"),
    "Epic refused the connector's key: it has not read the JWKS address yet (up to 29 hours), the "
    "client id is that of the other environment, or a clock is wrong.",
)
IDENTITY_UNVERIFIED = Reason(
    Code("identity_unverified"), "Epic's id_token of a patient's launch could not be verified."
)
IDENTITY_KEYS_UNKNOWN = Reason(
    Code("identity_keys_unknown"),
    "Epic publishes no keys for id_tokens: whoever needs one cannot launch. Ask the Epic team for "
    "its OpenID configuration.",
)
RECORD_PLACEHOLDER = Reason(
    Code("record_placeholder"),
    "The integration record sends %CSN% or %CONFERENCEID% unresolved.",
)
RECORD_WITHOUT_VISIT = Reason(
    Code("record_without_visit"), "A launch carries no sessionId; check the integration record."
)
LAUNCH_DISAGREES = Reason(
    Code("launch_disagrees"), "A launch names two different visits; nobody was let in."
)
ENDPOINT_ELSEWHERE = Reason(
    Code("endpoint_elsewhere"),
    "Epic names sign-in addresses on a host that is not allowed for this connection.",
)
ENTRA_CREDENTIAL_REFUSED = Reason(
    Code("entra_credential_refused"),
    "Microsoft does not accept the connector's own credential: clinicians cannot sign in and no "
    "meeting can be made.",
)

BY_CODE = {each.code: each for each in tuple(globals().values()) if isinstance(each, ErrorInfo)}
"""What a repeated callback finds of its first one."""
