"""GET /launch/provider and /launch/patient, with or without a connection; GET /launch/callback."""

import azure.functions as func

from functions.answers import request_of, to_response
from functions.work import correlation_of
from shared_code import logs
from shared_code.launching.domain.launch import Door
from shared_code.web.launch import finish_launch, start_launch
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="launch/provider/{connection_id?}", methods=["GET", "HEAD"])
def launch_provider(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Start a clinician's launch."""
    return _start(req, context, Door.PROVIDER)


@blueprint.route(route="launch/patient/{connection_id?}", methods=["GET", "HEAD"])
def launch_patient(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Start a patient's launch."""
    return _start(req, context, Door.PATIENT)


@blueprint.route(route="launch/callback", methods=["GET", "HEAD"])
def launch_callback(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Finish a launch."""
    with logs.bound(correlation=correlation_of(context), function="launch_callback"):
        return to_response(finish_launch(request_of(req), services().launching.finish))


def _start(req: func.HttpRequest, context: func.Context, door: Door) -> func.HttpResponse:
    connection = req.route_params.get("connection_id") or ""
    with logs.bound(correlation=correlation_of(context), function=f"launch_{door.value}"):
        page = start_launch(request_of(req), door, connection, services().launching.start)
        return to_response(page)
