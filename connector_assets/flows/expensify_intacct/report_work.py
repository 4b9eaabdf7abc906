"""One expense report, step by step: read, journal, post, reconcile. `assets_reports` makes Dagster events of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from connector_assets.accounting.calendar import FiscalPeriod
from connector_assets.accounting.documents import EXPENSE_LINES, EXPENSE_REPORTS, ExpenseKind
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.expense_journal import (
    KIND,
    ExpenseBuild,
    ExpensePolicy,
    Places,
    build_expense_journal,
    expense_of,
    report_of,
)
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.validation import check_dimensions, check_entities, check_period
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.assets_reference import mapping_table
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.reports import heads_of, key_of, lines_of
from connector_assets.flows.expensify_intacct.status import LEDGER, PROBLEM
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.ledger_frames import RECONCILIATION
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.orchestration.reconcile import compare
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.audit import digest_of
from connector_assets.records.postings import PostingKey, PostingState
from connector_assets.vendors.expensify.client import EXPORTED_STATES, ExpensifyClient
from connector_assets.vendors.expensify.models import Report
from connector_assets.vendors.intacct.ledger import IntacctLedger

REVISION = 1
NOBODY: Mapping[str, str | None] = {}


@dataclass
class Tools:
    """What the steps of a report need; one bundle serves a whole Dagster run and its reports come in one export."""

    names: Names
    home: Deployment
    store: FrameStore
    ledger_lookup: LedgerLookup
    source: ExpensifyClient
    ledger: IntacctLedger
    actor: str
    preparer: str
    report_ids: Sequence[str]
    read: dict[str, Report] = field(default_factory=dict)

    def report(self, report_id: str) -> Report | None:
        """A report as Expensify has it now; None when it is gone."""
        if not self.read:
            policy_id = self.names.connection.expensify.policy_id
            self.read = {one.report_id: one for one in self.source.reports(policy_id, self.report_ids)}
        return self.read.get(report_id)

    @cached_property
    def targets(self) -> dict[tuple[int, str], str]:
        """Which Intacct value each tag stands for, by level and tag."""
        frame = self.store.read(self.names.own("tag_alignment"))
        known = frame[frame["target_id"].notna()]
        keys = zip(known["level"], known["name"], strict=True)
        return {(int(level), str(name)): str(t) for (level, name), t in zip(keys, known["target_id"], strict=True)}


class ReportWork:
    """The work on one partition. Each step stands alone: what an earlier one left is read from the store if need be."""

    def __init__(self, tools: Tools, partition: str) -> None:
        self.tools, self.partition, self.names = tools, partition, tools.names
        self.connection = tools.names.connection
        self.report_id = partition.partition("_")[2]

    # -- the report -----------------------------------------------------------------------------------------------

    def read_report(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Fetch the report, keep its frames. Raises AccountingError when it is gone or not approved any more."""
        report = self.tools.report(self.report_id)
        if report is None or report.status not in EXPORTED_STATES or report.approved is None:
            now = "gone" if report is None else f"{report.status.lower()} now"
            fix = "Nothing: once it is approved again it is found again."
            raise AccountingError(f"S31 {self.report_id}: the report is {now}, and was approved.", fix=fix)
        if key_of(report) != self.partition:
            fix = f"Carry {key_of(report)} in its place."
            raise AccountingError(f"S31 {self.report_id}: it was approved again, on {report.approved}.", fix=fix)
        heads, lines = heads_of(report), lines_of(report)
        self.tools.store.write(self.names.own("expense_report"), heads, self.partition)
        self.tools.store.write(self.names.own("expense_lines"), lines, self.partition)
        self.frames = (heads, lines)
        return heads, lines

    @cached_property
    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """EXPENSE_REPORTS and EXPENSE_LINES as they were last read."""
        store = self.tools.store
        return (
            EXPENSE_REPORTS.conform(store.read(self.names.own("expense_report"), self.partition)),
            EXPENSE_LINES.conform(store.read(self.names.own("expense_lines"), self.partition)),
        )

    # -- the journal ----------------------------------------------------------------------------------------------

    @cached_property
    def build(self) -> ExpenseBuild:
        """The journal that the report asks for, with everything that stands against posting it."""
        heads, lines = self.frames
        report = report_of({str(k): v for k, v in heads.iloc[0].to_dict().items()})
        expenses = [expense_of({str(k): v for k, v in row.items()}) for row in lines.to_dict("records")]
        table = mapping_table(self.tools.home, self.connection.name)
        who = report.employee_id
        build = build_expense_journal(report, expenses, table, self._places(who), self._policy(who))
        lookup = self.tools.ledger_lookup
        build.findings.extend(check_dimensions(build.lines, lookup.snapshot))
        if build.journal is not None:
            build.findings.extend(check_entities([build.journal]))
            build.findings.extend(check_period([build.journal], self._periods))
            build.findings.extend(self._changed(build.journal.digest()))
        return build

    @property
    def _periods(self) -> list[FiscalPeriod]:
        return self.tools.ledger_lookup.fiscal_periods

    def _places(self, employee_id: str) -> Places:
        defaults = self.connection.defaults
        return Places(
            levels={level: f"{name}_id" for level, name in enumerate(self.connection.tags, start=1)},
            targets=self.tools.targets,
            home=self.tools.ledger_lookup.homes.get(employee_id, NOBODY),
            defaults={
                "department_id": defaults.department,
                "location_id": defaults.location,
                "project_id": defaults.project,
                "class_id": defaults.class_id,
            },
            entities=self.tools.ledger_lookup.entities,
        )

    def _policy(self, employee_id: str) -> ExpensePolicy:
        posting = self.connection.posting
        return ExpensePolicy(
            entity_id=posting.entity,
            journal_symbol=posting.journal,
            currency=posting.currency,
            due_from_account=posting.due_from_account,
            due_to_account=posting.due_to_account,
            entry_date=posting.entry_date,
            state="Draft" if posting.policy == "draft" else "Posted",
            credit_location=posting.entity if self.tools.ledger_lookup.is_location(posting.entity) else None,
            person=self._person(employee_id),
            links_receipts=posting.receipts == "link",
            revision=REVISION,
        )

    def _person(self, employee_id: str) -> str:
        wanted = self.connection.posting.person
        if wanted == "name":
            report = self.tools.report(self.report_id)
            return report.submitter_name.get_secret_value() if report else ""
        return f"employee {employee_id}" if wanted == "employee_id" and employee_id else ""

    def _changed(self, digest: str) -> list[Finding]:
        """S34: what was sent is not what the report asks for now."""
        posting = self.tools.home.postings.get(self.posting_key)
        if posting is None or posting.digest == digest or posting.state != PostingState.POSTED:
            return []
        why = f"Report {self.report_id} is posted as {posting.reference}, and asks for something else now."
        return [finding("S34", self.report_id, why, "Correct it in Intacct by hand, or have the report set back.")]

    @property
    def posting_key(self) -> PostingKey:
        """The report's one posting."""
        return PostingKey(self.connection.name, KIND, self.report_id, REVISION)

    # -- post, reconcile, and what is kept ------------------------------------------------------------------------

    def post(self) -> PostingResult:
        """Hand the journal to the poster. The caller has passed the gate and has seen that nothing blocks."""
        journal = self.build.journal
        if journal is None:
            raise AccountingError(f"Report {self.report_id} comes to nothing.", fix="There is nothing to post.")
        tools = self.tools
        return Poster(tools.home.postings, tools.ledger, owner=tools.actor, preparer=tools.preparer).post(
            self.posting_key,
            journal,
            partition=self.partition,
            document_date=journal.entry_date,
            policy=self.connection.posting.policy,
        )

    def reconcile(self) -> tuple[pd.DataFrame, list[Finding]]:
        """Read the journal back: it must be the one sent, and what it says is owed must be the report's total."""
        journal = self.build.journal
        if journal is None:
            return RECONCILIATION.empty(), []
        posted = self.tools.ledger.read_back(journal.reference)
        comparison = compare(journal, posted)
        owed_cents = -sum(
            line.amount_cents for one in posted for line in one.lines if line.account_no in self._owed_accounts
        )
        found = [*comparison.findings, *self._against_total(owed_cents)]
        self.tools.home.postings.record_reconciled(
            self.posting_key, self.tools.actor, equal=not found, detail=comparison.totals
        )
        totals = {name.removeprefix("ledger_"): cents for name, cents in comparison.totals.items() if "ledger" in name}
        self._keep(LEDGER, totals)
        return comparison.frame, found

    @property
    def _owed_accounts(self) -> set[str]:
        owed = (ExpenseKind.REIMBURSABLE, ExpenseKind.COMPANY_CARD)
        rules = mapping_table(self.tools.home, self.connection.name).rules
        return {rule.credit_account for rule in rules if rule.kind in owed}

    def _against_total(self, owed_cents: int) -> list[Finding]:
        total_cents = int(self.frames[0]["total_cents"].iloc[0])
        if owed_cents == total_cents:
            return []
        why = f"Report {self.report_id} comes to {text_from_cents(total_cents)}, "
        why += f"Intacct holds {text_from_cents(owed_cents)} as owed for it."
        return [finding("A02", self.report_id, why, "Compare both; someone or something changed one of them.")]

    def keep_problem(self, problem: str) -> None:
        """Keep what stops the report, with an audit entry whenever that changes; empty when nothing does any more."""
        known = self.tools.home.sources.get(self.connection.name, PROBLEM, self.report_id)
        if (str(known.totals["problem"]) if known else "") == problem:
            return
        self._keep(PROBLEM, {"problem": problem})
        self.tools.home.audit.append(
            actor=self.tools.actor,
            action="report held" if problem else "report released",
            subject=f"{self.connection.name}/{KIND}/{self.report_id}",
            reason=problem,
        )

    def _keep(self, kind: str, totals: Mapping[str, int | str]) -> None:
        heads = self.tools.store.exists(self.names.own("expense_report"), self.partition)
        day = self.frames[0]["approved_date"].iloc[0] if heads else pd.Timestamp(self.partition[:10]).date()
        self.tools.home.sources.upsert(
            self.connection.name,
            kind,
            self.report_id,
            partition=self.partition,
            document_date=day,
            label=self.report_id,
            digest=digest_of(str(sorted(totals.items()))),
            totals=totals,
            actor=self.tools.actor,
        )
