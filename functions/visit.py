"""GET /visit/{handle}, /live/{handle}; POST /visit/{handle}/not-me: the page of who launched."""

import azure.functions as func

from functions.answers import request_of, to_response
from functions.work import correlation_of
from shared_code import logs
from shared_code.web.sign_in import forget_account
from shared_code.web.visit import show_live, show_visit
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="visit/{handle}", methods=["GET", "HEAD"])
def visit(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Show the page."""
    with logs.bound(correlation=correlation_of(context), function="visit"):
        page = show_visit(request_of(req), req.route_params["handle"], services().launching.pages)
        return to_response(page)


@blueprint.route(route="live/{handle}", methods=["GET", "HEAD"])
def visit_live(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Show who is there."""
    with logs.bound(correlation=correlation_of(context), function="visit_live"):
        page = show_live(request_of(req), req.route_params["handle"], services().launching.pages)
        return to_response(page)


@blueprint.route(route="visit/{handle}/not-me", methods=["POST"])
def visit_not_me(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Forget the account of the page."""
    handle, confirm = req.route_params["handle"], services().launching.confirm
    with logs.bound(correlation=correlation_of(context), function="visit_not_me"):
        return to_response(forget_account(request_of(req), handle, confirm))
