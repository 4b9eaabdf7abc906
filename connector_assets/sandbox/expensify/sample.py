"""A year of expense reports of the sample firm's people: cards and cash, refunds, taxes, foreign currency, mileage.

A report is a plain dict with the member names of the export template's data model, amounts in integer cents. Every
report's total is the sum of its expenses' converted amounts.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from connector_assets.sandbox.company import DEPARTMENTS, ENTITIES, PAYROLL_YEAR, PROJECTS
from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.dice import below, draw, seed_key
from connector_assets.sandbox.facts import WorkerFacts

POLICY_ID = "4B7D21F0A93C5E68"
POLICY_NAME = "Hollis & Marr Expenses"
REPORTS_A_MONTH = 5
PEOPLE = 24
BILLED_PROJECTS = 40
CARD = ("American Express Corporate", "Hollis Marr Corporate Card - 4417")
UNMAPPED_CATEGORY = "Client Gifts"

CATEGORIES = (
    ("Airfare", "6600", True),
    ("Lodging", "6600", True),
    ("Ground Transportation", "6600", True),
    ("Meals", "6610", True),
    ("Mileage", "6620", True),
    ("Client Entertainment", "6630", True),
    ("Client Reimbursable", "6640", True),
    ("Software", "6700", True),
    ("Personal (to be repaid)", "1320", True),
    (UNMAPPED_CATEGORY, "", True),
    ("Office Parties", "6610", False),
)
"""Name, GL code and whether people may still choose it."""

CLASSES = (("Professional services", "PS"), ("Internal", "INT"))
RATES = {"EUR": 10_820, "GBP": 12_710, "CAD": 7_150}
"""US dollars for one unit, in ten-thousandths."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Kind(NamedTuple):
    """What people spend on: category, merchants, smallest and largest amount in cents, share paid by company card."""

    category: str
    merchants: tuple[str, ...]
    least_cents: int
    most_cents: int
    card_of_10: int


KINDS = (
    Kind("Airfare", ("Delta Air Lines", "JetBlue", "United Airlines"), 18_900, 74_900, 8),
    Kind("Lodging", ("Marriott", "Hyatt Regency", "Drury &amp; Sons Hotel"), 21_000, 98_000, 6),
    Kind("Ground Transportation", ("Uber", "Amtrak", "City Cab"), 1_150, 8_900, 2),
    Kind("Meals", ("Corner Bakery", "Blue Bottle", "Thai Basil"), 900, 14_500, 3),
    Kind("Client Entertainment", ("Harbor Grill", "City Winery"), 9_000, 52_000, 6),
    Kind("Client Reimbursable", ("FedEx", "Print Central"), 2_400, 31_000, 5),
    Kind("Software", ("Figma", "JetBrains"), 1_500, 24_900, 9),
)


class Roll:
    """Draws of one report, in order."""

    def __init__(self, *parts: object) -> None:
        self.key, self._count = seed_key(*parts), 0

    def below(self, limit: int) -> int:
        """The next whole number from 0 to limit - 1."""
        self._count += 1
        return below(draw(self.key, self._count), limit)

    def one(self, items: Sequence[str]) -> str:
        """The next pick."""
        return items[self.below(len(items))]

    def digits(self, first: str, length: int) -> str:
        """An id of so many digits."""
        return first + "".join(str(self.below(10)) for _ in range(length - len(first)))

    def report_id(self) -> str:
        """A base-62 report id."""
        return "R00" + "".join(_BASE62[self.below(62)] for _ in range(9))


def sample_reports(context: SandboxContext) -> list[dict[str, object]]:
    """Every report of the year, oldest first."""
    people = _spenders(context)
    if not people:
        return []
    made = [_ordinary(context.options.seed, people, month, slot) for month, slot in _slots()]
    made += [_special(context.options.seed, people, place, story) for place, story in enumerate(_STORIES)]
    return sorted(made, key=lambda report: (str(report["submitted"]), str(report["reportID"])))


def _slots() -> Iterator[tuple[int, int]]:
    return ((month, slot) for month in range(1, 13) for slot in range(REPORTS_A_MONTH))


