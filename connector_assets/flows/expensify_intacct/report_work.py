"""One expense report, step by step: read, journal, post, reconcile. `assets_reports` makes Dagster events of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from connector_assets.accounting.calendar import FiscalPeriod
from connector_assets.accounting.documents import EXPENSE_LINES, EXPENSE_REPORTS, ExpenseKind
from connector_assets.accounting.expense_journal import (
    KIND,
    Claim,
    ExpenseBuild,
    ExpensePolicy,
    Places,
    build_expense_journal,
    expense_of,
    report_of,
)
from connector_assets.accounting.findings import Finding, FoundError, blocking, finding
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.validation import check_dimensions, check_entities, check_period
from connector_assets.deployment import Deployment
from connector_assets.flows.expensify_intacct.assets_reference import mapping_table
from connector_assets.flows.expensify_intacct.config import EMPLOYEE_ID
from connector_assets.flows.expensify_intacct.keys import Names
from connector_assets.flows.expensify_intacct.ledger import ReportLedger, document_of, restored
from connector_assets.flows.expensify_intacct.report_documents import ReportDocuments, Wanted
from connector_assets.flows.expensify_intacct.reports import heads_of, key_of, lines_of
from connector_assets.flows.expensify_intacct.status import LEDGER, PROBLEM, REPORT
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.ledger_frames import RECONCILIATION
from connector_assets.orchestration.ledger_lookup import LedgerLookup
from connector_assets.orchestration.reconcile import compare
from connector_assets.posting import Poster, PostingResult
from connector_assets.records.audit import digest_of
from connector_assets.records.postings import PostingKey
from connector_assets.vendors.expensify.client import EXPORTED_STATES, ExpensifyClient
from connector_assets.vendors.expensify.models import Report
from connector_assets.vendors.intacct.postable import IntacctDocument
from connector_assets.vendors.intacct.records import DIMENSION_PREFIX

NOBODY: Mapping[str, str | None] = {}
OF_DOCUMENTS = frozenset({"P01", "P02", "P03", "S36", "X05"})
SENT_BEFORE = "S34"


@dataclass
class Tools:
    """What the steps of a report need; one bundle serves a whole Dagster run and its reports come in one export."""

    names: Names
    home: Deployment
    store: FrameStore
    ledger_lookup: LedgerLookup
    source: ExpensifyClient
    ledger: ReportLedger
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
        self.documents = ReportDocuments(tools.home, self.connection.name, self.report_id)

    # -- the report -----------------------------------------------------------------------------------------------

    def read_report(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Fetch the report, keep its frames. Raises as `fetch` does."""
        heads, lines = self.fetch()
        self.tools.store.write(self.names.own("expense_report"), heads, self.partition)
        self.tools.store.write(self.names.own("expense_lines"), lines, self.partition)
        return heads, lines

    def fetch(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The report as Expensify has it now. Raises AccountingError when it is gone or not approved any more."""
        report = self.tools.report(self.report_id)
        if report is None or report.status not in EXPORTED_STATES or report.approved is None:
            now = "gone" if report is None else f"{report.status.lower()} now"
            fix = "Nothing: once it is approved again it is found again."
            raise FoundError(finding("S31", self.report_id, f"the report is {now}, and was approved.", fix))
        if key_of(report) != self.partition:
            fix = f"Carry {key_of(report)} in its place."
            raise FoundError(finding("S31", self.report_id, f"it was approved again, on {report.approved}.", fix))
        self.frames = heads_of(report), lines_of(report)
        return self.frames

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
        """What the report asks for, with everything that stands against posting it."""
        heads, lines = self.frames
        report = report_of({str(k): v for k, v in heads.iloc[0].to_dict().items()})
        expenses = [expense_of({str(k): v for k, v in row.items()}) for row in lines.to_dict("records")]
        table = mapping_table(self.tools.home, self.connection.name)
        who = report.employee_id
        build = build_expense_journal(report, expenses, table, self._places(who), self._policy(who))
        entries = [*([build.journal] if build.journal else []), *(one.entry for one in build.claims)]
        build.findings.extend(check_dimensions(build.lines, self.tools.ledger_lookup.snapshot))
        build.findings.extend(check_entities(entries[:1] if build.journal else []))
        build.findings.extend(check_period(entries, self._periods))
        build.findings.extend(self._no_party(build.claims))
        if not blocking(build.findings):
            build.findings.extend(self.documents.changed_claims([self._claimed(one) for one in build.claims]))
        return build

    @property
    def unjudged(self) -> frozenset[str]:
        """The codes of which nothing can be said, as there are no documents: the report cannot become any yet."""
        blocked = {one.code for one in blocking(self.build.findings)} - {SENT_BEFORE}
        if blocked - OF_DOCUMENTS:
            return OF_DOCUMENTS | {SENT_BEFORE}
        return frozenset({SENT_BEFORE}) if blocked else frozenset()

    def _no_party(self, claims: Sequence[Claim]) -> list[Finding]:
        """S36: a document of the employee's, of a report whose employee Expensify does not number."""
        own = [one for one in claims if one.owed_as == ExpenseKind.REIMBURSABLE]
        if not own or self._employee_id:
            return []
        why = f"Report {self.report_id} is to become {own[0].entry.reference}, and its submitter has no employee id."
        return [finding("S36", self.report_id, why, "Enter the employee's Intacct id in Expensify, as employee id.")]

    @property
    def _employee_id(self) -> str:
        known = self.frames[0]["employee_id"].iloc[0]
        return known if isinstance(known, str) else ""

    def _claimed(self, claim: Claim) -> IntacctDocument:
        """A claim as Intacct takes it."""
        posting, party = self.connection.posting, self._employee_id
        if claim.owed_as == ExpenseKind.COMPANY_CARD:
            party = posting.card_vendor
        elif claim.target == "bill":
            party = posting.employee_vendor.replace(EMPLOYEE_ID, party)
        return document_of(claim, party=party, currency=posting.currency, is_draft=posting.policy == "draft")

    @property
    def wanted(self) -> list[Wanted]:
        """Every document that the ledger is to hold for the report, and does not have, or has already."""
        journal = self.documents.wanted(self.build.journal)
        claims = [self._claimed(one) for one in self.build.claims]
        return [*([journal] if journal else []), *(Wanted(self.documents.key(one.kind), one) for one in claims)]

    @property
    def _periods(self) -> list[FiscalPeriod]:
        return self.tools.ledger_lookup.fiscal_periods

    def _places(self, employee_id: str) -> Places:
        defaults = self.connection.defaults
        return Places(
            levels={level: _column(name) for level, name in enumerate(self.connection.tags, start=1)},
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
            revision=self.documents.revision,
            reimbursable=posting.reimbursable,
            company_card=posting.company_card,
        )

    def _person(self, employee_id: str) -> str:
        wanted = self.connection.posting.person
        if wanted == "name":
            report = self.tools.report(self.report_id)
            return report.submitter_name.get_secret_value() if report else ""
        return f"employee {employee_id}" if wanted == "employee_id" and employee_id else ""

    # -- post, reconcile, and what is kept ------------------------------------------------------------------------

    def post(self) -> list[PostingResult]:
        """Hand each document to the poster; none where the report comes to nothing.

        The caller has passed the gate and has seen that nothing blocks.
        """
        tools, wanted = self.tools, self.wanted
        if self.documents.revision not in {one.key.revision for one in wanted if one.key.kind == KIND}:
            self.documents.withdraw_pending(tools.actor)
        poster = Poster(tools.home.postings, tools.ledger, owner=tools.actor, preparer=tools.preparer, restore=restored)
        day = self.build.journal.entry_date if self.build.journal else self.frames[0]["approved_date"].iloc[0]
        return [
            poster.post(
                one.key,
                one.document,
                partition=self.partition,
                document_date=one.document.entry_date if isinstance(one.document, Journal) else day,
                policy=self.connection.posting.policy,
                corrects=one.corrects,
            )
            for one in wanted
        ]

    def reconcile(self) -> tuple[pd.DataFrame, list[Finding]]:
        """Read every document back: it must be the one sent, and what they say is owed must be the report's total."""
        standing = self.documents.standing()
        frames, found, owed_cents = [], [], 0
        totals = {"debit_cents": 0, "credit_cents": 0}
        for one in standing:
            assert isinstance(one.document, Journal)  # noqa: S101 - `standing` reads journals back
            posted = self.tools.ledger.read_back(one.document)
            comparison = compare(one.document, posted)
            frames.append(comparison.frame)
            found += comparison.findings
            lines = [line for journal in posted for line in journal.lines]
            owed_cents -= sum(line.amount_cents for line in lines if line.account_no in self._owed_accounts)
            totals = {name: cents + comparison.totals[f"ledger_{name}"] for name, cents in totals.items()}
        for wanted in self.wanted:
            if isinstance(wanted.document, IntacctDocument):
                held_cents, differs = self._claim_held(wanted.key, wanted.document)
                owed_cents += held_cents
                found += differs
                totals = {name: cents + held_cents for name, cents in totals.items()}
        found += self._against_total(owed_cents)
        self._record(not found, totals)
        return pd.concat(frames, ignore_index=True) if frames else RECONCILIATION.empty(), found

    def _claim_held(self, key: PostingKey, document: IntacctDocument) -> tuple[int, list[Finding]]:
        posting = self.tools.home.postings.get(key)
        is_equal, held_cents = self.tools.ledger.held_cents(document, (posting.ledger_key or "") if posting else "")
        if is_equal:
            return held_cents, []
        why = f"Intacct's document {document.reference} is not the one that was sent."
        fix = "Someone or something changed it: look at its history in Intacct."
        return held_cents, [finding("A01", document.reference, why, fix)]

    def _record(self, is_equal: bool, totals: Mapping[str, int]) -> None:
        for posting in self.documents.everything():
            self.tools.home.postings.record_reconciled(posting.key, self.tools.actor, equal=is_equal, detail=totals)
        known = self.tools.home.sources.get(self.connection.name, REPORT, self.report_id)
        self._keep(LEDGER, {**totals, "seen": known.digest if known and is_equal else ""})

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


def _column(tag: str) -> str:
    """The dimension of a tag level as an expense has it."""
    return tag if tag.startswith(DIMENSION_PREFIX) else f"{tag}_id"
