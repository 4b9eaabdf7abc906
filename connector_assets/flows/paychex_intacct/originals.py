"""The split of the checks that a pay run's voids take back: as it stands in the ledger, in whatever run it does."""

from typing import TYPE_CHECKING

import pandas as pd

from connector_assets.accounting.distribution import DistributionPolicy, distribute
from connector_assets.accounting.mapping import MappingTable
from connector_assets.accounting.pieces import PIECES
from connector_assets.flows.paychex_intacct.attention import is_wished
from connector_assets.flows.paychex_intacct.books import PayRunBooks
from connector_assets.flows.paychex_intacct.journal_options import shown_journals

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import PayRunWork, Register


def original_pieces(
    work: "PayRunWork", register: "Register", mapped: pd.DataFrame, policy: DistributionPolicy
) -> pd.DataFrame | None:
    """PIECES of the checks that this run's voids take back; None when it has no void with a known original."""
    originals = register.checks["original_check_id"].dropna()
    if originals.empty:
        return None
    stored = [_stored(work, pay_run_id) for pay_run_id in work.earlier_ids(register.pay_run)]
    if originals.isin(register.checks["check_id"]).any():
        stored.append(_of_this_run(work, register, mapped, policy))
    pieces = pd.concat(stored, ignore_index=True) if stored else PIECES.empty()
    return PIECES.conform(pieces[pieces["check_id"].isin(originals)])


def _stored(work: "PayRunWork", pay_run_id: str) -> pd.DataFrame:
    """The pieces of a pay run that stand in the ledger; before it is posted, those of its distribution."""
    stands = _standing(work, pay_run_id)
    return work.read_partition("labor_distribution", [pay_run_id], PIECES.names) if stands is None else stands


def _standing(work: "PayRunWork", pay_run_id: str) -> pd.DataFrame | None:
    books = PayRunBooks(work.tools.home, work.tools.store, work.names, pay_run_id)
    stands = books.stands() if books.posted() else None
    return None if stands is None else stands[PIECES.names]


def _of_this_run(
    work: "PayRunWork", register: "Register", mapped: pd.DataFrame, policy: DistributionPolicy
) -> pd.DataFrame:
    """As they stand, or as they are about to: voided before they were posted, or to be booked anew with their void."""
    tools = work.tools
    wished = is_wished(tools.home, tools.connection.name, work.partition)
    stands = None if wished else _standing(work, register.pay_run.pay_run_id)
    known = set() if stands is None else set(stands["check_id"])
    checks = register.checks[~register.checks["is_void"] & ~register.checks["check_id"].isin(known)]
    pieces, _ = distribute(mapped[mapped["check_id"].isin(checks["check_id"])], checks, policy, None)
    fresh, _, _ = shown_journals(
        tools.connection, tools.view, register.pay_run, pieces, checks, work.numbered_workers,
        mirrored=frozenset(), policy=work.journal_policy(), table=MappingTable((), version=""),
    )  # fmt: skip
    return fresh if stands is None else pd.concat([stands, fresh], ignore_index=True)
