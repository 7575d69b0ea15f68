"""
Epic's id_token, and the ways in which such tokens differ or are wrong.

Times are on the clock that a demo may move.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.simulators.epic.keys import SigningKeys
from local.simulators.epic.launches import Launch

USERS: Mapping[str, str] = MappingProxyType(
    {
        "user.absolute": "{base}{user}",
        "user.foreign": "https://elsewhere.example/api/FHIR/R4/{user}",
        "user.history": "{user}/_history/2",
        "user.role": "PractitionerRole/eR1",
        "user.practitioner": "Practitioner/eDana9",
        "user.patient": "Patient/eAlexQ1",
        "user.related": "RelatedPerson/eP7",
        "user.person": "Person/e5",
        "user.device": "Device/e1",
        "user.patient_empty": "Patient/",
        "user.missing": "",
    }
)
"""Values of fhirUser; empty leaves it out."""
SET: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "id_token.nonce_wrong": {"nonce": "of-somebody-else"},
        "id_token.aud_list": {"aud": ["{client}"]},
        "id_token.aud_other": {"aud": "0aaaaaaa-0000-4000-8000-000000000000"},
        "id_token.iss_host": {"iss": "https://elsewhere.example/oauth2"},
        "id_token.iss_slash": {"iss": "{issuer}/"},
    }
)
DROPPED: Mapping[str, str] = MappingProxyType(
    {
        "id_token.no_nonce": "nonce",
        "id_token.no_exp": "exp",
        "id_token.no_sub": "sub",
        "id_token.no_iat": "iat",
    }
)
SHIFTED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "id_token.iat_1_second": {"iat": 1},
        "id_token.iat_4_minutes": {"iat": 240},
        "id_token.iat_6_minutes": {"iat": 360},
        "id_token.exp_decimals": {"exp": 0.25},
        "id_token.expired": {"exp": -1200, "iat": -1200},
    }
)
"""Seconds added to a time."""
ALGORITHMS: Mapping[str, str] = MappingProxyType(
    {
        "id_token.rs384": "RS384",
        "id_token.es384": "ES384",
        "id_token.hs256": "HS256",
        "id_token.none": "none",
    }
)
_SIGNED = frozenset({"RS256", "RS384", "ES384"})
KIDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"id_token.kid_unknown": {"kid": "never-published"}, "id_token.kid_missing": {}}
)
BROKEN = "id_token.bad_signature"
PLAYS = (
    USERS.keys()
    | SET.keys()
    | DROPPED.keys()
    | SHIFTED.keys()
    | ALGORITHMS.keys()
    | KIDS.keys()
    | {BROKEN}
)


def id_token(launch: Launch, nonce: str, now: datetime, keys: SigningKeys) -> str:
    claims = _claims(launch, nonce, int(now.timestamp()))
    algorithm = "RS256"
    for name in launch.plays & ALGORITHMS.keys():
        algorithm = ALGORITHMS[name]
    kind = "EC" if algorithm == "ES384" else "RSA"
    header = {"kid": keys.kid(kind)}
    for name in launch.plays & KIDS.keys():
        header = dict(KIDS[name])
    if algorithm not in _SIGNED:
        return _forged({"alg": algorithm, "typ": "JWT", **header}, claims, keys)
    token = jwt.encode(claims, keys.private(kind), algorithm, headers=header)
    return _broken(token) if BROKEN in launch.plays else token


def _claims(launch: Launch, nonce: str, now: int) -> dict[str, Any]:
    user = launch.user
    claims: dict[str, Any] = {
        "iss": launch.instance.issuer,
        "aud": launch.record.client_id,
        "sub": user.id,
        "fhirUser": user.reference,
        "iat": now,
        "exp": now + 300,
    }
    if nonce:
        claims["nonce"] = nonce
    texts = {"issuer": launch.instance.issuer, "client": launch.record.client_id}
    for name in sorted(launch.plays):
        if name in USERS:
            _set_user(claims, USERS[name].format(base=launch.base, user=user.reference))
        for claim, value in SET.get(name, {}).items():
            claims[claim] = _filled(value, texts)
        for claim, seconds in SHIFTED.get(name, {}).items():
            claims[claim] += seconds
        claims.pop(DROPPED.get(name, ""), None)
    return claims


def _set_user(claims: dict[str, Any], reference: str) -> None:
    """Set fhirUser; `sub` is the id in it, as long as it has one."""
    claims["fhirUser"] = reference
    parts = reference.split("/_history/")[0].split("/")
    if not reference:
        del claims["fhirUser"]
    elif parts[-1]:
        claims["sub"] = parts[-1]


def _filled(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(one, texts) for one in value]
    return value.format(**texts)


def _forged(header: dict[str, str], claims: dict[str, Any], keys: SigningKeys) -> str:
    """
    Return the classic forgeries, which the library refuses to make.

    `none` has no signature; HS256 takes the public key, which everybody knows, for the secret.
    """
    text = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
    if header["alg"] == "none":
        return f"{text}."
    public = keys.private("RSA").public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{text}.{_encoded(hmac.digest(secret, text.encode(), 'sha256'))}"


def _broken(token: str) -> str:
    head, payload, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[0] ^= 1
    return f"{head}.{payload}.{_encoded(bytes(raw))}"


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
