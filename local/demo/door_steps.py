"""What the HL7 endpoint accepts and refuses."""

from __future__ import annotations

from local import seed
from local.demo.machine import Machine, check
from local.simulators.epic import messages, sender


def certificates_are_checked(machine: Machine) -> None:
    """no, unknown, expired and weak client certificates are refused, each with its own code"""
    body = machine.booking(machine.new_key(), "+16085550150")
    expected = {
        None: "certificate_missing",
        "unknown": "certificate_unknown",
        "expired": "certificate_expired",
        "weak": "certificate_weak",
    }
    for identity, code in expected.items():
        answer = machine.post(body, identity=identity)
        check((403, code), (answer.status, answer.text.split(":")[0]), f"{identity} certificate")
    machine.stays("no text", lambda: not machine.texts("+16085550150"), 1)


def signatures_are_checked(machine: Machine) -> None:
    """a message with a detached CMS signature is accepted, a tampered one is refused"""
    phone, identity = "+16085550151", machine.stack.certificates.identities["epic"]
    body = machine.booking(machine.new_key(), phone)
    signature = sender.sign_detached(body, identity)
    tampered = body.replace(b"0151", b"0152")
    refused = machine.post(tampered, seed.SIGNED, None, signature=signature)
    check((403, "signature_invalid"), (refused.status, refused.text.split(":")[0]), "tampered")
    check(["AA"], machine.post(body, seed.SIGNED, None, signature=signature).codes, "signed")
    machine.await_texts(phone)
    check([], machine.texts("+16085550152"), "texts of the tampered number")


def nonsense_is_refused(machine: Machine) -> None:
    """garbage gets 400, a patient message AR, a body of 1.1 MB 413, a chunked one 411"""
    garbage = machine.post(messages.garbage(7))
    check((400, "not_hl7"), (garbage.status, garbage.text.split(":")[0]), "garbage")
    patient = messages.patient_message(control_id="77", created=machine.now())
    check(["AR"], machine.post(patient).codes, "ADT")
    large = machine.booking(machine.new_key(), "+16085550153") + b"NTE|1||" + b"x" * 1_100_000
    check(413, machine.post(large).status, "1.1 MB")
    chunked = machine.booking(machine.new_key(), "+16085550153")
    check(411, machine.post(chunked, chunked=True).status, "chunked")


def batches_are_acknowledged(machine: Machine) -> None:
    """a batch of three gets three acknowledgements and three texts"""
    phones = ["+16085550154", "+16085550155", "+16085550156"]
    bodies = [machine.booking(machine.new_key(), phone) for phone in phones]
    answer = machine.post(messages.batch(bodies, created=machine.now()))
    check(["AA"] * 3, answer.codes, "acknowledgements")
    for phone in phones:
        machine.await_texts(phone)


STEPS = (
    certificates_are_checked,
    signatures_are_checked,
    nonsense_is_refused,
    batches_are_acknowledged,
)
