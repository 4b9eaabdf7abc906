"""What must not be posted is not posted, says why and what to do, and takes no other pay run with it."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest

from connector_assets.orchestration.runs import RunOutcome
from connector_assets.sandbox.company import PROJECTS
from connector_assets.sandbox.facts import PeriodFacts
from connector_tests.flows.facts import FIRST, SECOND, THIRD, books_in, books_of, checks_of, period_of
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, House, firm, key_of, problem_of

HOURLY = "970000001000002"
NET_PAY_ACCOUNT = "1051"


def without(body: str, text: str) -> str:
    """A mapping's CSV less the rules that hold this text."""
    return "".join(line for line in body.splitlines(keepends=True) if text not in line)


def save_mapping(house: House, body: str, since: date) -> None:
    """Keep a mapping version, as `connector mapping import` does."""
    house.records().mappings.save(LLC, body, author="controller", reason="test", effective_from=since)


def assert_stopped(house: House, outcome: RunOutcome, period: PeriodFacts, *words: str) -> None:
    """The run failed, names the pay run and these words with a fix, and nothing of it is in the books."""
    assert not outcome.succeeded
    assert all(word in outcome.problem for word in (key_of(period), *words)), outcome.problem
    assert not house.journals(key_of(period))
    assert not house.status(LLC)[key_of(period)].reconciled


def test_an_unmapped_code_blocks_its_pay_runs_by_name_and_no_other(house: House) -> None:
    complete = house.records().mappings.versions(LLC)[0]
    save_mapping(house, without(complete.body, HOURLY), complete.effective_from)
    outcome = house.carry(LLC, key_of(FIRST), key_of(THIRD))
    for period in (FIRST, THIRD):
        assert_stopped(house, outcome, period, "2 of 3 pay runs", "X01", HOURLY, "Hourly", "Add a rule")
    assert books_in(house.journals()) == books_of(LLC, checks_of(LLC, SECOND))
    save_mapping(house, complete.body, complete.effective_from)
    again = house.carry(LLC, key_of(FIRST), key_of(THIRD))
    assert again.succeeded, again.problem
    assert len(house.journals()) == 3


def test_the_post_alone_does_not_get_past_what_stopped_the_journal(house: House) -> None:
    complete = house.records().mappings.versions(LLC)[0]
    save_mapping(house, without(complete.body, HOURLY), complete.effective_from)
    result = house.materialize(LLC, ["gl_post"], key_of(FIRST))
    assert not result.success
    assert "X01" in problem_of(result)
    assert not house.journals()


@pytest.mark.thorough
def test_without_a_mapping_in_force_nothing_is_posted(house: House) -> None:
    with closing(sqlite3.connect(house.settings.home / "records.db")) as db:
        db.execute("DELETE FROM mapping_version")
        db.commit()
    outcome = house.carry(LLC, key_of(SECOND))
    assert_stopped(house, outcome, SECOND, "X01", "no mapping version in force", f"connector mapping import {LLC}")


@pytest.mark.thorough
def test_a_pay_run_with_fewer_checks_than_paychex_states_waits(house: House) -> None:
    period = period_of(NJ, "Bi-weekly Payroll (1)", "2025-08-08")
    house.admin("switches", **{"paychex.reversed_original": "empty"})
    outcome = house.carry(NJ, key_of(period))
    assert not outcome.succeeded
    assert "states 2 checks and delivered 0" in outcome.problem
    assert not house.journals()


def test_a_check_that_does_not_foot_stops_its_pay_run_by_its_id(house: House) -> None:
    check = checks_of(LLC, FIRST)[3]
    house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=1, net_cents=0)
    outcome = house.carry(LLC, key_of(FIRST), key_of(SECOND))
    assert_stopped(house, outcome, FIRST, "1 of 2 pay runs", "S01", check.paycheck_id)
    assert house.status(LLC)[key_of(SECOND)].reconciled
    house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=-1, net_cents=0)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert books_in(house.journals(key_of(FIRST))) == books_of(LLC, checks_of(LLC, FIRST))


