"""
Table `appointments`: one row an appointment, changed only under its ETag.

Partition: connection and the first two hex digits of the hash, so that a busy connection spreads.
The phone is sealed for its row; nothing else that names a patient is kept.

A row under the keyed hash of a CSN only leads to the appointment that has it. There are none where
the key is the CSN. Of a series under one key, the first visit that comes has the row of the key;
a row beside it leads to each further one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from shared_code.appointments import APPOINTMENTS, refs
from shared_code.appointments.domain import (
    Appointment,
    AppointmentRef,
    EventOrder,
    Fact,
    Status,
    Texting,
    Version,
    takes_place,
)
from shared_code.connections.domain import FieldPaths
from shared_code.connections.ports import Connections
from shared_code.errors import Code, Reason, Refused
from shared_code.rows import Stored
from shared_code.security.keys import Rings, seal_text, unseal_text
from shared_code.storage.connect import StorageAccount
from shared_code.storage.tables import Row, Table, read_moment, read_optional, row, written

_BY_CSN, _OCCURRENCE = "csn~", "occurrence~"
"""Row keys of names begin so; those of appointments hold no `~`."""


class TableAppointments:
    """The port Appointments. A phone whose key is gone raises Refused(PAYLOAD_UNREADABLE)."""

    def __init__(self, account: StorageAccount, rings: Rings, connections: Connections) -> None:
        self._table = Table(account, APPOINTMENTS)
        self._rings = rings
        self._connections = connections

    def load(self, ref: AppointmentRef) -> Stored[Appointment] | None:
        """The appointment, or None."""
        found = self._table.get(_partition(ref), ref.row)
        return Stored(self._read(ref, found.value), found.etag) if found else None

    def by_csn(self, connection: str, csn: str) -> Stored[Appointment] | None:
        """The appointment that has the CSN, or None."""
        named, known = csn.strip(), self._connections.find(connection)
        fields = known.fields if known else FieldPaths()
        if fields.key_is_csn():
            return self._by_key(connection, named, fields)
        name = self._table.get(*self._name_keys(connection, named))
        found = self.load(AppointmentRef(connection, name.value["named"])) if name else None
        return found if found and found.value.csn == named else None

    def name(self, ref: AppointmentRef, csn: str) -> AppointmentRef:
        """Name the appointment so unless the CSN names another. Returns what it names now."""
        keys = self._name_keys(ref.connection, csn)
        found = self._table.get(*keys)
        if found is None:
            self._table.insert(row(*keys, named=ref.row))
            return ref
        return AppointmentRef(ref.connection, found.value["named"])

    def rename(self, ref: AppointmentRef, csn: str) -> None:
        """Name the appointment so, whatever the CSN named before."""
        self._table.put(row(*self._name_keys(ref.connection, csn), named=ref.row))

    def unname(self, ref: AppointmentRef, csn: str) -> None:
        """Erase the name if the CSN names this appointment."""
        keys = self._name_keys(ref.connection, csn)
        found = self._table.get(*keys)
        if found is not None and found.value["named"] == ref.row:
            self._table.remove(*keys, found.etag)

    def occurrences(self, connection: str, key: str) -> Sequence[AppointmentRef]:
        """The further visits of the series with that key, as far as enlist() was told of them."""
        partition, prefix = self._occurrence_keys(connection, key)
        rows = self._table.rows(
            "PartitionKey eq @partition and RowKey ge @first and RowKey lt @last",
            partition=partition,
            first=prefix,
            last=f"{prefix}~",
        )
        return [AppointmentRef(connection, found["named"]) for found in rows]

    def enlist(self, ref: AppointmentRef, key: str) -> None:
        """Remember a further visit of the series with that key. Twice is once."""
        partition, prefix = self._occurrence_keys(ref.connection, key)
        self._table.put(row(partition, f"{prefix}{ref.row}", named=ref.row))

    def delist(self, ref: AppointmentRef, key: str) -> None:
        """Forget it. Does nothing if it was not enlisted."""
        partition, prefix = self._occurrence_keys(ref.connection, key)
        self._table.remove(partition, f"{prefix}{ref.row}")

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
        names = (str(found["RowKey"]) for found in rows)
        return (AppointmentRef(connection, name) for name in names if "~" not in name)

    def all_of(self, connection: str) -> Iterator[Stored[Appointment]]:
        """Every appointment of a connection, read page by page; phones without a key left out."""
        rows = self._table.stored_rows(
            "PartitionKey ge @first and PartitionKey lt @last",
            first=f"{connection}-",
            last=f"{connection}-~",
        )
        for found in rows:
            ref = AppointmentRef(connection, found.value["RowKey"])
            if "~" in ref.row or found.value["PartitionKey"] != _partition(ref):
                continue  # a name, or of a connection whose id begins with this one's
            try:
                yield Stored(self._read(ref, found.value), found.etag)
            except Refused:
                unsealed = {name: each for name, each in found.value.items() if name != "phone"}
                yield Stored(self._read(ref, unsealed), found.etag)

    def remove(self, ref: AppointmentRef, etag: str) -> None:
        """Erase the row if it exists. Raises Conflict when the ETag differs."""
        self._table.remove(_partition(ref), ref.row, etag)

    def _by_key(self, connection: str, key: str, fields: FieldPaths) -> Stored[Appointment] | None:
        first = self.load(refs.appointment_ref(self._rings, connection, key))
        if takes_place(first) or not fields.occurrence_path():
            return first
        others = map(self.load, self.occurrences(connection, key))
        return next((other for other in others if takes_place(other)), first)

    def _occurrence_keys(self, connection: str, key: str) -> tuple[str, str]:
        first = refs.appointment_ref(self._rings, connection, key)
        return _partition(first), f"{_OCCURRENCE}{first.row}~"

    def _name_keys(self, connection: str, csn: str) -> tuple[str, str]:
        hashed = refs.csn_hash(self._rings, connection, csn)
        return _partition(AppointmentRef(connection, hashed)), f"{_BY_CSN}{hashed}"

    def _write(self, appointment: Appointment) -> Row:
        ref, texting = appointment.ref, appointment.texting
        phone = texting.phone
        sealed = seal_text(self._rings.payload, phone, _context(ref)) if phone else None
        return row(
            _partition(ref),
            ref.row,
            key=appointment.key,
            status=appointment.status.value,
            version=str(appointment.version),
            **_order_columns(appointment.order),
            start=written(appointment.start),
            department=appointment.department,
            language=appointment.language,
            virtual=appointment.virtual,
            phone=sealed,
            guardians_phone=texting.guardians_phone,
            minor=texting.minor,
            deceased=texting.deceased,
            consent=texting.consent,
            status_disagrees=texting.status_disagrees,
            patients=" ".join(appointment.patients) or None,
            other_patients=" ".join(appointment.other_patients) or None,
            patient_conflict=appointment.patient_conflict,
            blocked=texting.blocked.code if texting.blocked else None,
            settled=str(texting.settled) if texting.settled else None,
            booked=_written(appointment.booked),
            ended=_written(appointment.ended),
            ended_as=appointment.ended_as.value if appointment.ended_as else None,
            notified_dates=" ".join(f"{day:%Y%m%d}" for day in texting.notified_dates) or None,
            moved=texting.moved,
            recent_events=" ".join(appointment.recent_events),
            csn=appointment.csn,
            minutes=appointment.minutes,
            occurrence=appointment.occurrence,
            processing_id=appointment.processing_id,
            unkept_number=appointment.unkept_number,
            said=_written_words(appointment.said),
        )

    def _read(self, ref: AppointmentRef, found: Row) -> Appointment:
        control, ended_as = found.get("order_control"), found.get("ended_as")
        order = EventOrder(
            moment=read_moment(found["order_moment"]),
            control=None if control is None else int(control),
            arrival=read_moment(found["order_arrival"]),
            timed=found.get("order_timed", True),
        )
        return Appointment(
            ref=ref,
            key=found["key"],
            status=Status(found["status"]),
            version=Version.parse(found["version"]),
            order=order,
            start=read_optional(found.get("start")),
            department=found.get("department"),
            language=found.get("language"),
            virtual=found.get("virtual"),
            patients=_read_patients(found),
            other_patients=tuple(found.get("other_patients", "").split()),
            patient_conflict=found["patient_conflict"],
            booked=_read_order(found.get("booked")),
            ended=_read_order(found.get("ended")),
            ended_as=Status(ended_as) if ended_as else None,
            recent_events=tuple(found["recent_events"].split()),
            texting=self._read_texting(ref, found),
            csn=found.get("csn"),
            minutes=found.get("minutes"),
            occurrence=found.get("occurrence"),
            processing_id=found.get("processing_id", "P"),
            unkept_number=found.get("unkept_number"),
            said=_read_words(found.get("said"), order),
        )

    def _read_texting(self, ref: AppointmentRef, found: Row) -> Texting:
        sealed, blocked, settled = found.get("phone"), found.get("blocked"), found.get("settled")
        return Texting(
            phone=unseal_text(self._rings.payload, sealed, _context(ref)) if sealed else None,
            guardians_phone=found.get("guardians_phone"),
            minor=found.get("minor"),
            blocked=Reason(Code(blocked)) if blocked else None,
            settled=Version.parse(settled) if settled else None,
            notified_dates=tuple(map(date.fromisoformat, found.get("notified_dates", "").split())),
            moved=found.get("moved", False),
            deceased=found.get("deceased", False),
            consent=found.get("consent"),
            status_disagrees=found.get("status_disagrees", False),
        )


def _read_patients(found: Row) -> tuple[str, ...]:
    """Rows of an earlier release have one, without who assigned its number, as `patient`."""
    return tuple((found.get("patients") or found.get("patient") or "").split())


def _order_columns(order: EventOrder) -> Row:
    return {
        "order_moment": written(order.moment),
        "order_control": None if order.control is None else str(order.control),
        "order_arrival": written(order.arrival),
        "order_timed": order.timed,
    }


def _written(order: EventOrder | None) -> str | None:
    if order is None:
        return None
    control = "" if order.control is None else str(order.control)
    untimed = "" if order.timed else " untimed"
    return f"{written(order.moment)} {written(order.arrival)} {control}{untimed}"


def _read_order(text: str | None) -> EventOrder | None:
    if not text:
        return None
    moment, arrival, control, *untimed = text.split(" ")
    number = int(control) if control else None
    return EventOrder(read_moment(moment), number, read_moment(arrival), timed=not untimed)


def _written_words(said: Mapping[Fact, EventOrder]) -> str:
    """The facts on which one message had the last word stand together: most often all of them."""
    orders = dict.fromkeys(said.values())
    return "|".join(
        f"{','.join(fact for fact in said if said[fact] == order)} {_written(order)}"
        for order in orders
    )


def _read_words(text: str | None, newest: EventOrder) -> dict[Fact, EventOrder]:
    """In rows of an earlier release the newest message has said everything."""
    if text is None:
        return dict.fromkeys(Fact, newest)
    said: dict[Fact, EventOrder] = {}
    for each in filter(None, text.split("|")):
        facts, _, written_order = each.partition(" ")
        order = _read_order(written_order)
        known = [Fact(fact) for fact in facts.split(",") if fact in Fact]
        said |= dict.fromkeys(known, order) if order else {}
    return said


def _partition(ref: AppointmentRef) -> str:
    return f"{ref.connection}-{ref.row.partition('-')[2][:2]}"


def _context(ref: AppointmentRef) -> str:
    return f"phone|{ref}"
