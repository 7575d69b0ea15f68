"""GET /signin, /signin/callback; POST /signin/confirm: a clinician's sign-in at Microsoft."""

import azure.functions as func

from functions.answers import request_of, to_response
from functions.work import correlation_of
from shared_code import logs
from shared_code.web.sign_in import begin_sign_in, confirm_account, finish_sign_in
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="signin", methods=["GET", "HEAD"])
def signin(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Send the clinician to Microsoft."""
    with logs.bound(correlation=correlation_of(context), function="signin"):
        return to_response(begin_sign_in(request_of(req), services().launching.sign_ins))


@blueprint.route(route="signin/callback", methods=["GET", "HEAD"])
def signin_callback(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Ask the clinician to confirm the account."""
    with logs.bound(correlation=correlation_of(context), function="signin_callback"):
        return to_response(finish_sign_in(request_of(req), services().launching.sign_ins))


@blueprint.route(route="signin/confirm", methods=["POST"])
def signin_confirm(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Link the account."""
    with logs.bound(correlation=correlation_of(context), function="signin_confirm"):
        return to_response(confirm_account(request_of(req), services().launching.confirm))
