"""The HL7 door: every refusal has its status and its code, and none repeats the input."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest

from local.simulators.epic.messages import batch, garbage
from shared_code.connections.domain import Connection, ConnectionStatus, Proofs
from shared_code.connections.errors import CONNECTION_NOT_APPROVED
from shared_code.errors import Code, NotStored
from shared_code.hl7.errors import (
    BATCH_TOO_LARGE,
    BODY_CHUNKED,
    BODY_TOO_LARGE,
    CHARSET_UNSUPPORTED,
    CONTENT_ENCODING_UNSUPPORTED,
    CONTENT_TYPE_UNSUPPORTED,
    GZIP_TOO_DENSE,
    GZIP_UNREADABLE,
    NOT_HL7,
)
from shared_code.intake.flows.receive import Hl7Request, refusal
from shared_code.queues import HL7_INBOUND
from shared_code.security.certificates import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_MALFORMED,
    CERTIFICATE_MISSING,
    CERTIFICATE_UNKNOWN,
)
from shared_code.security.signatures import (
    SIGNATURE_INVALID,
    SIGNATURE_MALFORMED,
    SIGNATURE_MISSING,
)
from tests.world.certificates import CODE_SIGNING, DAY, SERVER_AUTH, der, presented
from tests.world.clock import NOW
from tests.world.connection import connection
from tests.world.line import unavailable
from tests.world.logs import captured_logs
from tests.world.messages import siu
from tests.world.signatures import detached, header
from tests.world.world import PRESENTED, World


def packed(content: bytes) -> bytes:
    """Return the same bytes in every process: the time of packing is left out."""
    return gzip.compress(content, mtime=0)


MUTUAL = {"client_certificate": True, "certificates": (der("p256"),)}
BOTH = connection(proofs=Proofs(signature=True, **MUTUAL))  # type: ignore[arg-type]
SIGNED = connection(
    proofs=Proofs(client_certificate=False, signature=True, certificates=(der("p256"),))
)
EXPIRED = der("p256", ends=-DAY / 2)
GZIP = {"content_encoding": "gzip"}
PACKED = packed(siu())
BATCH = batch([siu(control_id=str(n), key=str(n)) for n in range(501)])
SIGNATURE = header(detached(siu(), "p256"))


def _pinned(der: bytes) -> Connection:
    return connection(proofs=Proofs(certificates=(der,)))


@pytest.mark.parametrize(
    ("status", "code", "configured", "headers", "body"),
    [
        (403, CERTIFICATE_MISSING.code, None, {"x_arr_clientcert": ""}, siu()),
        (403, CERTIFICATE_MALFORMED.code, None, {"x_arr_clientcert": "AAAA"}, siu()),
        (
            403,
            CERTIFICATE_UNKNOWN.code,
            None,
            {"x_arr_clientcert": presented(der("p256-other"))},
            siu(),
        ),
        (
            403,
            CERTIFICATE_EXPIRED.code,
            _pinned(EXPIRED),
            {"x_arr_clientcert": presented(EXPIRED)},
            siu(),
        ),
        (401, SIGNATURE_MISSING.code, SIGNED, {}, siu()),
        (403, SIGNATURE_MALFORMED.code, SIGNED, {"hl7_signature": "RSA AAAA"}, siu()),
        (403, SIGNATURE_INVALID.code, SIGNED, {"hl7_signature": SIGNATURE}, siu("S14")),
        (403, SIGNATURE_INVALID.code, BOTH, {"hl7_signature": SIGNATURE}, siu("S14")),
        (
            403,
            CONNECTION_NOT_APPROVED.code,
            connection(status=ConnectionStatus.DRAFT, approved_before=False),
            {},
            siu(),
        ),
        (
            403,
            CONNECTION_NOT_APPROVED.code,
            connection(status=ConnectionStatus.PENDING_APPROVAL, approved_before=False),
            {},
            siu(),
        ),
        (411, BODY_CHUNKED.code, None, {"transfer_encoding": "chunked"}, b""),
        (413, BODY_TOO_LARGE.code, None, {}, siu() + b"x" * 1_000_000),
        (413, BATCH_TOO_LARGE.code, None, {}, batch([siu()] * 501)),
        (411, BODY_CHUNKED.code, None, GZIP | {"transfer_encoding": "chunked"}, b""),
        (400, GZIP_UNREADABLE.code, None, GZIP, b""),
        (400, GZIP_UNREADABLE.code, None, GZIP, siu()),
        (400, GZIP_UNREADABLE.code, None, GZIP, PACKED[:-1]),
        (400, GZIP_UNREADABLE.code, None, GZIP, PACKED[:-8] + b"damaged!"),
        (400, GZIP_UNREADABLE.code, None, GZIP, PACKED + b"MSH"),
        (400, GZIP_UNREADABLE.code, None, GZIP, packed(b"") * 5_000),
        (400, GZIP_UNREADABLE.code, None, {}, PACKED[:-1]),
        (400, NOT_HL7.code, None, GZIP, packed(b"{}")),
        (400, NOT_HL7.code, None, GZIP, packed(PACKED)),
        (413, BODY_TOO_LARGE.code, None, GZIP, packed(b"MSH" * 400_000)),
        (413, BODY_TOO_LARGE.code, None, GZIP, packed(bytes(999_999)) * 2),
        (413, BODY_TOO_LARGE.code, None, GZIP, PACKED + b"x" * 1_000_000),
        (413, GZIP_TOO_DENSE.code, None, GZIP, packed(siu() + b"x" * 900_000)),
        (413, BATCH_TOO_LARGE.code, None, GZIP, packed(BATCH)),
        *(
            (415, CONTENT_ENCODING_UNSUPPORTED.code, None, {"content_encoding": name}, PACKED)
            for name in ("deflate", "br", "zstd", "compress", "utf-8", "gzip, gzip", "gzip,br")
        ),
        (415, CONTENT_TYPE_UNSUPPORTED.code, None, {"content_type": "application/json"}, siu()),
        (415, CHARSET_UNSUPPORTED.code, None, {"content_type": "text/hl7; charset=utf-7"}, siu()),
        (400, NOT_HL7.code, None, {}, b""),
        (400, NOT_HL7.code, None, {}, garbage(7)),
        (400, NOT_HL7.code, None, {}, b'{"resourceType": "Appointment"}'),
    ],
)
def test_a_refusal_has_its_status_and_its_code(
    status: int,
    code: Code,
    configured: Connection | None,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """And stores nothing."""
    world = World(configured or connection())
    with captured_logs() as log:
        answer = world.post(body, **headers)

    assert (status, f"{code}: ".encode()) == (answer.status, answer.body[: len(code) + 2])
    assert answer.content_type == "text/plain; charset=utf-8"
    assert world.take(HL7_INBOUND) == []
    assert f'"code": "{code}"' in log.getvalue()


def test_an_unknown_connection_is_404_and_its_name_is_not_repeated() -> None:
    """What a stranger typed is neither answered nor logged."""
    world, typed = World(), "6085550142-TESTPATIENT"
    with captured_logs() as log:
        answer = world.services.intake.receive_hl7.receive(Hl7Request(typed, {}, siu(), "c0ffee"))

    assert answer.status == 404
    assert typed not in log.getvalue() + answer.body.decode()
    assert '"code": "connection_unknown"' in log.getvalue()


def test_a_certificate_that_the_platform_did_not_check_is_not_read() -> None:
    """Anybody can send that header to an app that the platform does not guard."""
    world = World()
    request = Hl7Request("lamna", {"x-arr-clientcert": PRESENTED}, siu(), "c0ffee")
    answer = replace(world.services.intake.receive_hl7, certificates_from_platform=False).receive(
        request
    )

    assert (answer.status, answer.body[:19]) == (403, b"certificate_missing")


@pytest.mark.parametrize(
    ("configured", "headers"),
    [
        (SIGNED, {"hl7_signature": SIGNATURE, "x_arr_clientcert": ""}),
        (BOTH, {"hl7_signature": SIGNATURE, "x_arr_clientcert": ""}),
        (BOTH, {}),
    ],
)
def test_one_proof_of_the_two_is_enough(configured: Connection, headers: dict[str, str]) -> None:
    """The one that the connection asks for."""
    assert World(configured).post(siu(), **headers).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/hl7-v2",
        "application/hl7-v2+er7; charset=utf-8",
        "x-application/hl7-v2+er7",
        "Application/HL7-V2",
        "text/plain; charset=iso-8859-1",
        "application/x-hl7-v2+er7",
        "application/edi-hl7",
        "application/edi-hl7v2; charset=utf-8",
        "text/x-hl7",
        "",
    ],
)
def test_the_content_types_of_hl7_over_http_are_accepted(content_type: str) -> None:
    """And answered in the same."""
    answer = World().post(siu(), content_type=content_type)

    assert answer.status == 200
    assert content_type.split(";")[0].lower() in answer.content_type


def _once_and_packed(world: World, body: bytes, packed: bytes, **headers: str) -> None:
    """The packed body is acknowledged and stored as the plain one is."""
    plain = World().post(body)

    answer = world.post(packed, **headers)

    assert plain == answer
    assert [body.count(b"MSH|")] == [len(world.take(HL7_INBOUND))]


@pytest.mark.parametrize(
    "headers",
    [
        GZIP,
        GZIP | {"transfer_encoding": "chunked"},
        {"content_encoding": "x-gzip"},
        {"content_encoding": "identity, GZIP"},
        {"content_encoding": "identity"},
        {},
    ],
)
def test_a_packed_body_is_read_like_a_plain_one(headers: dict[str, str]) -> None:
    """With a length or without one that arrived whole, and where nobody said that it is packed."""
    _once_and_packed(World(), siu(), PACKED, **headers)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(siu(), compresslevel=0, mtime=0),
        packed(siu()[:99]) + packed(siu()[99:]),
        PACKED + bytes(511),
    ],
)
def test_the_forms_of_a_gzip_file(packed: bytes) -> None:
    """Stored instead of deflated, of several members, filled up with zeros (RFC 1952)."""
    _once_and_packed(World(), siu(), packed, **GZIP)


def test_a_batch_is_packed_well_within_the_limit() -> None:
    """Five hundred bookings that differ in two numbers are not taken for an attack."""
    body = batch([siu(control_id=str(n), key=str(n)) for n in range(500)])

    assert World().post(packed(body), **GZIP) == World().post(body)


def test_a_signature_is_over_the_packed_bytes() -> None:
    """As they were sent; one over what they hold is refused."""
    signed, unpacked = (header(detached(each, "p256")) for each in (PACKED, siu()))

    assert World(SIGNED).post(PACKED, hl7_signature=signed, **GZIP).status == 200
    assert World(SIGNED).post(PACKED, hl7_signature=unpacked, **GZIP).status == 403


def test_nothing_is_unpacked_for_a_stranger() -> None:
    """Who proves nothing learns nothing about the body."""
    for body in (PACKED, PACKED[:-1], packed(bytes(2_000_000))):
        answer = World().post(body, x_arr_clientcert="", **GZIP)
        assert (answer.status, answer.body.partition(b":")[0]) == (403, b"certificate_missing")


@pytest.mark.parametrize("usages", [(SERVER_AUTH,), (CODE_SIGNING,)])
def test_a_pinned_key_is_accepted_whatever_its_purpose(usages: tuple[Any, ...]) -> None:
    """Public authorities issue certificates for servers only."""
    pinned = der("p256", usages=usages)

    assert World(_pinned(pinned)).post(siu(), x_arr_clientcert=presented(pinned)).status == 200


@pytest.mark.parametrize("call", ["connections.find", "queues.send"])
def test_storage_that_does_not_answer_is_503(call: str) -> None:
    """Wherever it does not answer: the sender tries again."""
    world = World()
    world.line.before = unavailable(call)

    assert refusal(NotStored()) == world.post(siu())


def test_a_vault_that_does_not_answer_is_503() -> None:
    """Nothing is stored unsealed."""

    class NoRings:
        """A vault that is away."""

        @property
        def hash(self) -> Any:
            """Away."""
            raise NotStored

        payload = link = hash

    world = World()
    world.rings = NoRings()  # type: ignore[assignment]

    assert (world.post(siu()).status, world.take(HL7_INBOUND)) == (503, [])


def test_a_size_is_refused_before_anything_is_looked_up() -> None:
    """A large body costs a stranger more than us; the log looks the connection up once."""
    world = World()
    world.post(b"x" * 1_000_001)

    assert {"connections.find"} == set(world.line.calls)
    assert len(world.line.calls) <= 1
    assert world.clock() == NOW
