"""An app with the real MSAL, and a browser that signs people in on Entra's pages."""

import http.cookies
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import msal
import requests

from local.simulators.entra.directory import CLIENT_ID, LAMNA
from local.simulators.server import RunningSimulators

CALLBACK = "http://localhost:7071/signin/callback"
DANA, FRANK, KIM = "dana@lamna.example", "frontdesk@lamna.example", "kim@fabrikam.example"
GUEST = "dana_gmail.com#EXT#@lamna.example"


@dataclass
class Page:
    """What the browser got; `place` is where a redirect leads."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        return self.headers["location"]

    @property
    def returned(self) -> dict[str, str]:
        """Return the parameters with which the browser comes back to the app."""
        found = parse_qs(urlsplit(self.place).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    @property
    def buttons(self) -> list[str]:
        """Return the buttons' names as they are read out."""
        found = re.findall(r"<button[^>]*>(.*?)</button>", self.text, re.DOTALL)
        return [re.sub(r"<[^>]+>", "", one) for one in found]


@dataclass
class Browser:
    """Keeps cookies and follows no redirect."""

    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        return self._ask("GET", url, None)

    def press(self, url: str, **fields: str) -> Page:
        """Submit the form of the page at `url`."""
        return self._ask("POST", url, fields)

    def _ask(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, url, data=fields, cookies=self.cookies, allow_redirects=False, timeout=10
            )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        for morsel in http.cookies.SimpleCookie(headers.get("set-cookie", "")).values():
            self.cookies[morsel.key] = morsel.value
        return Page(answer.status_code, headers, answer.text)


@dataclass
class App:
    """The app: MSAL for one authority, which the test closes."""

    simulators: RunningSimulators
    msal: Any
    session: requests.Session

    def start(self, **options: Any) -> dict[str, Any]:
        settings = {
            "redirect_uri": CALLBACK,
            "prompt": "select_account",
            "response_mode": "query",
            **options,
        }
        with warnings.catch_warnings():
            # form_post would be a cross-site POST, to which browsers add no Lax cookies
            warnings.filterwarnings("ignore", "response_mode='form_post'", UserWarning)
            return dict(self.msal.initiate_auth_code_flow([], **settings))

    def finish(self, flow: dict[str, Any], page: Page) -> dict[str, Any]:
        return dict(self.msal.acquire_token_by_auth_code_flow(flow, page.returned))

    def signed_in(self, username: str = DANA) -> dict[str, Any]:
        flow = self.start()
        return self.finish(flow, Browser().press(flow["auth_uri"], account=username))

    def redeemed(self, page: Page, **changes: str) -> tuple[int, dict[str, Any]]:
        """Redeem a code without MSAL, so that every field can be wrong."""
        form = {
            "client_id": CLIENT_ID,
            "client_secret": self.simulators.entra.registration.secret,
            "grant_type": "authorization_code",
            "code": page.returned["code"],
            "redirect_uri": CALLBACK,
            **changes,
        }
        return self.post(form)

    def post(self, form: dict[str, str], tenant: str = LAMNA) -> tuple[int, dict[str, Any]]:
        url = f"{self.simulators.urls['entra']}/{tenant}/oauth2/v2.0/token"
        answer = self.session.post(url, data=form, timeout=10)
        return answer.status_code, answer.json()

    def get(self, path: str) -> dict[str, Any]:
        url = f"{self.simulators.urls['entra']}/{path}"
        return dict(self.session.get(url, timeout=10).json())

    def keys(self) -> list[dict[str, Any]]:
        return list(self.get(f"{LAMNA}/discovery/v2.0/keys")["keys"])

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that a published key signed; times are not checked."""
        wanted = jwt.get_unverified_header(token)["kid"]
        (document,) = [key for key in self.keys() if key["kid"] == wanted]
        key: Any = jwt.PyJWK(document, algorithm="RS256").key
        times: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        return dict(jwt.decode(token, key, ["RS256"], audience=CLIENT_ID, options=times))


@contextmanager
def app(
    simulators: RunningSimulators, *, tenant: str = LAMNA, credential: Any = None
) -> Iterator[App]:
    simulators.entra.registration.change("redirect_uris", [CALLBACK])
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(simulators.ca_file)
        client = msal.ConfidentialClientApplication(
            CLIENT_ID,
            client_credential=credential or simulators.entra.registration.secret,
            authority=f"{simulators.urls['entra']}/{tenant}",
            instance_discovery=False,
            http_client=session,
        )
        yield App(simulators, client, session)


def changed(url: str, **fields: str | None) -> str:
    """Return an address with other parameters; None removes one."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    merged = {name: value for name, value in {**query, **fields}.items() if value is not None}
    return parts._replace(query=urlencode(merged)).geturl()
