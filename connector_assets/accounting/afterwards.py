"""Checks on what stands in the ledger after posting: pairs that add up to nothing, and texts that say nothing.

None of them asks the ledger: they look at the journals as they were posted and at what reconciliation has read back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.money import grouped_text_from_cents

# A social security number or an ITIN as people write it: no id of either system has such dashes.
_NUMBER_OF_A_PERSON = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
PRIVATE_WORDS = ("garnish", "child support", "levy", "case no", "ssn", "social security number", "birth")


def check_accrual_pair(accrual: Journal | None, reversal: Journal | None) -> list[Finding]:
    """A05: an accrual that stands in the ledger has its one reversal there, and both add up to nothing, line by line.

    With that the account of accrued payroll is back at nothing as well.
    """
    halves = [one for one in (accrual, reversal) if one is not None]
    if not halves:
        return []
    left: Counter[tuple[str, ...]] = Counter()
    for journal in halves:
        for line in journal.lines:
            account, cents, *dimensions = line.booked_as()
            left[account, *dimensions] += cents
    if len(halves) == 2 and not any(left.values()):  # an accrual and its reversal
        return []
    references = " and ".join(one.reference for one in halves)
    why = f"{references}: there must be an accrual and its one reversal, and both together nothing."
    return [finding("A05", halves[0].reference, why, "Materialize gl_post again: what is missing is posted then.")]


def check_inter_entity_zero(reference: str, held_cents: Mapping[str, int], due_from: str, due_to: str) -> list[Finding]:
    """A12: what one entity is owed is what the others owe; `held_cents` are the ledger's own amounts by account."""
    owed, owing = held_cents.get(due_from, 0), -held_cents.get(due_to, 0)
    if owed == owing:
        return []
    why = (
        f"{reference}: {grouped_text_from_cents(owed)} is due from other entities ({due_from}), "
        f"{grouped_text_from_cents(owing)} is due to them ({due_to})."
    )
    return [finding("A12", reference, why, "Somebody changed one side in the ledger: reverse that change there.")]


def check_private(journals: Iterable[Journal]) -> list[Finding]:
    """X10: no memo or title holds the number of a person, or a word that only a court's case or a person's file has.

    The text itself is not repeated: a finding is shown to more people than a journal.
    """
    found = []
    for journal in journals:
        texts = [(0, journal.title), *((place, line.memo) for place, line in enumerate(journal.lines, start=1))]
        for place, text in texts:
            if _NUMBER_OF_A_PERSON.search(text) or any(word in text.lower() for word in PRIVATE_WORDS):
                where = f"line {place}" if place else "its title"
                why = f"Journal {journal.reference}, {where}: the text looks like a personal datum."
                fix = "Give the pay component a label in Paychex that names no person and no case."
                found.append(finding("X10", journal.reference, why, fix))
    return found
