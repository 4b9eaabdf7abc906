"""One pay run, step by step: register, journal, post, reconcile. `assets_payroll` makes Dagster events of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import pandas as pd

from connector_assets.accounting.allocation import resolve_cost_centers
from connector_assets.accounting.classify import classify
from connector_assets.accounting.distribution import DistributionPolicy, distribute
from connector_assets.accounting.findings import Finding, Severity, blocking
from connector_assets.accounting.journal import Journal, JournalPolicy
from connector_assets.accounting.journal_build import JournalBuild
from connector_assets.accounting.mapping import MappingTable, rules_from_csv
from connector_assets.accounting.register import OPTIONAL_KINDS, PAY_CHECKS, PAY_LINES, LineKind, PayRun
from connector_assets.accounting.totals import control_totals, journal_totals
from connector_assets.accounting.validation import check_register
from connector_assets.accounting.voids import mirrored_checks
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct import findings as checking
from connector_assets.flows.paychex_intacct import usual
from connector_assets.flows.paychex_intacct.acceptance import judged
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.corrections import PayRunPoster
from connector_assets.flows.paychex_intacct.employee_plan import named_in_ledger
from connector_assets.flows.paychex_intacct.employees import employee_kind
from connector_assets.flows.paychex_intacct.journal_options import shown_journals, statistics_of, table_in_force
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.originals import original_pieces
from connector_assets.flows.paychex_intacct.read_back import ReadBack, read_back
from connector_assets.flows.paychex_intacct.register import (
    pair_voids,
    pay_run_of,
    register_digest,
    register_of,
    turned_round,
    unique_job_ids,
)
from connector_assets.flows.paychex_intacct.status import LEDGER, PAY_RUN
from connector_assets.flows.paychex_intacct.usual import FetchedChecks
from connector_assets.flows.paychex_intacct.vanished import GONE, gone_findings, vanished_pay_run
from connector_assets.orchestration.io import FrameStore
from connector_assets.posting import PostingResult
from connector_assets.records.database import utc_now
from connector_assets.records.mappings import MappingVersion
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.models import Company

REVISION = 1


@dataclass(frozen=True)
class Tools:
    """What the steps of a pay run need; one bundle serves a whole Dagster run.

    `actor` goes into the audit trail; `preparer` is who started it, and cannot approve what it plans.
    """

    connection: PaychexIntacctConnection
    home: Deployment
    store: FrameStore
    view: LedgerView
    source: PaychexClient
    company: Company
    ledger: IntacctLedger
    actor: str
    preparer: str = ""
    today: date = field(default_factory=lambda: utc_now().date())


@dataclass(frozen=True)
class Register:
    """A pay run's register and what was found in it."""

    pay_run: PayRun
    checks: pd.DataFrame
    lines: pd.DataFrame
    findings: list[Finding]
    totals: dict[str, int]


@dataclass(frozen=True)
class Batch:
    """A pay run's journals, the pieces they are made of, and what was found.

    `mapped` are the lines with cost centers and accounts; `statistics` is the statistical journal, where there is one.
    """

    pieces: pd.DataFrame
    build: JournalBuild
    findings: list[Finding]
    mapped: pd.DataFrame
    statistics: Journal | None = None


@dataclass(frozen=True)
class Reconciliation:
    """The ledger beside the register: RECONCILIATION, what was found, and the control totals of each side by name."""

    frame: pd.DataFrame
    findings: list[Finding]
    totals: dict[str, dict[str, int]]


