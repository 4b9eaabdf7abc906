"""One bill, step by step: read, build, post, reconcile. `assets_bills` makes Dagster events of it."""

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from connector_assets.accounting.bill_build import BillBuild, BillHead, BillLine, BillPolicy, bill_number, build_bill
from connector_assets.accounting.documents import BILL_LINES, BILLS
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, FoundError, blocking, finding
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.validation import check_dimensions
from connector_assets.flows.procurify_intacct import status
from connector_assets.flows.procurify_intacct.attachments import carry_files
from connector_assets.flows.procurify_intacct.discovery import bill_head, bill_lines, posting_day
from connector_assets.flows.procurify_intacct.document_work import STANDING, DocumentWork, Tools
from connector_assets.orchestration.ledger_frames import RECONCILIATION
from connector_assets.orchestration.stages import stop_if_blocked
from connector_assets.posting import PostingResult
from connector_assets.vendors.errors import NotFoundError
from connector_assets.vendors.intacct.postable import IntacctDocument, digest_of_held
from connector_assets.vendors.intacct.records import Record, records_of
from connector_assets.vendors.procurify.models import Bill

KEY = ("account_no", "department_id", "location_id", "project_id", "class_id")
DIMENSIONS = ("department_id", "location_id", "project_id", "class_id")


