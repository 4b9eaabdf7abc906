"""Reconciliation: every journal of a pay run read back from the ledger, and all of them against the register."""

from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.pieces import net_amounts
from connector_assets.accounting.revision import books_of, books_of_pieces, place_in_words
from connector_assets.flows.paychex_intacct.books import BOOK_KINDS, PayRunBooks, base_kind
from connector_assets.flows.paychex_intacct.findings import one_frame
from connector_assets.orchestration.reconcile import compare

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork

DIFFERENCES_MAX = 10


def read_back(work: "PayRunWork") -> tuple[pd.DataFrame, list[Finding], int, int]:
    """RECONCILIATION of every posted journal, what differs, and the ledger's total debit and credit of them, in cents.

    Accruals are compared as well; they are no part of the totals, as each is nothing together with its reversal.
    """
    tools = work.tools
    books = PayRunBooks(tools.home, tools.store, work.names, work.register.pay_run.pay_run_id)
    frames, found, debit_cents, credit_cents = [], list[Finding](), 0, 0
    for posting in books.posted(()):
        journal = books.journal(posting)
        comparison = compare(journal, tools.ledger.read_back(journal.reference))
        equal, totals = not comparison.findings, comparison.totals
        if not (equal and posting.reconciled):
            tools.home.postings.record_reconciled(posting.key, tools.actor, equal=equal, detail=totals)
        frames.append(comparison.frame)
        found += comparison.findings
        if base_kind(posting.key.kind) in BOOK_KINDS:
            debit_cents += totals["ledger_debit_cents"]
            credit_cents += totals["ledger_credit_cents"]
    return one_frame(frames), [*found, *_against_the_register(work, books)], debit_cents, credit_cents


def _against_the_register(work: "PayRunWork", books: PayRunBooks) -> list[Finding]:
    """A02: the journals together are the checks that stand, and those pay what the register says each check pays."""
    run, policy = work.register.pay_run, work.journal_policy()
    journals = books_of([books.journal(one) for one in books.posted()])
    kept = books.stands()
    stands = work.batch.pieces if kept is None else kept
    if books_of_pieces(stands, run, policy) != journals:
        stands = work.batch.pieces
    difference = books_of_pieces(stands, run, policy)
    difference.subtract(journals)
    found = sorted(
        (_differs(place_in_words(place), cents) for place, cents in difference.items() if cents),
        key=lambda one: one.subject,
    )
    paid, owed = net_amounts(stands), work.register.checks.set_index("check_id")["net_cents"]
    nets = paid.reindex(paid.index.union(owed.index), fill_value=0) - owed.reindex(
        paid.index.union(owed.index), fill_value=0
    )
    found += [_differs(f"net pay of check {check_id}", int(cents)) for check_id, cents in nets[nets != 0].items()]
    return found[:DIFFERENCES_MAX]


def _differs(what: str, cents: int) -> Finding:
    return finding(
        "A02",
        what,
        f"{what}: the register and the pay run's journals together differ by {text_from_cents(cents)}.",
        "Materialize gl_post again: what is missing is posted as a correction.",
    )