class PayRunWork:
    """The work on one partition. Each step stands alone: what an earlier one left is read from the store if need be."""

    def __init__(self, tools: Tools, partition: str, mapping: MappingTable | None = None) -> None:
        """`mapping` stands in for the version in force, to see what another one would make of the pay run."""
        self.tools, self.partition, self._trial_mapping = tools, partition, mapping
        self.names = Names(tools.connection)

    # -- register -------------------------------------------------------------------------------------------------

    def read_register(self) -> Register:
        """Fetch the checks from Paychex, keep the frames, and answer the register with its findings."""
        register, store = self.look_at_register(), self.tools.store
        store.write(self.names.own("pay_checks"), register.checks, self.partition)
        store.write(self.names.own("pay_lines"), register.lines[PAY_LINES.names], self.partition)
        return self._keep(register)

    def look_at_register(self) -> Register:
        """Fetch the checks from Paychex and keep nothing; later steps of this object use this register."""
        pay_run, checks, lines, found = self.fetch_register()
        register = self._examined(pay_run, checks, lines)
        self.register = replace(register, findings=[*register.findings, *found])
        return self.register

    def fetch_register(self) -> tuple[PayRun, pd.DataFrame, pd.DataFrame, list[Finding]]:
        """The pay run, PAY_CHECKS and PAY_LINES as Paychex has them now, and what the replies show; keeps nothing."""
        tools, known = self.tools, self._known_pay_run
        if known.status == GONE:
            return known, PAY_CHECKS.empty(), PAY_LINES.empty(), []
        period = tools.source.pay_period(tools.company.company_id, known.pay_run_id)
        pay_run, watch = pay_run_of(tools.company, period), FetchedChecks()
        fetched = watch.through(tools.source.processed_checks(tools.company.company_id, known.pay_run_id))
        checks, lines = register_of(pay_run, fetched, unique_job_ids(tools.view.jobs), currency="USD")
        if self._repeats_original(pay_run, int(checks["net_cents"].sum())):
            checks, lines = turned_round(checks, lines)
        if checks["is_void"].any():
            checks = pair_voids(checks, lines, *self._voidable(pay_run, checks, lines))
        return pay_run, checks, lines, watch.findings([period])

    @cached_property
    def register(self) -> Register:
        """The register as it was last read."""
        store = self.tools.store
        checks = PAY_CHECKS.conform(store.read(self.names.own("pay_checks"), self.partition))
        lines = PAY_LINES.conform(store.read(self.names.own("pay_lines"), self.partition))
        return self._examined(self._known_pay_run, checks, lines)

    def _examined(self, pay_run: PayRun, checks: pd.DataFrame, lines: pd.DataFrame) -> Register:
        classified, unknown = self._classified(pay_run, lines)
        if pay_run.status == GONE:
            found = gone_findings(pay_run)
        else:
            turned = checking.reversal_findings(pay_run, checks, classified)
            found = [*turned, *unknown, *check_register(pay_run, checks, classified)]
            found += usual.register_findings(self, pay_run, checks, classified)
        found = judged(self.tools.home, self.tools.connection.name, self.partition, found)
        return Register(pay_run, checks, classified, found, control_totals(checks, classified).as_dict())

    def _keep(self, register: Register) -> Register:
        """Keep the register's digest and control totals in the records; later steps of this run use this register."""
        self.register = register
        self.keep_totals(PAY_RUN, register.totals)
        return register

    def keep_totals(self, kind: str, totals: Mapping[str, int | str]) -> None:
        """Keep totals of this pay run in the records, with the digest of the register that they belong to."""
        register = self.register
        self.tools.home.sources.upsert(
            self.tools.connection.name,
            kind,
            register.pay_run.pay_run_id,
            partition=self.partition,
            document_date=register.pay_run.check_date,
            label=register.pay_run.description,
            digest=self.digest,
            totals=totals,
            actor=self.tools.actor,
        )

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the register."""
        return register_digest(self.register.checks, self.register.lines[PAY_LINES.names])

    @cached_property
    def _known_pay_run(self) -> PayRun:
        """The pay run as the pay calendar shows it, or as it was when Paychex last showed it."""
        calendar = self.tools.view.pay_calendar
        rows = calendar[calendar["partition"] == self.partition]
        if rows.empty:
            return vanished_pay_run(self.tools, self.partition)
        row = rows.iloc[0]
        original = row["original_pay_period_id"]
        return PayRun(
            pay_run_id=row["pay_period_id"],
            company_id=self.tools.company.company_id,
            company_label=self.tools.company.display_id,
            period_start=row["start_date"],
            period_end=row["end_date"],
            check_date=row["check_date"],
            description=row["description"],
            interval=row["interval"].lower().replace("_", ""),
            expected_checks=int(row["check_count"]),
            original_pay_run_id=original if isinstance(original, str) else None,
            status=row["status"],
        )

    def _repeats_original(self, pay_run: PayRun, net_cents: int) -> bool:
        """Whether a reversal repeats the original's amounts instead of taking them back (unconfirmed)."""
        if pay_run.original_pay_run_id is None:
            return False
        original = self.read_partition("pay_checks", [pay_run.original_pay_run_id], PAY_CHECKS.names)
        return bool(len(original)) and int(original["net_cents"].sum()) == net_cents > 0

    def _voidable(
        self, pay_run: PayRun, checks: pd.DataFrame, lines: pd.DataFrame
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What a void may take back: the trailing window's checks that have been read, and before them this run's."""
        ids = self.earlier_ids(pay_run)
        heads = pd.concat([checks, self.read_partition("pay_checks", ids, PAY_CHECKS.names)], ignore_index=True)
        rows = pd.concat([lines, self.read_partition("pay_lines", ids, PAY_LINES.names)], ignore_index=True)
        return PAY_CHECKS.conform(heads), PAY_LINES.conform(rows)

    def earlier_ids(self, pay_run: PayRun) -> list[str]:
        """The other processed pay runs of the trailing window, by id."""
        calendar = self.tools.view.pay_calendar
        age_days = calendar["check_date"].map(lambda day: (pay_run.check_date - day).days)
        window = calendar[
            age_days.between(0, self.tools.connection.look_back_days)
            & calendar["partition"].notna()
            & (calendar["pay_period_id"] != pay_run.pay_run_id)
        ]
        return [str(pay_period_id) for pay_period_id in window["pay_period_id"]]

    def read_partition(self, asset: str, pay_run_ids: Iterable[str], columns: list[str]) -> pd.DataFrame:
        """The frames of these pay runs one below the other; pay runs that have none are passed over.

        A column that was not there yet when a frame was written is all missing.
        """
        calendar = self.tools.view.pay_calendar.set_index("pay_period_id")["partition"]
        key = self.names.own(asset)
        partitions = [str(calendar[pay_run_id]) for pay_run_id in pay_run_ids if pay_run_id in calendar.index]
        there = [self.tools.store.read(key, one) for one in partitions if self.tools.store.exists(key, one)]
        return pd.concat(there, ignore_index=True).reindex(columns=columns) if there else pd.DataFrame(columns=columns)

    def _classified(self, pay_run: PayRun, lines: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
        """Lines with their kinds. A memo or in-and-out line is an employer benefit once a rule names its code so.

        Paychex shows what an employer contributes as a memo like any other: it is skipped until it is mapped.
        """
        kinds = self.tools.connection.line_kinds
        classified, unknown = classify(lines, kinds)
        optional = set(classified.loc[classified["kind"].isin(OPTIONAL_KINDS), "code"])
        benefits = {rule.code for rule in self._mapping(pay_run)[0].rules if rule.kind == LineKind.EMPLOYER_BENEFIT}
        mapped = {code: str(LineKind.EMPLOYER_BENEFIT) for code in optional & benefits}
        return classify(lines, {**mapped, **kinds}) if mapped else (classified, unknown)

    # -- journal --------------------------------------------------------------------------------------------------

    @cached_property
    def batch(self) -> Batch:
        """The journals that the register asks for, with everything that stands against posting them."""
        tools, register = self.tools, self.register
        table, found = self._mapping(register.pay_run)
        centers = tools.view.cost_centers_on(register.pay_run.check_date)
        lines, unplaced = resolve_cost_centers(register.lines, self._workers, centers)
        mapped = table.apply(lines, register.pay_run.check_date)
        policy = DistributionPolicy(table, register.pay_run.check_date, tools.connection.posting.entity)
        originals = original_pieces(self, register, mapped, policy)
        pieces, unpaired = distribute(mapped, register.checks, policy, originals)
        pieces, build, shown = shown_journals(
            tools.connection, tools.view, register.pay_run, pieces, register.checks, self.numbered_workers,
            mirrored=mirrored_checks(register.checks, originals, unpaired), policy=self.journal_policy(), table=table,
        )  # fmt: skip
        statistics = statistics_of(tools.connection, tools.view, register.pay_run, mapped, self.journal_policy())
        found += [*unplaced, *unpaired, *shown, *checking.journal_findings(register, pieces, build)]
        found += checking.statistics_findings(tools.connection, tools.view, register.pay_run, mapped, statistics)
        found += checking.ledger_findings(pieces, build, tools.view)
        found += usual.journal_findings(self, register.pay_run, register.lines, pieces, build)
        found = judged(tools.home, tools.connection.name, self.partition, found)
        return Batch(pieces, build, found, mapped, statistics)

    @cached_property
    def _workers(self) -> pd.DataFrame:
        """WORKERS as they were at the end of the pay period."""
        return self.tools.view.homes_on(self.register.pay_run.period_end)

    @cached_property
    def numbered_workers(self) -> pd.DataFrame:
        """The same with the number that each has in Intacct: as paired, else the company's own, prefixed."""
        connection, workers = self.tools.connection, self._workers
        if connection.journal.grain != "employee":
            return workers
        paired = self.tools.home.crosswalk.all(connection.name, employee_kind(connection))
        return named_in_ledger(workers, paired, connection.employee_id_prefix)

    @property
    def documents(self) -> list[Journal]:
        """Every journal that the register asks for: the labor journals, and the statistical one where it is posted."""
        wanted = self.tools.connection.statistics.post and self.batch.statistics is not None
        return [*self.batch.build.journals, *([self.batch.statistics] if wanted and self.batch.statistics else [])]

    def write_batch(self) -> Batch:
        """Build the journals and keep their frames, unless something blocks them."""
        batch, store = self.batch, self.tools.store
        if not blocking(batch.findings):
            store.write(self.names.own("labor_distribution"), batch.pieces, self.partition)
            store.write(self.names.own("journal_batch"), batch.build.lines, self.partition)
            store.write(self.names.own("journal_trace"), batch.build.trace, self.partition)
        return batch

    def _mapping(self, pay_run: PayRun) -> tuple[MappingTable, list[Finding]]:
        if self._trial_mapping is not None:
            return table_in_force(self.tools.connection, self._trial_mapping), []
        version = self.tools.home.mappings.current(self.tools.connection.name, pay_run.check_date)
        if version is None:
            return MappingTable((), version="none"), [checking.no_mapping(self.tools.connection.name, pay_run)]
        return table_in_force(self.tools.connection, table_of(version)), []

    @cached_property
    def _mapping_version(self) -> str:
        return self._mapping(self.register.pay_run)[0].version

    def journal_policy(self) -> JournalPolicy:
        """How the connection wants its journals, in the first revision."""
        posting = self.tools.connection.posting
        located = posting.entity in set(self.tools.view.locations["location_id"])
        return JournalPolicy(
            employing_entity_id=posting.entity,
            journal_symbol=posting.journal,
            due_from_account=posting.due_from_account,
            due_to_account=posting.due_to_account,
            entry_date=posting.entry_date,
            credit_location=posting.entity if located else None,
            state="Draft" if posting.policy == "draft" else "Posted",
            revision=REVISION,
            debit_days_before=self.tools.connection.journal.debit_days_before,
            holidays=frozenset(posting.holidays),
            lines_max=self.tools.connection.journal.lines_max,
            mapping_version=self._mapping_version,
        )

    # -- post and reconcile ---------------------------------------------------------------------------------------

    def post(self) -> list[PostingResult]:
        """Bring the ledger to what the register says. The caller has passed the gate, and nothing blocks."""
        return PayRunPoster(self).post()

    def reconcile(self) -> "Reconciliation":
        """Read every journal back; each must be as sent, and all together what the register asks for.

        The control totals of journals and ledger go into the records beside the register's, and into the audit trail.
        An error of the register or the journals that stands keeps the pay run from being done, and is told again.
        """
        held = read_back(self)
        register, build = self.register, self.batch.build
        journal = journal_totals(build.trace, register.checks, register.lines).as_dict()
        sides = {"journal": journal, "ledger": held.control_totals}
        self._keep_ledger_totals(held, sides)
        suspense = self.tools.connection.new_codes.suspense_account
        found = [*held.findings, *checking.suspense_findings(build, suspense)]
        found += [one for name, totals in sides.items() for one in checking.side_findings(register, name, totals)]
        errors = [one for one in (*register.findings, *self.batch.findings) if one.severity is Severity.ERROR]
        return Reconciliation(held.frame, [*errors, *found], {"register": register.totals, **sides})

    def _keep_ledger_totals(self, held: ReadBack, sides: Mapping[str, Mapping[str, int]]) -> None:
        """A first look enters the audit trail by itself; so does one that finds the ledger otherwise than before."""
        named = {f"{side}_{name}": value for side, totals in sides.items() for name, value in totals.items()}
        totals = {"debit_cents": held.debit_cents, "credit_cents": held.credit_cents, **named}
        home, tools, run = self.tools.home, self.tools, self.register.pay_run
        before = home.sources.get(tools.connection.name, LEDGER, run.pay_run_id)
        self.keep_totals(LEDGER, totals)
        if before is not None and before.totals != totals:
            subject = f"{tools.connection.name}/{LEDGER}/{run.pay_run_id}"
            home.audit.append(tools.actor, "control totals", subject, detail=totals)


def table_of(version: MappingVersion) -> MappingTable:
    """A kept mapping version as a table. Raises AccountingError when its rules no longer stand."""
    return MappingTable(rules_from_csv(version.body), version=str(version.version))
