"""The mapping under review: what the next pay run would miss, and what another version would have changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from dagster import AssetCheckResult, AssetChecksDefinition, AssetCheckSeverity, asset_check

from connector_assets.accounting.coverage import KNOWN_CODES, missing_rules, unusable_accounts
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, blocking
from connector_assets.accounting.mapping import MappingTable
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.findings import no_mapping_on
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.pay_run import PayRunWork, table_of
from connector_assets.flows.paychex_intacct.register import EFFECTS
from connector_assets.flows.paychex_intacct.workbench import open_tools
from connector_assets.orchestration.io import FramesResource, FrameStore
from connector_assets.orchestration.metadata import counts, findings_metadata, markdown_table
from connector_assets.orchestration.resources import RecordsResource
from connector_assets.records.database import utc_now

RECENT_REGISTERS = 60
"""Registers that are searched for tax names, which stand in no list of Paychex's."""
PLACE = [
    *("account_no", "department_id", "location_id", "project_id", "class_id", "custom_dimensions"),
    *("employee_id", "entity_id"),
]
SECTIONS = {"addition": "earning", "in_out": "earning", "reduction": "deduction", "informational": "informational"}


@dataclass(frozen=True)
class Review:
    """What the mapping in force on a day misses: findings, and every known code with its kind and rule."""

    on: date
    version: str
    findings: list[Finding]
    codes: pd.DataFrame


def review(home: Deployment, connection: PaychexIntacctConnection, on: date) -> Review:
    """Every known code and every account named, against the mapping in force on a day. Nothing is fetched.

    Raises FileNotFoundError while the reference data has not been materialized.
    """
    store = FrameStore(home.settings.frames_path)
    view = LedgerView(connection, store)
    version = home.mappings.current(connection.name, on)
    if version is None:
        return Review(on, "none", [no_mapping_on(connection.name, on)], pd.DataFrame())
    table = table_of(version)
    found, codes = missing_rules(known_codes(connection, store, view), table, on, connection.line_kinds)
    return Review(on, table.version, [*found, *unusable_accounts(table, on, view.ledger.accounts)], codes)


def known_codes(connection: PaychexIntacctConnection, store: FrameStore, view: LedgerView) -> pd.DataFrame:
    """KNOWN_CODES: Paychex's list of components, and every code of the newest registers, taxes among them."""
    names = Names(connection)
    listed = store.read(names.paychex("pay_components"))
    effects = listed["effect"].str.upper().map(EFFECTS).fillna(listed["effect"].str.lower())
    components = pd.DataFrame({
        "section": effects.map(SECTIONS).fillna("earning"),
        "code": listed["component_id"],
        "name": listed["name"],
        "classification": listed["classification"].str.lower(),
        "effect": effects,
        "paid_by": "",
    })  # fmt: skip
    key = names.own("pay_lines")
    partitions = sorted(view.pay_calendar["partition"].dropna(), reverse=True)
    read = [partition for partition in partitions if store.exists(key, partition)][:RECENT_REGISTERS]
    seen = [store.read(key, partition, KNOWN_CODES.names).drop_duplicates() for partition in read]
    codes = pd.concat([components, *seen], ignore_index=True)
    return codes.drop_duplicates(["code", "paid_by"]).astype(dict.fromkeys(KNOWN_CODES.names, "str"))


def kept_table(home: Deployment, connection: str, number: int) -> MappingTable:
    """A kept version as a table. Raises AccountingError when there is none of that number."""
    version = home.mappings.get(connection, number)
    if version is None:
        kept = ", ".join(str(one.version) for one in reversed(home.mappings.versions(connection))) or "none"
        raise AccountingError(f"{connection} has no mapping version {number}.", fix=f"There are: {kept}.")
    return table_of(version)


@dataclass(frozen=True)
class Difference:
    """What another mapping would have changed: runs compared, amounts moved (cents), and what would stop it."""

    runs: list[str]
    moved: pd.DataFrame
    findings: list[Finding]


def difference(
    home: Deployment,
    connection: PaychexIntacctConnection,
    before: MappingTable | None,
    after: MappingTable,
    runs: int,
) -> Difference:
    """Rebuild the journals of the last posted pay runs from their stored registers under both mappings.

    `before` of None is the version that was in force on each check date. `moved` holds per account and dimensions the
    amounts before and after, in cents, debit positive; it adds up to nothing. Raises AccountingError when no pay run is
    posted.
    """
    tools = open_tools(home, connection, actor="mapping diff")
    posted = {posting.partition: posting.document_date for posting in home.postings.list(connection.name, ["posted"])}
    chosen = sorted(posted, key=lambda partition: (posted[partition], partition))[-runs:]
    if not chosen:
        raise AccountingError(f"No pay run of {connection.name} is posted.", fix="Run `connector sync` first.")
    found: list[Finding] = []
    sides: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    for partition in chosen:
        old, new = (PayRunWork(tools, partition, mapping=table).batch for table in (before, after))
        found += [one for one in blocking(new.findings) if one not in found]
        sides.append((old.build.lines, new.build.lines))
    lines_before, lines_after = (pd.concat(frames, ignore_index=True) for frames in zip(*sides, strict=True))
    return Difference(chosen, moved_amounts(lines_before, lines_after), found)


def moved_amounts(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Per account and dimensions of JOURNAL_LINES the cents before and after, where they differ."""
    sums = [
        frame.assign(**{name: frame[name].fillna("") for name in PLACE}).groupby(PLACE)["amount_cents"].sum()
        for frame in (before, after)
    ]
    places = sums[0].index.union(sums[1].index)
    first, second = (side.reindex(places, fill_value=0).astype("int64") for side in sums)
    table = pd.DataFrame({"before_cents": first, "after_cents": second, "moved_cents": second - first})
    return table[table["moved_cents"] != 0].reset_index()


def coverage_check(names: Names) -> AssetChecksDefinition:
    """The asset check `next_run_is_mapped` on paychex/pay_components: a warning that comes before the pay run does."""

    @asset_check(
        asset=names.paychex("pay_components"),
        name="next_run_is_mapped",
        description="Every pay component and every tax seen so far has a rule in the mapping in force, and every "
        "account that a rule names is active in Intacct. A warning: nothing is stopped yet.",
    )
    def next_run_is_mapped(records: RecordsResource, frame_store: FramesResource) -> AssetCheckResult:
        try:
            found = review(records.open(), names.connection, utc_now().date())
        except FileNotFoundError as missing:
            return AssetCheckResult(passed=True, description=f"Not looked at yet. {missing}")
        states = {} if found.codes.empty else found.codes["rule"].value_counts().to_dict()
        told = {} if found.codes.empty else {"codes": markdown_table(found.codes, rows=100)}
        return AssetCheckResult(
            passed=not found.findings,
            severity=AssetCheckSeverity.WARN,
            description=_first(found.findings) or f"Version {found.version} maps what is known.",
            metadata={
                **findings_metadata(found.findings),
                **counts({str(k): int(v) for k, v in states.items()}),
                **told,
            },
        )

    return next_run_is_mapped


def _first(findings: Sequence[Finding]) -> str:
    return f"{findings[0].why} {findings[0].fix}" if findings else ""
