"""The Procurify API as this project uses it: bills and payments are read, vendors and account codes also written.

Nothing that a reply does not show is believed: an unknown parameter is ignored without a word, so every filter is
applied to the rows again, and a list counts only when its pages add up.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from connector_assets.vendors.errors import (
    AccessError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    VendorError,
)
from connector_assets.vendors.oauth import ClientCredentials
from connector_assets.vendors.procurify.errors import SYSTEM, error_for
from connector_assets.vendors.procurify.models import (
    AccountCode,
    Attachment,
    Bill,
    BillHead,
    CustomField,
    Department,
    Location,
    Payment,
    Record,
    Vendor,
    day_of,
)
from connector_assets.vendors.procurify.paging import Page, Row, every_row, page_of, unreadable
from connector_assets.vendors.transport import Reply, Transport

AUDIENCE = "https://api.procurify.com/"
OVERLAP = timedelta(minutes=10)
AnyRecord = TypeVar("AnyRecord", bound=Record)

BILLS, BILL = "/api/v3/ap/bills/", "/api/v2/ap/bills/"
PAYMENTS = "/api/v2/ap/payments/"
VENDORS, ACCOUNT_CODES = "/api/v3/vendors/", "/api/v3/account-codes/"
DEPARTMENTS, LOCATIONS = "/api/v3/departments/", "/api/v2/locations/"
CUSTOM_FIELDS = "/api/v3/custom-fields/order-items/"
PROBED = {
    "bills": BILLS,
    "payments": PAYMENTS,
    "vendors": VENDORS,
    "account codes": ACCOUNT_CODES,
    "departments": DEPARTMENTS,
    "locations": LOCATIONS,
    "custom fields": CUSTOM_FIELDS,
}
"""What the flows read; `ping` tries each."""


class ProcurifyClient:
    """The tenant at `base_url` as the user of one application sees it.

    Every method may raise CredentialError, AccessError, NotFoundError, RefusedError, UnavailableError (busy or not
    reached, after retries) and ProtocolError (not what Procurify speaks, or pages that never add up); one that writes
    also OutcomeUnknownError. `timezone` names the zone of the tenant's days; empty: days are as they are written.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        transport: Transport,
        *,
        timezone: str = "",
        page_size: int = 50,
    ) -> None:
        self.transport = transport
        self.base_url, self._page_size = base_url.rstrip("/"), page_size
        self._zone = ZoneInfo(timezone) if timezone else None
        self._tokens = ClientCredentials(
            transport,
            token_url=f"{self.base_url}/oauth/token",
            client_id=client_id,
            client_secret=client_secret,
            credential="procurify client_id and client_secret",
            audience=AUDIENCE,
        )

    # -- bills and payments ---------------------------------------------------------------------------------------

    def bills(self, since: datetime | None = None) -> list[BillHead]:
        """Every bill, in any status, that was changed at `since` or later, oldest change first."""
        wanted = {"last_modified_datetime_0": (since - OVERLAP).isoformat()} if since else {}
        found = self._list(BillHead, "bills", BILLS, wanted)
        kept = [one for one in found if since is None or one.last_modified >= since - OVERLAP]
        return sorted(kept, key=lambda one: (one.last_modified, one.id))

    def bill(self, uuid: str) -> Bill:
        """A bill in full, as it is now."""
        return self._one(Bill, "bill", f"{BILL}{quote(uuid, safe='')}/")

    def payments(self, since: date) -> list[Payment]:
        """Every payment, in any status, that is dated `since` or later or has no date yet."""
        found = self._list(Payment, "payments", PAYMENTS, {"payment_date_0": since.isoformat()})
        return [one for one in found if one.payment_date is None or one.payment_date >= since]

    def day(self, moment: datetime | None) -> date | None:
        """The day that one of Procurify's date-times means."""
        return day_of(moment, self._zone)

    def file(self, attachment: Attachment, most_bytes: int) -> bytes:
        """The content of a bill's file, proven by its length and SHA-1 where Procurify states them.

        The token goes to the tenant's own host alone. Raises NotFoundError when the file is gone or its link ended, and
        ProtocolError when it is larger than `most_bytes` or not what Procurify says it is.
        """
        if attachment.length is not None and attachment.length > most_bytes:
            raise _unfit(attachment, f"it has {attachment.length} bytes, {most_bytes} are taken")
        is_own = urlsplit(attachment.url).netloc == urlsplit(self.base_url).netloc

        def fetch(token: str) -> Reply:
            headers = self._headers(token) if is_own else {}
            return self.transport.send("GET", attachment.url, operation="file", is_write=False, headers=headers)

        reply = self._tokens.call(fetch) if is_own else fetch("")
        if reply.status in {401, 403, 404, 410}:
            fix = "Open the bill in Procurify: is the file still there? Then materialize the bill again."
            raise NotFoundError(SYSTEM, f"file {attachment.id}: HTTP {reply.status}", fix=fix)
        if reply.status != 200:
            raise error_for(reply, "file")
        content = reply.content
        if len(content) > most_bytes or (attachment.length is not None and len(content) != attachment.length):
            raise _unfit(attachment, f"{len(content)} bytes came, {attachment.length} are stated")
        if attachment.sha1_hash and hashlib.sha1(content, usedforsecurity=False).hexdigest() != attachment.sha1_hash:
            raise _unfit(attachment, "its SHA-1 is not the one stated")
        return content

    def status_labels(self, path: str) -> dict[int, str]:
        """The statuses of a list (`BILLS`, `PAYMENTS`) by number, as its OPTIONS label them; empty when they do not."""
        body = self._body(self._call("OPTIONS", "options", path), "options")
        choices = _inside(_inside(_inside(body, "actions"), "POST"), "status") or _inside(
            _inside(body, "fields"), "status"
        )
        listed = choices.get("choices") if choices else None
        pairs = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        return {
            int(str(one["value"])): str(one.get("display_name", "")) for one in pairs if str(one.get("value")).isdigit()
        }

    # -- what bills are coded with --------------------------------------------------------------------------------

    def departments(self) -> list[Department]:
        """Every department."""
        return self._list(Department, "departments", DEPARTMENTS)

    def locations(self) -> list[Location]:
        """Every location."""
        return self._list(Location, "locations", LOCATIONS)

    def account_codes(self) -> list[AccountCode]:
        """Every account code, inactive ones too."""
        return self._list(AccountCode, "account codes", ACCOUNT_CODES)

    def custom_fields(self) -> list[CustomField]:
        """The custom fields of order items."""
        return self._list(CustomField, "custom fields", CUSTOM_FIELDS)

    def vendors(self) -> list[Vendor]:
        """Every vendor, inactive ones too."""
        return self._list(Vendor, "vendors", VENDORS)

    def vendors_known_as(self, external_id: str) -> list[Vendor]:
        """The vendors that carry this external id; the rows are looked through, for the filter may be ignored."""
        found = self._list(Vendor, "vendors", VENDORS, {"external_id": external_id})
        return [one for one in found if one.external_id == external_id]

    # -- master data ----------------------------------------------------------------------------------------------

    def create_vendor(self, fields: Mapping[str, object]) -> Vendor:
        """Create a vendor from fields as Procurify names them."""
        return self._write(Vendor, "create vendor", "POST", VENDORS, fields)

    def update_vendor(self, vendor_id: int, fields: Mapping[str, object]) -> Vendor:
        """Change fields of a vendor; the others stay."""
        return self._write(Vendor, "update vendor", "PATCH", f"{VENDORS}{vendor_id}/", fields)

    def create_account_code(self, fields: Mapping[str, object]) -> AccountCode:
        """Create an account code; `departments` are the ids it applies to."""
        return self._write(AccountCode, "create account code", "POST", ACCOUNT_CODES, fields)

    def update_account_code(self, account_code_id: int, fields: Mapping[str, object]) -> AccountCode:
        """Replace an account code's own fields."""
        return self._write(AccountCode, "update account code", "PUT", f"{ACCOUNT_CODES}{account_code_id}/", fields)

    def ping(self) -> list[str]:
        """Try the credentials and each list that the flows read, and say what is missing; empty when all is well."""
        missing = []
        for operation, path in PROBED.items():
            try:
                self._page(operation, path, {}, 1)
            except VendorError as error:
                missing.append(str(error))
                if not isinstance(error, AccessError | NotFoundError | ProtocolError):
                    break
        return missing

    # -- calls ----------------------------------------------------------------------------------------------------

    def _list(
        self, model: type[AnyRecord], operation: str, path: str, wanted: Mapping[str, str] | None = None
    ) -> list[AnyRecord]:
        rows = every_row(lambda number: self._page(operation, path, wanted or {}, number), operation)
        return _records(model, rows, operation)

    def _page(self, operation: str, path: str, wanted: Mapping[str, str], number: int) -> Page:
        params = {**wanted, "order_by": "id", "page": str(number), "page_size": str(self._page_size)}
        return page_of(self._body(self._call("GET", operation, path, params), operation), operation)

    def _one(self, model: type[AnyRecord], operation: str, path: str) -> AnyRecord:
        body = self._body(self._call("GET", operation, path), operation)
        return _records(model, [_inside(body, "data")], operation)[0]

    def _write(
        self, model: type[AnyRecord], operation: str, method: str, path: str, fields: Mapping[str, object]
    ) -> AnyRecord:
        reply = self._call(method, operation, path, fields=fields)
        try:
            body = self._body(reply, operation)
            return _records(model, [_inside(body, "data") or body], operation)[0]
        except ProtocolError as error:
            raise OutcomeUnknownError(SYSTEM, error.message, fix="Look it up in Procurify; it may be done.") from None

    def _call(
        self,
        method: str,
        operation: str,
        path: str,
        params: Mapping[str, str] | None = None,
        fields: Mapping[str, object] | None = None,
    ) -> Reply:
        is_write = fields is not None

        def send(token: str) -> Reply:
            return self.transport.send(
                method,
                self.base_url + path,
                operation=operation,
                is_write=is_write,
                headers={**self._headers(token), **({"Content-Type": "application/json"} if is_write else {})},
                params=params,
                body=json.dumps(fields) if is_write else None,
            )

        reply = self._tokens.call(send)
        if reply.status >= 300:
            raise error_for(reply, operation)
        return reply

    def _headers(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}", "X-Procurify-Client": "api", "Accept": "application/json"}

    def _body(self, reply: Reply, operation: str) -> Mapping[str, Any]:
        try:
            body = json.loads(reply.content, parse_float=Decimal)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise unreadable(operation, "the reply is no JSON object")
        return body


def _inside(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def _records(model: type[AnyRecord], rows: Iterable[Row], operation: str) -> list[AnyRecord]:
    try:
        return [model.model_validate(row) for row in rows]
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    # Raised out here: the validation error holds the whole record, and must not become this error's context.
    places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3])
    raise unreadable(operation, places)


def _unfit(attachment: Attachment, why: str) -> ProtocolError:
    fix = "Attach the file to the bill anew in Procurify, or set attachments to none in the connection file."
    return ProtocolError(SYSTEM, f"file {attachment.id}: {why}", fix=fix)