class BillWork(DocumentWork):
    """The work on one bill. Each step stands alone: what an earlier one left is read from the store if need be."""

    def __init__(self, tools: Tools, partition: str) -> None:
        super().__init__(tools, partition, status.BILL)

    # -- the bill -------------------------------------------------------------------------------------------------

    @cached_property
    def source_bill(self) -> Bill:
        """The bill as Procurify has it now. Raises AccountingError when it is not known or gone."""
        known = self.tools.home.sources.get(self.connection.name, status.BILL, self.source_id)
        if known is None:
            fix = "Materialize approved_bills: it finds the bills there are."
            raise AccountingError(f"Bill {self.source_id} is not known to this connection.", fix=fix)
        try:
            return self.tools.source.bill(str(known.totals["uuid"]))
        except NotFoundError:
            fix = "Nothing: it was deleted there. What was posted of it stands in Intacct."
            raise FoundError(finding("S31", self.source_id, "the bill is gone.", fix)) from None

    def read(self) -> tuple[pd.DataFrame, pd.DataFrame, list[Finding]]:
        """Fetch the bill and keep its frames. Raises as `fetch` does."""
        found = self.fetch()
        for name, frame in zip(("bill", "bill_lines"), self.frames, strict=True):
            self.tools.store.write(self.names.own(name), frame, self.partition)
        return *self.frames, found

    def fetch(self) -> list[Finding]:
        """The bill as Procurify has it now, into `frames`. Raises AccountingError when it is not approved any more."""
        bill = self.source_bill
        posting = self.posting
        is_posted = posting is not None and posting.state in STANDING
        if bill.status not in (self.tools.settled if is_posted else self.tools.approved):
            fix = "Nothing: once it is approved again, it is carried again."
            if posting is not None and is_posted:
                fix = f"It stands in Intacct as {posting.reference}: reverse it there, or approve it again."
            raise FoundError(finding("S31", self.source_id, "the bill is not approved any more.", fix))
        heads = bill_head(self.tools.source, bill, self.tools.vendor_of(bill), posting_day(self.tools.source, bill))
        lines, found = bill_lines(bill)
        self.frames = (heads, lines)
        return found

    @cached_property
    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """BILLS and BILL_LINES as they were last read."""
        store = self.tools.store
        return (
            BILLS.conform(store.read(self.names.own("bill"), self.partition)),
            BILL_LINES.conform(store.read(self.names.own("bill_lines"), self.partition)),
        )

    @cached_property
    def head(self) -> BillHead:
        """The bill's head."""
        row = {str(name): value for name, value in self.frames[0].iloc[0].to_dict().items()}
        return BillHead(
            bill_id=str(row["bill_id"]),
            vendor_id=_optional(row["vendor_id"]),
            source_vendor_id=str(row["source_vendor_id"]),
            invoice_no=_text(row["invoice_no"]),
            order_no=_text(row["order_no"]),
            invoice_date=None if pd.isna(row["invoice_date"]) else row["invoice_date"],
            posting_date=row["posting_date"],
            due_date=None if pd.isna(row["due_date"]) else row["due_date"],
            currency=str(row["currency"]),
            total_cents=int(row["total_cents"]),
        )

    # -- what the ledger is to hold -------------------------------------------------------------------------------

    @cached_property
    def _built(self) -> BillBuild:
        lines = [_line({str(k): v for k, v in row.items()}) for row in self.frames[1].to_dict("records")]
        return build_bill(self.head, lines, self.tools.mapping, self.tools.words.words, self._policy)

    @cached_property
    def build(self) -> BillBuild:
        """The bill that the ledger is to hold, with everything that stands against posting it."""
        built = self._built
        coded = built.lines[built.lines["account_no"] != ""]
        found = [
            *built.findings,
            *check_dimensions(coded, self.tools.lookup.snapshot),
            *self.closed(self.head.posting_date),
            *self._twice(),
            *(self.changed(self.document("")) if built.bill is not None else []),
        ]
        return BillBuild(None if blocking(found) else built.bill, built.lines, found)

    @property
    def unjudged(self) -> frozenset[str]:
        """S54 while there is no bill that could be compared with the one that was sent."""
        return frozenset({"S54"}) if self._built.bill is None else frozenset()

    @property
    def _policy(self) -> BillPolicy:
        posting = self.connection.posting
        known = self.tools.home.sources.get(self.connection.name, status.BILL, self.source_id)
        uuid = str(known.totals["uuid"]) if known else ""
        link = posting.link.replace("{base_url}", self.tools.source.base_url).replace("{uuid}", uuid)
        return BillPolicy(posting.entity, posting.currency, self.connection.tax.prebuilt_solution, link)

    def _twice(self) -> list[Finding]:
        """S55: another bill with this vendor's invoice number is planned or posted."""
        number = bill_number(self.head)
        other = self.tools.numbers.get((self.head.vendor_id or "", number))
        if other is None or other == self.source_id:
            return []
        why = f"Bill {other} carries invoice {number} of vendor {self.head.vendor_id} already."
        return [finding("S55", self.source_id, why, "One of them is a mistake: correct or archive it in Procurify.")]

    def keep_lines(self) -> None:
        """Keep the ledger's lines with the items they come from, as `ap_bill`: of a bill that was sent, those sent."""
        posting, built = self.posting, self._built
        was_sent = posting is not None and posting.state in STANDING
        if not was_sent or (built.bill is not None and not self.changed(self.document(""))):
            self.tools.store.write(self.names.own("ap_bill"), built.lines, self.partition)

    def document(self, attachment_id: str) -> IntacctDocument:
        """The bill as the poster takes it. Raises AccountingError when something stops it."""
        bill = self._built.bill
        if bill is None:
            raise AccountingError(f"Bill {self.source_id} cannot be posted.", fix="Clear its findings first.")
        record: Record = {
            "bill_date": bill.bill_date,
            "posting_date": bill.posting_date,
            "vendor_id": bill.vendor_id,
            "bill_no": bill.bill_no,
            "reference_no": bill.order_no,
            "description": bill.description,
            "due_date": bill.due_date,
            "attachment_id": attachment_id,
            "currency": bill.currency,
            "is_tax_inclusive": False if bill.tax_solution else None,
            "action": "Draft" if self.connection.posting.policy == "draft" else "Submit",
            "tax_solution_id": bill.tax_solution,
            "custom": dict(bill.custom_fields),
            "lines": [
                _ledger_line({str(k): v for k, v in row.items()}) for row in self._built.lines.to_dict("records")
            ],
        }
        return IntacctDocument(status.BILL, "bill", record)

    # -- post and reconcile ---------------------------------------------------------------------------------------

    def post(self) -> tuple[PostingResult, list[Finding]]:
        """Carry the files, then hand the bill to the poster. Raises AccountingError when a file must be there."""
        posting, attachment_id = self.posting, ""
        found: list[Finding] = []
        if posting is None or posting.state not in STANDING:
            policy = self.connection.posting
            attachment_id, found = carry_files(self.source_bill, self.tools.source, self.tools.documents, policy)
            stop_if_blocked(found)
        vendor_id, number = self.head.vendor_id or "", bill_number(self.head)
        self.keep(status.NUMBER, {"vendor_id": vendor_id, "bill_no": number})
        self.tools.numbers.setdefault((vendor_id, number), self.source_id)
        return self.hand_over(self.document(attachment_id), self.head.posting_date), found

    def reconcile(self) -> tuple[pd.DataFrame, list[Finding]]:
        """Read the bill back: it must be the one sent, line by line, and its total the source's, cent by cent."""
        posting, ours = self.posting, self.document("")
        key = posting.ledger_key if posting and posting.ledger_key else ""
        held = self.tools.documents.read_back("bill", [key]) if key else []
        lines = [line for one in held for line in records_of(one.record.get("lines"))]
        frame = _compared(ours.reference, self._built.lines, lines)
        found = [_differs(ours.reference, row) for row in frame.to_dict("records") if row["difference_cents"]]
        if [digest_of_held(ours, one) for one in held] != [ours.digest()] and not found:
            found.append(_not_ours(ours.reference, len(held)))
        totals = self.tools.payables.bills([key]).get(key) if key else None
        entered_cents = totals.entered_cents if totals else 0
        found += self._against_total(entered_cents)
        self.tools.home.postings.record_reconciled(
            self.posting_key,
            self.tools.actor,
            equal=not found,
            detail={"bill_total_cents": self.head.total_cents, "ledger_total_cents": entered_cents},
        )
        self.keep(status.ledger_kind(self.kind), {"entered_cents": entered_cents, "key": key, "seen": self.seen})
        return frame, found

    def _against_total(self, entered_cents: int) -> list[Finding]:
        if entered_cents == self.head.total_cents:
            return []
        why = f"Bill {self.source_id} comes to {text_from_cents(self.head.total_cents)}, "
        why += f"Intacct holds {text_from_cents(entered_cents)}, tax included."
        return [finding("A02", self.source_id, why, "Compare both; someone or something changed one of them.")]


