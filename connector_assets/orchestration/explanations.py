"""Why a line in the ledger is what it is, and what a document would be: what `explain` and `preview` show of any flow.

A flow whose documents have a trace (`audit_rows.TRACE_COLUMNS`) needs no code of its own to be explained.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.journal_build import journal_frame
from connector_assets.orchestration.audit_rows import TRACE_COLUMNS, Posted
from connector_assets.records.postings import Posting

PLACE = ["account_no", "department_id", "location_id", "project_id", "entity_id"]


@dataclass(frozen=True)
class Explanation:
    """The parts of a document, of one of its lines, or of a source document in it; `total_cents` is their sum.

    Of a line, `total_cents` is the line's amount. `rules` says in words what each rule_id in `parts` states.
    `mapping_version` is the mapping in force when the document was made, empty where that was not kept.
    """

    reference: str
    partition: str
    state: str
    lines: pd.DataFrame
    parts: pd.DataFrame
    total_cents: int
    rules: dict[str, str]
    mapping_version: str = ""


@dataclass(frozen=True)
class DocumentPreview:
    """What would be sent, as entries. `change` tells what is new against what is posted or was before.

    `source` is stored, or the system that was asked; `against` is the title of `change`.
    """

    partition: str
    source: str
    journals: list[Journal]
    findings: list[Finding]
    totals: dict[str, int]
    change: pd.DataFrame = field(default_factory=pd.DataFrame)
    against: str = ""


def posting_named(postings: Sequence[Posting], connection: str, named: str) -> Posting:
    """The posting with that reference, or of that partition. Raises AccountingError for none, and for several."""
    found = [one for one in postings if named in (one.reference, one.partition)]
    if not found:
        raise AccountingError(f"{connection} has no document {named}.", fix="See `connector status`.")
    if len(found) > 1:
        listed = ", ".join(f"{one.reference} ({one.partition})" for one in found)
        raise AccountingError(f"{connection} has {len(found)} documents {named}: {listed}.", fix="Name one of them.")
    return found[0]


def explained(
    posting: Posting,
    document_of: Callable[[Posting], Posted],
    rules: Mapping[str, str],
    *,
    line_no: int | None = None,
    source_id: str | None = None,
) -> Explanation:
    """Explain a document that is planned or posted, from what is stored; nothing is fetched.

    `source_id` is a source document or a line of it. Raises AccountingError when there is no such line or source, or no
    trace was kept.
    """
    posted = document_of(posting)
    if posted.trace.empty:
        fix = "The document was built anew since with another content: look at the source, and at the audit trail."
        raise AccountingError(f"No trace of {posting.reference} is kept.", fix=fix)
    lines = journal_frame(posted.journal)
    chosen = _chosen(posted.trace, posting.reference, line_no, source_id)
    parts = chosen[list(TRACE_COLUMNS)].merge(lines[["journal_line_no", *PLACE]], "left", "journal_line_no")
    columns = ["source_id", "source_line", "piece_kind", "amount_cents", "rule_id"]
    parts = parts[["journal_line_no", *PLACE, *columns]].sort_values("journal_line_no", kind="stable")
    used = {str(one) for one in parts["rule_id"].dropna() if one}
    return Explanation(
        posting.reference,
        posting.partition,
        posting.state.value,
        lines,
        parts.reset_index(drop=True),
        int(parts["amount_cents"].sum()),
        {one: rules.get(one, "a rule that is in no version") for one in sorted(used)},
        posted.journal.mapping_version,
    )


def _chosen(trace: pd.DataFrame, reference: str, line_no: int | None, source_id: str | None) -> pd.DataFrame:
    chosen = trace
    if line_no is not None:
        chosen = chosen[chosen["journal_line_no"] == line_no]
        if chosen.empty:
            last = int(trace["journal_line_no"].max())
            raise AccountingError(f"{reference} has no line {line_no}.", fix=f"Its lines are 1 to {last}.")
    if source_id is not None:
        chosen = chosen[(chosen["source_id"] == source_id) | (chosen["source_line"] == source_id)]
        if chosen.empty:
            where = reference if line_no is None else f"line {line_no} of {reference}"
            raise AccountingError(f"{source_id} is not in {where}.", fix="Leave --source out to see which are.")
    return chosen
