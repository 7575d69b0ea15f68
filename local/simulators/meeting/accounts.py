"""The accounts that can join on the meeting page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What somebody is to the organization."""

    MEMBER = "member"
    GUEST = "guest account"
    FOREIGN = "other organization"
    NOBODY = "no account"


@dataclass(frozen=True)
class Account:
    """One account of Entra."""

    username: str
    name: str
    kind: Kind
    oid: str


_OID = "0a000000-0000-4000-8000-00000000000"
ACCOUNTS: Mapping[str, Account] = MappingProxyType(
    {
        account.username: account
        for account in (
            Account("dana@lamna.example", "Dana Doctor", Kind.MEMBER, f"{_OID}d"),
            Account("sam@lamna.example", "Sam Surgeon", Kind.MEMBER, f"{_OID}5"),
            Account("frontdesk@lamna.example", "Frank Frontdesk", Kind.MEMBER, f"{_OID}f"),
            Account("dana_gmail.com#EXT#@lamna.example", "Dana (guest)", Kind.GUEST, f"{_OID}e"),
            Account("kim@fabrikam.example", "Kim of Fabrikam", Kind.FOREIGN, f"{_OID}c"),
        )
    }
)