def _line(row: Mapping[str, Any]) -> BillLine:
    return BillLine(
        item_id=str(row["item_id"]),
        text=str(row["text"]),
        account_code=_text(row["account_code"]),
        department_ref=_text(row["department_ref"]),
        department=_text(row["department"]),
        location=_text(row["location"]),
        net_cents=int(row["net_cents"]),
        tax_cents=int(row["tax_cents"]),
        tax_name=str(row["tax_name"]),
        custom_fields=json.loads(row["custom_fields"]),
    )


def _ledger_line(row: Mapping[Hashable, Any]) -> Record:
    """A row of AP_LINES as Intacct's line."""
    detail = _text(row["tax_detail_id"])
    taxes: list[Record] = [{"tax_detail_id": detail, "tax_cents": int(row["tax_cents"])}] if detail else []
    return {
        "account_no": str(row["account_no"]),
        "amount_cents": int(row["amount_cents"]),
        "memo": str(row["memo"]),
        **{name: _text(row[name]) for name in DIMENSIONS},
        "custom": json.loads(row["custom_fields"]),
        **({"taxes": taxes} if taxes else {}),
    }


def _compared(number: str, ours: pd.DataFrame, held: Sequence[Record]) -> pd.DataFrame:
    """RECONCILIATION: both sides' lines summed by account and dimensions."""
    wanted: Counter[tuple[str, ...]] = Counter()
    there: Counter[tuple[str, ...]] = Counter()
    for row in ours.to_dict("records"):
        wanted[tuple(_text(row[name]) for name in KEY)] += int(row["amount_cents"])
    for line in held:
        amount = line.get("amount_cents")
        there[tuple(_text(line.get(name)) for name in KEY)] += amount if isinstance(amount, int) else 0
    rows = [
        (number, *(part or None for part in key), wanted[key], there[key], there[key] - wanted[key])
        for key in sorted(wanted.keys() | there.keys())
    ]
    columns = ["reference", *KEY, "register_cents", "ledger_cents", "difference_cents"]
    return RECONCILIATION.conform(pd.DataFrame(rows, columns=columns))


def _differs(number: str, row: Mapping[Hashable, Any]) -> Finding:
    place = "/".join(_text(row[name]) for name in KEY)
    wanted, held = text_from_cents(int(row["register_cents"])), text_from_cents(int(row["ledger_cents"]))
    why = f"{place}: the bill asks for {wanted}, Intacct holds {held}."
    return finding("A01", number, why, "Someone or something changed the posted bill: look at its history in Intacct.")


def _not_ours(number: str, count: int) -> Finding:
    why = f"Intacct's bill {number} is not the one that was sent." if count else f"Intacct holds no bill {number} now."
    return finding("A01", number, why, "Look at its history in Intacct: vendor, dates, currency and dimensions.")


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
