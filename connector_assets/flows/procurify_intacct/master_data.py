"""Vendors and accounts from Intacct to Procurify: created and updated, and deactivated where Intacct retired them.

Intacct is authoritative. What Procurify has beside it is left alone. Each look reads both sides whole, so that a run
that was interrupted, or a reply that was lost, is made good by the next one; a lost reply is looked up at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.procurify_intacct.frames import CARRIED
from connector_assets.records.audit import AuditTrail
from connector_assets.vendors.errors import AccessError, OutcomeUnknownError, RefusedError
from connector_assets.vendors.intacct.models import GlAccount
from connector_assets.vendors.intacct.payables import BankAccount, LedgerVendor
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.models import OTHER_VENDOR, PREFERRED, AccountCode, Department, Vendor

CREATED, UPDATED, DEACTIVATED, UNCHANGED = "created", "updated", "deactivated", "unchanged"
LEFT_OUT, FAILED = "left_out", "failed"
WRITTEN = frozenset({CREATED, UPDATED, DEACTIVATED})
HIDDEN_TYPES = frozenset({OTHER_VENDOR, 2})
"""Vendor types that are Procurify's own: any other vendor, and the hidden ones of punch-out shops."""
ASSETS, LIABILITY, EXPENSE, INCOME = 0, 1, 2, 3
Fields = dict[str, object]


@dataclass(frozen=True)
class Outcome:
    """What became of one record: the ledger's id, how it went, Procurify's id, and why where it needs a reason."""

    ledger_id: str
    outcome: str
    procurify_id: str = ""
    why: str = ""


