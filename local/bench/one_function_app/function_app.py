"""The smallest app there can be: what a host costs without us."""

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answers."""
    return func.HttpResponse("{}", headers={"Content-Type": "application/json"})
