"""An appointment that an earlier release wrote is read as it was meant."""

from __future__ import annotations

from dataclasses import replace

from azure.data.tables import TableServiceClient, UpdateMode

from shared_code.appointments.domain import Fact, Texting
from shared_code.wiring.ports import Ports
from tests.contract import examples

NEW = {
    "said",
    "unkept_number",
    "processing_id",
    "order_timed",
    "deceased",
    "consent",
    "status_disagrees",
    "guardians_phone",
}


def test_columns_that_were_added_later_have_their_defaults(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    """
    The patient lives, nothing is held, the time of the newest message was readable, and it had the
    last word on everything.
    """
    written = examples.appointment(mine)
    stored_ports.appointments.insert(written)
    table = raw_tables.get_table_client("appointments")
    partition = f"{mine}-{written.ref.row.partition('-')[2][:2]}"
    entity = table.get_entity(partition, written.ref.row)
    assert set(entity) >= NEW
    old = {name: value for name, value in entity.items() if name not in NEW}
    table.update_entity(old, mode=UpdateMode.REPLACE)
    found = stored_ports.appointments.load(written.ref)

    unsaid = Texting()
    texting = replace(
        written.texting,
        deceased=unsaid.deceased,
        consent=unsaid.consent,
        guardians_phone=unsaid.guardians_phone,
        status_disagrees=unsaid.status_disagrees,
    )
    assert found is not None
    order = replace(written.order, timed=True)
    said = dict.fromkeys(Fact, order)
    assert found.value == replace(
        written, order=order, texting=texting, said=said, unkept_number=None, processing_id="P"
    )
