"""What is made when it is first asked for, once, under a lock: functions run in parallel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shared_code.settings import Settings
    from shared_code.wiring.ports import Ports


class Lazy(Protocol):
    """Whose properties are worked out once."""

    lock: threading.RLock


class once[T]:
    """A property that is worked out once; later reads do not even come here."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Lazy, owner: type) -> T:
        with instance.lock:
            if self._name not in instance.__dict__:
                instance.__dict__[self._name] = self._make(instance)
            value: T = instance.__dict__[self._name]
            return value


class Stories:
    """The stories of one capability, over the ports."""

    def __init__(self, settings: Settings, ports: Ports) -> None:
        self.lock = threading.RLock()
        self._settings = settings
        self._ports = ports
