"""GET /keys/{connection_id}/jwks.json: the keys that Epic verifies our client assertions with."""

import azure.functions as func

from functions.work import correlation_of
from shared_code import logs
from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="keys/{connection_id}/jwks.json", methods=["GET", "HEAD"])
def public_keys(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer with the key set of one connection; HEAD with its headers alone."""
    with logs.bound(correlation=correlation_of(context), function="public_keys"):
        answer = services().launching.public_keys.answer(
            req.route_params["connection_id"], req.headers.get("if-none-match", "")
        )
    return func.HttpResponse(
        b"" if req.method == "HEAD" else answer.body,
        status_code=answer.status,
        headers=dict(answer.headers),
    )