def _spenders(context: SandboxContext) -> list[WorkerFacts]:
    """People of every company who are there all year."""
    found: list[WorkerFacts] = []
    for entity in ENTITIES:
        workers = context.firm.workers(entity.paychex_company_id, date(PAYROLL_YEAR, 12, 31))
        steady = (one for one in workers if len(one.statuses) == 1 and one.hire_date <= date(PAYROLL_YEAR, 1, 1))
        found += [one for one, _ in zip(steady, range(PEOPLE // len(ENTITIES)), strict=False)]
    return found


class Story(NamedTuple):
    """A report told on purpose: when it was submitted and approved (none: not yet), its status, and its expenses."""

    submitted: str
    approved: str
    status: str
    lines: tuple[str, ...]


_STORIES = (
    Story("2024-12-29", "2025-01-03", "REIMBURSED", ("Meals", "Lodging")),  # over the turn of the year
    Story("2025-02-12", "2025-11-05", "APPROVED", ("Airfare", "Meals")),  # approved late
    Story("2025-03-18", "2025-03-21", "REIMBURSED", ("Airfare", "refund")),
    Story("2025-04-22", "2025-04-25", "APPROVED", ("EUR", "GBP", "Meals")),
    Story("2025-05-13", "2025-05-16", "REIMBURSED", ("mileage", "edited", "split", "split")),
    Story("2025-06-17", "2025-06-20", "APPROVED", ("personal", "Lodging")),
    Story("2025-09-09", "2025-09-12", "APPROVED", ("refund",)),  # nothing but a credit
    Story("2025-12-09", "", "SUBMITTED", (UNMAPPED_CATEGORY, "Meals")),  # its category has no mapping
    Story("2025-12-16", "", "SUBMITTED", ("Airfare",)),
    Story("", "", "OPEN", ("Meals",)),
)


def _ordinary(seed: int, people: list[WorkerFacts], month: int, slot: int) -> dict[str, object]:
    roll = Roll("expenses", seed, month, slot)
    submitted = date(PAYROLL_YEAR, month, 1) + timedelta(roll.below(24))
    approved = submitted + timedelta(1 + roll.below(5))
    status = "REIMBURSED" if month < 12 and roll.below(3) else "APPROVED"
    owner = people[roll.below(len(people))]
    kinds = [KINDS[roll.below(len(KINDS))] for _ in range(2 + roll.below(4))]
    report = _report(roll, owner, submitted.isoformat(), approved.isoformat(), status)
    return _filled(report, [_expense(roll, report, kind, submitted) for kind in kinds])


def _special(seed: int, people: list[WorkerFacts], place: int, story: Story) -> dict[str, object]:
    roll = Roll("expense stories", seed, place)
    report = _report(roll, people[place % len(people)], story.submitted, story.approved, story.status)
    day = date.fromisoformat(story.submitted or "2025-12-17")
    return _filled(report, [_told(roll, report, line, day) for line in story.lines])


def _report(roll: Roll, owner: WorkerFacts, submitted: str, approved: str, status: str) -> dict[str, object]:
    created = submitted or "2025-12-17"
    return {
        "reportID": roll.report_id(),
        "oldReportID": roll.digits("7", 16),
        "reportName": f"{owner.given_name} {owner.family_name}, expenses",
        "policyID": POLICY_ID,
        "policyName": POLICY_NAME,
        "currency": "USD",
        "status": status,
        "state": status,
        "created": f"{created} 09:12:44",
        "submitted": f"{submitted} 17:02:10" if submitted else "",
        "approved": f"{approved} 10:31:05" if approved else "",
        "reimbursed": f"{approved} 20:00:00" if status == "REIMBURSED" else "",
        "accountEmail": owner.email,
        "accountID": roll.digits("9", 8),
        "submitter": {"firstName": owner.given_name, "lastName": owner.family_name,
                      "fullName": f"{owner.given_name} {owner.family_name}"},
        "managerEmail": "approver@hollismarr.example",
        "employeeCustomField1": owner.employee_id,
        "employeeCustomField2": "",
        "isACHReimbursed": status == "REIMBURSED",
    }  # fmt: skip


def _filled(report: dict[str, object], expenses: list[dict[str, object]]) -> dict[str, object]:
    total = sum(amount for one in expenses if isinstance(amount := one["convertedAmount"], int))
    return {**report, "total": total, "transactionList": expenses}


def _told(roll: Roll, report: dict[str, object], line: str, day: date) -> dict[str, object]:
    kinds = {kind.category: kind for kind in KINDS}
    likeness = _LIKENESS.get(line, line)
    made = _expense(roll, report, kinds[likeness], day)
    cents = int(str(made["amount"]))
    changes: dict[str, dict[str, object]] = {
        "refund": {
            "amount": -(cents // 3), "convertedAmount": -(cents // 3), "merchant": "Delta Air Lines refund",
        },
        "mileage": {
            "category": "Mileage", "categoryGlCode": "6620", "merchant": "184 mi @ $0.70 / mi", "isDistance": True,
            "units": {"count": 184, "rate": 70, "unit": "mi", "name": "mi"}, "amount": 12_880,
            "convertedAmount": 12_880,
        },
        "edited": {"modifiedAmount": 4_410, "convertedAmount": 4_410, "modifiedMerchant": "Thai Basil (corrected)"},
        "split": {"nameValuePairs": {"source": "split"}},
        "personal": {"category": "Personal (to be repaid)", "categoryGlCode": "1320"},
        UNMAPPED_CATEGORY: {"category": UNMAPPED_CATEGORY, "categoryGlCode": ""},
    }  # fmt: skip
    return _foreign(made, line) if line in RATES else {**made, **changes.get(line, {})}


_LIKENESS = {
    "refund": "Airfare",
    "EUR": "Lodging",
    "GBP": "Lodging",
    "mileage": "Meals",
    "edited": "Meals",
    "split": "Software",
    "personal": "Client Entertainment",
    UNMAPPED_CATEGORY: "Client Entertainment",
}
"""Which kind of spending each told line begins as."""


def _foreign(made: dict[str, object], currency: str) -> dict[str, object]:
    """The expense as spent in another currency, with a tax there."""
    cents = int(str(made["amount"]))
    converted = (cents * RATES[currency] + 5_000) // 10_000
    tax = converted - converted * 100 // 120
    return {**made, "currency": currency, "convertedAmount": converted, "currencyConversionRate": RATES[currency],
            "hasTax": True, "taxAmount": tax, "taxName": "Value added tax", "taxRate": "20%",
            "taxCode": f"{currency}_VAT_20"}  # fmt: skip


def _expense(roll: Roll, report: dict[str, object], kind: Kind, day: date) -> dict[str, object]:
    cents = kind.least_cents + roll.below(kind.most_cents - kind.least_cents)
    on_card = roll.below(10) < kind.card_of_10
    department = DEPARTMENTS[roll.below(len(DEPARTMENTS))]
    project = PROJECTS[roll.below(BILLED_PROJECTS)] if kind.category != "Software" else None
    levels = [(department.name, department.department_id), (project.name, project.project_id) if project else ("", "")]
    levels.append(CLASSES[0 if project else 1])
    receipt = {"url": f"https://www.expensify.com/receipts/w_{roll.digits('', 24)}.jpg", "type": "jpg"}
    return {
        "transactionID": roll.digits("4", 19),
        "amount": cents,
        "convertedAmount": cents,
        "currency": "USD",
        "created": (day - timedelta(1 + roll.below(12))).isoformat(),
        "inserted": f"{day.isoformat()} 08:00:00",
        "merchant": roll.one(kind.merchants),
        "category": kind.category,
        "categoryGlCode": next(code for name, code, _ in CATEGORIES if name == kind.category),
        "tag": ":".join(name for name, _ in levels).rstrip(":"),
        "tagGlCode": ":".join(code for _, code in levels).rstrip(":"),
        **{f"ntag{place}": name for place, (name, _) in enumerate(levels, 1)},
        **{f"ntag{place}GlCode": code for place, (_, code) in enumerate(levels, 1)},
        "comment": "Dinner with the client &amp; team",
        "reimbursable": not on_card,
        "billable": kind.category == "Client Reimbursable",
        "reportID": report["reportID"],
        "type": "card" if on_card else "cash",
        **({"bank": CARD[0], "cardName": CARD[1], "externalID": roll.digits("c", 12)} if on_card else {}),
        **({"receiptObject": receipt} if roll.below(8) else {}),
    }
