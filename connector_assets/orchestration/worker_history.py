"""How the roster changes: hires, rehires, transfers, renames, leaves, returns and terminations, each from its day on.

WORKER_HISTORY keeps every state that a worker was seen in, with the day from which it holds, so that a past day can be
asked for. Paychex dates hires and statuses; of a transfer or a new name it shows only the outcome, which is therefore
dated on the day when it was first seen. Rows are only ever added. A name appears as a keyed digest alone.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.accounting.register import WORKERS
from connector_assets.orchestration.roster import TERMINATED

ACTIVE, ON_LEAVE, REMOVED = "ACTIVE", "INACTIVE", "REMOVED"
HIRE, REHIRE, TRANSFER, RENAME = "hire", "rehire", "transfer", "rename"
LEAVE, RETURN, TERMINATION, CHANGE, REMOVAL = "leave", "return", "termination", "change", "removal"
EVENTS = (HIRE, REHIRE, TRANSFER, RENAME, LEAVE, RETURN, TERMINATION, CHANGE, REMOVAL)
LONG_AGO = date(1900, 1, 1)
"""From when a state holds whose beginning nobody knows."""

PLACE = ("organization_id", "location_id", "labor_assignment_id", "job_id")
_ORDER = "_order"

WORKER_HISTORY = FrameSchema(
    "worker_history",
    (
        Column("event", "string", f"What happened: {', '.join(EVENTS)}"),
        Column("effective_date", "date", "Day from which the state holds"),
        Column("seen_on", "date", "Day on which it was first seen"),
        *WORKERS.columns,
    ),
)


def now_of(history: pd.DataFrame) -> pd.DataFrame:
    """The newest state of each worker (WORKERS)."""
    return WORKERS.conform(history.drop_duplicates("worker_id", keep="last")[WORKERS.names])


def as_of(history: pd.DataFrame, day: date) -> pd.DataFrame:
    """Each worker as they were on a day (WORKERS): the last state that had begun by then, unless that is removal."""
    begun = history[history["effective_date"].map(lambda since: since <= day).astype(bool)] if len(history) else history
    ordered = begun.assign(**{_ORDER: np.arange(len(begun))}).sort_values(["effective_date", _ORDER], kind="stable")
    last = ordered.drop_duplicates("worker_id", keep="last")
    return WORKERS.conform(last.loc[last["status"] != REMOVED, WORKERS.names])


def new_events(history: pd.DataFrame, roster: pd.DataFrame, today: date) -> pd.DataFrame:
    """What is new in the roster (WORKERS): rows to add to the history (WORKER_HISTORY), in order."""
    before = now_of(history)
    here = pd.Index(before["worker_id"]).get_indexer(pd.Index(roster["worker_id"]))
    known = here >= 0
    parts = _first_seen(roster[~known], today)
    after, old = roster[known].reset_index(drop=True), before.take(here[known]).reset_index(drop=True)
    parts += _changes(old, after, today)
    parts.append(_gone(before[~before["worker_id"].isin(roster["worker_id"])], today))
    added = [part for part in parts if len(part)]
    if not added:
        return WORKER_HISTORY.empty()
    return WORKER_HISTORY.conform(pd.concat(added, ignore_index=True).assign(seen_on=today))


def with_events(history: pd.DataFrame, roster: pd.DataFrame, today: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The history with what is new in the roster, and what is new alone."""
    events = new_events(history, roster, today)
    return (pd.concat([history, events], ignore_index=True) if len(history) else events), events


def event_counts(events: pd.DataFrame) -> dict[str, int]:
    """How many events there are of each kind, in the order of EVENTS."""
    return {event: int((events["event"] == event).sum()) for event in EVENTS}


def _changes(old: pd.DataFrame, new: pd.DataFrame, today: date) -> list[pd.DataFrame]:
    """The events of workers who were known, each row of `old` being the earlier state of the same row of `new`."""
    was, now = old["status"].to_numpy(), new["status"].to_numpy()
    came_back = ((was == TERMINATED) | (was == REMOVED)) & (now != TERMINATED)
    left = (was != TERMINATED) & (now == TERMINATED)
    away = (was != ON_LEAVE) & (now == ON_LEAVE) & ~came_back
    returned = (was == ON_LEAVE) & (now == ACTIVE)
    moved = _differ(old, new, PLACE)
    renamed = _differ(old, new, ("name_digest",))
    named = came_back | left | away | returned | moved | renamed
    other = _differ(old, new, WORKERS.names) & ~named
    dated = _status_dates(new, today)
    return [
        _events(new, REHIRE, came_back, dated),
        _events(new, TERMINATION, left, dated),
        _events(new, LEAVE, away, dated),
        _events(new, RETURN, returned, dated),
        _events(new, TRANSFER, moved, today),
        _events(new, RENAME, renamed, today),
        _events(new, CHANGE, other, today),
    ]


def _first_seen(new: pd.DataFrame, today: date) -> list[pd.DataFrame]:
    """The events of workers who were not known: their hire, and how they came to the status that they have now."""
    new = new.reset_index(drop=True)
    since = new["hire_date"].map(lambda day: LONG_AGO if pd.isna(day) else day)
    earlier = new.assign(status=ACTIVE, status_reason=None, status_date=new["hire_date"])
    now, dated = new["status"].to_numpy(), _status_dates(new, today)
    back = (new["status_reason"].fillna("").str.upper() == "REHIRED").to_numpy()
    still = (now == ACTIVE) & ~back
    return [
        _events(new, HIRE, still, since),
        _events(earlier, HIRE, ~still, since),
        _events(new, REHIRE, back, dated),
        _events(new, TERMINATION, now == TERMINATED, dated),
        _events(new, LEAVE, now == ON_LEAVE, dated),
        _events(new, CHANGE, ~back & ~np.isin(now, (TERMINATED, ON_LEAVE, ACTIVE)), dated),
    ]


def _gone(old: pd.DataFrame, today: date) -> pd.DataFrame:
    """Workers whom Paychex shows no more: a record that was deleted."""
    old = old[old["status"] != REMOVED].reset_index(drop=True)
    gone = old.assign(status=REMOVED, status_reason=None, status_date=today)
    return _events(gone, REMOVAL, np.ones(len(gone), dtype=bool), today)


def _events(state: pd.DataFrame, event: str, chosen: np.ndarray, since: pd.Series | date) -> pd.DataFrame:
    rows = state[chosen]
    dates = since[chosen] if isinstance(since, pd.Series) else since
    return rows.assign(event=event, effective_date=dates)


def _status_dates(state: pd.DataFrame, today: date) -> pd.Series:
    return state["status_date"].map(lambda day: today if pd.isna(day) else day)


def _differ(old: pd.DataFrame, new: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Which rows differ in any of the columns; two missing values are equal."""
    differ = np.zeros(len(old), dtype=bool)
    for column in columns:
        left, right = old[column], new[column]
        same = (left == right).fillna(False).to_numpy(dtype=bool) | (left.isna() & right.isna()).to_numpy()
        differ |= ~same
    return differ
