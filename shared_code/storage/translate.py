"""
Translate the SDKs' exceptions into ours. Only this module looks at them.

Their texts contain URLs, row keys and servers' answers, so they are dropped, even as the cause of
another exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from shared_code.errors import Conflict, ConnectorError, NotStored


class Missing(NotStored):
    """
    The row, blob, queue, table or container does not exist.

    Adapters translate it into what the port promises; uncaught, it is an ordinary NotStored.
    """


@contextmanager
def translated() -> Iterator[None]:
    """Context for SDK calls: raises Missing, Conflict or NotStored and nothing else."""
    try:
        yield
    except ConnectorError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign library raises may repeat input
        raise _translated(error) from None


def made_on_demand[T](act: Callable[[], T], make: Callable[[], object]) -> T:
    """
    Call `act`. If its table, queue or container is missing, create that and call `act` again.

    So nothing has to be checked when the app starts.
    """
    try:
        with translated():
            return act()
    except Missing:
        pass
    # it may exist by now, or only the answer was lost: the second call shows it
    with suppress(Conflict, NotStored), translated():
        make()
    with translated():
        return act()


def _translated(error: Exception) -> ConnectorError:
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
    if status == 404:  # a transaction's refusals have no class of their own
        return Missing()
    return Conflict() if status in (409, 412) else NotStored()
