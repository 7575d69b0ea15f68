"""
What a base URL says about its endpoints: smart-configuration, metadata, openid-configuration.

DSTU2 has no smart-configuration. Without `Epic-Client-ID` the metadata names wrong endpoints.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import quoteattr

from local.faults.listener import Answer, Request
from local.simulators.epic.instances import Instance
from local.simulators.epic.wire import BUSY, HTML, accepted, refused, to_json
from local.simulators.simulator import Outcome

type Change = Callable[[Instance], Instance]

ANSWERS: Mapping[str, Answer] = MappingProxyType(
    {
        "discovery.missing": Answer(HTTPStatus.NOT_FOUND),
        "discovery.redirect": Answer(
            HTTPStatus.FOUND, headers=[("Location", "https://localhost/login")]
        ),
        "discovery.html": HTML,
        "discovery.busy": BUSY,
        "discovery.empty": to_json({}),
        "discovery.list": to_json([]),
    }
)
"""Answers of smart-configuration and metadata alike."""
INSTEAD: Mapping[str, Change] = MappingProxyType(
    {
        "discovery.other_host": lambda one: replace(
            one,
            origin=one.origin.replace("localhost", "127.0.0.1"),
            pages=one.pages.replace("localhost", "127.0.0.1"),
        ),
        "discovery.foreign_host": lambda one: replace(
            one, origin="https://elsewhere.example", pages="https://elsewhere.example"
        ),
        "discovery.other_path": lambda one: replace(one, prefix=f"{one.prefix}-2"),
        "discovery.http_token": lambda one: replace(
            one, origin=one.origin.replace("https:", "http:")
        ),
    }
)
"""Endpoints elsewhere than the base URL's."""
WITHOUT: Mapping[str, str] = MappingProxyType(
    {
        "discovery.no_keys": "jwks_uri",
        "discovery.no_issuer": "issuer",
        "discovery.no_methods": "code_challenge_methods_supported",
        "discovery.no_token": "token_endpoint",
    }
)
"""Fields left out of smart-configuration."""
NO_SMART, FHIR_JSON, SILENCE = "discovery.no_smart", "discovery.fhir_json", "discovery.silence"
SECOND_REST, NO_SERVICE_CODE = "discovery.second_rest", "discovery.no_service_code"
PLAYS = (
    ANSWERS.keys()
    | INSTEAD.keys()
    | WITHOUT.keys()
    | {NO_SMART, FHIR_JSON, SILENCE, SECOND_REST, NO_SERVICE_CODE}
)
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def smart_configuration(instance: Instance, version: str, plays: frozenset[str]) -> Outcome:
    if version == "DSTU2" or NO_SMART in plays:
        return refused(Answer(HTTPStatus.NOT_FOUND), "no_smart_configuration")
    for name in sorted(plays & ANSWERS.keys()):
        return accepted(ANSWERS[name], played=name)
    named = _elsewhere(instance, plays)
    document = {
        **_endpoints(named),
        "scopes_supported": ["launch", "openid", "fhirUser", "profile"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": [
            "launch-ehr",
            "launch-standalone",
            "client-confidential-asymmetric",
            "context-ehr-patient",
            "context-ehr-encounter",
            "sso-openid-connect",
            "authorize-post",
        ],
    }
    for name in sorted(plays & WITHOUT.keys()):
        document.pop(WITHOUT[name])
    kind = "application/fhir+json" if FHIR_JSON in plays else "application/json"
    answer = Answer(HTTPStatus.OK, json.dumps(document).encode(), [("Content-Type", kind)])
    return accepted(answer)


def openid_configuration(instance: Instance) -> Outcome:
    document = {
        **_endpoints(instance),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return accepted(to_json(document))


def metadata(instance: Instance, version: str, request: Request, plays: frozenset[str]) -> Outcome:
    for name in sorted(plays & ANSWERS.keys()):
        return accepted(ANSWERS[name], played=name)
    named = _elsewhere(instance, plays)
    knows_client = bool(request.header("Epic-Client-ID"))
    if not knows_client:
        named = replace(named, prefix="/interconnect-default-oauth")
    security = _security(named, with_code=NO_SERVICE_CODE not in plays)
    rest: list[dict[str, Any]] = [{"mode": "server", "security": security}, {"mode": "client"}]
    if SECOND_REST in plays:
        rest.reverse()
    document = {
        "resourceType": "Conformance" if version == "DSTU2" else "CapabilityStatement",
        "fhirVersion": {"DSTU2": "1.0.2", "STU3": "3.0.1"}.get(version, "4.0.1"),
        "rest": rest,
    }
    if "json" not in request.header("Accept"):
        body, kind = _xml(document["resourceType"], named), "application/fhir+xml"
    else:
        body = json.dumps(document).encode()
        kind = "application/json+fhir" if version == "DSTU2" else "application/fhir+json"
    answer = Answer(HTTPStatus.OK, body, [("Content-Type", f"{kind}; charset=utf-8")])
    return accepted(answer, knows_client=knows_client)


def _elsewhere(instance: Instance, plays: frozenset[str]) -> Instance:
    for name in sorted(plays & INSTEAD.keys()):
        instance = INSTEAD[name](instance)
    return instance


def _endpoints(instance: Instance) -> dict[str, Any]:
    return {
        "issuer": instance.issuer,
        "jwks_uri": instance.keys,
        "authorization_endpoint": instance.authorize,
        "token_endpoint": instance.token,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
    }


def _security(instance: Instance, *, with_code: bool) -> dict[str, Any]:
    uris = {"authorize": instance.authorize, "token": instance.token}
    named = [{"url": name, "valueUri": uri} for name, uri in uris.items()]
    security: dict[str, Any] = {"extension": [{"url": _OAUTH_URIS, "extension": named}]}
    if with_code:
        security["service"] = [{"coding": [{"system": _SERVICE, "code": "SMART-on-FHIR"}]}]
    return security


def _xml(kind: Any, instance: Instance) -> bytes:
    uris = "".join(
        f"<extension url={quoteattr(name)}><valueUri value={quoteattr(uri)}/></extension>"
        for name, uri in (("authorize", instance.authorize), ("token", instance.token))
    )
    extension = f"<extension url={quoteattr(_OAUTH_URIS)}>{uris}</extension>"
    rest = f"<rest><mode value='server'/><security>{extension}</security></rest>"
    return f"<{kind} xmlns='http://hl7.org/fhir'>{rest}</{kind}>".encode()
