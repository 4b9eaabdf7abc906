"""What every Paychex operation works with: the call as it came, and the desk that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from starlette.requests import Request

from connector_assets.sandbox.context import PayrollFirm, SandboxContext
from connector_assets.sandbox.paychex.access import Access
from connector_assets.sandbox.paychex.courier import Courier
from connector_assets.sandbox.paychex.pages import CollectionCache
from connector_assets.sandbox.paychex.replies import Listing, Page, PaychexError
from connector_assets.sandbox.paychex.staff import Staff
from connector_assets.sandbox.paychex.state import Payroll


class Desk:
    """The simulated Paychex behind the operations: access, payroll, switches, clock and collections."""

    def __init__(self, context: SandboxContext) -> None:
        self.context = context
        self.access = Access(context)
        self.payroll = Payroll(context)
        self.staff = Staff(context)
        self.courier = Courier(context)
        self.collections = CollectionCache()
        self.setting = context.switches.get
        self.root_url = f"{context.options.public_url}/paychex"

    @property
    def firm(self) -> PayrollFirm:
        """The sample firm."""
        return self.context.firm

    def today(self) -> date:
        """The day by the injected clock."""
        return self.context.now().date()

    def version(self) -> tuple[int, int, int]:
        """Changes whenever a switch, a period, a check, a worker or a unit does."""
        return self.context.switches.version, self.payroll.version, self.staff.version


@dataclass(frozen=True)
class Call:
    """One authenticated request; `media` is the representation it gets, `path` the ids in its URL."""

    desk: Desk
    request: Request
    body: bytes
    media: str

    @property
    def path(self) -> Mapping[str, str]:
        """The ids in the URL."""
        return self.request.path_params

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The query parameters; names count in lower case only, unless the switch forgives."""
        pairs = self.request.query_params.multi_items()
        if self.desk.setting("paychex.query_case") == "any":
            return [(name.lower(), value) for name, value in pairs]
        return pairs

    def one(self, name: str) -> str | None:
        """The value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def many(self, name: str) -> list[str]:
        """All values of a query parameter that may repeat."""
        return [value for key, value in self.query if key == name]

    def day(self, name: str, code: str = "API-24") -> date | None:
        """A date or date-time parameter as a calendar date; raises PaychexError 400 where it cannot be read."""
        text = self.one(name)
        if text is None:
            return None
        bare = "T" not in text
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError:
            raise PaychexError(400, code, f"The value {text!r} of {name} is not a date.") from None
        if bare and self.desk.setting("paychex.bare_dates") == "refused":
            raise PaychexError(400, code, f"The value {text!r} of {name} is not a date-time.")
        return day

    def page(self) -> Page | None:
        """The page asked for by offset and limit, or None; raises PaychexError 400 for anything but whole numbers."""
        offset, limit = self._whole("offset"), self._whole("limit")
        if not offset and not limit:
            return None if self.desk.setting("paychex.unfiltered") == "all" else Page(0, 100)
        most = self.desk.setting("paychex.page_limit")
        if limit and most != "none":
            limit = min(limit, int(most))
        return Page(offset or 0, limit or None)

    def _whole(self, name: str) -> int | None:
        text = self.one(name)
        if text is not None and not (text.isascii() and text.isdigit()):
            raise PaychexError(400, "API-24", f"The value {text!r} of {name} is not a whole number.")
        return None if text is None else int(text)

    def paged(self, listing_etag: str, page: Page | None, total: int) -> slice:
        """The window to serve; raises PaychexError past the end or without the ETag, where switches say so."""
        if page is None:
            return slice(0, total)
        strict = page.offset and self.desk.setting("paychex.etag") == "strict"
        if strict and self.request.headers.get("etag") != listing_etag:
            raise PaychexError(400, "API-40", "The ETag of the first page is missing or no longer valid.")
        if page.offset >= max(total, 1) and self.desk.setting("paychex.past_the_end") == "404":
            raise PaychexError(404, "API-43", "The search found nothing.")
        return page.window(total)

    def unless_empty(self, found: Listing) -> Listing:
        """The listing; raises PaychexError 404 API-43 for an empty one where the switch says so."""
        if not found.items and self.desk.setting("paychex.filter_without_hit") == "404":
            raise PaychexError(404, "API-43", "The search found nothing.")
        return found
