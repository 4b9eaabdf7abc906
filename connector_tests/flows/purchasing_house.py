"""A deployment with the purchasing connection alone, from the second half of the year: what its tests share."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector_assets.commands.demo_purchasing import NAME, prepare_purchasing
from connector_assets.connections import load_connection
from connector_assets.flows.procurify_intacct.config import ProcurifyIntacctConnection
from connector_assets.flows.procurify_intacct.document_work import Tools
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.status import BillStatus, statuses
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.runs import RunOutcome, execute
from connector_assets.systems import intacct_client, procurify_client
from connector_tests.flows.house import House, Kind, copied_as
from connector_tests.privacy import FAMILY, GIVEN, Canaries

BILL = {"operation": "create", "object": "APBILL"}
PAYMENT = {"operation": "create", "object": "APPYMT"}
FIRST_DAY = "2025-07-01"
PERSON = "V-1006"
"""A vendor who is a person: of whom a name may stand at the two vendors' only."""


def _settle(house: House) -> None:
    house.configure(NAME, start_date=FIRST_DAY)


def _read(house: House) -> None:
    person = {"NAME": f"{GIVEN} {FAMILY}", "ISINDIVIDUAL": "true"}
    house.admin("intacct/records", object="VENDOR", key=PERSON, fields=person)
    outcome = house.refresh(NAME)
    assert outcome.succeeded, outcome.problem


PURCHASING = Kind(House, prepare_purchasing, _read, _settle)
"""The purchasing connection alone, both systems read and master data carried."""

CANARIES = Canaries(
    {
        **{GIVEN: "name", FAMILY: "name", "Canary": "name or street", "canary.": "e-mail or link"},
        **{"212 555": "telephone", "****6789": "bank account", "****0021": "bank account"},
        "sandbox-procurify-not-real": "secret",
    }
)
"""What the simulated systems tell of people, and no file of ours may hold."""


@pytest.fixture
def house() -> Iterator[House]:
    with copied_as(PURCHASING) as found:
        yield found


def keys(house: House, kind: str = "bills") -> list[str]:
    return list(house.instance.get_dynamic_partitions(f"{NAME}_{kind}"))


def due_payments(house: House) -> list[str]:
    """The payments whose bills are all of the connection's time."""
    return [key for key in keys(house, "bill_payments") if key >= "2025-10"]


def truth(house: House, kind: str = "bill") -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = house.http.get(f"{house.root}/admin/procurify/{kind}s").json()
    return {str(one["id"]): one for one in found}


def told(house: House, story: str) -> dict[str, Any]:
    return next(one for one in truth(house).values() if one["_story"] == story)


def ledger(house: House, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = house.http.get(f"{house.root}/admin/intacct/records?object={name}").json()["records"]
    return found


def connection_of(house: House) -> ProcurifyIntacctConnection:
    found = load_connection(house.settings, NAME)
    assert isinstance(found, ProcurifyIntacctConnection)
    return found


def rows(house: House) -> dict[str, BillStatus]:
    found = statuses(house.records(), connection_of(house))
    return {f"{row.kind} {row.partition.partition('_')[2]}": row for row in found}


def pay(house: House, first: str, last: str = "") -> RunOutcome:
    return execute(house.definitions(), house.instance, f"{NAME}_pay", [first, last or first])


def approve(house: House, story: str, **change: object) -> tuple[str, str]:
    """A pending bill is approved and found: its id and its partition."""
    bill = told(house, story)
    house.admin("procurify/change", kind="bill", id=bill["id"], fields={"_status": "Approved"}, **change)
    house.renew(NAME, "approved_bills")
    return str(bill["id"]), next(key for key in keys(house) if key.endswith(f"_{bill['id']}"))


def aligned(house: House) -> str:
    """Read what the alignment's blocking checks rest on anew, and say what they found; empty when nothing."""
    result = house.materialize(NAME, ("intacct/entities", "bill_alignment"))
    found = [one for one in result.get_asset_check_evaluations() if not one.passed and one.blocking]
    return " ".join(str(one.description) for one in found)


def cents(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def tools_of(house: House, actor: str) -> Tools:
    """What a run brings along, with clients of its own."""
    connection, home = connection_of(house), house.records()
    client = intacct_client(connection, connection.intacct, home.credentials, home.settings)
    return Tools(
        names=Names(connection),
        home=home,
        store=FrameStore(house.settings.frames_path),
        source=procurify_client(connection, connection.procurify, home.credentials, home.settings),
        entity=client.for_entity(connection.posting.entity),
        actor=actor,
        preparer=actor,
    )
