"""
Who may be contacted. Allow-lists, links and opt-outs name a number by its keyed hash; whether it
must not be texted is a question to the port OptOuts, for a whole tenant.
"""

from __future__ import annotations

from shared_code.security import keys
from shared_code.security.keys import Rings


def recipient_hash(rings: Rings, tenant: str, phone: str) -> str:
    """Name a number (E.164) by its hash under the tenant. Raises NotStored without the keys."""
    return keys.keyed_hash(rings.hash, "recipient", tenant, phone)
