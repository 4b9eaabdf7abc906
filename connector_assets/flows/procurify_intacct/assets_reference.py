"""The unpartitioned assets: snapshots of both systems, how they align, the bills and payments there are."""

from datetime import date, timedelta

import pandas as pd
from dagster import AssetExecutionContext, AssetIn, AssetsDefinition, Output, asset

from connector_assets.flows.procurify_intacct import alignment as aligning
from connector_assets.flows.procurify_intacct import discovery
from connector_assets.flows.procurify_intacct.frames import APPROVED_BILLS, BILL_ALIGNMENT, PAID_PAYMENTS
from connector_assets.flows.procurify_intacct.keys import PAYMENTS, Names
from connector_assets.flows.procurify_intacct.reference import LEDGER, PROCURIFY
from connector_assets.flows.procurify_intacct.words import Taxes, Words, custom_field_findings, mapping_of, tax_findings
from connector_assets.orchestration.code_checks import code_results, code_specs
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.ledger_assets import Step, snapshot_asset
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.outages import outages_waited_out
from connector_assets.orchestration.partitions import add_missing
from connector_assets.orchestration.progress import announce
from connector_assets.orchestration.resources import ProcurifyResource, RecordsResource
from connector_assets.orchestration.specs import table_options
from connector_assets.records.database import utc_now

ALIGNMENT = ("P01", "P21", "P23", "P24", "P29", "W04")
FOREWARNED = ("P01", "P21", "P23", "W04")
"""What is looked for in the alignment; of a word that no bill uses yet it only warns."""


def snapshot_assets(names: Names) -> list[AssetsDefinition]:
    """One asset for each snapshot of Intacct and of Procurify."""
    connection = names.connection
    ledger = [
        snapshot_asset(
            names,
            snapshot,
            system="intacct",
            kinds={"sageintacct", "parquet"},
            description=f"{snapshot.title} as Intacct holds them now: the truth for what a bill may name.",
            reach=lambda intacct: (intacct.client(connection, connection.intacct), connection.intacct.company_id),
        )
        for snapshot in LEDGER
    ]
    source = [
        snapshot_asset(
            names,
            snapshot,
            system="procurify",
            kinds={"parquet"},
            description=f"{snapshot.title} as Procurify holds them now.",
            reach=lambda procurify: (procurify.client(connection, connection.procurify), ""),
        )
        for snapshot in PROCURIFY
    ]
    return [*ledger, *source]


def alignment_asset(names: Names) -> AssetsDefinition:
    """What Procurify's words stand for. It stands on every snapshot: in a run of all no bill is built before them."""
    key = names.own("bill_alignment")
    own = {"our_departments": "departments", "our_locations": "locations"}
    own |= {name: name for name in ("account_codes", "custom_fields")}
    options = table_options(
        names,
        key,
        stage="reference",
        kinds={"pandas", "parquet"},
        schema=BILL_ALIGNMENT,
        description="Which Intacct value each location, department, account code and custom field stands for: "
        "locations by exact name, the others by rule, id, exact name or code.",
    )

    @asset(
        **options,
        ins={name: AssetIn(key=names.procurify(snapshot)) for name, snapshot in own.items()},
        deps=[names.intacct(one.name) for one in LEDGER],
        check_specs=code_specs(key, ALIGNMENT, forewarned=FOREWARNED),
    )
    def bill_alignment(
        context: AssetExecutionContext,
        records: RecordsResource,
        frame_store: FramesResource,
        our_departments: pd.DataFrame,
        our_locations: pd.DataFrame,
        account_codes: pd.DataFrame,
        custom_fields: pd.DataFrame,
    ) -> Step:
        connection, store = names.connection, frame_store.store
        mapping, version = mapping_of(records.open(), connection.name, utc_now().date())
        words = Words(names, store).words
        accounts = store.read(names.intacct("gl_accounts"))
        live = list(accounts.loc[accounts["active"], "account_no"])
        frame = aligning.aligned(our_departments, our_locations, account_codes, custom_fields, mapping, words, live)
        yield Output(frame, metadata={"rows": markdown_table(frame, 40), **counts({"mapping_version": version})})
        read = ("tax_solutions", "tax_details", "entities", "bill_fields")
        taxes = Taxes(*(store.read(names.intacct(name)) for name in read))
        solution, posting = connection.tax.prebuilt_solution, connection.posting
        found = [
            *custom_field_findings(mapping, taxes.bill_fields, words.values),
            *tax_findings(solution, posting.entity, posting.currency, taxes),
            *aligning.location_findings(frame, words),
            *aligning.department_findings(frame),
            *aligning.account_findings(account_codes, frame, words),
        ]
        yield from code_results(found, ALIGNMENT)
        announce(connection.name, "bill alignment", f"{len(frame):,} words")

    return bill_alignment


