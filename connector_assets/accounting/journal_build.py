"""Journals out of pieces: added up by account and dimensions, balanced in each legal entity, traced back to checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from connector_assets.accounting.calendar import entry_date
from connector_assets.accounting.frames import Column, FrameSchema, sums_by, unique_keys
from connector_assets.accounting.journal import Journal, JournalLine, JournalPolicy, custom_pairs
from connector_assets.accounting.journal_parts import WHOLE, Cut, cut_checks
from connector_assets.accounting.money import Int64Array, require_summable
from connector_assets.accounting.register import LineKind, PayRun

JOURNAL_CODES = {
    "labor": "L",
    "void": "V",
    "accrual": "A",
    "reversal": "R",
    "statistical": "S",
    "correction": "C",
    "takeback": "R",  # of everything that stands, from revision 2 on; a reversal belongs to an accrual, in revision 1
}
TITLE_LENGTH_MAX = 30
MEMO_NAMES_MAX = 3
CUSTOM = "custom_dimensions"
_INTERVAL_CODES = {
    "weekly": "WK",
    "biweekly": "BW",
    "semimonthly": "SM",
    "monthly": "MO",
    "quarterly": "QT",
    "semiannual": "SA",
    "annual": "AN",
    "": "OC",
}
LINE_KEY = (
    *("account_no", "department_id", "location_id", "project_id", "employee_id", "entity_id", "draw"),
    *("class_id", "custom_dimensions"),
)
"""What makes pieces one line; a draw too, for the bank shows each draw by itself."""

JOURNAL_LINES = FrameSchema(
    "JOURNAL_LINES",
    (
        Column("reference", "string", "reference of the journal"),
        Column("journal_line_no", "int64", "ordinal of the line in its journal, from 1"),
        Column("account_no", "string", "account of the ledger"),
        Column("amount_cents", "int64", "amount in cents: debit positive, credit negative"),
        Column("department_id", "string", "department", nullable=True),
        Column("location_id", "string", "location", nullable=True),
        Column("project_id", "string", "project", nullable=True),
        Column("class_id", "string", "class", nullable=True),
        Column("employee_id", "string", "employee", nullable=True),
        Column("entity_id", "string", "legal entity that the line belongs to"),
        Column("memo", "string", "what the line is"),
        Column("custom_dimensions", "string", "values of the company's own dimensions: NAME=value", nullable=True),
    ),
)
JOURNAL_TRACE = FrameSchema(
    "JOURNAL_TRACE",
    (
        Column("reference", "string", "reference of the journal"),
        Column("journal_line_no", "int64", "line of the journal; 0 where the pieces of a line add up to nothing"),
        Column("check_id", "string", "id of the check; empty in an accrual"),
        Column("line_no", "int64", "line of the check; 0 for net pay and inter-entity pieces"),
        Column("piece_no", "int64", "ordinal of the piece inside the line"),
        Column("kind", "string", "kind of the piece"),
        Column("side", "string", "expense, contra or balance"),
        Column("amount_cents", "int64", "amount in cents: debit positive, credit negative"),
        Column("rule_id", "string", "mapping rule that chose the account", nullable=True),
    ),
)


@dataclass(frozen=True)
class JournalBuild:
    """The journals of a pay run, their lines as JOURNAL_LINES, and JOURNAL_TRACE from each line to checks and rules."""

    journals: tuple[Journal, ...]
    lines: pd.DataFrame
    trace: pd.DataFrame


def journal_reference(pay_run: PayRun, kind: str, revision: int) -> str:
    """`PX-{company}-{pay run}-{kind}-{revision}`: the document's identity in the ledger."""
    return f"PX-{pay_run.company_label}-{pay_run.pay_run_id}-{JOURNAL_CODES[kind]}-{revision}"


def journal_title(pay_run: PayRun, revision: int) -> str:
    """`PR BW 2026-04-10 #88123 r1`: what people see first, in the 30 characters that the ledger's import allows."""
    interval = pay_run.interval.lower().replace("_", "").replace("-", "")
    code = _INTERVAL_CODES.get(interval, interval[:2].upper())
    return f"PR {code} {pay_run.check_date.isoformat()} #{pay_run.pay_run_id[-5:]} r{revision}"[:TITLE_LENGTH_MAX]


