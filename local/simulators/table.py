"""Every address at which the simulators listen, with its usual port."""

from collections.abc import Callable
from dataclasses import dataclass

from local.faults.listener import Service
from local.simulators.world import World


@dataclass(frozen=True, slots=True)
class Row:
    """
    One listener. `name` is that of its port, of its option `--name-port`, of its address in the
    ready line, and, where its requests are framed, of the target of faults.

    `port` is the one that `make run` prefers; `host` is how the address names this machine.
    """

    name: str
    service: Callable[[World], Service]
    port: int
    tls: bool = True
    host: str = "localhost"

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}-port"

    def url(self, port: int) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}:{port}"


SIMULATORS: tuple[Row, ...] = (
    Row("desk", lambda world: world.desk.serve, 7080, tls=False, host="127.0.0.1"),
    Row("acs", lambda world: world.framed("acs", world.acs), 7081),
    Row("keyvault", lambda world: world.framed("keyvault", world.keyvault), 7082, host="127.0.0.1"),
    Row("epic", lambda world: world.framed("epic", world.epic), 7083),
    Row("epic_pages", lambda world: world.framed("epic_pages", world.epic_pages), 7084, tls=False),
    Row("entra", lambda world: world.framed("entra", world.entra), 7085),
    Row(
        "entra_pages", lambda world: world.framed("entra_pages", world.entra_pages), 7086, tls=False
    ),
    Row("graph", lambda world: world.framed("graph", world.graph), 7087),
    Row("meeting", lambda world: world.meeting.serve, 7088, tls=False),
)

PORTS = {row.name: row.port for row in SIMULATORS}
"""The usual ports by name."""
