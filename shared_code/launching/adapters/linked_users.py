"""
Table `ehrusers`: EHR users with their Microsoft accounts, and the accounts with their EHR users.

Partition: connection. Row: `user~` and the keyed hash of the EHR user; or `account~`, a keyed hash
of the object id, and the EHR user, which tells that an account has another EHR user. The sign-in
name is sealed for its row.
"""

from __future__ import annotations

from shared_code.launching import EHR_USERS
from shared_code.launching.domain.user import LinkedUser
from shared_code.rows import Stored
from shared_code.security.keys import Rings, keyed_hash, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, row, written


class TableLinkedUsers:
    """The port LinkedUsers. A name whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings) -> None:
        self._table = Table(account, EHR_USERS)
        self._rings = rings

    def load(self, connection: str, user: str) -> Stored[LinkedUser] | None:
        """Return the link of an EHR user, or None."""
        found = self._table.get(connection, _user_row(user))
        return Stored(self._read(connection, user, found.value), found.etag) if found else None

    def put(self, link: LinkedUser) -> None:
        """Write the link of an EHR user, in place of any other. The account's row comes first."""
        before = self.load(link.connection, link.user)
        self._table.put(row(link.connection, self._account_row(link)))
        name = seal_text(self._rings.payload, link.name, _context(link.connection, link.user))
        self._table.put(
            row(
                link.connection,
                _user_row(link.user),
                tenant=link.tenant,
                account=link.account,
                name=name,
                used=written(link.used),
            )
        )
        if before is not None and before.value.account != link.account:
            self._table.remove(link.connection, self._account_row(before.value))

    def others_of(self, connection: str, account: str, user: str) -> bool:
        """Return whether the account is linked to another EHR user of the connection."""
        first = f"account~{self._account_hash(connection, account)}~"
        rows = self._table.rows(
            "PartitionKey eq @connection and RowKey ge @first and RowKey lt @last",
            connection=connection,
            first=first,
            last=f"{first}~",
        )
        return any(found["RowKey"] != f"{first}{user}" for found in rows)

    def remove(self, connection: str, user: str) -> None:
        """Erase the link. Does nothing if it does not exist."""
        stored = self.load(connection, user)
        if stored is not None:
            self._table.remove(connection, self._account_row(stored.value))
            self._table.remove(connection, _user_row(user))

    def _account_row(self, link: LinkedUser) -> str:
        return f"account~{self._account_hash(link.connection, link.account)}~{link.user}"

    def _account_hash(self, connection: str, account: str) -> str:
        return keyed_hash(self._rings.hash, "account", connection, account)

    def _read(self, connection: str, user: str, found: Row) -> LinkedUser:
        context = _context(connection, user)
        return LinkedUser(
            connection=connection,
            user=user,
            tenant=found["tenant"],
            account=found["account"],
            name=unseal_text(self._rings.payload, found["name"], context),
            used=read_moment(found["used"]),
        )


def _user_row(user: str) -> str:
    return f"user~{user}"


def _context(connection: str, user: str) -> str:
    return f"ehruser|{connection}|{user}"
