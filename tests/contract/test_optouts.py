"""Opt-outs: one STOP is enough, each is withdrawn separately, and none is lost in a race."""

from __future__ import annotations

import threading

import pytest
from azure.data.tables import TableServiceClient

from local.azurite.emulator import Emulator
from shared_code.consent.ports import OptOuts
from shared_code.wiring.ports import Ports
from tests.contract import examples
from tests.support import raw_storage
from tests.support.canaries import find, numbers

RECIPIENT, OTHER = "1-" + "ab" * 16, "1-" + "cd" * 16
TOLL_FREE, SHORT_CODE, LINK = "+18005550100", "55501", "link"


@pytest.fixture
def opt_outs(ports: Ports) -> OptOuts:
    """Return the port, in memory or in storage."""
    return ports.opt_outs


def test_nobody_has_opted_out_at_first(opt_outs: OptOuts, mine: str) -> None:
    opt_outs.remove(mine, RECIPIENT)
    opt_outs.remove(mine, RECIPIENT, TOLL_FREE)

    assert not opt_outs.stops(mine, RECIPIENT)


def test_one_stop_counts_for_the_whole_tenant_and_for_no_other(
    opt_outs: OptOuts, mine: str
) -> None:
    opt_outs.add(mine, RECIPIENT, TOLL_FREE)
    opt_outs.add(mine, RECIPIENT, TOLL_FREE)

    assert opt_outs.stops(mine, RECIPIENT)
    assert not opt_outs.stops(mine, OTHER)
    assert not opt_outs.stops(f"{mine}0", RECIPIENT)


def test_each_stop_is_taken_back_alone(opt_outs: OptOuts, mine: str) -> None:
    for sender in (TOLL_FREE, SHORT_CODE):
        opt_outs.add(mine, RECIPIENT, sender)

    opt_outs.remove(mine, RECIPIENT, TOLL_FREE)
    opt_outs.remove(mine, RECIPIENT, LINK)
    assert opt_outs.stops(mine, RECIPIENT)

    opt_outs.remove(mine, RECIPIENT, SHORT_CODE)
    assert not opt_outs.stops(mine, RECIPIENT)


def test_all_are_taken_back_at_once_and_stop_counts_again(opt_outs: OptOuts, mine: str) -> None:
    for sender in (TOLL_FREE, SHORT_CODE, LINK):
        opt_outs.add(mine, RECIPIENT, sender)

    opt_outs.remove(mine, RECIPIENT)
    assert not opt_outs.stops(mine, RECIPIENT)

    opt_outs.add(mine, RECIPIENT, LINK)
    assert opt_outs.stops(mine, RECIPIENT)


def test_of_two_senders_that_report_at_once_none_is_lost(opt_outs: OptOuts, mine: str) -> None:
    for number in range(10):
        recipient = f"1-{number:032x}"
        _at_once(
            *(
                threading.Thread(target=opt_outs.add, args=(mine, recipient, sender))
                for sender in (TOLL_FREE, SHORT_CODE)
            )
        )

        opt_outs.remove(mine, recipient, TOLL_FREE)
        assert opt_outs.stops(mine, recipient)
        opt_outs.remove(mine, recipient, SHORT_CODE)
        assert not opt_outs.stops(mine, recipient)


def test_a_stop_in_the_moment_of_another_start_holds(opt_outs: OptOuts, mine: str) -> None:
    for number in range(10):
        recipient = f"1-{number:032x}"
        opt_outs.add(mine, recipient, TOLL_FREE)

        _at_once(
            threading.Thread(target=opt_outs.remove, args=(mine, recipient, TOLL_FREE)),
            threading.Thread(target=opt_outs.add, args=(mine, recipient, SHORT_CODE)),
        )

        assert opt_outs.stops(mine, recipient)


def test_a_row_without_a_stop_is_erased(
    stored_ports: Ports, raw_tables: TableServiceClient, mine: str
) -> None:
    opt_outs = stored_ports.opt_outs
    opt_outs.add(mine, RECIPIENT, TOLL_FREE)
    assert _rows(raw_tables, mine) == 1

    opt_outs.remove(mine, RECIPIENT, TOLL_FREE)

    assert _rows(raw_tables, mine) == 0


def test_the_table_holds_no_number_of_a_patient(
    stored_ports: Ports, azurite: Emulator, mine: str
) -> None:
    stored_ports.opt_outs.add(mine, RECIPIENT, TOLL_FREE)

    places = dict(raw_storage.everything(azurite.connection_string))

    assert mine.encode() in places["table optouts"]
    assert find(places["table optouts"], numbers(examples.PHONE)) == []


def _at_once(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [thread for thread in threads if thread.is_alive()] == []


def _rows(service: TableServiceClient, tenant: str) -> int:
    rows = service.get_table_client("optouts").query_entities(
        "PartitionKey eq @tenant", parameters={"tenant": tenant}
    )
    return len(list(rows))
