"""Detached signatures, as correct senders make them and manipulated ones."""

from __future__ import annotations

import base64
from typing import Any

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.world.certificates import certificate, der, key

_HASHES = {
    "sha1": hashes.SHA1(),  # noqa: S303 - to be refused
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def header(signature: bytes) -> str:
    """Return the value of HL7-Signature for a CMS in DER."""
    return f"SHA512withRSA {base64.b64encode(signature).decode()}"


def detached(body: bytes, name: str = "rsa2048", digest: str = "sha512") -> bytes:
    """Return a detached signature as a correct sender makes it."""
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(body)
    chosen: Any = _HASHES[digest]
    return builder.add_signer(certificate(name), key(name), chosen).sign(Encoding.DER, options)


def crafted(body: bytes, **changes: Any) -> bytes:
    """
    Return a signature with the given parts.

    `digest`, `signature_digest`, `algorithm`, `key`, `attributes` (None: left out), `enclosed` (the
    content inside), `signers`.
    """
    digest = changes.get("digest", "sha256")
    attributes = changes.get("attributes", usual_attributes(body, digest))
    signed = cms.CMSAttributes(attributes).dump() if attributes is not None else body
    name = changes.get("key", "rsa2048")
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": _issuer(name)}),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": digest}),
            "signature_algorithm": algos.SignedDigestAlgorithm(
                {"algorithm": changes.get("algorithm", "rsassa_pkcs1v15")}
            ),
            "signature": _sign(name, signed, changes.get("signature_digest", digest)),
            **({"signed_attrs": attributes} if attributes is not None else {}),
        }
    )
    content = {"content_type": "data", "content": changes.get("enclosed")}
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": digest})],
            "encap_content_info": {k: v for k, v in content.items() if v is not None},
            "signer_infos": [signer] * changes.get("signers", 1),
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
    return bytes(whole.dump())


def usual_attributes(body: bytes, digest: str = "sha256") -> list[dict[str, Any]]:
    """Return content type and message digest, as RFC 5652 requires."""
    return [content_type("data"), message_digest(body, digest)]


def content_type(value: str) -> dict[str, Any]:
    """Return the content-type attribute."""
    return {"type": "content_type", "values": [value]}


def message_digest(body: bytes, digest: str = "sha256") -> dict[str, Any]:
    """Return the message-digest attribute."""
    hashed = hashes.Hash(_HASHES[digest])
    hashed.update(body)
    return {"type": "message_digest", "values": [hashed.finalize()]}


def _issuer(name: str) -> cms.IssuerAndSerialNumber:
    read = asn1_x509.Certificate.load(der(name))
    return cms.IssuerAndSerialNumber({"issuer": read.issuer, "serial_number": read.serial_number})


def _sign(name: str, signed: bytes, digest: str) -> bytes:
    chosen = _HASHES[digest]
    if name.startswith("rsa"):
        return bytes(key(name).sign(signed, padding.PKCS1v15(), chosen))
    return bytes(key(name).sign(signed, ec.ECDSA(chosen)))
