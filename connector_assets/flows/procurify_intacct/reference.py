"""Reference data of both sides: one row of a table for each snapshot; a further one is a row, not code."""

import json
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from connector_assets.flows.procurify_intacct import frames
from connector_assets.orchestration.snapshots import INTACCT, Snapshot, columns
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_assets.vendors.intacct.payables import IntacctPayables, LedgerVendor, ObjectField

SHARED = ("gl_accounts", "departments", "locations", "projects", "classes", "reporting_periods")
BILL_OBJECTS = {"APBILL": "bill", "APBILLITEM": "line"}


def _payables(reader: Callable[[IntacctPayables], Iterable[Any]]) -> Callable[[Any, str], Iterable[Any]]:
    return lambda client, _: reader(IntacctPayables(client))


def _title(vendor: LedgerVendor) -> str:
    return "" if vendor.is_person else vendor.name


def _bill_fields(payables: IntacctPayables) -> list[ObjectField]:
    return [field for name in BILL_OBJECTS for field in payables.fields(name)]


def _target(field: ObjectField) -> str:
    return f"{BILL_OBJECTS[field.object_name]}.{field.name}"


def _choices(field: ObjectField) -> str:
    return json.dumps(field.values) if field.values else ""


LEDGER = (
    *(snapshot for snapshot in INTACCT if snapshot.name in SHARED),
    Snapshot(
        "vendors",
        "Vendors",
        frames.LEDGER_VENDORS,
        _payables(IntacctPayables.vendors),
        (attrgetter("vendor_id"), _title, attrgetter("is_on_hold"), attrgetter("is_active")),
        ("vendor_id",),
    ),
    Snapshot(
        "bank_accounts",
        "Bank accounts and charge cards, and the accounts behind them",
        frames.BANK_ACCOUNTS,
        _payables(IntacctPayables.bank_accounts),
        columns("bank_account_id", "account_no", "is_active"),
        ("bank_account_id",),
    ),
    Snapshot(
        "tax_solutions",
        "Tax solutions",
        frames.TAX_SOLUTIONS,
        _payables(IntacctPayables.tax_solutions),
        columns("solution_id", "method"),
        ("solution_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "tax_details",
        "Tax details",
        frames.TAX_DETAILS,
        _payables(IntacctPayables.tax_details),
        columns("detail_id", "solution_id", "is_purchase", "is_active"),
        ("detail_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "entities",
        "Legal entities",
        frames.ENTITIES,
        lambda client, _: IntacctMasterData(client).location_entities(),
        columns("entity_id", "name", "currency", "is_active"),
        ("entity_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "bill_fields",
        "Fields of bills and of their lines",
        frames.BILL_FIELDS,
        _payables(_bill_fields),
        (_target, *columns("label", "data_type"), _choices, *columns("is_custom", "is_read_only")),
        ("target",),
    ),
)
PROCURIFY = (
    Snapshot(
        "departments",
        "Departments and their locations",
        frames.DEPARTMENTS,
        lambda client, _: client.departments(),
        (lambda one: str(one.id), *columns("name", "external_id", "location", "active")),
        ("department_id",),
    ),
    Snapshot(
        "locations",
        "Locations",
        frames.LOCATIONS,
        lambda client, _: client.locations(),
        (lambda one: str(one.id), *columns("name", "active")),
        ("location_id",),
    ),
    Snapshot(
        "account_codes",
        "Account codes",
        frames.ACCOUNT_CODES,
        lambda client, _: client.account_codes(),
        (lambda one: str(one.id), *columns("code", "description", "applied_accounts_count", "active")),
        ("account_code_id",),
        may_be_empty=True,
    ),
    Snapshot(
        "custom_fields",
        "Custom fields of order items",
        frames.CUSTOM_FIELDS,
        lambda client, _: client.custom_fields(),
        (lambda one: str(one.id), *columns("name", "field_type", "is_active")),
        ("field_id",),
        may_be_empty=True,
    ),
)
