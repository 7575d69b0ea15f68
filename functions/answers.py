"""From a page to the answer of a trigger: every HTML trigger answers through here."""

import azure.functions as func

from shared_code.web.cookies import to_header
from shared_code.web.frame import Page


def to_response(page: Page) -> func.HttpResponse:
    """Return the page with its headers and one Set-Cookie for each of its cookies."""
    response = func.HttpResponse(page.html, status_code=page.status, headers=page.headers)
    for cookie in page.cookies:
        response.headers.add("Set-Cookie", to_header(cookie))
    return response
