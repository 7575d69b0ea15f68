"""POST /hl7/{connection_id}: HL7 v2 scheduling messages from Epic."""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.intake.flows.receive import Hl7Request
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="hl7/{connection_id}", methods=["POST"])
def hl7_inbound(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with the acknowledgement, or with one sentence and an error code."""
    correlation = correlation_of(context)
    request = Hl7Request(
        connection_id=req.route_params["connection_id"],
        headers={name.lower(): value for name, value in req.headers.items()},
        body=req.get_body(),
        correlation=correlation,
    )
    with logs.bound(correlation=correlation, function="hl7_inbound"):
        answer = services().intake.receive_hl7.receive(request)
    return func.HttpResponse(
        answer.body, status_code=answer.status, headers={"Content-Type": answer.content_type}
    )
