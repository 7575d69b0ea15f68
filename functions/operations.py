"""POST /operations/{action}: operators' commands. Needs the host's master key."""

import json

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.operating.domain import OPERATOR
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="operations/{action}", methods=["POST"], auth_level=func.AuthLevel.ADMIN)
def operations(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Run one command: JSON in, JSON out; errors carry a code."""
    with logs.bound(correlation=correlation_of(context), function="operations"):
        status, answer = services().operating.json_door.run(
            req.route_params["action"], req.get_body(), OPERATOR
        )
    return func.HttpResponse(
        json.dumps(answer), status_code=status, headers={"Content-Type": "application/json"}
    )
