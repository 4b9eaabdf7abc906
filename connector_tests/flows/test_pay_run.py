"""A pay run, from Paychex's checks to a reconciled journal in Intacct, over real sockets and through Dagster."""

from collections import Counter
from math import ceil

import pandas as pd
import pytest

from connector_assets.flows.paychex_intacct.preview import preview
from connector_assets.records.postings import PostingState
from connector_tests.flows.facts import (
    FIRST,
    INTER_ENTITY,
    SECOND,
    balance_by_entity,
    books_in,
    books_of,
    checks_of,
    employer_cents,
    lines_of,
    period_of,
    wages_cents,
)
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, TO_THE_JOURNAL, House, firm, key_of

CHECKS_A_PAGE = 100
BATCH = 14


def test_the_journal_is_the_register_to_the_cent(house: House) -> None:
    """Both calendars of the larger company, salaried with projects and hourly, and one of the company next door."""
    for connection, period in ((LLC, FIRST), (LLC, SECOND), (NJ, period_of(NJ, "Semi-monthly Payroll (1)", "2025-01"))):
        outcome = house.carry(connection, key_of(period))
        assert outcome.succeeded, outcome.problem
        journals, checks = house.journals(key_of(period)), checks_of(connection, period)
        assert len(journals) == 1
        assert books_in(journals) == books_of(connection, checks)
        assert set(balance_by_entity(journals).values()) == {0}
        (journal,) = journals
        assert journal["debit_cents"] == journal["credit_cents"] > 0
        assert (journal["state"], journal["journal"], journal["date"]) == (
            "Posted",
            "PYRJ",
            period.check_date.isoformat(),
        )
        row = house.status(connection)[key_of(period)]
        assert (row.state, row.reconciled, row.checks) == ("posted", True, len(checks))
        assert (row.gross_cents, row.employer_cost_cents) == (wages_cents(checks), employer_cents(checks))
        assert (row.ledger_key, row.debit_cents) == (str(journal["recordno"]), journal["debit_cents"])


def test_work_for_the_other_entity_leaves_each_entity_in_balance(house: House) -> None:
    """New Jersey's payroll pays people who work in New York: the cost crosses, the liabilities stay."""
    period = period_of(NJ, "Semi-monthly Payroll (1)", "2025-01")
    assert house.carry(NJ, key_of(period)).succeeded
    journals = house.journals(key_of(period))
    assert balance_by_entity(journals).keys() == {"E100", "E200"}
    assert {str(line["account"]) for line in lines_of(journals)} >= INTER_ENTITY


def test_a_second_run_posts_nothing_and_reads_only(house: House) -> None:
    key = key_of(FIRST)
    assert house.carry(LLC, key).succeeded
    books, posted = house.journals(), house.records().postings.list(LLC)
    house.reset_calls()
    assert house.carry(LLC, key).succeeded
    assert house.journals() == books
    assert house.records().postings.list(LLC) == posted or [one.attempts for one in posted] == [1]
    assert not {name for name in house.calls() if name.startswith("intacct create")}


def test_the_calls_of_a_pay_run_stay_within_what_it_needs(house: House) -> None:
    """Paychex: the token, the company, the checks by page, and the period read once more to prove it complete.

    Intacct: a session, the journal, its receipt, and the journal read back with its lines.
    """
    house.reset_calls()
    assert house.carry(LLC, key_of(SECOND)).succeeded
    calls = house.calls()
    assert sum(count for name, count in calls.items() if name.startswith("paychex")) <= (
        2 + ceil(firm().check_count(COMPANY_OF[LLC], SECOND.pay_period_id) / CHECKS_A_PAGE) + 1
    )
    assert calls["paychex checks"] == ceil(SECOND.check_count / CHECKS_A_PAGE)
    assert calls["intacct create GLBATCH"] == 1
    assert calls["intacct request"] <= 1 + 1 + 1 + 2 + 1


@pytest.mark.thorough
def test_many_pay_runs_of_one_run_share_token_company_and_session(house: House) -> None:
    house.reset_calls()
    partitions = house.partitions(LLC)[:4]
    assert house.carry(LLC, partitions[0], partitions[-1]).succeeded
    calls = house.calls()
    assert (calls["paychex token"], calls["paychex companies"], calls["intacct getAPISession"]) == (1, 1, 1)
    assert (calls["paychex checks"], calls["paychex payperiod"], calls["intacct create GLBATCH"]) == (4, 4, 4)
    assert len(house.journals()) == 4


def test_a_draft_connection_leaves_drafts_and_a_held_one_sends_nothing(house: House) -> None:
    house.configure(LLC, posting={"policy": "draft"})
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert [journal["state"] for journal in house.journals(key_of(FIRST))] == ["Draft"]
    house.configure(LLC, posting={"policy": "hold"})
    outcome = house.carry(LLC, key_of(SECOND))
    assert not outcome.succeeded
    assert "connector approve" in outcome.problem
    assert not house.journals(key_of(SECOND))
    (held,) = [one for one in house.records().postings.list(LLC) if one.partition == key_of(SECOND)]
    assert held.state == PostingState.HELD


@pytest.mark.thorough
def test_half_a_year_of_a_company_in_batches_as_a_backfill_has_them(house: House) -> None:
    """Every pay run from July on, the reversed one and its correction among them: the books are the checks."""
    partitions = [key for key in house.partitions(NJ) if key >= "2025-07"]
    for start in range(0, len(partitions), BATCH):
        batch = partitions[start : start + BATCH]
        outcome = house.carry(NJ, batch[0], batch[-1])
        assert outcome.succeeded, outcome.problem
    periods = [period for period in firm().periods(COMPANY_OF[NJ]) if period.check_count]
    assert partitions == sorted(key for key in map(key_of, periods) if key >= "2025-07")
    wanted: Counter[str] = Counter()
    for period in periods:
        if key_of(period) in partitions:
            wanted.update(books_of(NJ, checks_of(NJ, period)))
    assert books_in(house.journals()) == {account: amount for account, amount in wanted.items() if amount}
    assert set(balance_by_entity(house.journals()).values()) == {0}
    standing = house.status(NJ)
    assert all(standing[key].reconciled and standing[key].state == "posted" for key in partitions)
    assert house.records().audit.verify().intact


def test_a_transfer_seen_after_the_period_moves_no_cost_of_it(house: House) -> None:
    """Lines without a place of their own go to the worker's home as it was at the period's end."""
    house.admin("switches", **{"paychex.line_omissions": "any"})
    assert house.materialize(LLC, TO_THE_JOURNAL, key_of(FIRST)).success
    lines = pd.read_parquet(house.settings.home / "frames" / LLC / "pay_lines" / f"{key_of(FIRST)}.parquet")
    homeless = lines["organization_id"].isna() & lines["labor_assignment_id"].isna() & (lines["section"] == "earning")
    worker_id = lines.loc[homeless, "worker_id"].iloc[0]
    before = preview(house.records(), house.connection(LLC), key_of(FIRST)).journals
    moved_to = next(one.organization_id for one in firm().organizations(COMPANY_OF[LLC]) if one.number == "500")
    house.admin("paychex/workers/change", company_id=COMPANY_OF[LLC], worker_id=worker_id, organization_id=moved_to)
    house.renew(LLC, "worker_roster", "worker_history")
    after = preview(house.records(), house.connection(LLC), key_of(FIRST)).journals
    assert [journal.lines for journal in after] == [journal.lines for journal in before]
