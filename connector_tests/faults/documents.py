"""The kinds of document that the simulator posts: the poster knows none of them, so each must fare as any other."""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache

from connector_assets.accounting.expense_journal import (
    KIND,
    Expense,
    ExpensePolicy,
    Places,
    Report,
    build_expense_journal,
    reference_of,
)
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.mapping import MappingTable, rules_from_csv
from connector_assets.flows.procurify_intacct.status import BILL, PAYMENT
from connector_assets.posting import Policy, PostableDocument
from connector_assets.records.postings import PostingKey
from connector_assets.vendors.intacct.postable import IntacctDocument
from connector_assets.vendors.intacct.records import Record
from connector_tests.faults.world import DAY, KeptJournal, Wanted, journal_of

RULES = """kind,code,project_type,debit_account,credit_account
expense,Meals,,6610,
expense,Airfare,,6600,
expense_tax,VAT,,1320,
reimbursable,,,,2130
company_card,,,,2160
"""
TABLE = MappingTable(rules_from_csv(RULES), "1")
PLACES = Places(
    levels={1: "location_id"},
    targets={(1, "New York"): "NYC", (1, "Austin"): "AUS"},
    home={"department_id": "500"},
    defaults={},
    entities={"NYC": "E100", "AUS": "E200"},
)
POLICY = ExpensePolicy("E100", "GJ", "USD", "1310", "2410", credit_location="E100", state="Posted")


def pay_run_of(source_id: str, cents: tuple[int, ...]) -> Journal:
    """A pay run's labor journal: these debits, and one credit of their sum."""
    return journal_of(f"PX-{source_id}-L-1", cents)


def expense_report_of(source_id: str, cents: tuple[int, ...]) -> Journal:
    """An expense report's journal, by the flow's own rules: reimbursable and by card, a part in another entity."""
    built = _expenses_built(cents)
    values = {field.name: getattr(built, field.name) for field in fields(built)}
    return KeptJournal(**values | {"reference": reference_of(source_id, POLICY.revision)})


@lru_cache(64)
def _expenses_built(cents: tuple[int, ...]) -> Journal:
    """The journal of some expenses, made once: the flow's own builder takes longer than a schedule."""
    expenses = [_expense(number, amount_cents) for number, amount_cents in enumerate(cents)]
    report = Report("R001", "1042", "USD", sum(cents), DAY, DAY)
    built = build_expense_journal(report, expenses, TABLE, PLACES, POLICY).journal
    assert built is not None
    return built


def _expense(number: int, amount_cents: int) -> Expense:
    place = "New York" if number % 3 else "Austin"
    return Expense(
        expense_id=str(number),
        expense_date=DAY,
        category="Meals" if number % 2 else "Airfare",
        amount_cents=amount_cents,
        own_cents=amount_cents,
        own_currency="USD",
        tax_cents=0,
        tax_code="",
        is_reimbursable=number % 4 < 2,
        is_billable=False,
        card="" if number % 4 < 2 else "Visa",
        merchant="Thai Basil",
        receipt_url="",
        tags={1: place},
    )


EXPENSES = tuple(tuple(4_500 + 37 * number**place for place in range(1 + number % 4)) for number in range(24))
"""Amounts in cents of expense reports, few enough to be built once each."""


def bill_of(source_id: str, cents: tuple[int, ...]) -> IntacctDocument:
    """A bill of these lines."""
    places = [("6700", "NYC", "210"), ("6820", "AUS", "530"), ("6500", "NYC", "530"), ("6700", "AUS", "210")]
    lines: list[Record] = [
        {"account_no": account, "amount_cents": amount, "location_id": location, "department_id": department}
        for (account, location, department), amount in zip(places, cents, strict=False)
    ]
    record: Record = {
        **{"bill_date": DAY, "vendor_id": "V-1001", "bill_no": f"INV-{source_id}", "due_date": DAY},
        **{"description": f"https://firm.procurify.com/ap/bills/{source_id}", "currency": "USD", "action": "Submit"},
        "lines": lines,
    }
    return IntacctDocument(BILL, "bill", record)


def payment_of(source_id: str, cents: tuple[int, ...]) -> IntacctDocument:
    """A payment of so many bills, each by its amount."""
    lines: list[Record] = [{"bill_key": str(4711 + n), "amount_cents": amount} for n, amount in enumerate(cents)]
    record: Record = {
        **{"bank_account_id": "BANK-1", "payment_method": "EFT", "request_method": "bill", "vendor_id": "V-1001"},
        **{"payment_no": f"PFY-PAY-{source_id}", "payment_date": DAY, "currency": "USD", "action": "Submit"},
        "lines": lines,
    }
    return IntacctDocument(PAYMENT, "bill_payment", record)


KINDS: dict[str, Callable[[str, tuple[int, ...]], PostableDocument]] = {
    **{"labor": pay_run_of, KIND: expense_report_of},
    **{BILL: bill_of, PAYMENT: payment_of},
}
"""How a document of each kind is made, from the source's id and amounts in cents."""

JOURNALS, PAYABLES = ("labor", KIND), (BILL, PAYMENT)
"""The kinds by the ledger that they go to: the general ledger, accounts payable."""


def wanted_of(kind: str, connection: str, source_id: str, cents: tuple[int, ...], policy: Policy = "post") -> Wanted:
    """A document to be posted, under the first revision of its key."""
    return Wanted(PostingKey(connection, kind, source_id, 1), KINDS[kind](source_id, cents), policy)
