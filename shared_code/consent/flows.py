"""
Who may be contacted.

Allow-lists, links and opt-outs identify a number by its keyed hash. Whether it must not be texted
is answered by the port OptOuts, for a whole tenant.
"""

from __future__ import annotations

from shared_code.security import keys
from shared_code.security.keys import Rings


def recipient_hash(rings: Rings, tenant: str, phone: str) -> str:
    """
    Return the keyed hash of a number (E.164) within the tenant.

    Raises NotStored if the keys cannot be read.
    """
    return keys.keyed_hash(rings.hash, "recipient", tenant, phone)