def carried_frame(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """CARRIED."""
    rows = [(one.ledger_id, one.outcome, one.procurify_id or None, one.why) for one in outcomes]
    return CARRIED.conform(pd.DataFrame(rows, columns=CARRIED.names))


def failures(what: str, outcomes: Sequence[Outcome]) -> list[Finding]:
    """M01 for each record that could not be carried."""
    return [
        finding(
            "M01",
            one.ledger_id,
            f"{what.capitalize()} {one.ledger_id} is not in Procurify as Intacct has it: {one.why}",
            "Correct it in Intacct or Procurify; the next run tries again.",
            Severity.WARN,
        )
        for one in outcomes
        if one.outcome == FAILED
    ]


def audited(audit: AuditTrail, outcomes: Sequence[Outcome], *, connection: str, what: str, actor: str) -> None:
    """One row of the audit trail for each record that was written."""
    for one in outcomes:
        if one.outcome in WRITTEN:
            subject = f"{connection}/{what}/{one.ledger_id}"
            reason = f"Procurify {what} {one.procurify_id}, as Intacct has it."
            audit.append(actor=actor, action=f"{what} {one.outcome} in procurify", subject=subject, reason=reason)


# -- vendors ----------------------------------------------------------------------------------------------------------


def carry_vendors(ledger: Sequence[LedgerVendor], client: ProcurifyClient) -> list[Outcome]:
    """Bring every active vendor of the ledger into Procurify, as preferred; deactivate the retired ones there."""
    there = client.vendors()
    by_id = {one.external_id: one for one in there if one.external_id}
    by_name = {one.name.get_secret_value().strip(): one for one in there if not one.external_id}
    found = []
    for vendor in ledger:
        known = by_id.get(vendor.vendor_id) or by_name.get(vendor.name)
        if known is not None and known.type in HIDDEN_TYPES:
            known = None
        found.append(_told(vendor.vendor_id, partial(_vendor, vendor, known, client)))
    return found


def _vendor(vendor: LedgerVendor, known: Vendor | None, client: ProcurifyClient) -> Outcome:
    key = vendor.vendor_id
    if not vendor.is_active:
        if known is None or not known.active:
            return Outcome(key, UNCHANGED if known else LEFT_OUT, str(known.id) if known else "", "inactive in Intacct")
        return Outcome(key, DEACTIVATED, str(client.update_vendor(known.id, {"active": False}).id))
    wanted = vendor_fields(vendor)
    if known is None:
        return Outcome(key, CREATED, str(_created_vendor(key, wanted, client).id))
    changed = {name: value for name, value in wanted.items() if value != _held(known, name)}
    if not changed:
        return Outcome(key, UNCHANGED, str(known.id))
    return Outcome(key, UPDATED, str(client.update_vendor(known.id, changed).id))


def vendor_fields(vendor: LedgerVendor) -> Fields:
    """What Procurify is to hold of a vendor: name, e-mail, phone and address; what is empty is not sent."""
    contact = vendor.contact
    names = ("addressLineOne", "addressLineTwo", "city", "state_province", "postalCode", "country")
    told = {"phoneOne": contact.phone, **dict(zip(names, contact.address, strict=True))}
    fields: Fields = {"name": vendor.name, "external_id": vendor.vendor_id, "type": PREFERRED, "active": True}
    fields |= {name: text for name, text in told.items() if text}
    return {**fields, **({"email": [contact.email]} if contact.email else {})}


def _held(vendor: Vendor, name: str) -> object:
    """A field of Procurify's, by Procurify's name."""
    if name == "email":
        return [one.get_secret_value() for one in vendor.email]
    if name in ("external_id", "type", "active"):
        return getattr(vendor, name)
    secret = getattr(vendor, _ATTRIBUTES.get(name, name))
    return secret.get_secret_value()


_ATTRIBUTES = {
    "phoneOne": "phone",
    "addressLineOne": "address_one",
    "addressLineTwo": "address_two",
    "state_province": "state",
    "postalCode": "postal_code",
}


def _created_vendor(vendor_id: str, wanted: Fields, client: ProcurifyClient) -> Vendor:
    """Create a vendor; when the reply is lost, look whether it is there."""
    try:
        return client.create_vendor(wanted)
    except OutcomeUnknownError:
        there = client.vendors_known_as(vendor_id)
        if not there:
            raise
        return there[0]


# -- account codes ----------------------------------------------------------------------------------------------------


def carry_account_codes(
    ledger: Sequence[GlAccount], banks: Sequence[BankAccount], client: ProcurifyClient
) -> list[Outcome]:
    """Bring every active account of the ledger into Procurify, applied to each department there is now.

    Accounts behind bank accounts are left out: a bill on one would be refused (BL03002112). Whether a code applies to
    a department is set when it is created and then left to people.
    """
    there = {one.code: one for one in client.account_codes()}
    departments = client.departments()
    bank_accounts = {one.account_no: one.bank_account_id for one in banks}
    found = []
    for account in ledger:
        known, bank = there.get(account.account_no), bank_accounts.get(account.account_no, "")
        found.append(_told(account.account_no, partial(_account_code, account, known, bank, departments, client)))
    return found


def _account_code(
    account: GlAccount,
    known: AccountCode | None,
    bank_account: str,
    departments: Sequence[Department],
    client: ProcurifyClient,
) -> Outcome:
    key = account.account_no
    if bank_account:
        return _bank_outcome(key, known, bank_account)
    fields: Fields = {"code": key, "description": account.title, "active": account.is_active}
    if known is None:
        if not account.is_active:
            return Outcome(key, LEFT_OUT, why="inactive in Intacct")
        applied = [one.id for one in departments if one.active]
        made = {**fields, "account_type": account_type(account), "departments": applied}
        return Outcome(key, CREATED, str(_created_code(key, made, client).id))
    if (known.description, known.active) == (account.title, account.is_active):
        return Outcome(key, UNCHANGED, str(known.id))
    how = DEACTIVATED if known.active and not account.is_active else UPDATED
    return Outcome(key, how, str(client.update_account_code(known.id, fields).id))


def _bank_outcome(key: str, known: AccountCode | None, bank_account: str) -> Outcome:
    if known is None or not (known.active and known.applied_accounts_count):
        return Outcome(key, LEFT_OUT, str(known.id) if known else "", f"behind bank account {bank_account}")
    why = f"it is behind bank account {bank_account} and applied to {known.applied_accounts_count} departments, so that"
    return Outcome(key, FAILED, str(known.id), f"{why} bills on it would be refused (BL03002112): unassign it there.")


def account_type(account: GlAccount) -> int:
    """Procurify's type of an account."""
    is_debit = account.normal_balance == "debit"
    if account.account_type == "incomestatement":
        return EXPENSE if is_debit else INCOME
    return ASSETS if is_debit else LIABILITY


def _created_code(code: str, wanted: Fields, client: ProcurifyClient) -> AccountCode:
    try:
        return client.create_account_code(wanted)
    except OutcomeUnknownError:
        there = [one for one in client.account_codes() if one.code == code]
        if not there:
            raise
        return there[0]


def _told(key: str, carry: Callable[[], Outcome]) -> Outcome:
    """One record that cannot be carried takes no other with it."""
    try:
        return carry()
    except (RefusedError, AccessError, OutcomeUnknownError) as error:
        return Outcome(key, FAILED, why=f"{error.message}. {error.fix}")


def counted(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, int]]:
    """How many records went which way."""
    for outcome in (CREATED, UPDATED, DEACTIVATED, UNCHANGED, LEFT_OUT, FAILED):
        yield outcome, sum(one.outcome == outcome for one in outcomes)