def build_journals(pieces: pd.DataFrame, pay_run: PayRun, policy: JournalPolicy) -> JournalBuild:
    """One labor journal for the ordinary checks and one void journal for the voids; one without lines is left out.

    Pieces of the same account, dimensions and entity become one line, lines of nothing are dropped, and where a cost
    lies in another entity than the employing one, due-from and due-to lines let each entity balance. Raises
    AccountingError when the amounts are too large to be added exactly.
    """
    on = entry_date(pay_run, policy.entry_date, policy.debit_days_before, policy.holidays)
    is_void = pieces["is_void"].to_numpy()
    if not is_void.any():
        return _in_parts(pieces, pay_run, policy, kind="labor", on=on)
    return _joined(
        [
            _in_parts(pieces[~is_void], pay_run, policy, kind="labor", on=on),
            _in_parts(pieces[is_void], pay_run, policy, kind="void", on=on),
        ]
    )


def _joined(builds: Sequence[JournalBuild]) -> JournalBuild:
    return JournalBuild(
        tuple(journal for build in builds for journal in build.journals),
        pd.concat([build.lines for build in builds], ignore_index=True),
        pd.concat([build.trace for build in builds], ignore_index=True),
    )


def _in_parts(pieces: pd.DataFrame, pay_run: PayRun, policy: JournalPolicy, *, kind: str, on: date) -> JournalBuild:
    """One journal, or its parts where it is too long: `labor@p1of3`, with `-p1of3` after its reference, and so on."""
    whole = assemble_journal(pieces, pay_run, policy, kind=kind, on=on)
    if not policy.lines_max or len(whole.lines) <= policy.lines_max:
        return whole
    cut = cut_of([pieces], policy)
    return _joined(
        [
            assemble_journal(own, pay_run, policy, kind=kind, on=on, part=part)
            for part, own in zip(cut.labels, cut.of(pieces), strict=True)
        ]
    )


def cut_of(sections: Sequence[pd.DataFrame], policy: JournalPolicy) -> Cut:
    """How a journal of these PIECES is cut, sections of it being added up apart; whole where it is not too long."""
    if not policy.lines_max:
        return WHOLE
    placed = [_placed(pieces, policy).assign(section=str(place)) for place, pieces in enumerate(sections)]
    together = pd.concat(placed, ignore_index=True)
    codes, keys = unique_keys(together, (*LINE_KEY, "section"))
    if np.count_nonzero(sums_by(codes, together["amount_cents"].to_numpy(), len(keys))) <= policy.lines_max:
        return WHOLE
    return cut_checks(together, codes, policy.lines_max)


def assemble_journal(
    pieces: pd.DataFrame, pay_run: PayRun, policy: JournalPolicy, *, kind: str, on: date, part: str = ""
) -> JournalBuild:
    """One journal of `kind`, dated `on`, from PIECES, all of it or a `part`. Raises like `build_journals`."""
    head = journal_head(pay_run, policy, kind, on, part)
    reference = head.reference
    placed = _placed(pieces, policy)
    amounts = placed["amount_cents"].to_numpy()
    require_summable(amounts, f"Journal {reference}")
    codes, keys = unique_keys(placed, LINE_KEY)
    totals = sums_by(codes, amounts, len(keys)).tolist()
    shown = [place for place in range(len(keys)) if totals[place]]
    shown.sort(key=lambda place: tuple(keys[place].values()))
    memos = _memos(placed["memo"], codes, len(keys))
    lines = tuple(_line(keys[place], totals[place], memos[place]) for place in shown)
    line_no = np.zeros(len(keys), dtype=np.int64)
    line_no[shown] = np.arange(1, len(shown) + 1)
    journal = replace(head, lines=lines)
    trace = placed[["check_id", "line_no", "piece_no", "kind", "side", "amount_cents", "rule_id"]].assign(
        reference=reference, journal_line_no=line_no[codes]
    )
    return JournalBuild((journal,) if lines else (), journal_frame(journal), JOURNAL_TRACE.conform(trace))


