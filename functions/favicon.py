"""GET /favicon.ico: browsers ask for it beside every page."""

import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="favicon.ico", methods=["GET", "HEAD"])
def favicon(req: func.HttpRequest) -> func.HttpResponse:
    """Answer that there is none, for a day."""
    return func.HttpResponse(status_code=204, headers={"Cache-Control": "public, max-age=86400"})
