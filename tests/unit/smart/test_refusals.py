"""What Epic says in the callback instead of a code (cases/launch, row 7)."""

from __future__ import annotations

import pytest

from shared_code.smart.refusals import Advice, CallbackError, read_callback_error


@pytest.mark.parametrize(
    ("value", "error", "advice"),
    [
        ("invalid_launch_token", CallbackError.INVALID_LAUNCH_TOKEN, Advice.START_AGAIN),
        ("access_denied", CallbackError.ACCESS_DENIED, Advice.DECLINED),
        ("consent_required", CallbackError.CONSENT_REQUIRED, Advice.DECLINED),
        ("invalid_request", CallbackError.INVALID_REQUEST, Advice.TELL_EPIC_TEAM),
        ("invalid_scope", CallbackError.INVALID_SCOPE, Advice.TELL_EPIC_TEAM),
        ("unauthorized_client", CallbackError.UNAUTHORIZED_CLIENT, Advice.TELL_EPIC_TEAM),
        ("server_error", CallbackError.SERVER_ERROR, Advice.TRY_AGAIN),
        ("temporarily_unavailable", CallbackError.TEMPORARILY_UNAVAILABLE, Advice.TRY_AGAIN),
        ("login_required", CallbackError.LOGIN_REQUIRED, Advice.START_AGAIN),
        ("<script>", CallbackError.OTHER, Advice.START_AGAIN),
        ("Server_Error", CallbackError.OTHER, Advice.START_AGAIN),
        ("server_error ", CallbackError.OTHER, Advice.START_AGAIN),
        ("x" * 6_000, CallbackError.OTHER, Advice.START_AGAIN),
    ],
)
def test_only_listed_errors_are_kept(value: str, error: CallbackError, advice: Advice) -> None:
    """Anything else becomes OTHER, so nothing of the address is shown or logged."""
    found = read_callback_error(value)
    assert (error, advice) == (found, found.advice)


def test_every_error_has_an_advice() -> None:
    """The page never has nothing to say."""
    assert all(error.advice in Advice for error in CallbackError)
