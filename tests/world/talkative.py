"""
A hospital whose Epic and Microsoft answer by their protocols, and say more than anybody asked for.

Every answer is full of names, addresses and tokens; `told()` is all that was said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from local.memory.ports import MemorySecrets
from shared_code.connections.domain import Connection
from shared_code.identity.msal_sign_in import MsalSignIn
from shared_code.launching.adapters.epic import SmartEpic
from shared_code.launching.domain.launch import Door
from shared_code.outbound.http import Answer
from shared_code.outbound.key_sets import KeySets
from shared_code.smart.client import SmartClient
from shared_code.smart.discovery import Discovery
from shared_code.web.frame import Page
from tests.support import entra
from tests.support.outbound import ScriptedHttp, Sent, answer
from tests.support.tokens import Signed, claims, jwk_of, key_set, rsa_key
from tests.world import key_pairs
from tests.world.connection import EPIC, LAUNCHING
from tests.world.launches import CSN, ISS, Browser, LaunchWorld

OAUTH = "https://epic.lamna.example/interconnect-prd-oauth/oauth2"
TOKEN, KEYS = f"{OAUTH}/token", f"{OAUTH}/keys"
SECRET = "canary-secret-of-the-entra-app"
_SIGN_IN = re.compile(r'href="[^"]*(/signin\?[^"]*)"')
PERSONAL = {
    "name": "Canary Doctorfamily",
    "given name": "Canarygiven",
    "family name": "Doctorfamily",
    "e-mail": "canary.doctor@lamna.example",
    "oid": entra.DANA,
    "FHIR id of the user": "eCanaryUser9",
    "FHIR id of the patient": "eCanaryPatient3",
    "FHIR id of the encounter": "eCanaryEncounter5",
    "login at the hospital": "CANARYLOGIN7",
    "launch token": "canary-launch-token-of-epic",
    "code of Epic": "canary-code-of-epic",
    "code of Microsoft": "canary-code-of-microsoft",
    "access token of Epic": "canary-access-token-of-epic",
    "refresh token": "canary-refresh-token",
    "words of an error": "canary words of an error",
    "secret of the Entra app": SECRET,
}


def _address(**changes: Any) -> Connection:
    return replace(LAUNCHING, tenant=entra.TENANT, **changes)


@dataclass
class TalkativeWorld(LaunchWorld):
    """`refuses` is what Epic's token endpoint answers instead of tokens."""

    connection: Connection = field(default_factory=_address)
    tenant: str = entra.TENANT
    refuses: Answer | None = None
    said: dict[str, str] = field(default_factory=dict)
    nonce: str = ""
    fhir_user: str = "Practitioner/eCanaryUser9"

    def __post_init__(self) -> None:
        """Put the protocols in place of the scripts."""
        super().__post_init__()
        configuration = {
            "issuer": OAUTH,
            "authorization_endpoint": f"{OAUTH}/authorize",
            "token_endpoint": TOKEN,
            "jwks_uri": KEYS,
        }
        self.http = ScriptedHttp(
            {
                f"{ISS}.well-known/smart-configuration": answer(configuration),
                KEYS: answer(key_set(jwk_of(rsa_key(), kid="1"))),
                TOKEN: self._tokens,
            }
        )
        secrets = MemorySecrets(
            {EPIC.signing_keys[0]: key_pairs.pem("ours"), "entra-secret": SECRET}
        )
        client = SmartClient(self.http, KeySets(self.http, self.clock), self.clock, lambda: "jti")
        discovery = Discovery(self.http, self.clock)
        self.entra = entra.Entra()
        own_clock = KeySets(self.entra, lambda: datetime.now(UTC))  # MSAL knows no other clock
        microsoft = MsalSignIn(entra.settings(), self.entra, secrets.get, own_clock)
        vars(self).update(epic=SmartEpic(client, discovery, secrets), microsoft=microsoft)

    def press(self, browser: Browser, door: Door, iss: str = ISS) -> Page:
        """Press *Begin virtual visit* and let Epic answer."""
        launch = quote(PERSONAL["launch token"])
        query = f"iss={quote(iss, safe='')}&launch={launch}"
        page = browser.get(f"/launch/{door}/{LAUNCHING.id}?{query}")
        if page.status != 302:
            return page
        asked = parse_qs(urlsplit(page.headers["Location"]).query)
        self.nonce, state = asked["nonce"][0], asked["state"][0]
        self._say(state=state, nonce=self.nonce)
        code = quote(PERSONAL["code of Epic"])
        page = browser.get(f"/launch/callback?code={code}&state={state}")
        self._say(**{f"cookie {name}": value for name, value in browser.jar.items()})
        self._say(where=page.headers.get("Location", "").rpartition("/")[2])
        return page

    def sign_in(self, browser: Browser, **changes: Any) -> Page:
        """Sign in at Microsoft from the page that asks for it, up to the question of who it is."""
        (button,) = _SIGN_IN.findall(browser.page.html)
        to_microsoft = browser.get(button).headers["Location"]
        state = parse_qs(urlsplit(to_microsoft).query)["state"][0]
        named = {"name": PERSONAL["name"], "email": PERSONAL["e-mail"], "upn": PERSONAL["e-mail"]}
        account = {**named, "preferred_username": PERSONAL["e-mail"], **changes}
        self.entra.sign_in(to_microsoft, **account)
        self._say(**{"state at Microsoft": state})
        code = quote(PERSONAL["code of Microsoft"])
        page = browser.get(f"/signin/callback?code={code}&state={state}")
        self._say(**{f"cookie {name}": value for name, value in browser.jar.items()})
        return page

    def confirm(self, browser: Browser) -> Page:
        """Confirm the account, and open the page of the visit."""
        browser.post("/signin/confirm", f"attempt={self.said['state at Microsoft']}")
        self._say(**{"handle after sign-in": browser.page.headers["Location"].rpartition("/")[2]})
        return browser.follow()

    def told(self) -> Mapping[str, tuple[str, ...]]:
        """Return everything that nobody may read, by what it is."""
        links = {each.join_url for each in self.graph.made.values()}
        found = {name: (text,) for name, text in (PERSONAL | self.said).items() if text}
        return {**found, "CSN": (CSN,), "join links": tuple(links)}

    def _tokens(self, sent: Sent) -> Answer:
        self._say(verifier=sent.form["code_verifier"], assertion=sent.form["client_assertion"])
        if self.refuses is not None:
            return self.refuses
        named = {
            "name": PERSONAL["name"],
            "given_name": PERSONAL["given name"],
            "family_name": PERSONAL["family name"],
            "email": PERSONAL["e-mail"],
            "preferred_username": PERSONAL["login at the hospital"],
            "fhirUser": f"{ISS}{self.fhir_user}",
            "sub": self.fhir_user.rpartition("/")[2],
        }
        now = int(self.clock().timestamp())
        times = {"iat": now, "exp": now + 300, "nonce": self.nonce}
        token = str(Signed(claims(iss=OAUTH, aud=EPIC.client_id, **times, **named)))
        self._say(**{"id_token": token, "its claims": token.split(".")[1]})
        return answer(
            {
                "access_token": PERSONAL["access token of Epic"],
                "refresh_token": PERSONAL["refresh token"],
                "id_token": token,
                "sessionId": CSN,
                "patient": PERSONAL["FHIR id of the patient"],
                "encounter": PERSONAL["FHIR id of the encounter"],
                "ehrUser": PERSONAL["login at the hospital"],
                "patientName": PERSONAL["name"],
            }
        )

    def _say(self, **words: str) -> None:
        """Remember what was said; the last of each kind has its plain name."""
        for name, word in words.items():
            before = self.said.get(name)
            if before not in (None, word):
                self.said[f"{name} {len(self.said)}"] = str(before)
            self.said[name] = word
