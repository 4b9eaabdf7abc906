"""A year of the sample firm's purchasing: what it is coded with, its bills in every shape, and their payments.

A bill is a plain dict with Procurify's own member names. Stored amounts are decimal texts, computed ones numbers. The
members that begin with `_` are the sandbox's own and are never sent: the story, the status in words.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from connector_assets.sandbox.company import PAYROLL_YEAR
from connector_assets.sandbox.dice import below, draw, seed_key

Json = dict[str, object]

LOCATIONS = ((1, "New York HQ"), (2, "Austin"), (3, "California remote"), (4, "Jersey City"), (5, "New York"))
"""The last one is not what the ledger calls any location."""
DEPARTMENTS = (
    (11, "Finance", "500", 1),
    (12, "IT", "520", 1),
    (13, "Office & Legal Admin", "530", 1),
    (14, "Sales & Marketing", "400", 1),
    (21, "Technology & Data", "", 2),
    (22, "IT", "520", 2),
    (31, "Sales & Marketing", "400", 3),
    (41, "Risk & Compliance", "220", 4),
    (51, "Office & Legal Admin", "530", 5),
)
"""Id, name, external id and location; two share a name, one has no external id."""
ACCOUNT_CODES = (
    (1, "6600", "Travel"),
    (2, "6700", "Software and subscriptions"),
    (3, "6710", "Hosting"),
    (4, "6800", "Office supplies"),
    (5, "6810", "Freight"),
    (6, "6820", "Legal and professional fees"),
    (7, "1010", "Operating cash"),
)
VENDORS = (
    (1, "OTHER", "", 1),
    (2, "Harbor Hosting", "V-1001", 3),
    (3, "Quill Office Supply", "", 3),
    (4, "Brightline Software", "V-1004", 3),
    (5, "Larkspur Legal LLP", "V-1005", 3),
    (6, "Metro Courier Cooperative", "V-1006", 4),
)
"""Id, name, external id and type; one is known to the ledger by its name alone, and the ledger has more."""
CUSTOM_FIELDS = ((5, "Project", "m"), (6, "Funding", "m"), (7, "Reason", "t"))
CURRENCIES = {"USD": (1, "1.000000", True), "CAD": (2, "0.715000", False)}
TENANT_OFFSET = "-05:00"
USER = {"id": 900, "firstName": "Canary", "lastName": "Requester", "email": "canary.requester@hollismarr.example"}


class Line(NamedTuple):
    """A line: text, quantity, unit price in cents, account code, departments with weights, tax in 1/1000 %, more."""

    text: str
    quantity: int
    unit_cents: int
    code: str
    departments: tuple[tuple[int, int], ...]
    tax_e5: int = 0
    is_inclusive: bool = False
    custom: tuple[tuple[str, str], ...] = ()


class Story(NamedTuple):
    """A bill told on purpose; `files` is how many it carries."""

    name: str
    day: str
    vendor_id: int
    status: str
    lines: tuple[Line, ...]
    invoice: str = "own"
    freight_cents: int = 0
    files: int = 1
    currency: str = "USD"


NY_TAX_E5 = 8_875
_SPLIT = ((11, 1), (12, 1), (14, 1))
_PAPER = Line("Copy paper A4", 12, 2_099, "6800", ((13, 1),), NY_TAX_E5)
STORIES = (
    Story("thirds", "2025-02-11", 3, "Approved", (Line("Shared toner", 1, 10_000, "6800", _SPLIT),)),
    Story("inclusive", "2025-03-12", 4, "Approved", (Line("Design seats", 3, 5_445, "6700", ((21, 1),), 8_250, True),)),
    Story("freight", "2025-04-09", 6, "Approved", (_PAPER,), freight_cents=1_895, files=2),
    Story("no_invoice_number", "2025-05-14", 6, "Approved", (Line("Courier rides", 7, 1_250, "6810", ((13, 1),)),), ""),
    Story(
        "negative_line",
        "2025-06-11",
        3,
        "Approved",
        (_PAPER, Line("Returned stapler", 1, -1_899, "6800", ((13, 1),))),
    ),
    Story(
        "custom_field",
        "2025-07-16",
        5,
        "Approved",
        (
            Line(
                "Counsel, engagement 1004",
                2,
                45_000,
                "6820",
                ((13, 1),),
                custom=(("Project", "Client engagement 1004"), ("Funding", "Capital"), ("Reason", "Contract review")),
            ),
        ),
    ),
    Story("wrong_location", "2025-10-07", 3, "Pending approval", (_PAPER._replace(departments=((51, 1),)),)),
    Story("bank_account", "2025-10-08", 4, "Pending approval", (Line("Deposit", 1, 20_000, "1010", ((11, 1),)),)),
    Story(
        "custom_value",
        "2025-10-09",
        5,
        "Pending approval",
        (Line("Counsel", 1, 45_000, "6820", ((13, 1),), custom=(("Project", "Client Engagement 1004"),)),),
    ),
    Story("other_vendor", "2025-10-10", 1, "Pending approval", (_PAPER,)),
    Story("other_entity", "2025-10-13", 3, "Pending approval", (_PAPER._replace(departments=((41, 1),)),)),
    Story("duplicate", "2025-10-14", 2, "Pending approval", (_PAPER,), "HH-2025-09"),
    Story("foreign", "2025-10-15", 4, "Pending approval", (_PAPER,), currency="CAD"),
    Story("draft", "2025-12-15", 2, "Draft", (_PAPER,)),
)


def locations() -> Iterator[Json]:
    """The tenant's locations."""
    for number, name in LOCATIONS:
        zone = "America/New_York"
        yield {"id": number, "name": name, "external_id": None, "active": True, "locationTimezone": zone}


