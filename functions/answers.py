"""From a trigger to what a browser sent, and from a page to the answer, for every HTML trigger."""

import azure.functions as func

from shared_code.web.browser import BrowserRequest
from shared_code.web.cookies import to_header
from shared_code.web.frame import Page


def request_of(req: func.HttpRequest) -> BrowserRequest:
    """Return what the browser sent. The host's own parameters are not used: it changes them."""
    headers = {name.lower(): value for name, value in req.headers.items()}
    return BrowserRequest(req.method.upper(), req.url, headers, req.get_body())


def to_response(page: Page) -> func.HttpResponse:
    """Return the page with its headers and one Set-Cookie for each of its cookies."""
    response = func.HttpResponse(page.html, status_code=page.status, headers=page.headers)
    for cookie in page.cookies:
        response.headers.add("Set-Cookie", to_header(cookie))
    return response
