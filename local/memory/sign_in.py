"""Epic and Microsoft as a launch meets them, without their protocols, for tests of flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared_code.connections.launch_setup import EpicSetup
from shared_code.errors import ConnectorError
from shared_code.identity.sign_in import MicrosoftAccount, SignInStart
from shared_code.launching.domain.launch import Issuer
from shared_code.launching.ports import Redemption
from shared_code.smart.endpoints import Endpoints
from shared_code.smart.errors import CodeRefused
from shared_code.smart.token_answer import LaunchContext, TokenAnswer
from shared_code.smart.user import EhrUser, Side

ISSUER = "https://epic.lamna.example/interconnect-prd-oauth/oauth2"
DANA = EhrUser(Side.STAFF, "Practitioner/eDana9", named=True)
SAM = EhrUser(Side.STAFF, "Practitioner/eSam4", named=True)
ALEX = EhrUser(Side.PATIENT, "Patient/eAlexQ1", named=True)
TENANT = "11111111-1111-1111-1111-111111111111"
OID = "0a000000-0000-4000-8000-00000000000d"
MOTHER = EhrUser(Side.PATIENT, "RelatedPerson/eP7", named=True)


@dataclass
class ScriptedEpic:
    """
    The port Epic. A code names who launched and is good once: `codes` holds what it is worth.

    `redeemed` are the codes that came, `trouble` is raised instead of the next answers.
    """

    codes: dict[str, tuple[EhrUser | ConnectorError | None, LaunchContext]] = field(
        default_factory=dict
    )
    redeemed: list[str] = field(default_factory=list)
    trouble: list[ConnectorError] = field(default_factory=list)
    silent: ConnectorError | None = None
    elsewhere: str = ""
    fhir_csn: str | None = None

    def launch(
        self, code: str, user: EhrUser | ConnectorError | None, context: LaunchContext | str
    ) -> None:
        """Let the code stand for a launch by that user, of that visit."""
        session = LaunchContext(session_id=context) if isinstance(context, str) else context
        self.codes[code] = (user, session)

    def endpoints(self, setup: EpicSetup) -> Endpoints:
        """Return Epic's addresses."""
        if self.silent is not None:
            raise self.silent
        return Endpoints(
            f"{ISSUER}/authorize", f"{ISSUER}/token", ISSUER, f"{ISSUER}/keys", self.elsewhere
        )

    def redeem(self, redemption: Redemption) -> TokenAnswer:
        """Return what the code is worth, once."""
        self.redeemed.append(redemption.code)
        if self.trouble:
            raise self.trouble.pop(0)
        if self.redeemed.count(redemption.code) > 1 or redemption.code not in self.codes:
            raise CodeRefused
        user, context = self.codes[redemption.code]
        return TokenAnswer(context, id_token=None if user is None else redemption.code)

    def user(self, id_token: str, setup: EpicSetup, issuer: Issuer, nonce: str) -> EhrUser:
        """Return who launched."""
        user, _ = self.codes[id_token]
        if isinstance(user, ConnectorError):
            raise user
        assert user is not None
        return user

    def csn(self, setup: EpicSetup, answer: TokenAnswer) -> str | None:
        """Return what FHIR says of the launch's appointment."""
        return self.fhir_csn


@dataclass
class ScriptedMicrosoft:
    """The port SignIn: signs in `account`, or raises `trouble`."""

    account: MicrosoftAccount = MicrosoftAccount(TENANT, OID, "dana@lamna.example", guest=False)
    trouble: ConnectorError | None = None
    finished: int = 0

    def start(self, state: str) -> SignInStart:
        """Return the account picker."""
        if self.trouble is not None:
            raise self.trouble
        return SignInStart(f"https://login.example/authorize?state={state}", flow=state)

    def finish(self, flow: str, parameters: Mapping[str, str]) -> MicrosoftAccount:
        """Return who signed in."""
        self.finished += 1
        if self.trouble is not None:
            raise self.trouble
        assert flow == parameters["state"]
        return self.account
