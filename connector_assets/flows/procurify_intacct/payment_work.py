"""One payment, step by step: read, post once its bills are there, reconcile. `assets_payments` makes events of it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from connector_assets.accounting.bill_mapping import BillRuleKind
from connector_assets.accounting.documents import BILL_PAYMENTS, PAYMENT_LINES
from connector_assets.accounting.findings import Finding, FoundError, blocking, finding, told
from connector_assets.accounting.money import text_from_cents
from connector_assets.flows.procurify_intacct import status
from connector_assets.flows.procurify_intacct.discovery import payment_head, payment_key, payment_lines
from connector_assets.flows.procurify_intacct.document_work import DocumentWork, Tools
from connector_assets.flows.procurify_intacct.frames import PAYMENT_RECONCILIATION
from connector_assets.flows.procurify_intacct.paid_bills import bill_there
from connector_assets.posting import PostingResult
from connector_assets.vendors.intacct.postable import IntacctDocument, digest_of_held
from connector_assets.vendors.intacct.records import Record, records_of
from connector_assets.vendors.procurify.models import Payment

METHODS = {"cheque": "Printed Check", "ach": "ACH", "eft": "EFT", "wire": "EFT", "other": "Cash"}
"""Intacct's words for Procurify's ways to pay; a rule of kind payment_method says otherwise."""
LEFT = "S60"
PAYABLE = frozenset({"Posted", "Partially Paid", "Paid"})


class PaymentWork(DocumentWork):
    """The work on one payment. Each step stands alone, as for bills."""

    def __init__(self, tools: Tools, partition: str) -> None:
        super().__init__(tools, partition, status.PAYMENT)

    def read(self, payments: Mapping[str, Payment]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Keep the payment's frames. Raises as `fetch` does."""
        frames = self.fetch(payments)
        self.tools.store.write(self.names.own("bill_payment"), frames[0], self.partition)
        self.tools.store.write(self.names.own("payment_lines"), frames[1], self.partition)
        return frames

    def fetch(self, payments: Mapping[str, Payment], *, asks_ledger: bool = True) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The payment as it is there. Raises AccountingError when it is not paid any more, or on another day.

        Earlier bills are looked up in Intacct, unless it shall not be asked.
        """
        payment = payments.get(self.source_id)
        if payment is None or payment.status not in self.tools.paid:
            fix = "Nothing: once it is paid it is carried. What was posted of it stands in Intacct."
            raise FoundError(finding("S31", self.source_id, "the payment is gone or not paid any more.", fix))
        if payment_key(payment) != self.partition:
            fix = f"Carry {payment_key(payment)} in its place."
            raise FoundError(finding("S31", self.source_id, f"it is dated {payment.payment_date} now.", fix))
        found = [bill_there(self.tools, part.bill, asks_ledger=asks_ledger) for part in payment.parts]
        there = [(one.key, one.vendor_id, one.is_earlier) for one in found]
        self.frames = (payment_head(payment), payment_lines(payment, there))
        return self.frames

    @cached_property
    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """BILL_PAYMENTS and PAYMENT_LINES as they were last read."""
        store = self.tools.store
        return (
            BILL_PAYMENTS.conform(store.read(self.names.own("bill_payment"), self.partition)),
            PAYMENT_LINES.conform(store.read(self.names.own("payment_lines"), self.partition)),
        )

    @cached_property
    def _head(self) -> dict[str, Any]:
        return {str(name): value for name, value in self.frames[0].iloc[0].to_dict().items()}

    @cached_property
    def _lines(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.frames[1].to_dict("records")]

    # -- what stands against it -----------------------------------------------------------------------------------

    @cached_property
    def findings(self) -> list[Finding]:
        """Everything that stands against posting the payment, and what Intacct says is due on its bills."""
        found = self.own_findings
        return found if blocking(found) or any(one.code == LEFT for one in found) else [*found, *self._due()]

    @cached_property
    def own_findings(self) -> list[Finding]:
        """What stands against it, as far as it is known without asking Intacct."""
        absent = [line for line in self._lines if not isinstance(line["bill_key"], str)]
        missing = [self._not_there(str(line["bill_id"])) for line in absent if not line["is_earlier"]]
        found = [*missing, *self._sums(), *self._account(), *self.closed(self._head["payment_date"])]
        if blocking(found):
            return found
        if left := [self._left(line, "holds it not, or more than once") for line in absent]:
            return [*found, *left]
        document = self.document()
        return [*found, *self._not_one_vendor(), *self.changed(document)]

    @property
    def left(self) -> str:
        """Why the payment is left to people; empty when it is not."""
        return next((told(one) for one in self.findings if one.code == LEFT), "")

    def _left(self, line: Mapping[str, Any], state: str) -> Finding:
        """S60: a bill that others entered, or did not, is theirs to settle."""
        first_day, bill_id = self.connection.start_date, str(line["bill_id"])
        why = f"Payment {self.source_id} pays bill {bill_id}, which is from before {first_day}; Intacct {state}."
        fix = "Enter the payment in Intacct by hand, unless it stands there; or enter the bill under its invoice "
        return finding(LEFT, bill_id, why, f"{fix}number and materialize the payment again.")

    @property
    def unjudged(self) -> frozenset[str]:
        """The codes that are not looked for while something else stops the payment."""
        blocked = {one.code for one in blocking(self.findings)} - {"P28"}
        unjudged = [*(["P28"] if blocked else []), *(["S54"] if blocked - {"S54"} else [])]
        return frozenset(unjudged)

    def _not_there(self, bill_id: str) -> Finding:
        why = f"Bill {bill_id}, which payment {self.source_id} pays, does not stand in Intacct yet."
        return finding("S59", bill_id, why, "Carry the bill first; the next run takes the payment by itself.")

    def _sums(self) -> list[Finding]:
        head, sum_cents = self._head, sum(int(line["amount_cents"]) for line in self._lines)
        if head["currency"] != self.connection.posting.currency:
            why = f"Payment {self.source_id} is in {head['currency']}, the books are in "
            why += f"{self.connection.posting.currency}."
            return [finding("S52", self.source_id, why, "Enter it in Intacct by hand.")]
        if sum_cents == int(head["amount_cents"]) and all(int(line["amount_cents"]) > 0 for line in self._lines):
            return []
        why = f"Payment {self.source_id} states {text_from_cents(int(head['amount_cents']))}, its parts make "
        why += f"{text_from_cents(sum_cents)}; each must be above zero."
        return [finding("S58", self.source_id, why, "Compare it in Procurify, then materialize it again.")]

    def _account(self) -> list[Finding]:
        if self._bank_account is not None:
            return []
        code = self._head["account_code"] if isinstance(self._head["account_code"], str) else "none"
        why = f"Payment {self.source_id} was paid from account {code}, which is no bank account's in Intacct."
        fix = f"Add a rule with kind bank_account and source {code} to the mapping and import it."
        return [finding("P27", self.source_id, why, fix)]

    @cached_property
    def _bank_account(self) -> str | None:
        """By rule, else by the general ledger account behind it."""
        code = self._head["account_code"]
        if not isinstance(code, str):
            return None
        by_rule = self.tools.mapping.target(BillRuleKind.BANK_ACCOUNT, code)
        return by_rule or self.tools.words.words.bank_accounts.get(code)

    @cached_property
    def _vendors(self) -> list[str]:
        """The vendors of the bills, as they stand in the ledger."""
        return sorted({str(line["vendor_id"]) for line in self._lines})

    def _not_one_vendor(self) -> list[Finding]:
        if len(self._vendors) == 1:
            return []
        why = f"Payment {self.source_id} pays bills of {len(self._vendors)} vendors."
        return [finding("S58", self.source_id, why, "Split it in Procurify: Intacct pays one vendor at a time.")]

    def _due(self) -> list[Finding]:
        """P28: a bill is a draft, or less is due on it than is paid; not asked once the payment may have been sent."""
        posting = self.posting
        if posting is not None and posting.attempts:
            return []
        held = self.tools.payables.bills([str(line["bill_key"]) for line in self._lines])
        found = []
        for line in self._lines:
            bill, amount_cents = held.get(str(line["bill_key"])), int(line["amount_cents"])
            if bill is not None and bill.state in PAYABLE and bill.due_cents >= amount_cents:
                continue
            due_text = text_from_cents(bill.due_cents) if bill else ""
            if line["is_earlier"]:
                found.append(
                    self._left(line, f"says that {due_text} is due on it" if bill else "holds it not any more")
                )
                continue
            state = f"is {bill.state}, {due_text} is due" if bill else "is gone from Intacct"
            why = (
                f"Bill {line['bill_id']} {state}; payment {self.source_id} pays {text_from_cents(amount_cents)} of it."
            )
            fix = "If it was paid there by hand, void that payment or archive this one in Procurify; submit a draft."
            found.append(finding("P28", str(line["bill_id"]), why, fix))
        return found

    # -- post and reconcile ---------------------------------------------------------------------------------------

    def document(self) -> IntacctDocument:
        """The payment as the poster takes it. The caller has seen that every bill is there."""
        head, method = self._head, str(self._head["method"])
        lines: list[Record] = [
            {"bill_key": str(line["bill_key"]), "amount_cents": int(line["amount_cents"])} for line in self._lines
        ]
        record: Record = {
            "bank_account_id": self._bank_account,
            "payment_method": self.tools.mapping.target(BillRuleKind.PAYMENT_METHOD, method) or METHODS[method],
            "request_method": "bill",
            "vendor_id": next(iter(self._vendors), ""),
            "payment_no": f"PFY-PAY-{self.source_id}",
            "description": f"Procurify payment {self.source_id}",
            "payment_date": head["payment_date"],
            "currency": str(head["currency"]),
            "action": "Draft" if self.connection.posting.policy == "draft" else "Submit",
            "lines": lines,
        }
        return IntacctDocument(status.PAYMENT, "bill_payment", record)

    def post(self) -> PostingResult:
        """Hand the payment to the poster."""
        return self.hand_over(self.document(), self._head["payment_date"])

    def reconcile(self) -> tuple[pd.DataFrame, list[Finding]]:
        """Read the payment back: it must be the one sent, and each of its bills must be paid by as much."""
        ours, posting = self.document(), self.posting
        key = posting.ledger_key if posting and posting.ledger_key else ""
        held = self.tools.documents.read_back("bill_payment", [key]) if key else []
        paid: dict[str, int] = {}
        for line in (line for one in held for line in records_of(one.record.get("lines"))):
            amount = line.get("amount_cents")
            bill_key = str(line.get("bill_key"))
            paid[bill_key] = paid.get(bill_key, 0) + (amount if isinstance(amount, int) else 0)
        bills = self.tools.payables.bills([str(line["bill_key"]) for line in self._lines])
        rows = []
        for line in self._lines:
            bill_key, wanted = str(line["bill_key"]), int(line["amount_cents"])
            there = paid.get(bill_key, 0)
            due_cents = bills[bill_key].due_cents if bill_key in bills else 0
            rows.append((ours.reference, bill_key, wanted, there, there - wanted, due_cents))
        frame = PAYMENT_RECONCILIATION.conform(pd.DataFrame(rows, columns=PAYMENT_RECONCILIATION.names))
        found = self._compared(ours, [digest_of_held(ours, one) for one in held], frame)
        found += [
            self._not_paid(line) for line in self._lines
            if str(line["bill_key"]) in bills and bills[str(line["bill_key"])].paid_cents < int(line["amount_cents"])
            and self.connection.posting.policy != "draft"
        ]  # fmt: skip
        self.tools.home.postings.record_reconciled(
            self.posting_key, self.tools.actor, equal=not found, detail={"paid_cents": sum(paid.values())}
        )
        self.keep(status.ledger_kind(self.kind), {"entered_cents": sum(paid.values()), "key": key, "seen": self.seen})
        return frame, found

    def _compared(self, ours: IntacctDocument, digests: list[str], frame: pd.DataFrame) -> list[Finding]:
        if digests == [ours.digest()] and not frame["difference_cents"].any():
            return []
        why = f"Intacct's payment {ours.reference} is not the one that was sent."
        return [finding("A01", ours.reference, why, "Look at its history in Intacct: who voided or changed it?")]

    def _not_paid(self, line: Mapping[str, Any]) -> Finding:
        why = (
            f"Intacct does not say that bill {line['bill_id']} is paid by {text_from_cents(int(line['amount_cents']))}."
        )
        return finding("A02", str(line["bill_id"]), why, "Look at the bill in Intacct: is the payment waiting there?")
