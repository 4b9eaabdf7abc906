"""Reconciliation: every journal of a pay run read back from the ledger, and all of them against the register."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting.afterwards import check_accrual_pair, check_inter_entity_zero
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.pieces import net_amounts
from connector_assets.accounting.revision import books_of, books_of_pieces, place_in_words
from connector_assets.accounting.totals import journal_totals
from connector_assets.flows.paychex_intacct.books import BOOK_KINDS, PayRunBooks, base_kind
from connector_assets.flows.paychex_intacct.findings import one_frame
from connector_assets.orchestration.reconcile import compare
from connector_assets.vendors.intacct.ledger import custom_names

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork

DIFFERENCES_MAX = 10


@dataclass(frozen=True)
class ReadBack:
    """What the ledger holds of a pay run: RECONCILIATION, findings, total debit and credit in cents, control totals.

    `control_totals` is empty where what stands is not known check by check.
    """

    frame: pd.DataFrame
    findings: list[Finding]
    debit_cents: int
    credit_cents: int
    control_totals: dict[str, int]


def read_back(work: "PayRunWork") -> ReadBack:
    """Compare every posted journal with the ledger, and all of them with the register.

    Accruals are compared as well; they are no part of the totals, as each is nothing together with its reversal.
    """
    tools = work.tools
    books = PayRunBooks(tools.home, tools.store, work.names, work.register.pay_run.pay_run_id)
    frames, found, debit_cents, credit_cents = [], list[Finding](), 0, 0
    of_books: list[pd.DataFrame] = []
    for posting in books.posted(()):
        journal = books.journal(posting)
        comparison = compare(journal, tools.ledger.read_back(journal.reference, custom_names(journal)))
        equal, totals = not comparison.findings, comparison.totals
        if not (equal and posting.reconciled):
            tools.home.postings.record_reconciled(posting.key, tools.actor, equal=equal, detail=totals)
        frames.append(comparison.frame)
        found += [_changed_since(one) if posting.reconciled else one for one in comparison.findings]
        if base_kind(posting.key.kind) in BOOK_KINDS:
            of_books.append(comparison.frame)
            debit_cents += totals["ledger_debit_cents"]
            credit_cents += totals["ledger_credit_cents"]
    held = one_frame(of_books)
    stands, differing = _against_the_register(work, books)
    found += [*differing, *_pairs(work, books, held)]
    known = {} if differing or stands.empty else _control_totals(work, stands, held)
    return ReadBack(one_frame(frames), found, debit_cents, credit_cents, known)


def _changed_since(found: Finding) -> Finding:
    """A08 for what differs now and was equal when it was last read back: somebody has changed it in between."""
    why = f"It was as sent when it was last read back. {found.why}"
    return finding("A08", found.subject, why, "Ask who changed it in the ledger, and have that reversed there.")


def _pairs(work: "PayRunWork", books: PayRunBooks, held: pd.DataFrame) -> list[Finding]:
    """A05 and A12: what must add up to nothing does."""
    posting, run = work.tools.connection.posting, work.register.pay_run
    halves = {one.key.kind: books.journal(one) for one in books.posted(("accrual", "reversal"))}
    by_account = held.groupby("account_no")["ledger_cents"].sum()
    held_cents = {str(account): int(cents) for account, cents in by_account.items()}
    return [
        *check_accrual_pair(halves.get("accrual"), halves.get("reversal")),
        *check_inter_entity_zero(run.pay_run_id, held_cents, posting.due_from_account, posting.due_to_account),
    ]


def _control_totals(work: "PayRunWork", stands: pd.DataFrame, held: pd.DataFrame) -> dict[str, int]:
    """The control totals as the ledger has them: what was booked check by check, and what the ledger shows otherwise.

    The ledger knows accounts and no kinds: a difference on an account counts with what most of that account is.
    """
    columns = ["check_id", "line_no", "kind", "side", "amount_cents"]
    off = held.groupby("account_no")["difference_cents"].sum()
    rows = []
    for account, cents in off[off != 0].items():
        on_account = stands[stands["account_no"] == account]
        largest = (on_account if len(on_account) else stands).sort_values("amount_cents", key=abs)[columns]
        rows.append({**largest.iloc[-1].to_dict(), "amount_cents": int(cents)})
    booked = pd.concat([stands[columns], pd.DataFrame(rows, columns=columns)]) if rows else stands
    register = work.register
    return journal_totals(booked.astype({"amount_cents": "int64"}), register.checks, register.lines).as_dict()


def _against_the_register(work: "PayRunWork", books: PayRunBooks) -> tuple[pd.DataFrame, list[Finding]]:
    """PIECES of the checks that stand, and A02 where the journals together are not those, or pay something else."""
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
    return stands, found[:DIFFERENCES_MAX]


def _differs(what: str, cents: int) -> Finding:
    return finding(
        "A02",
        what,
        f"{what}: the register and the pay run's journals together differ by {text_from_cents(cents)}.",
        "Materialize gl_post again: what is missing is posted as a correction.",
    )
