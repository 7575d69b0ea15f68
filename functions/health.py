"""
GET /health: whether this app can do its work. The answer holds no secret and no internal detail.
"""

import json

import azure.functions as func

from shared_code.wiring.services import services

blueprint = func.Blueprint()


@blueprint.route(route="health", methods=["GET", "HEAD"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200 when healthy, else 503, with the same small JSON; HEAD with its headers alone."""
    state = services().health.check()
    body = {"healthy": state.healthy, "agendaAgeSeconds": state.agenda_age_seconds}
    return func.HttpResponse(
        b"" if req.method == "HEAD" else json.dumps(body),
        status_code=200 if state.healthy else 503,
        headers={"Content-Type": "application/json", "Cache-Control": "no-store"},
    )
