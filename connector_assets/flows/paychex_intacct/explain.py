"""Why a journal line is what it is: from the line to checks, pay lines and rules, and from a check to its lines."""

import pandas as pd

from connector_assets.accounting.classify import describe_code
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.journal_build import journal_frame
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.books import PayRunBooks
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.orchestration.explanations import Explanation, posting_named
from connector_assets.orchestration.io import FrameStore
from connector_assets.orchestration.rule_words import rules_in_words
from connector_assets.records.postings import Posting

PLACE = [
    *("account_no", "department_id", "location_id", "project_id", "class_id", "custom_dimensions"),
    *("employee_id", "entity_id"),
]


def explain(
    home: Deployment,
    connection: PaychexIntacctConnection,
    reference: str,
    *,
    line_no: int | None = None,
    source_id: str | None = None,
) -> Explanation:
    """Explain a journal that is planned or posted, from stored frames; nothing is fetched. `source_id` is a check.

    Of a check the sum is zero, for a check balances. Of a journal in parts, its reference and a check name the part.
    Raises AccountingError when there is no such journal, line or check, or when no trace of it is kept.
    """
    store, names = FrameStore(home.settings.frames_path), Names(connection)
    posting = _part_with(home, store, names, reference, source_id) or posting_named(
        home.postings.list(connection.name), connection.name, reference
    )
    reference = posting.reference
    books = PayRunBooks(home, store, names, posting.key.source_id)
    trace = books.trace(posting)
    if trace.empty:
        raise AccountingError(f"No trace of {reference} was kept.", fix="Only labor journals come from checks.")
    journal = books.journal(posting)
    lines = journal_frame(journal)
    pay_lines = store.read(names.own("pay_lines"), posting.partition)
    chosen = _chosen(trace, reference, line_no, source_id)
    parts = _parts(chosen, lines, pay_lines)
    rules = rules_in_words(home, connection.name)
    used = {rule_id: rules.get(rule_id, "a rule that is in no version") for rule_id in parts["rule_id"].dropna()}
    total_cents = int(parts["amount_cents"].sum())
    state, version = posting.state.value, journal.mapping_version
    return Explanation(reference, posting.partition, state, lines, parts, total_cents, used, version)


def _part_with(
    home: Deployment, store: FrameStore, names: Names, reference: str, check_id: str | None
) -> Posting | None:
    """The part of a journal that has the check; None for a journal that is not in parts of whole checks."""
    connection = names.connection.name
    parts = [one for one in home.postings.list(connection) if one.reference.startswith(f"{reference}-p")]
    for part in parts:
        trace = PayRunBooks(home, store, names, part.key.source_id).trace(part)
        if check_id is not None and (trace["check_id"] == check_id).any():
            return part
    if parts:
        listed = f"{parts[0].reference} to {parts[-1].reference}"
        raise AccountingError(
            f"{reference} is in {len(parts)} parts, {listed}.", fix="Name one of them, or a check of it with --source."
        )
    return None


def _chosen(trace: pd.DataFrame, reference: str, line_no: int | None, check_id: str | None) -> pd.DataFrame:
    chosen = trace
    if line_no is not None:
        chosen = chosen[chosen["journal_line_no"] == line_no]
        if chosen.empty or line_no < 1:
            last = int(trace["journal_line_no"].max())
            raise AccountingError(f"{reference} has no line {line_no}.", fix=f"Its lines are 1 to {last}.")
    if check_id is not None:
        chosen = chosen[chosen["check_id"] == check_id]
        if chosen.empty:
            where = reference if line_no is None else f"line {line_no} of {reference}"
            raise AccountingError(f"Check {check_id} is not in {where}.", fix="Leave --source out to see which are.")
    return chosen


def _parts(trace: pd.DataFrame, lines: pd.DataFrame, pay_lines: pd.DataFrame) -> pd.DataFrame:
    """Each piece with the pay line it comes from and the journal line it went to."""
    source = pay_lines[["check_id", "line_no", "worker_id", "code", "name", "classification", "amount_cents"]]
    source = source.rename(columns={"amount_cents": "pay_line_cents"})
    source["what"] = [
        describe_code(str(row.code), str(row.name_), str(row.classification))
        for row in source.rename(columns={"name": "name_"}).itertuples(index=False)
    ]
    placed = lines[["journal_line_no", *PLACE]]
    columns = ["check_id", "worker_id", "line_no", "kind", "what", "pay_line_cents", "piece_no", "amount_cents"]
    joined = trace.merge(
        source[["check_id", "line_no", "worker_id", "what", "pay_line_cents"]], "left", ["check_id", "line_no"]
    ).merge(placed, "left", "journal_line_no")
    joined["pay_line_cents"] = joined["pay_line_cents"].astype("Int64")
    joined["what"] = joined["what"].fillna(joined["kind"])
    ordered = joined[["journal_line_no", *PLACE, *columns, "rule_id"]]
    return ordered.sort_values(["journal_line_no", "check_id", "line_no", "piece_no"], ignore_index=True)