def departments() -> Iterator[Json]:
    """The tenant's departments, each with its location as branch."""
    for number, name, external_id, location in DEPARTMENTS:
        branch = {"id": location, "name": dict(LOCATIONS)[location], "headquarter": location == 1}
        yield {"id": number, "name": name, "external_id": external_id or None, "active": True, "branch": branch}


def account_codes() -> Iterator[Json]:
    """The account codes that somebody entered before the ledger's were carried over."""
    for number, code, description in ACCOUNT_CODES:
        kept: Json = {"id": number, "code": code, "description": description, "account_type": 2, "parent": None}
        yield {**kept, "active": True, "_departments": [row[0] for row in DEPARTMENTS]}


def vendors() -> Iterator[Json]:
    """The vendors that somebody entered before the ledger's were carried over."""
    for number, name, external_id, kind in VENDORS:
        kept: Json = {"id": number, "name": name, "external_id": external_id or None, "active": True, "type": kind}
        yield {**kept, "email": [], "contact": "Canary Contact", "dateModified": moment(f"{PAYROLL_YEAR}-01-02")}


def custom_fields() -> Iterator[Json]:
    """The custom fields of order items."""
    for number, name, kind in CUSTOM_FIELDS:
        yield {"id": number, "name": name, "field_type": kind, "is_required": False, "is_active": True}


def bills(seed: int) -> list[Json]:
    """Every bill of the year, in order of its invoice date."""
    told = sorted([*_ordinary(seed), *STORIES], key=lambda story: (story.day, story.name))
    return [make_bill(7100 + place, story) for place, story in enumerate(told)]


def _ordinary(seed: int) -> Iterator[Story]:
    for month in range(1, 13):
        key = seed_key("purchasing", seed, month)
        first = date(PAYROLL_YEAR, month, 1)
        hosting = 61_000 + below(draw(key, 1), 9_000)
        day, number = (first + timedelta(4)).isoformat(), f"HH-{PAYROLL_YEAR}-{month:02d}"
        lines = (Line(f"Hosting, {first:%B}", 1, hosting, "6710", ((21, 2), (22, 1))),)
        yield Story(f"hosting {month}", day, 2, "Approved", lines, number)
        seats = 5 + below(draw(key, 2), 30)
        day = (first + timedelta(9)).isoformat()
        tools = (Line("Analytics seats", seats, 4_900, "6700", ((21, 1),)), _PAPER._replace(quantity=1 + month))
        yield Story(f"software {month}", day, 4, "Approved", tools, files=month % 2)


