"""The kinds of document that the simulator posts: the poster knows none of them, so each must fare as any other."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date
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
from connector_assets.posting import Policy
from connector_assets.records.postings import PostingKey
from connector_tests.faults.world import KeptJournal, Wanted, journal_of

DAY = date(2025, 4, 4)
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

KINDS: dict[str, Callable[[str, tuple[int, ...]], Journal]] = {"labor": pay_run_of, KIND: expense_report_of}
"""How a document of each kind is made, from the source's id and amounts in cents."""


def wanted_of(kind: str, connection: str, source_id: str, cents: tuple[int, ...], policy: Policy = "post") -> Wanted:
    """A document to be posted, under the first revision of its key."""
    return Wanted(PostingKey(connection, kind, source_id, 1), KINDS[kind](source_id, cents), policy)
