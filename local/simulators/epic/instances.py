"""
One Epic instance for each path prefix, and the addresses that it has.

`/interconnect-prd-oauth` is production, `/interconnect-tst-oauth` is test; a test may use any other
prefix: it is a test system if the prefix contains `tst`.
"""

import re
from dataclasses import dataclass

PRODUCTION, TEST = "production", "test"
PREFIXES = {PRODUCTION: "/interconnect-prd-oauth", TEST: "/interconnect-tst-oauth"}
VERSIONS = ("R4", "STU3", "DSTU2")
KEYS_PATH = "/api/epic/2019/Security/Open/PublicKeys/530027/OIDC"
FHIR_PATH = re.compile(
    r"(?P<prefix>/.+?)/api/FHIR/(?P<version>R4|STU3|DSTU2)/(?P<rest>.*)", re.IGNORECASE
)
OTHER_PATH = re.compile(
    rf"(?P<prefix>/.+?)(?P<rest>/oauth2/[a-z0-9./-]+|{re.escape(KEYS_PATH)})",
)


@dataclass(frozen=True)
class Instance:
    """`origin` is the https address, `pages` the origin of the authorize page."""

    prefix: str
    origin: str
    pages: str

    @property
    def environment(self) -> str:
        return TEST if "tst" in self.prefix else PRODUCTION

    @property
    def issuer(self) -> str:
        return f"{self.origin}{self.prefix}/oauth2"

    @property
    def authorize(self) -> str:
        return f"{self.pages}{self.prefix}/oauth2/authorize"

    @property
    def token(self) -> str:
        return f"{self.issuer}/token"

    @property
    def keys(self) -> str:
        return f"{self.origin}{self.prefix}{KEYS_PATH}"

    def base(self, version: str) -> str:
        return f"{self.origin}{self.prefix}/api/FHIR/{version}/"
