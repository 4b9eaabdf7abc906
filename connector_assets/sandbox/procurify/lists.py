"""Lists: which parameters are known, how they filter, and the envelope with its pages (fact sheet section 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector_assets.sandbox.procurify.desk import Desk
from connector_assets.sandbox.procurify.sample import Json

DEFAULT_PAGE_SIZE = 10


@dataclass(frozen=True)
class Listing:
    """A list: its parameters that compare for equality and as ranges (`NAME_0`, `NAME_1`), and what it searches."""

    equal: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


BILLS = Listing(
    ("vendor", "currency", "type", "user", "approver", "group"),
    ("due_date", "gl_post_date", "invoice_date", "submitted_date", "last_modified_datetime"),
    ("invoice_number",),
)
PAYMENTS = Listing(("currency", "approver"), ("payment_date",))
VENDORS = Listing(("external_id", "name", "type"), searched=("name",))
ACCOUNT_CODES = Listing(("active", "code", "is_parent"), searched=("code", "description"))
PLAIN = Listing()


def page(desk: Desk, listing: Listing, rows: Sequence[Json], query: Mapping[str, str], url: str) -> Json:
    """One page in its envelope. What a list does not know, it ignores."""
    ignored = desk.setting("ignored")
    kept = list(rows) if ignored == "filters" else [row for row in rows if _fits(listing, row, query)]
    if ignored != "order_by":
        kept = _ordered(kept, query.get("order_by", ""))
    most = int(desk.setting("most_rows"))
    size = DEFAULT_PAGE_SIZE if ignored == "page_size" else min(_whole(query, "page_size", DEFAULT_PAGE_SIZE), most)
    pages = max(1, -(-len(kept) // size))
    number = min(_whole(query, "page", 1), pages)
    shown = kept[(number - 1) * size : number * size]
    pagination: Json = {
        "count": len(kept), "num_pages": pages, "current_page": number, "page_size": size,
        "next": f"{url}?page={number + 1}" if number < pages else None,
        "previous": f"{url}?page={number - 1}" if number > 1 else None,
    }  # fmt: skip
    if desk.setting("pagination") == "top":
        return {"data": shown, "pagination": pagination}
    return {"data": shown, "metadata": {"pagination": pagination}}


def _fits(listing: Listing, row: Json, query: Mapping[str, str]) -> bool:
    for name in listing.equal:
        if name in query and _plain(row.get(name)) != query[name]:
            return False
    for name in listing.ranges:
        low, high = query.get(f"{name}_0"), query.get(f"{name}_1")
        if (low and not _at_least(row.get(name), low)) or (high and not _at_least(high, row.get(name))):
            return False
    words = query.get("search", "").lower()
    return not words or any(words in str(row.get(name)).lower() for name in listing.searched)


def _plain(value: object) -> str:
    value = value.get("id") if isinstance(value, dict) else value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at_least(value: object, limit: object) -> bool:
    if not value or not limit:
        return False
    ours, theirs = (datetime.fromisoformat(str(one)) for one in (value, limit))
    if (ours.tzinfo is None) != (theirs.tzinfo is None):
        return ours.date() >= theirs.date()
    return ours >= theirs


def _ordered(rows: list[Json], wanted: str) -> list[Json]:
    name = wanted.removeprefix("-")
    if not name or not all(name in row for row in rows):
        return list(reversed(rows))  # newest first, as an application shows its lists
    return sorted(rows, key=lambda row: (str(type(row[name])), row[name]), reverse=wanted.startswith("-"))


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdigit() and int(text) else default
