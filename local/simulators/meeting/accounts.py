"""What the accounts of Entra are to the organization of a meeting."""

from enum import StrEnum

from local.simulators.entra.directory import Account


class Kind(StrEnum):
    """What somebody is to the organization."""

    MEMBER = "member"
    GUEST = "guest account"
    FOREIGN = "other organization"
    NOBODY = "no account"


def kind_of(account: Account | None, tenant: str) -> Kind:
    """Return what the account is to that tenant; None is somebody without an account."""
    if account is None:
        return Kind.NOBODY
    if account.tenant != tenant:
        return Kind.FOREIGN
    return Kind.GUEST if account.is_guest else Kind.MEMBER