def make_bill(number: int, story: Story) -> Json:
    """A whole bill as `GET /api/v2/ap/bills/{uuid}` shows it, its amounts worked out line by line."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"procurify bill {number}")
    items = [make_item(number * 100 + place, number, line) for place, line in enumerate(story.lines, 1)]
    due = (date.fromisoformat(story.day) + timedelta(30)).isoformat()
    invoice = f"INV-{number}" if story.invoice == "own" else story.invoice
    costs = [_freight(number, story.freight_cents)] if story.freight_cents else []
    bill: Json = {
        "id": number, "uuid": str(identity), "version": 1, "locked": False, "type": 0, "group": None, "active": True,
        "_story": story.name, "_status": story.status, "_vendor": story.vendor_id, "_currency": story.currency,
        "invoice_number": invoice or None, "invoice_date": moment(story.day), "due_date": moment(due),
        "gl_post_date": None, "submitted_date": moment(story.day, "09:12:44"),
        "last_modified_datetime": moment(story.day, "14:02:10.118203"), "user": USER, "approver": USER,
        "note": "Canary note", "items": items, "costs": costs, "bill_payment": None,
        "invoice_attachments": [_attachment(number, place) for place in range(1, story.files + 1)],
        "added_purchase_orders": [{"id": number - 6800, "number": f"PO-{number - 6800}", "currency": story.currency}],
    }  # fmt: skip
    return {**bill, **totals(bill)}


def totals(bill: Json) -> Json:
    """The computed members of a bill, from its lines and costs."""
    items, costs = listed(bill["items"]), listed(bill["costs"])
    net, tax = (sum(to_cents(item[name]) for item in items) for name in ("total_cost", "tax_amount"))
    extra = sum(to_cents(cost["amount"]) for cost in costs)
    whole = to_number(net + tax + extra)
    return {"subtotal_cost": to_number(net), "tax_amount": to_number(tax), "total_cost": to_number(net + extra),
            "shipping_amount": 0.0, "total_cost_with_tax": whole, "converted_total_cost": whole}  # fmt: skip


def make_item(item_id: int, bill_id: int, line: Line) -> Json:
    """A line with its tax and its allocations, whose amounts have eight decimals."""
    given = line.quantity * line.unit_cents
    tax = half_up(given * line.tax_e5, 100_000 + (line.tax_e5 if line.is_inclusive else 0))
    net = given - tax if line.is_inclusive else given
    custom = [_custom(item_id, name, value) for name, value in line.custom]
    return {
        "id": item_id, "description": line.text, "unit": "each", "quantity": f"{line.quantity}.00000000",
        "unit_cost": to_number(line.unit_cents), "total_cost": to_number(net), "tax": 4 if line.tax_e5 else None,
        "tax_name": f"Sales {Decimal(line.tax_e5) / 1000}%" if line.tax_e5 else None,
        "tax_percentage": str(Decimal(line.tax_e5) / 1000), "tax_is_inclusive": line.is_inclusive,
        "tax_amount": to_number(tax), "total_cost_with_tax": to_number(net + tax), "bill": bill_id,
        "po": {"id": bill_id - 6800, "number": f"PO-{bill_id - 6800}"}, "custom_fields": custom,
        "_split": [[*part] for part in line.departments], "_code": line.code,
    }  # fmt: skip


def allocation(number: int, amount: Decimal, code: Json, department: Json) -> Json:
    """One part of a line: the coding, and an amount of eight decimals."""
    budget = {"id": 5_000 + number, "account_code": code, "department": department}
    return {"id": number, "amount": f"{amount:.8f}", "currency": 1, "budget": budget}


def _freight(number: int, cents: int) -> Json:
    return {"id": number, "name": "Freight", "amount": f"{to_number(cents):.8f}", "_split": [[13, 1]], "_code": "6810"}


def _custom(item_id: int, name: str, value: str) -> Json:
    number, kind = next((row[0], row[2]) for row in CUSTOM_FIELDS if row[1] == name)
    field = {"id": number, "name": name, "field_type": kind, "is_required": False, "is_active": True}
    return {"id": item_id * 10 + number, "value": value, "field": field}


def _attachment(number: int, place: int) -> Json:
    return {"id": number * 10 + place, "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"file {number} {place}")),
            "name": f"invoice-{number}-{place}.pdf", "mimetype": "application/pdf", "user": USER}  # fmt: skip


def file_content(attachment_id: int) -> bytes:
    """What a file holds."""
    return f"%PDF-1.4\n% invoice copy {attachment_id}\n%%EOF\n".encode()


def payments(made: Sequence[Json]) -> list[Json]:
    """A payment of each vendor's bills of a quarter, the year's first three paid; one bill is paid in part."""
    found: list[Json] = []
    approved = [bill for bill in made if bill["_status"] == "Approved" and to_cents(bill["total_cost_with_tax"]) > 0]
    for quarter in range(1, 5):
        day = date(PAYROLL_YEAR + quarter // 4, quarter * 3 % 12 + 1, 15)
        for vendor_id in sorted({int(str(bill["_vendor"])) for bill in approved}):
            own = [
                b
                for b in approved
                if b["_vendor"] == vendor_id and (int(str(b["invoice_date"])[5:7]) + 2) // 3 == quarter
            ]
            if own:
                status = "Paid" if quarter < 4 else "Approved"
                halved = vendor_id == 5
                found.append(make_payment(300 + len(found), day, status, vendor_id, own, 2 if halved else 1))
    return found


def _quarter(bill: Json) -> int:
    return (int(str(bill["invoice_date"])[5:7]) + 2) // 3


def make_payment(number: int, day: date, status: str, vendor_id: int, own: Sequence[Json], share: int = 1) -> Json:
    """A payment of these bills, of each one `share`-th."""
    parts: list[Json] = []
    for place, bill in enumerate(own, 1):
        cents = to_cents(bill["total_cost_with_tax"]) // share
        parts.append(
            {"id": number * 100 + place, "_bill": bill["id"], "amount": f"{to_number(cents):.8f}", "user": USER}
        )
    cents = sum(to_cents(part["amount"]) for part in parts)
    masked = {"account_number": "****6789", "routing_number": "****0021", "company_name": "Canary Bank"}
    method = {"id": 3, "name": "Operating", "type": 1 + number % 3, "gl_code": "1010", "data": masked}
    return {"id": number, "payment_date": day.isoformat(), "amount": f"{to_number(cents):.8f}", "_status": status,
            "total_amount_with_tax": f"{to_number(cents):.8f}", "payment_method": method, "_currency": "USD",
            "payment_method_type": method["type"], "_vendor": vendor_id, "bill_payments": parts}  # fmt: skip


def moment(day: str, time: str = "00:00:00") -> str:
    """A day as the tenant writes it: a date-time at its own offset."""
    return f"{day}T{time}{TENANT_OFFSET}"


def listed(value: object) -> list[Json]:
    """The records in a member that is a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def to_number(cents: int) -> float:
    """Cents as Procurify computes: a JSON number."""
    return cents / 100


def to_cents(amount: object) -> int:
    """Cents of a decimal text or number."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def half_up(number: int, by: int) -> int:
    """Integer division, halves away from zero."""
    size = (2 * abs(number) + by) // (2 * by)
    return size if number >= 0 else -size
