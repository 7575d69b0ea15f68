"""
Table `appointments`: one row an appointment, changed only under its ETag.

Partition: connection and the first two hex digits of the hash, so that a busy connection spreads.
The phone is sealed for its row; nothing else that names a patient is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shared_code.appointments import APPOINTMENTS
from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    EventOrder,
    Status,
    Texting,
    Version,
)
from shared_code.errors import Code, Reason
from shared_code.rows import Stored
from shared_code.security.keys import Rings, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written


class TableAppointments:
    """The port Appointments. A phone whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings) -> None:
        self._table = Table(account, APPOINTMENTS)
        self._rings = rings

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""
        found = self._table.get(_partition(ref), ref.row)
        return Stored(self._read(ref, found.value), found.etag) if found else None

    def insert(self, appointment: Appointment) -> None:
        """Raises Conflict when the row exists."""
        self._table.insert(self._write(appointment))

    def replace(self, appointment: Appointment, etag: str) -> None:
        """Raises Conflict when the ETag differs or the row is gone."""
        self._table.replace(self._write(appointment), etag)

    def of(self, connection: str) -> Iterator[AppointmentRef]:
        """Every appointment of a connection, read page by page."""
        rows = self._table.rows(
            "PartitionKey ge @first and PartitionKey lt @last",
            first=f"{connection}-",
            last=f"{connection}-~",
        )
        return (AppointmentRef(connection, str(found["RowKey"])) for found in rows)

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erase the row if it exists. Raises Conflict when the ETag differs."""
        self._table.remove(_partition(ref), ref.row, etag)

    def _write(self, appointment: Appointment) -> Row:
        ref, order, texting = appointment.ref, appointment.order, appointment.texting
        phone = texting.phone
        sealed = seal_text(self._rings.payload, phone, _context(ref)) if phone else None
        return row(
            _partition(ref),
            ref.row,
            key=appointment.key,
            status=appointment.status.value,
            version=str(appointment.version),
            order_moment=written(order.moment),
            order_control=None if order.control is None else str(order.control),
            order_arrival=written(order.arrival),
            start=written(appointment.start),
            department=appointment.department,
            language=appointment.language,
            virtual=appointment.virtual,
            phone=sealed,
            minor=texting.minor,
            patient=appointment.patient,
            patient_conflict=appointment.patient_conflict,
            blocked=texting.blocked.code if texting.blocked else None,
            settled=str(texting.settled) if texting.settled else None,
            booked=_written(appointment.booked),
            ended=_written(appointment.ended),
            ended_as=appointment.ended_as.value if appointment.ended_as else None,
            notified_dates=" ".join(f"{day:%Y%m%d}" for day in texting.notified_dates) or None,
            recent_events=" ".join(appointment.recent_events),
        )

    def _read(self, ref: AppointmentRef, found: Row) -> Appointment:
        control, ended_as = found.get("order_control"), found.get("ended_as")
        return Appointment(
            ref=ref,
            key=found["key"],
            status=Status(found["status"]),
            version=Version.parse(found["version"]),
            order=EventOrder(
                moment=read_moment(found["order_moment"]),
                control=None if control is None else int(control),
                arrival=read_moment(found["order_arrival"]),
            ),
            start=read_optional(found.get("start")),
            department=found.get("department"),
            language=found.get("language"),
            virtual=found.get("virtual"),
            patient=found.get("patient"),
            patient_conflict=found["patient_conflict"],
            booked=_read_order(found.get("booked")),
            ended=_read_order(found.get("ended")),
            ended_as=Status(ended_as) if ended_as else None,
            recent_events=tuple(found["recent_events"].split()),
            texting=self._read_texting(ref, found),
        )

    def _read_texting(self, ref: AppointmentRef, found: Row) -> Texting:
        sealed, blocked, settled = found.get("phone"), found.get("blocked"), found.get("settled")
        return Texting(
            phone=unseal_text(self._rings.payload, sealed, _context(ref)) if sealed else None,
            minor=found.get("minor"),
            blocked=Reason(Code(blocked)) if blocked else None,
            settled=Version.parse(settled) if settled else None,
            notified_dates=tuple(map(date.fromisoformat, found.get("notified_dates", "").split())),
        )


def _written(order: EventOrder | None) -> str | None:
    if order is None:
        return None
    control = "" if order.control is None else str(order.control)
    return f"{written(order.moment)} {written(order.arrival)} {control}"


def _read_order(text: str | None) -> EventOrder | None:
    if not text:
        return None
    moment, arrival, control = text.split(" ")
    return EventOrder(read_moment(moment), int(control) if control else None, read_moment(arrival))


def _partition(ref: AppointmentRef) -> str:
    return f"{ref.connection}-{ref.row.partition('-')[2][:2]}"


def _context(ref: AppointmentRef) -> str:
    return f"phone|{ref}"
