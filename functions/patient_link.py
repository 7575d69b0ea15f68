"""GET /v/{token}: the link in a patient's text. POST /v/{token}/join and /texts: its forms."""

import azure.functions as func

from functions.answers import request_of, to_response
from functions.work import correlation_of
from shared_code import logs
from shared_code.web.patient.link import change_texts, join_visit, show_link
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="v/{token}", methods=["GET", "HEAD"])
def patient_link(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Show the visit, or the reason why it cannot be shown."""
    with logs.bound(correlation=correlation_of(context), function="patient_link"):
        links = services().links.patient_links
        page = show_link(request_of(req), req.route_params["token"], links)
    return to_response(page)


@blueprint.route(route="v/{token}/join", methods=["POST"])
def patient_join(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Let the patient into the visit."""
    with logs.bound(correlation=correlation_of(context), function="patient_join"):
        stories = services().launching
        page = join_visit(request_of(req), req.route_params["token"], stories.join_by_link)
    return to_response(page)


@blueprint.route(route="v/{token}/texts", methods=["POST"])
def patient_texts(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Stop or allow texts, then redirect to the page."""
    with logs.bound(correlation=correlation_of(context), function="patient_texts"):
        links = services().links.patient_links
        page = change_texts(request_of(req), req.route_params["token"], links)
    return to_response(page)
