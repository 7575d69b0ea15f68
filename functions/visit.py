"""GET /v/{token}: the link in a patient's text."""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.portal.patient_link import show_link
from shared_code.services import services

blueprint = func.Blueprint()


@blueprint.route(route="v/{token}", methods=["GET"])
def visit_link(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Shows what and when, or in plain words why not."""
    with logs.bound(correlation=correlation_of(context), function="visit_link"):
        page = show_link(
            req.route_params["token"],
            req.headers.get("accept-language", ""),
            services().visitors,
        )
    return func.HttpResponse(page.html, status_code=page.status, headers=page.headers)
