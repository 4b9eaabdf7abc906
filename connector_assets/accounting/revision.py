"""Corrections: what a pay run's journals in the ledger say against what is now wanted, and the journals that mend it.

Nothing posted is ever edited or deleted. What stands is known check by check (frames of BOOKED, one for each journal);
a check whose content in the register has not changed keeps its pieces, whatever the mapping or the roster has become.

    nothing       the books say what is wanted
    first         nothing stands yet
    addition      only checks were added: a journal of those alone
    check_level   one correction journal: the old lines taken back, the new lines, of the affected checks only
    whole         everything taken back in one journal, and booked anew in others
    delta         the period is closed: the net difference, dated into an open period
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import pandas as pd

from connector_assets.accounting.entity_journals import per_entity
from connector_assets.accounting.frames import Column, FrameSchema
from connector_assets.accounting.journal import Journal, JournalLine, JournalPolicy
from connector_assets.accounting.journal_build import (
    JOURNAL_TRACE,
    LINE_KEY,
    JournalBuild,
    assemble_journal,
    cut_of,
    journal_frame,
    journal_head,
)
from connector_assets.accounting.pieces import PIECES
from connector_assets.accounting.register import PayRun

CORRECTION, TAKEBACK = "correction", "takeback"
ADDS, TAKES_BACK, RESETS = "adds", "takes_back", "resets"
NAMED_MAX = 2
_ROW_END = "\x1e"

BOOKED = FrameSchema(
    "BOOKED",
    (
        *PIECES.columns,
        Column("check_digest", "string", "digest of the check in the register that was booked"),
        Column("step", "string", "adds or takes_back the check; resets: all that stands is what this frame holds"),
    ),
)
_PIECE_KEY = ["check_id", *LINE_KEY]
Books = Counter[JournalLine]
"""Cents by place: a line without amount and memo stands for its account, its dimensions and its entity."""


class Answer(StrEnum):
    """What to do about a pay run."""

    NOTHING = "nothing"
    FIRST = "first"
    ADDITION = "addition"
    CHECK_LEVEL = "check_level"
    WHOLE = "whole"
    DELTA = "delta"


@dataclass(frozen=True)
class Decision:
    """The answer, the checks that it is about, and the frames it was made from: what stands, and what is wanted.

    `stands` is None where it is not known check by check; then `books` holds what the journals add up to.
    """

    answer: Answer
    added: frozenset[str]
    removed: frozenset[str]
    changed: frozenset[str]
    stands: pd.DataFrame | None
    wanted: pd.DataFrame
    books: Books


@dataclass(frozen=True)
class Correction:
    """A journal to be posted, its BOOKED frame, its JOURNAL_TRACE, and the references of the journals it corrects."""

    journal: Journal
    booked: pd.DataFrame
    trace: pd.DataFrame
    corrects: tuple[str, ...]
    revision: int


def check_digests(checks: pd.DataFrame, lines: pd.DataFrame) -> dict[str, str]:
    """SHA-256 (hex) of each check of a register by its id: PAY_CHECKS row and PAY_LINES in any order of the lines."""
    texts: dict[str, list[str]] = {}
    for frame, left_out in ((checks, "pay_run_id"), (lines, "line_no")):
        text = frame.drop(columns=left_out).to_csv(index=False, header=False, lineterminator=_ROW_END)
        for check_id, row in zip(frame["check_id"], text.split(_ROW_END)[: len(frame)], strict=True):
            texts.setdefault(check_id, []).append(row)
    return {
        check_id: hashlib.sha256(_ROW_END.join(sorted(rows)).encode()).hexdigest() for check_id, rows in texts.items()
    }


def booked(pieces: pd.DataFrame, digests: Mapping[str, str], step: str = ADDS) -> pd.DataFrame:
    """PIECES as BOOKED."""
    return BOOKED.conform(pieces[PIECES.names].assign(check_digest=pieces["check_id"].map(digests), step=step))


def standing(documents: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """BOOKED of the checks that stand, with the column `reference` of the journal that booked each.

    `documents` are the BOOKED frames of the posted journals by reference, in order of revision; what takes a check back
    comes before what books it anew.
    """
    stands: dict[str, pd.DataFrame] = {}
    for reference, frame in documents.items():
        if frame["step"].eq(RESETS).any():
            stands = {}
        for check_id in frame.loc[frame["step"] == TAKES_BACK, "check_id"].unique():
            stands.pop(check_id, None)
        added = frame[frame["step"] != TAKES_BACK].assign(reference=reference)
        stands.update({str(check_id): rows for check_id, rows in added.groupby("check_id", sort=False)})
    if not stands:
        return BOOKED.empty().assign(reference=pd.Series([], dtype="str"))
    return pd.concat(stands.values(), ignore_index=True)


def books_of(journals: Sequence[Journal]) -> Books:
    """What journals add up to: cents by account, dimensions and entity, nothing left out but zeros."""
    sums: Books = Counter()
    for journal in journals:
        for line in journal.lines:
            sums[_place_of(line)] += line.amount_cents
    return Counter({place: cents for place, cents in sums.items() if cents})


def _place_of(line: JournalLine) -> JournalLine:
    return replace(line, amount_cents=0, memo="", custom_dimensions=tuple(sorted(line.custom_dimensions)))


def place_in_words(place: JournalLine) -> str:
    """A place of the books, its parts in the order of a journal line."""
    account_no, _, *dimensions = place.booked_as()
    return "/".join(part or "-" for part in (account_no, *dimensions, place.entity_id))


def books_of_pieces(pieces: pd.DataFrame, pay_run: PayRun, policy: JournalPolicy) -> Books:
    """What PIECES add up to once they are a journal."""
    return books_of(
        assemble_journal(pieces[PIECES.names], pay_run, policy, kind="labor", on=pay_run.check_date).journals
    )


def decide(
    stands: pd.DataFrame | None,
    wanted: pd.DataFrame,
    *,
    is_open: bool = True,
    whole: bool = False,
    books: Books | None = None,
) -> Decision:
    """What to do. `wanted` is BOOKED of the whole pay run as it would be booked now.

    `whole` is a person's wish to book everything anew under today's mapping. Without `stands` the journals' `books`
    decide, against those of `wanted`: the caller compares them and asks only when they differ.
    """
    if stands is None:
        return Decision(Answer.DELTA, frozenset(), frozenset(), frozenset(), None, wanted, books or Counter())
    old, new = _digests(stands), _digests(wanted)
    both = old.keys() & new.keys()
    candidates = both if whole else {check_id for check_id in both if old[check_id] != new[check_id]}
    changed = frozenset(candidates & _different(stands, wanted))
    added, removed = frozenset(new.keys() - old.keys()), frozenset(old.keys() - new.keys())
    answer = _answer(old.keys() - removed - changed, added, removed | changed, is_open=is_open, whole=whole)
    if not old and answer is Answer.ADDITION:
        answer = Answer.FIRST
    return Decision(answer, added, removed, changed, stands, wanted, Counter())


def _answer(untouched: set[str], added: frozenset[str], taken: frozenset[str], *, is_open: bool, whole: bool) -> Answer:
    if not added and not taken:
        return Answer.NOTHING
    if not taken:
        return Answer.ADDITION
    if not is_open:
        return Answer.DELTA
    if whole or (not untouched and len(taken) > 1):
        return Answer.WHOLE
    return Answer.CHECK_LEVEL


def _digests(frame: pd.DataFrame) -> dict[str, str]:
    heads = frame.drop_duplicates("check_id")
    return dict(zip(heads["check_id"], heads["check_digest"], strict=True))


def _different(stands: pd.DataFrame, wanted: pd.DataFrame) -> set[str]:
    """The checks that would be booked on other accounts, dimensions or with other amounts than they stand."""
    both = pd.concat([wanted, stands.assign(amount_cents=-stands["amount_cents"])], ignore_index=True)
    filled = both[_PIECE_KEY].fillna("").assign(amount_cents=both["amount_cents"])
    sums = filled.groupby(_PIECE_KEY, sort=False)["amount_cents"].sum()
    return set(sums[sums != 0].index.get_level_values("check_id"))


def after(decision: Decision) -> pd.DataFrame:
    """BOOKED of what stands once the decision is carried out."""
    if decision.stands is None or decision.answer is Answer.WHOLE:
        return decision.wanted
    kept = ~decision.stands["check_id"].isin(decision.removed | decision.changed)
    fresh = decision.wanted["check_id"].isin(decision.added | decision.changed)
    return BOOKED.conform(pd.concat([decision.stands[kept][BOOKED.names], decision.wanted[fresh]], ignore_index=True))


def documents(
    decision: Decision, pay_run: PayRun, policy: JournalPolicy, on: date, *, belongs_to: date | None = None
) -> list[Correction]:
    """The journals that carry a decision out, in the order in which they must be posted; none where they say nothing.

    `policy` names the revision. All are dated `on`; `belongs_to` is the true date where that lies in a closed period,
    and every line's memo then names it.
    """
    make = _Maker(pay_run, policy, on, f"Belongs to {belongs_to.isoformat()}: " if belongs_to else "")
    fresh = decision.wanted[decision.wanted["check_id"].isin(decision.added | decision.changed)]
    if decision.stands is None:
        found = [make.difference_of_books(decision.wanted, decision.books)]
    elif decision.answer is Answer.WHOLE:
        found = [*make.takeback(decision.stands), *make.ordinary(decision.wanted)]
    elif decision.answer in (Answer.CHECK_LEVEL, Answer.DELTA):
        taken = decision.stands[decision.stands["check_id"].isin(decision.removed | decision.changed)]
        found = make.exchange(taken, fresh, netted=decision.answer is Answer.DELTA)
    else:
        found = make.ordinary(fresh)
    return [one for one in found if one.journal.lines]


def by_entity(correction: Correction, employing_entity_id: str) -> list[Correction]:
    """A journal in one part for each legal entity; the first part keeps what all of them book, check by check."""
    build = per_entity(
        JournalBuild((correction.journal,), journal_frame(correction.journal), correction.trace), employing_entity_id
    )
    parts = sorted(build.journals, key=lambda part: part.kind != correction.journal.kind)
    return [
        replace(
            correction,
            journal=part,
            booked=correction.booked if place == 0 else BOOKED.empty(),
            trace=build.trace[build.trace["reference"] == part.reference],
        )
        for place, part in enumerate(parts)
    ]


def difference(wanted: Sequence[Journal], posted: Sequence[Journal], like: Journal, *, prefix: str = "") -> Journal:
    """`like` with the lines that bring what is posted to what is wanted, each naming what it corrects.

    For documents that are not made of checks, such as the statistical journal. Without lines where nothing differs.
    """
    named = _named([one.reference for one in posted])
    return replace(like, lines=_difference(books_of(wanted), books_of(posted), f"{prefix}Corrects {named}"))


def _difference(wanted: Books, stands: Books, memo: str) -> tuple[JournalLine, ...]:
    """A line for each account and place of which the books do not hold what is wanted."""
    change = Counter(wanted)
    change.subtract(stands)
    places = sorted((place for place in change if change[place]), key=place_in_words)
    return tuple(replace(place, amount_cents=change[place], memo=memo) for place in places)


@dataclass(frozen=True)
class _Maker:
    """Makes the journals of one revision."""

    pay_run: PayRun
    policy: JournalPolicy
    on: date
    prefix: str

    def ordinary(self, wanted: pd.DataFrame) -> list[Correction]:
        """Checks booked as in a first posting: a labor journal, and one of the voids, each in parts if it is long."""
        found = []
        for kind, chosen in (("labor", wanted[~wanted["is_void"]]), ("void", wanted[wanted["is_void"]])):
            if len(chosen):
                cut = cut_of([chosen[PIECES.names]], self.policy)
                parts = zip(cut.labels, cut.of(chosen), strict=True)
                found += [self._one((kind, label), [(own, "")], own, ()) for label, own in parts]
        return found

    def takeback(self, stands: pd.DataFrame) -> list[Correction]:
        """Everything that stands, with the opposite sign; in parts if it is long."""
        cut = cut_of([_negated(stands)], self.policy)
        found = []
        for label, own in zip(cut.labels, cut.of(stands), strict=True):
            corrects = _references(own)
            said = f"Takes back {_named(corrects)}: "
            found.append(self._one((TAKEBACK, label), [(_negated(own), said)], _taken(own), corrects))
        return found

    def exchange(self, taken: pd.DataFrame, fresh: pd.DataFrame, *, netted: bool) -> list[Correction]:
        """The old lines of some checks and the new ones, beside each other or as one net difference.

        Both are cut alike if they are long, so that the net difference of a part can take the part's place.
        """
        cut = cut_of([_negated(taken), fresh[PIECES.names]], self.policy)
        parts = zip(cut.labels, cut.of(taken), cut.of(fresh), strict=True)
        return [self._exchange(label, old, new, netted=netted) for label, old, new in parts]

    def _exchange(self, label: str, taken: pd.DataFrame, fresh: pd.DataFrame, *, netted: bool) -> Correction:
        corrects = _references(taken)
        frame = pd.concat([_taken(taken), fresh], ignore_index=True)
        if netted:
            both = pd.concat([_negated(taken), fresh[PIECES.names]], ignore_index=True)
            return self._one((CORRECTION, label), [(both, f"Corrects {_named(corrects)}: ")], frame, corrects)
        parts = [
            (_negated(taken), f"Takes back {_named(corrects)}: "),
            (fresh, f"Instead of {_named(corrects)}: "),
        ]
        return self._one((CORRECTION, label), parts, frame, corrects)

    def difference_of_books(self, wanted: pd.DataFrame, books: Books) -> Correction:
        """Where the old checks are not at hand: what is wanted less what the journals add up to, line by line."""
        memo = f"{self.prefix}Corrects the earlier journals of pay run {self.pay_run.pay_run_id}"
        lines = _difference(books_of_pieces(wanted, self.pay_run, self.policy), books, memo)
        journal = replace(self._journal(CORRECTION, ""), lines=lines)
        return Correction(journal, wanted.assign(step=RESETS), JOURNAL_TRACE.empty(), (), self.policy.revision)

    def _one(
        self,
        named: tuple[str, str],
        sections: Sequence[tuple[pd.DataFrame, str]],
        frame: pd.DataFrame,
        corrects: tuple[str, ...],
    ) -> Correction:
        """One journal, `named` by its kind and part, of sections that are added up apart: old lines beside new ones."""
        lines: list[JournalLine] = []
        traces = []
        journal = self._journal(*named)
        for pieces, memo in sections:
            build = self._build(pieces)
            numbers = build.trace["journal_line_no"]
            moved = numbers.where(numbers == 0, numbers + len(lines))
            traces.append(build.trace.assign(reference=journal.reference, journal_line_no=moved))
            said = f"{self.prefix}{memo}"
            lines += [replace(line, memo=f"{said}{line.memo}") for one in build.journals for line in one.lines]
        trace = JOURNAL_TRACE.conform(pd.concat(traces, ignore_index=True))
        whole = replace(journal, lines=tuple(lines))
        return Correction(whole, BOOKED.conform(frame[BOOKED.names]), trace, corrects, self.policy.revision)

    def _build(self, pieces: pd.DataFrame) -> JournalBuild:
        if pieces.empty:
            return JournalBuild((), pd.DataFrame(), JOURNAL_TRACE.empty())
        return assemble_journal(pieces[PIECES.names], self.pay_run, self.policy, kind="labor", on=self.on)

    def _journal(self, kind: str, part: str) -> Journal:
        return journal_head(self.pay_run, self.policy, kind, self.on, part)


def _taken(stands: pd.DataFrame) -> pd.DataFrame:
    return stands[BOOKED.names].assign(step=TAKES_BACK)


def _negated(stands: pd.DataFrame) -> pd.DataFrame:
    return stands[PIECES.names].assign(amount_cents=-stands["amount_cents"])


def _references(stands: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(stands["reference"].unique()))


def _named(references: Sequence[str]) -> str:
    more = len(references) - NAMED_MAX
    return ", ".join(references[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