def journal_head(pay_run: PayRun, policy: JournalPolicy, kind: str, on: date, part: str = "") -> Journal:
    """A journal, or a part of it, without lines."""
    reference, title = journal_reference(pay_run, kind, policy.revision), journal_title(pay_run, policy.revision)
    if part:
        kind, reference = f"{kind}@{part}", f"{reference}-{part}"
        numbered = f"{title} {part[1:].replace('of', '/')}"
        title = numbered if len(numbered) <= TITLE_LENGTH_MAX else title
    return Journal(
        *(kind, reference, policy.journal_symbol, on, title, policy.currency, policy.state, ()), policy.mapping_version
    )


def _placed(pieces: pd.DataFrame, policy: JournalPolicy) -> pd.DataFrame:
    """The pieces with the location of balance sheet lines, and those that let each entity balance."""
    placed = pieces
    if policy.credit_location:
        on_balance = pieces["side"] == "balance"
        placed = pieces.assign(location_id=pieces["location_id"].mask(on_balance, policy.credit_location))
    crossing = _inter_entity_pieces(pieces, policy)
    return pd.concat([placed, crossing], ignore_index=True) if len(crossing) else placed


def journal_frame(journal: Journal) -> pd.DataFrame:
    """A journal's lines as JOURNAL_LINES."""
    shared = [name for name in JOURNAL_LINES.names if name not in {"reference", "journal_line_no", CUSTOM}]
    rows = [
        {"reference": journal.reference, "journal_line_no": place, CUSTOM: line.custom_text or None}
        | {name: getattr(line, name) for name in shared}
        for place, line in enumerate(journal.lines, start=1)
    ]
    return JOURNAL_LINES.conform(pd.DataFrame(rows)) if rows else JOURNAL_LINES.empty()


def _line(key: Mapping[str, str], amount_cents: int, memo: str) -> JournalLine:
    return JournalLine(
        account_no=key["account_no"],
        amount_cents=int(amount_cents),
        department_id=key["department_id"] or None,
        location_id=key["location_id"] or None,
        project_id=key["project_id"] or None,
        class_id=key["class_id"] or None,
        employee_id=key["employee_id"] or None,
        entity_id=key["entity_id"],
        memo=memo,
        custom_dimensions=custom_pairs(key[CUSTOM]),
    )


def _memos(memos: pd.Series, codes: Int64Array, count: int) -> list[str]:
    """What each line is made of: up to three names, in order."""
    memo_codes, names = pd.factorize(memos)
    pairs = np.unique(codes * max(len(names), 1) + memo_codes)
    of_line: list[list[str]] = [[] for _ in range(count)]
    for line, name in sorted((pair // len(names), names[pair % len(names)]) for pair in pairs.tolist()):
        of_line[line].append(name)
    more = [len(found) - MEMO_NAMES_MAX for found in of_line]
    return [
        ", ".join(found[:MEMO_NAMES_MAX]) + (f" and {rest} more" if rest > 0 else "")
        for found, rest in zip(of_line, more, strict=True)
    ]


def _inter_entity_pieces(pieces: pd.DataFrame, policy: JournalPolicy) -> pd.DataFrame:
    """For each check with a cost in another entity: what that entity owes, on its books and on the employing entity's.

    Liabilities stay with the employing entity; only the cost crosses.
    """
    home = policy.employing_entity_id
    elsewhere = pieces.loc[pieces["entity_id"] != home, ["check_id", "entity_id", "amount_cents"]]
    owed = elsewhere.groupby(["check_id", "entity_id"], as_index=False).agg({"amount_cents": "sum"})
    owed = owed[owed["amount_cents"] != 0]
    common = owed.assign(line_no=0, piece_no=1, side="balance")
    locations = owed["entity_id"] if policy.credit_location else pd.Series(None, index=owed.index, dtype="str")
    due_to = common.assign(
        kind=str(LineKind.DUE_TO), amount_cents=-owed["amount_cents"], account_no=policy.due_to_account,
        location_id=locations, memo=f"Due to {home}",
    )  # fmt: skip
    due_from = common.assign(
        kind=str(LineKind.DUE_FROM), entity_id=home, account_no=policy.due_from_account,
        location_id=policy.credit_location, memo="Due from " + owed["entity_id"],
    )  # fmt: skip
    return pd.concat([due_from, due_to], ignore_index=True)
