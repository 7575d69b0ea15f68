"""When a timer last ran and is next due, stored in the same blob as on the real host."""

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from local.host.errors import StorageFailed
from local.host.storage import Service

CONTAINER = "azure-webjobs-hosts"
NEVER = datetime(1, 1, 1, tzinfo=UTC)  # year 1: what the real host stores before the first run


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """Aware UTC times."""

    last: datetime
    next: datetime
    last_updated: datetime

    def as_dict(self) -> dict[str, str]:
        """Return the status as a timer function and the blob show it."""
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.last_updated.isoformat(),
        }


class StatusBlobs:
    """The status blobs of this host's timers."""

    def __init__(self, connection: str, host_id: str) -> None:
        """Connections are opened when first needed."""
        self._service = Service.of(connection, "Blob")
        self._host_id = host_id

    async def load(self, function: str) -> ScheduleStatus | None:
        """Return the stored status; None if there is none or it cannot be read."""
        try:
            reply = await self._service.call("GET", self._path(function))
        except StorageFailed as error:
            if error.status == 404:
                return None
            raise
        try:
            content = json.loads(reply.body)
            names = ("Last", "Next", "LastUpdated")
            return ScheduleStatus(
                *(datetime.fromisoformat(content[name]).astimezone(UTC) for name in names)
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    async def save(self, function: str, status: ScheduleStatus) -> None:
        """Store the status, creating the container if needed."""
        try:
            await self._put(function, status)
        except StorageFailed as error:
            if error.status != 404:
                raise
            with contextlib.suppress(StorageFailed):  # another host may just have created it
                await self._service.call("PUT", f"/{CONTAINER}", {"restype": "container"})
            await self._put(function, status)

    async def _put(self, function: str, status: ScheduleStatus) -> None:
        body = json.dumps(status.as_dict()).encode()
        kind = {"x-ms-blob-type": "BlockBlob"}
        await self._service.call("PUT", self._path(function), headers=kind, body=body)

    def _path(self, function: str) -> str:
        return f"/{CONTAINER}/timers/{self._host_id}/Host.Functions.{function}/status"