def test_a_closed_period_refuses_the_journal_and_takes_it_once_it_is_open(house: House) -> None:
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    outcome = house.carry(LLC, key_of(FIRST))
    assert_stopped(house, outcome, FIRST, "P09", "period", "Fix")
    assert house.status(LLC)[key_of(FIRST)].state == "held"
    house.admin("intacct/periods", month="2025-01", entity="", closed=False)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    assert len(house.journals(key_of(FIRST))) == 1
    (posting,) = house.records().postings.list(LLC)
    assert posting.attempts == 2


@pytest.mark.thorough
def test_a_department_that_became_inactive_closes_the_gate_at_the_next_refresh(house: House) -> None:
    house.admin("intacct/records", object="DEPARTMENT", key="210", fields={"STATUS": "inactive"})
    assert not house.materialize(LLC, ["intacct/departments", "dimension_alignment"]).success
    assert_stopped(house, house.carry(LLC, key_of(SECOND)), SECOND, "P01", "210")
    alone = problem_of(house.materialize(LLC, ["gl_post"], key_of(FIRST)))
    assert "Materialize hollis_marr_e100/dimension_alignment" in alone
    assert "p01_values_active" in alone
    assert not house.journals()


@pytest.mark.thorough
def test_a_department_that_became_inactive_after_the_snapshot_is_refused_by_the_ledger(house: House) -> None:
    house.admin("intacct/records", object="DEPARTMENT", key="210", fields={"STATUS": "inactive"})
    assert_stopped(house, house.carry(LLC, key_of(SECOND)), SECOND, "P09", "210")
    assert house.status(LLC)[key_of(SECOND)].state == "rejected"


@pytest.mark.thorough
def test_an_inactive_project_stops_only_the_pay_runs_that_need_it(house: House) -> None:
    numbers = {job.job_id: job.number for job in firm().jobs(COMPANY_OF[LLC])}
    known = {project.project_id for project in PROJECTS}
    used = {
        period: {numbers[line.job_id] for check in checks_of(LLC, period) for line in check.lines if line.job_id}
        for period in (FIRST, SECOND)
    }
    project = sorted((used[SECOND] - used[FIRST]) & known)[0]
    house.admin("intacct/records", object="PROJECT", key=project, fields={"STATUS": "inactive"})
    house.renew(LLC, "intacct/projects", "dimension_alignment")
    outcome = house.carry(LLC, key_of(FIRST), key_of(SECOND))
    assert_stopped(house, outcome, SECOND, "1 of 2 pay runs", "P01", project)
    assert house.status(LLC)[key_of(FIRST)].reconciled


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fields", "code"),
    [({"STATUS": "inactive"}, "P01"), ({"REQUIREDEPT": "true"}, "P02")],
    ids=["inactive", "requires"],
)
def test_an_account_that_cannot_take_the_line_stops_the_pay_run(
    house: House, fields: dict[str, str], code: str
) -> None:
    house.admin("intacct/records", object="GLACCOUNT", key=NET_PAY_ACCOUNT, fields=fields)
    house.renew(LLC, "intacct/gl_accounts")
    assert_stopped(house, house.carry(LLC, key_of(FIRST)), FIRST, code, NET_PAY_ACCOUNT)


def test_a_journal_that_someone_changed_in_the_ledger_is_not_called_reconciled(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    (journal,) = house.journals(key_of(FIRST))
    house.admin("intacct/records", object="GLBATCH", key=str(journal["recordno"]), fields={"BATCH_DATE": "01/13/2025"})
    result = house.materialize(LLC, ["reconciliation"], key_of(FIRST))
    assert not result.success
    assert "A08" in problem_of(result)  # it was as sent when it was last read back
    assert "2025-01-13" in problem_of(result)
    assert not house.status(LLC)[key_of(FIRST)].reconciled
