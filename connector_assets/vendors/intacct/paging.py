"""Pages that must add up: by key for `query`, by result set for `readByQuery`.

Every number a page carries is compared with what was received. A page that cannot be trusted is a ProtocolError: a read
that silently lacks rows would let a journal be posted against half a chart of accounts.
"""

from collections.abc import Iterator, Sequence

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.envelope import FunctionResult
from connector_assets.vendors.intacct.errors import SYSTEM

KEY_FIELD = "RECORDNO"


class Keyset:
    """Paging by ascending RECORDNO: `take` a page's rows, `settle` if it `is_short`, and go on while `has_more`."""

    def __init__(self, object_name: str, page_size_rows: int) -> None:
        self.object_name, self.page_size_rows = object_name, page_size_rows
        self.last_key = 0
        self.has_more = True
        self._received_rows = 0
        self._expected_rows: int | None = None
        self._settled_at_rows: int | None = None

    @property
    def is_short(self) -> bool:
        """Whether no more are announced, and yet fewer rows came than were expected: deleted meanwhile, or lost."""
        return not self.has_more and self._received_rows < (self._expected_rows or 0)

    def take(self, result: FunctionResult) -> Iterator[dict[str, str]]:
        """The page's rows that were not seen before."""
        rows = _checked_rows(self.object_name, result)
        keys = [_key(self.object_name, row) for row in rows]
        before = self.last_key
        self.has_more = (
            len(rows) >= self.page_size_rows if result.remaining_count is None else result.remaining_count > 0
        )
        if self._expected_rows is None:
            self._expected_rows = result.total_count or 0
        if self.has_more:
            self._check_progress(keys)
        fresh = {key: row for key, row in zip(keys, rows, strict=True) if key > before}
        self.last_key = max(fresh, default=before)
        self._received_rows += len(fresh)
        return iter(fresh.values())

    def settle(self, count_rows: int) -> None:
        """Go on reading if there are `count_rows` now and fewer came. Raises ProtocolError if that brought no more."""
        self._expected_rows = count_rows
        self.has_more = count_rows > self._received_rows
        if self.has_more and self._settled_at_rows == self._received_rows:
            why = f"{self._received_rows} rows came where there are {count_rows}"
            raise unreadable_page(self.object_name, why)
        self._settled_at_rows = self._received_rows

    def _check_progress(self, keys: list[int]) -> None:
        if keys != sorted(keys):
            raise unreadable_page(self.object_name, f"the page is not in the order of {KEY_FIELD}")
        if not keys or keys[-1] <= self.last_key:
            raise unreadable_page(self.object_name, "more rows are announced and none came")


class OffsetPages:
    """Paging by offset, for objects without a record number: `take` pages at `offset_rows` while `has_more`.

    Each page after the first begins with the last row of the one before, so that rows shifted by a deletion or an
    addition are noticed even when the total stays. `rows` is complete only when every page named the same total, joined
    the one before, and no record stood twice; otherwise reading begins again, MAX_PASSES times at most.
    """

    MAX_PASSES = 4

    def __init__(self, object_name: str, order_by: Sequence[str], page_size_rows: int) -> None:
        self.object_name = object_name
        self.rows: list[dict[str, str]] = []
        self.has_more = True
        self._order_by, self._page_size_rows = [name.upper() for name in order_by], page_size_rows
        self._total_rows = 0
        self._passes = 1

    @property
    def offset_rows(self) -> int:
        """Where the next page begins."""
        return max(len(self.rows) - 1, 0)

    @property
    def asked_rows(self) -> int:
        """How many rows to ask the next page for."""
        return self._page_size_rows + (1 if self.rows else 0)

    def take(self, result: FunctionResult) -> None:
        """Take a page, or begin again. Raises ProtocolError when the pages still change after MAX_PASSES."""
        page = _checked_rows(self.object_name, result)
        if result.total_count is None:
            raise unreadable_page(self.object_name, "a page does not say how many rows there are")
        if not self.rows:
            self._total_rows = result.total_count
        fresh = page[1:] if self.rows else page
        joins = not self.rows or (page and self._identity(page[0]) == self._identity(self.rows[-1]))
        self.rows += fresh
        self.has_more = len(self.rows) < self._total_rows
        distinct = len({self._identity(row) for row in self.rows})
        if (
            not joins
            or result.total_count != self._total_rows
            or distinct != len(self.rows)
            or len(self.rows) > self._total_rows
            or (self.has_more and not fresh)
        ):
            self._begin_again()

    def _identity(self, row: dict[str, str]) -> tuple[str, ...]:
        if not all(name in row for name in self._order_by):
            raise unreadable_page(self.object_name, "a row lacks a field that it was ordered by")
        return tuple(row[name] for name in self._order_by)

    def _begin_again(self) -> None:
        if self._passes == self.MAX_PASSES:
            raise unreadable_page(self.object_name, f"the pages changed each of {self._passes} times they were read")
        self._passes += 1
        self.rows, self.has_more = [], True


class ResultSet:
    """Paging by `readMore`: `take` a page's rows, and read on while there is a `result_id`."""

    def __init__(self, object_name: str) -> None:
        self.object_name = object_name
        self.result_id = ""
        self._received_rows = 0
        self._expected_rows: int | None = None

    def take(self, result: FunctionResult) -> list[dict[str, str]]:
        """The page's rows."""
        rows = _checked_rows(self.object_name, result)
        if self._expected_rows is None:
            self._expected_rows = result.total_count
        self._received_rows += len(rows)
        has_more = bool(result.remaining_count)
        if has_more and not (rows and (result.result_id or self.result_id)):
            raise unreadable_page(self.object_name, "more rows are announced, without a way to read them")
        self.result_id = (result.result_id or self.result_id) if has_more else ""
        if not has_more and self._expected_rows not in {None, self._received_rows}:
            why = f"{self._received_rows} rows came of {self._expected_rows}"
            raise unreadable_page(self.object_name, why)
        return rows


def is_key(text: str) -> bool:
    """Whether a text is a whole number as the gateway writes record numbers."""
    return text.isascii() and text.isdigit() and len(text) < 19


def unreadable_page(object_name: str, why: str) -> ProtocolError:
    """The error for pages that do not add up."""
    fix = "Run it again; if it stays so, report it with the object's name."
    return ProtocolError(SYSTEM, f"reading {object_name}: {why}", fix=fix)


def _checked_rows(object_name: str, result: FunctionResult) -> list[dict[str, str]]:
    rows = result.rows()
    if result.count is not None and result.count != len(rows):
        raise unreadable_page(object_name, f"a page announces {result.count} rows and carries {len(rows)}")
    return rows


def _key(object_name: str, row: dict[str, str]) -> int:
    text = row.get(KEY_FIELD, "").strip()
    if not is_key(text):
        raise unreadable_page(object_name, f"a row carries no {KEY_FIELD}")
    return int(text)
