"""What runs by itself: three schedules (Procurify, Intacct, master data) and a sensor for each kind of document."""

from collections.abc import Sequence

from dagster import (
    AssetSelection,
    ScheduleDefinition,
    SensorDefinition,
)

from connector_assets.deployment import Deployment
from connector_assets.flows.procurify_intacct.attention import due
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.flows.procurify_intacct.reference import LEDGER, PROCURIFY
from connector_assets.orchestration.automation import (
    Jobs,
    Waiting,
    cron_schedules,
    described_jobs,
    document_selection,
    documents_sensor,
    mapping_token,
)
from connector_assets.orchestration.gate import Requirement
from connector_assets.records.postings import PostingState

BILL_ASSETS = ("bill", "bill_lines", "ap_bill", "bill_post", "bill_reconciliation")
PAYMENT_ASSETS = ("bill_payment", "payment_lines", "payment_post", "payment_reconciliation")


def jobs(names: Names, master: list[str]) -> Jobs:
    """The jobs: `refresh` everything that a post rests on, each system's part of it, `post`, `pay`, `master_data`.

    `master` are the assets that carry master data; without any there is no such job.
    """
    own = names.own
    found = [own("approved_bills"), *([own("paid_payments")] if names.connection.posting.payments else [])]
    source = AssetSelection.assets(*found, *(names.procurify(one.name) for one in PROCURIFY))
    ledger = AssetSelection.assets(own("bill_alignment"), *(names.intacct(one.name) for one in LEDGER))
    carried = AssetSelection.assets(*(own(name) for name in master))
    everything = source | ledger | carried if master else source | ledger
    described = {
        "refresh": (
            everything,
            "Reads both systems' reference data, carries master data, looks for bills and payments.",
        ),
        "procurify": (source | AssetSelection.assets(own("bill_alignment")), "Looks for approved bills and payments."),
        "intacct": (ledger, "Reads Intacct's vendors, accounts and dimensions, which bills are validated against."),
        "post": (document_selection(names, BILL_ASSETS), "Carries bills from Procurify to Intacct, reconciled."),
    }
    if names.connection.posting.payments:
        text = "Carries payments from Procurify to Intacct, after their bills, reconciled."
        described["pay"] = (document_selection(names, PAYMENT_ASSETS), text)
    if master:
        described["master_data"] = (carried, "Carries vendors and account codes from Intacct to Procurify.")
    return described_jobs(names, described)


def schedules(names: Names, made: Jobs) -> list[ScheduleDefinition]:
    """One for each system and one for master data, as the connection file sets them."""
    crons = names.connection.schedules.model_dump()
    return cron_schedules(names, made, crons)


def sensors(names: Names, made: Jobs, requirements: Sequence[Requirement]) -> list[SensorDefinition]:
    """One for bills, one for payments."""
    bills, payments = names.connection.carried
    wait = Waiting("bills", due=due, token=mapping_token)
    found = [documents_sensor(names, bills, made["post"], requirements, wait)]
    if "pay" in made:
        wait = Waiting("bill payments", due=due, token=_payment_token)
        found.append(documents_sensor(names, payments, made["pay"], requirements, wait))
    return found


def _payment_token(home: Deployment, connection: str) -> str:
    """Changes with each mapping version, and with each bill that comes to stand in the ledger."""
    posted = sum(one.key.kind == "bill" for one in home.postings.list(connection, [PostingState.POSTED]))
    return f"{mapping_token(home, connection)}.{posted}"
