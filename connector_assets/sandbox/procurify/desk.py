"""What the simulated Procurify remembers: its records by kind, planted at the first call."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from connector_assets.sandbox.context import SandboxContext
from connector_assets.sandbox.procurify import sample
from connector_assets.sandbox.procurify.sample import Json, listed, to_cents
from connector_assets.sandbox.store import SandboxError
from connector_assets.sandbox.switches import Switch

_TABLES = (
    "CREATE TABLE IF NOT EXISTS procurify_records (kind TEXT, id INTEGER, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
)
BILL_LABELS = (
    *("Draft", "Pending approval", "Approved", "Denied", "Paid"),
    *("Partially paid", "Archived", "Payment pending", "Locked"),
)
PAYMENT_LABELS = (
    *("Draft", "Pending bills", "Approved", "Paid", "Denied"),
    *("Archived", "Scheduled", "Failed", "Voided", "Processing"),
)
SWITCHES = (
    Switch("procurify.status_numbers", ("plain", "shifted"), "which numbers stand for the statuses"),
    Switch("procurify.options_choices", ("labelled", "absent"), "whether OPTIONS labels the statuses"),
    Switch("procurify.ignored", ("unknown", "filters", "page_size", "order_by"), "parameters ignored without a word"),
    Switch("procurify.allocations", ("net", "gross"), "whether the allocations of a line hold its tax"),
    Switch("procurify.days", ("local", "utc"), "date-times that mean a day: at the tenant's offset, or in UTC"),
    Switch("procurify.pagination", ("metadata", "top"), "where a list states its pages"),
    Switch("procurify.most_rows", ("100", "7"), "the largest page there is"),
    Switch("procurify.error_shape", ("errors", "detail", "message"), "the body of a refusal"),
    Switch("procurify.without_client_header", ("refused", "accepted"), "a call without X-Procurify-Client"),
    Switch("procurify.file_host", ("own", "other"), "where files are: at the tenant, or at another host"),
    Switch("procurify.file_link", ("lasting", "ended"), "whether a file's link still works"),
)


class Desk:
    """The store's part that belongs to Procurify."""

    def __init__(self, context: SandboxContext) -> None:
        context.store.create(_TABLES)
        self.context = context

    def setting(self, name: str) -> str:
        """The value of one of our switches."""
        return self.context.switches.get(f"procurify.{name}")

    def now(self) -> str:
        """The sandbox's time as Procurify writes it, at the tenant's offset, to the microsecond."""
        local = self.context.now() - timedelta(hours=5)
        return f"{local:%Y-%m-%dT%H:%M:%S.%f}{sample.TENANT_OFFSET}"

    def all(self, kind: str) -> list[Json]:
        """Every record of a kind as it stands, by id."""
        store = self.context.store
        with store.transaction():
            if store.row("SELECT 1 FROM procurify_records") is None:
                self._plant()
            rows = store.rows("SELECT body FROM procurify_records WHERE kind = ? ORDER BY id", (kind,))
        return [json.loads(row["body"]) for row in rows]

    def _plant(self) -> None:
        bills = sample.bills(self.context.options.seed)
        for kind, records in (
            ("location", sample.locations()),
            ("department", sample.departments()),
            ("account_code", sample.account_codes()),
            ("vendor", sample.vendors()),
            ("custom_field", sample.custom_fields()),
            ("bill", bills),
            ("payment", sample.payments(bills)),
        ):
            self._keep(kind, records)

    def _keep(self, kind: str, records: Iterable[Json]) -> None:
        for record in records:
            sql = "INSERT OR REPLACE INTO procurify_records VALUES (?, ?, ?)"
            self.context.store.write(sql, (kind, int(str(record["id"])), json.dumps(record)))

    def one(self, kind: str, **wanted: object) -> Json | None:
        """The first record whose members are these."""
        found = (one for one in self.all(kind) if all(str(one.get(k)) == str(v) for k, v in wanted.items()))
        return next(found, None)

    def known(self, kind: str, **wanted: object) -> Json:
        """The same. Raises SandboxError when there is none."""
        found = self.one(kind, **wanted)
        if found is None:
            raise SandboxError(f"There is no {kind} with {wanted}. GET /admin/procurify/{kind}s lists them.")
        return found

    def save(self, kind: str, record: Json) -> Json:
        """Keep a record as it now stands; a bill's totals follow its lines, and its version counts."""
        if kind == "bill":
            version = int(str(record["version"])) + 1
            record = {**record, **sample.totals(record), "version": version, "last_modified_datetime": self.now()}
        self._keep(kind, [record])
        return record

    def add(self, kind: str, record: Json) -> Json:
        """Keep a new record under the next id."""
        number = 1 + max((int(str(one["id"])) for one in self.all(kind)), default=0)
        return self.save(kind, {"id": number, **record})

    # -- records as they are sent ---------------------------------------------------------------------------------

    def shown(self, record: Mapping[str, object]) -> Json:
        """A record without the sandbox's own members."""
        return {name: value for name, value in record.items() if not name.startswith("_")}

    def shown_bill(self, bill: Json) -> Json:
        """A bill in full."""
        vendor = self.shown(self.known("vendor", id=bill["_vendor"]))
        body: Json = {
            **self.shown(bill), **self._summary(bill), "vendor": vendor,
            "vendor_name": vendor["name"], "vendor_contact": vendor.get("contact"),
            "items": [self._item(item) for item in listed(bill["items"])],
            "costs": [self._cost(cost) for cost in listed(bill["costs"])],
            "invoice_attachments": [self._attachment(one) for one in listed(bill["invoice_attachments"])],
        }  # fmt: skip
        stated = bill.get("_stated")
        return {**body, **stated} if isinstance(stated, dict) else body

    def shown_head(self, bill: Json) -> Json:
        """A bill as the list has it."""
        vendor = self.known("vendor", id=bill["_vendor"])
        names = (
            *("id", "uuid", "version", "locked", "type", "group", "invoice_number", "submitted_date"),
            *("total_cost_with_tax", "user", "approver", "last_modified_datetime"),
        )
        items = [item["id"] for item in listed(bill["items"])]
        head = {**{name: bill[name] for name in names}, **self._summary(bill), "items": items}
        return {**head, "vendor": {"id": vendor["id"], "name": vendor["name"]}}

    def _summary(self, bill: Json) -> Json:
        days = {name: self._day(bill[name]) for name in ("invoice_date", "due_date", "gl_post_date")}
        currency = self._currency(str(bill["_currency"]))
        return {**days, "status": self.number(bill["_status"], BILL_LABELS), "currency": currency}

    def shown_payment(self, payment: Json) -> Json:
        """A payment with the bills that it pays."""
        parts = []
        for part in listed(payment["bill_payments"]):
            bill = self.known("bill", id=part["_bill"])
            vendor = self.known("vendor", id=bill["_vendor"])
            status = self.number(bill["_status"], BILL_LABELS)
            head = {"id": bill["id"], "uuid": bill["uuid"], "status": status, "vendor_name": vendor["name"],
                    "vendor": {"id": vendor["id"], "name": vendor["name"]}}  # fmt: skip
            parts.append({**self.shown(part), "bill": head})
        status = self.number(payment["_status"], PAYMENT_LABELS)
        currency = self._currency(str(payment["_currency"]))
        return {**self.shown(payment), "status": status, "currency": currency, "bill_payments": parts}

    def shown_code(self, code: Json) -> Json:
        """An account code with how many departments it applies to."""
        applied = code.get("_departments")
        count = len(applied) if isinstance(applied, list) else 0
        return {**self.shown(code), "applied_accounts_count": count, "code_length": len(str(code["code"]))}

    def number(self, label: object, labels: tuple[str, ...]) -> int:
        """The number that stands for a status."""
        place = labels.index(str(label))
        return (place + 4) % len(labels) if self.setting("status_numbers") == "shifted" else place

    def _day(self, value: object) -> object:
        if value is None or self.setting("days") == "local":
            return value
        return datetime.fromisoformat(str(value)).astimezone(tz=self.context.now().tzinfo).isoformat()

    def _currency(self, name: str) -> Json:
        number, rate, is_base = sample.CURRENCIES[name]
        return {"id": number, "name": name, "rate": rate, "base": is_base, "active": True, "description": name}

    def _item(self, item: Json) -> Json:
        cents = to_cents(item["total_cost"])
        if self.setting("allocations") == "gross":
            cents = to_cents(item["total_cost_with_tax"])
        return {**self.shown(item), "cost_allocations": self._allocations(item, cents)}

    def _cost(self, cost: Json) -> Json:
        return {**self.shown(cost), "cost_allocation": self._allocations(cost, to_cents(cost["amount"]))[0]}

    def _allocations(self, line: Json, cents: int) -> list[Json]:
        """Eight decimals each, the last one taking what is left."""
        split = line["_split"] if isinstance(line["_split"], list) else []
        weights = sum(int(weight) for _, weight in split)
        code = self.shown(self.known("account_code", code=line["_code"])) if line["_code"] else None
        left, made = Decimal(cents) / 100, []
        for place, (department_id, weight) in enumerate(split, 1):
            part = (Decimal(cents) * int(weight) / weights / 100).quantize(Decimal("0.00000001"))
            part = left if place == len(split) else part
            left -= part
            department = self.shown(self.known("department", id=department_id))
            made.append(sample.allocation(int(str(line["id"])) * 10 + place, part, code or {}, department))
        return made

    def _attachment(self, attachment: Json) -> Json:
        content = self.content(attachment)
        root = self.context.options.public_url
        if self.setting("file_host") == "other":
            root = root.replace("127.0.0.1", "localhost")
        stated: Json = {"length": len(content), "sha1_hash": hashlib.sha1(content, usedforsecurity=False).hexdigest()}
        link = f"{root}/procurify/files/{attachment['uuid']}?signature=canary-signature"
        return {**stated, "file": link, **self.shown(attachment)}

    def content(self, attachment: Json) -> bytes:
        """What a file holds."""
        return sample.file_content(int(str(attachment["id"])))
