"""
Table `launches`: launches at Epic and sign-ins at Microsoft, each used once.

Partition: the ten minutes in which it was made and the first hex digit of the hash; row: the hash
of the state. What would let somebody finish a launch is sealed for its row.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from shared_code.errors import Code
from shared_code.launching import LAUNCHES
from shared_code.launching.adapters.erasing import erase, keys_of
from shared_code.launching.domain.launch import (
    Account,
    Door,
    Issuer,
    Launch,
    Progress,
    Result,
    SignInAttempt,
)
from shared_code.launching.domain.tokens import TokenKey
from shared_code.rows import Stored
from shared_code.security.keys import Rings, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written

_LAUNCH, _SIGN_IN = "launch", "sign_in"


class TableLaunches:
    """The port Launches. A row whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings) -> None:
        self._table = Table(account, LAUNCHES, settles=True)
        self._rings = rings

    def insert_launch(self, launch: Launch) -> None:
        """Write a new launch. Raises Conflict if it exists."""
        self._table.insert(self._write_launch(launch))

    def load_launch(self, key: TokenKey) -> Stored[Launch] | None:
        """Return the launch, or None."""
        found = self._load(key, _LAUNCH)
        return Stored(self._read_launch(key, found.value), found.etag) if found else None

    def replace_launch(self, launch: Launch, etag: str) -> str:
        """Replace the launch and return its ETag. Raises Conflict if the ETag differs."""
        return self._table.replace(self._write_launch(launch), etag)

    def insert_attempt(self, attempt: SignInAttempt) -> None:
        """Write a new sign-in. Raises Conflict if it exists."""
        self._table.insert(self._write_attempt(attempt))

    def load_attempt(self, key: TokenKey) -> Stored[SignInAttempt] | None:
        """Return the sign-in, or None."""
        found = self._load(key, _SIGN_IN)
        return Stored(self._read_attempt(key, found.value), found.etag) if found else None

    def replace_attempt(self, attempt: SignInAttempt, etag: str) -> str:
        """Replace the sign-in and return its ETag. Raises Conflict if the ETag differs."""
        return self._table.replace(self._write_attempt(attempt), etag)

    def erase(self, bucket: str, most: int) -> bool:
        """Erase up to `most` rows of a bucket; return whether none is left."""
        return erase(self._table, bucket, most)

    def _load(self, key: TokenKey, kind: str) -> Stored[Row] | None:
        found = self._table.get(*keys_of(key))
        return found if found and found.value["kind"] == kind else None

    def _write_launch(self, launch: Launch) -> Row:
        secrets = {
            "issuer": asdict(launch.issuer),
            "verifier": launch.verifier,
            "nonce": launch.nonce,
            "result": asdict(launch.result),
        }
        return row(
            *keys_of(launch.key),
            kind=_LAUNCH,
            connection=launch.connection,
            door=launch.door.value,
            created=written(launch.created),
            progress=launch.progress.value,
            changed=written(launch.changed),
            secrets=self._sealed(launch.key, secrets),
        )

    def _read_launch(self, key: TokenKey, found: Row) -> Launch:
        secrets = self._opened(key, found)
        result = secrets["result"]
        return Launch(
            key=key,
            connection=found["connection"],
            door=Door(found["door"]),
            issuer=Issuer(**secrets["issuer"]),
            created=read_moment(found["created"]),
            verifier=secrets["verifier"],
            nonce=secrets["nonce"],
            progress=Progress(found["progress"]),
            changed=read_optional(found.get("changed")),
            result=Result(**{**result, "code": _code(result["code"])}),
        )

    def _write_attempt(self, attempt: SignInAttempt) -> Row:
        account = asdict(attempt.account) if attempt.account else None
        return row(
            *keys_of(attempt.key),
            kind=_SIGN_IN,
            session_bucket=attempt.session.bucket,
            session=attempt.session.digest,
            created=written(attempt.created),
            progress=attempt.progress.value,
            changed=written(attempt.changed),
            code=attempt.code,
            secrets=self._sealed(attempt.key, {"flow": attempt.flow, "account": account}),
        )

    def _read_attempt(self, key: TokenKey, found: Row) -> SignInAttempt:
        secrets = self._opened(key, found)
        account = secrets["account"]
        return SignInAttempt(
            key=key,
            session=TokenKey(found["session_bucket"], found["session"]),
            created=read_moment(found["created"]),
            flow=secrets["flow"],
            progress=Progress(found["progress"]),
            changed=read_optional(found.get("changed")),
            account=Account(**account) if account else None,
            code=_code(found.get("code")),
        )

    def _sealed(self, key: TokenKey, secrets: dict[str, Any]) -> str:
        return seal_text(self._rings.payload, json.dumps(secrets), _context(key))

    def _opened(self, key: TokenKey, found: Row) -> dict[str, Any]:
        text = unseal_text(self._rings.payload, found["secrets"], _context(key))
        secrets: dict[str, Any] = json.loads(text)
        return secrets


def _code(text: str | None) -> Code | None:
    return Code(text) if text else None


def _context(key: TokenKey) -> str:
    return f"launch|{key}"
