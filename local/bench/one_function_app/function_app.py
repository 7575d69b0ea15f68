"""The smallest possible app: what a host costs without our code."""

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answer 200."""
    return func.HttpResponse("{}", headers={"Content-Type": "application/json"})
