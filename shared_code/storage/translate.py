"""
From the SDKs' exceptions to ours: the only place that looks at them.

Their texts hold URLs, row keys and answers of servers, so they never travel on, not even as the
cause of another exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from shared_code.errors import Conflict, ConnectorError, NotStored


class Missing(NotStored):
    """
    The row, blob, queue, table or container does not exist. Adapters turn it into what the port
    promises; where one forgets, it is an ordinary NotStored.
    """


@contextmanager
def translated() -> Iterator[None]:
    """Around calls of an SDK: raises Missing, Conflict or NotStored and nothing else."""
    try:
        yield
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign library raises may repeat input
        raise _ours(error) from None


def made_on_demand[T](act: Callable[[], T], make: Callable[[], object]) -> T:
    """
    Does `act`. When its table, queue or container is missing, makes that and does it once more:
    so nothing has to be looked for when the app starts.
    """
    try:
        with translated():
            return act()
    except Missing:
        pass
    # somebody else may have made it, or only the answer was lost: the second try tells
    with suppress(Conflict, NotStored), translated():
        make()
    with translated():
        return act()


def _ours(error: Exception) -> ConnectorError:
    from azure.core.exceptions import (
        HttpResponseError,
        ResourceExistsError,
        ResourceModifiedError,
        ResourceNotFoundError,
    )

    if isinstance(error, ResourceExistsError | ResourceModifiedError):
        return Conflict()
    if isinstance(error, ResourceNotFoundError):
        return Missing()
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return Conflict() if status in (409, 412) else NotStored()
