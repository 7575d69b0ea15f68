"""What a cold start pays for, and what many threads share."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ["hl7apy", "phonenumbers", "cryptography", "asn1crypto", "azure", "jwt", "msal", "urllib3"]


def _fresh(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_the_door_imports_nothing_heavy() -> None:
    """Framing, verdicts, acknowledgements and proofs load no library before they need one."""
    program = f"""
import sys
import shared_code.hl7.acknowledgement, shared_code.hl7.framing, shared_code.intake.siu
import shared_code.security.certificates, shared_code.security.signatures
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    assert _fresh(program) == "[]"


def test_the_door_out_is_loaded_when_it_is_used() -> None:
    """Nor does what signs in, verifies tokens or calls others, before somebody does so."""
    program = f"""
import sys
import shared_code.outbound.gate, shared_code.outbound.key_sets, shared_code.identity.entra
import shared_code.identity.msal_app_tokens, shared_code.identity.msal_sign_in
import shared_code.security.tokens, shared_code.security.signing_keys, shared_code.wiring.azure
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    assert _fresh(program) == "[]"


def test_the_first_messages_may_come_at_once() -> None:
    """Sixteen threads of a fresh process read the same message and find the same event."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from tests.world.messages import read_sample
with ThreadPoolExecutor(16) as pool:
    found = set(map(repr, pool.map(read_sample, ["SIU-S12-1000241"] * 32)))
print(len(found), "2950" in found.pop())
"""
    assert _fresh(program) == "1 True"
