"""Who and what Entra knows: two tenants, their people, and the identities of the app's host."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LAMNA = "5f0b8f3e-9f2a-4a57-9d1b-2f6b6a3f1c01"
FABRIKAM = "9b3f1d52-6c1e-4e0a-8a34-5d0c7f2b4e02"
PARTNER = "c2a7d1e4-3b5f-4c86-9e07-71f4a8d25b03"
"""The home of guests; nobody signs in there."""
TENANTS: Mapping[str, str] = MappingProxyType(
    {"lamna.example": LAMNA, LAMNA: LAMNA, "fabrikam.example": FABRIKAM, FABRIKAM: FABRIKAM}
)
"""Tenant ids by the names that an authority may have."""
ANY_TENANT = frozenset({"organizations", "common"})

CLIENT_ID = "0c000000-0000-4000-8000-0000000000a1"
"""The connector's app registration."""
ROLES = ("OnlineMeetings.ReadWrite.All", "VirtualAppointment.Read.All")

SYSTEM_IDENTITY = "22222222-2222-2222-2222-222222222222"
"""Client id of the identity that comes with the app's host."""
USER_IDENTITY = "44444444-4444-4444-4444-444444444444"
"""Client id of the user-assigned identity whose tokens the app registration accepts."""
PRINCIPALS: Mapping[str, str] = MappingProxyType(
    {
        SYSTEM_IDENTITY: "22222222-0000-4000-8000-0000000000f1",
        USER_IDENTITY: "44444444-0000-4000-8000-0000000000f2",
    }
)
EXCHANGE = "api://AzureADTokenExchange"
"""The audience of a token that is exchanged for one of the app."""

ORGANIZERS = tuple(f"0b000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
"""Object ids of the service accounts that organize meetings. Nobody signs in with them."""


@dataclass(frozen=True, slots=True)
class Account:
    """
    Somebody who can sign in; `tenant` is that of the object id.

    `claims` are those that an id_token has only for some: by them Entra says that an account is a
    guest whose name is that of its home.
    """

    username: str
    name: str
    oid: str
    tenant: str = LAMNA
    claims: Mapping[str, str | int] = MappingProxyType({})

    @property
    def is_guest(self) -> bool:
        return "#EXT#" in self.username or bool(self.claims)


ACCOUNTS: Mapping[str, Account] = MappingProxyType(
    {
        account.username: account
        for account in (
            Account("dana@lamna.example", "Dana Doctor", "0a000000-0000-4000-8000-00000000000d"),
            Account("sam@lamna.example", "Sam Surgeon", "0a000000-0000-4000-8000-00000000000e"),
            Account(
                "frontdesk@lamna.example", "Frank Frontdesk", "0a000000-0000-4000-8000-00000000000f"
            ),
            Account(
                "dana_gmail.com#EXT#@lamna.example",
                "Dana (guest)",
                "0a000000-0000-4000-8000-0000000000e0",
            ),
            Account(
                "rae@partner.example",
                "Rae (guest)",
                "0a000000-0000-4000-8000-0000000000e1",
                claims=MappingProxyType({"idp": f"https://sts.windows.net/{PARTNER}/"}),
            ),
            Account(
                "lee@partner.example",
                "Lee (guest)",
                "0a000000-0000-4000-8000-0000000000e2",
                claims=MappingProxyType({"acct": 1}),
            ),
            Account(
                "kim@fabrikam.example",
                "Kim Kelly",
                "0a000000-0000-4000-8000-0000000000f0",
                FABRIKAM,
            ),
        )
    }
)
