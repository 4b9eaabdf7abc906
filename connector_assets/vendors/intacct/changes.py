"""What changed since the last look: reads by WHENMODIFIED with an overlap, so that nothing falls between two looks.

The mark of a look is the latest time that the ledger itself wrote: our clock never enters, nor does the time zone of
the field, which is documented nowhere. The next look goes back from the mark by `overlap` (a day, for records that were
committed late and for a clock that was turned back) and hands out only rows that are new or other than they were.
Deleted records are not seen this way: the gateway shows them in no query.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.filters import Filter, Operator
from connector_assets.vendors.intacct.models import unreadable_field
from connector_assets.vendors.intacct.paging import KEY_FIELD

MODIFIED_FIELD = "WHENMODIFIED"
OVERLAP = timedelta(hours=24)

_MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2}):(\d{2}))?", re.ASCII)


@dataclass(frozen=True)
class Mark:
    """How far a look went: the ledger's latest time, and digests of the rows seen within the overlap, by RECORDNO."""

    at: datetime
    seen: Mapping[str, str] = field(repr=False)

    def payload(self) -> str:
        """The mark as JSON; `mark_from_payload` reads it back."""
        return json.dumps({"at": self.at.isoformat(), "seen": dict(self.seen)}, sort_keys=True)


def mark_from_payload(text: str) -> Mark:
    """The mark that `payload()` wrote. Raises ValueError when the text is none."""
    body = json.loads(text)
    return Mark(datetime.fromisoformat(body["at"]), dict(body["seen"]))


@dataclass(frozen=True)
class Changes:
    """The rows that are new or changed, by ascending RECORDNO, and the mark to begin the next look with."""

    rows: tuple[dict[str, str], ...]
    mark: Mark | None


def read_changes(
    client: IntacctClient,
    object_name: str,
    fields: Sequence[str],
    since: Mark | None = None,
    *,
    filters: Sequence[Filter] = (),
    modified_field: str = MODIFIED_FIELD,
    overlap: timedelta = OVERLAP,
    page_size_rows: int = 1000,
) -> Changes:
    """Read what changed since the mark `since`; everything when there is none.

    max(1, ceil(rows in the overlap and after / page size)) requests. Ask for the same `fields` each time: a row is new
    when any of them changed. Raises what `IntacctClient.query` raises.
    """
    earliest = since.at - overlap if since else None
    after = [Filter(modified_field, Operator.GREATER_OR_EQUAL, (earliest,))] if earliest else []
    names = list(dict.fromkeys([*fields, modified_field]))
    rows = list(client.query(object_name, names, [*filters, *after], page_size_rows=page_size_rows))
    times = {row[KEY_FIELD]: _moment(object_name, row, modified_field) for row in rows}
    known = since.seen if since else {}
    digests = {row[KEY_FIELD]: _digest(row) for row in rows}
    fresh = tuple(row for row in rows if known.get(row[KEY_FIELD]) != digests[row[KEY_FIELD]])
    latest = max([time for time in times.values() if time], default=since.at if since else None)
    if latest is None:
        return Changes(fresh, None)
    latest = max(latest, since.at) if since else latest
    recent = {key: digests[key] for key, time in times.items() if time and time >= latest - overlap}
    return Changes(fresh, Mark(latest, recent))


def _moment(object_name: str, row: Mapping[str, str], name: str) -> datetime | None:
    """A time as the gateway writes it, MM/DD/YYYY HH:MM:SS, in whatever zone it means; None where it is empty."""
    text = row.get(name, "").strip()
    match = _MOMENT.fullmatch(text)
    try:
        if match is not None:
            month, day, year, hour, minute, second = (int(part or 0) for part in match.groups())
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the ledger's own time
    except ValueError:
        pass
    if text:
        raise _unreadable(object_name, row, name)
    return None


def _unreadable(object_name: str, row: Mapping[str, str], name: str) -> ProtocolError:
    return unreadable_field(object_name, row, name, "is not a time written MM/DD/YYYY HH:MM:SS")


def _digest(row: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]
