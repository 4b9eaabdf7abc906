"""Pages that are proven complete: as many rows as every page counts, each once.

Procurify ignores what it does not know, silently: a page may be another than the one asked for, a filter may have been
left out. So nothing is believed that the reply does not show.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.procurify.errors import SYSTEM

Row = Mapping[str, object]
MOST_PAGES = 10_000
READS = 3
"""How often a list is read from its first page, when rows come or go meanwhile."""


@dataclass(frozen=True)
class Page:
    """One page: its rows, which one it is, how many there are, and how many rows in all."""

    rows: Sequence[Row]
    number: int
    pages: int
    count: int


def page_of(body: object, operation: str) -> Page:
    """A page from the envelope: `pagination` stands in `metadata`, or beside `data` in some lists."""
    if not isinstance(body, Mapping):
        raise unreadable(operation, "it is no object")
    rows, metadata = body.get("data"), body.get("metadata")
    inside = metadata.get("pagination") if isinstance(metadata, Mapping) else None
    found = inside if isinstance(inside, Mapping) else body.get("pagination")
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise unreadable(operation, "data is no list of records")
    if not isinstance(found, Mapping):
        raise unreadable(operation, "it says nothing of its pages")
    number, pages, count = (found.get(name) for name in ("current_page", "num_pages", "count"))
    if not (isinstance(number, int) and isinstance(pages, int) and isinstance(count, int)):
        raise unreadable(operation, "current_page, num_pages or count is no whole number")
    return Page(rows, number, pages, count)


def every_row(ask: Callable[[int], Page], operation: str) -> list[Row]:
    """Every row of a list, each once: read again from the first page when it changes meanwhile, READS times at most.

    Raises ProtocolError when the pages never add up to what they count.
    """
    problem = ""
    for _ in range(READS):
        rows, problem = _read(ask, operation)
        if not problem:
            return rows
    raise unreadable(operation, f"its pages do not add up: {problem}")


def _read(ask: Callable[[int], Page], operation: str) -> tuple[list[Row], str]:
    found: dict[str, Row] = {}
    taken, first, number = 0, None, 1
    while number <= MOST_PAGES:
        page = ask(number)
        if page.number != number:
            raise unreadable(operation, f"page {number} was asked for and page {page.number} came")
        first = first or page
        if page.count != first.count:
            return [], f"{first.count} rows at first, {page.count} later"
        taken += len(page.rows)
        found.update({str(row.get("id")): row for row in page.rows})
        if number >= page.pages or not page.rows:
            break
        number += 1
    if taken != len(found) or (first is not None and taken != first.count):
        return [], f"{first.count if first else 0} rows are counted, {len(found)} different ones came in {taken}"
    return list(found.values()), ""


def unreadable(operation: str, why: str) -> ProtocolError:
    """The error for a reply that is not what Procurify is known to send."""
    fix = "Try again; if it stays, ask Procurify's support: the API may have changed."
    return ProtocolError(SYSTEM, f"{operation}: {why}", fix=fix)