def bills_asset(names: Names) -> AssetsDefinition:
    """The approved bills, each of which becomes a partition."""
    options = table_options(
        names,
        names.own("approved_bills"),
        stage="bills",
        kinds={"parquet"},
        schema=APPROVED_BILLS,
        description="Every bill that was changed since the last look and is approved. Each becomes a partition by the "
        "day it is posted on, as soon as it is seen.",
    )

    @asset(**options)
    def approved_bills(context: AssetExecutionContext, records: RecordsResource, procurify: ProcurifyResource) -> Step:
        connection, home = names.connection, records.open()
        with outages_waited_out(context):
            client = procurify.client(connection, connection.procurify)
            heads, until = discovery.changed_bills(connection, client, home)
            frame = discovery.approved_bills(connection, client, home, heads)
        keys = [str(key) for key in frame["partition"]]
        added = add_missing(context.instance, connection.name, connection.partition_kind, keys)
        discovery.keep_bills(connection, client, home, frame, heads)
        if until is not None:
            home.snapshots.put(connection.name, discovery.BILL_CURSOR, until.isoformat())
        told = {"changed": len(heads), "approved": len(frame), "new_bills": len(added)}
        yield Output(frame, metadata={**counts(told), "rows": markdown_table(frame)})
        announce(connection.name, "approved bills", f"{len(keys)} approved, {len(added)} new")

    return approved_bills


def payments_asset(names: Names) -> AssetsDefinition:
    """The paid payments, each of which becomes a partition of its own kind."""
    options = table_options(
        names,
        names.own("paid_payments"),
        stage="payments",
        kinds={"parquet"},
        schema=PAID_PAYMENTS,
        description="Every payment that is paid, since the last look less the look-back: the list tells no "
        "changes. Each becomes a partition by the day of the payment.",
    )

    @asset(**options)
    def paid_payments(context: AssetExecutionContext, records: RecordsResource, procurify: ProcurifyResource) -> Step:
        connection, home, today = names.connection, records.open(), utc_now().date()
        last = home.snapshots.get(connection.name, discovery.PAYMENT_CURSOR)
        since = connection.start_date
        if last is not None:
            since = max(since, date.fromisoformat(last) - timedelta(days=connection.payment_look_back_days))
        with outages_waited_out(context):
            payments = discovery.paid_payments(connection, procurify.client(connection, connection.procurify), since)
        frame = discovery.payments_frame(payments)
        keys = [str(key) for key in frame["partition"]]
        added = add_missing(context.instance, connection.name, PAYMENTS.partition_kind, keys)
        discovery.keep_payments(connection, home, payments)
        home.snapshots.put(connection.name, discovery.PAYMENT_CURSOR, today.isoformat())
        told = {"payments": len(frame), "new_payments": len(added)}
        yield Output(frame, metadata={**counts(told), "rows": markdown_table(frame)})
        announce(connection.name, "paid payments", f"{len(keys)} paid, {len(added)} new")

    return paid_payments
