"""What a severity means, however a pay run is carried: block posts nothing, error posts and is not done, warn goes.

The error is a worker who is paid the same net twice in one off-cycle run: it may be right, and only a person can tell.
"""

import io
import json

import pytest
from dagster import AssetCheckSeverity, AssetKey

from connector_assets.accounting.findings import check_name
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.acceptance import accept
from connector_assets.flows.paychex_intacct.assets_payroll import STAGES
from connector_assets.flows.paychex_intacct.status import LEDGER, PAY_RUN
from connector_assets.orchestration.stages import RAN_THROUGH
from connector_assets.records.errors import RecordsError
from connector_tests.flows.facts import FIRST, checks_of
from connector_tests.flows.house import COMPANY_OF, LLC, House, Json, key_of, problem_of

ASSETS = ("pay_checks", "pay_lines", "labor_distribution", "journal_trace", "journal_batch")


def paid_twice(house: House) -> str:
    """The partition of an off-cycle run with two equal checks for one worker."""
    worker = checks_of(LLC, FIRST)[0].worker_id
    made = house.admin(
        "paychex/periods/add_offcycle", company_id=COMPANY_OF[LLC], check_date="2025-01-17", worker_ids=[worker, worker]
    )
    house.renew(LLC, "pay_calendar")
    return f"2025-01-17_{made['pay_period_id']}"


def entries(home: Deployment) -> list[Json]:
    """The audit trail, as it is exported."""
    out = io.StringIO()
    home.audit.export(out, form="json")
    return [json.loads(row) for row in out.getvalue().splitlines()]


def is_done(house: House, partition: str) -> bool:
    """Whether the pay run counts as done."""
    key = AssetKey([LLC, "reconciliation"])
    return partition in house.instance.get_materialized_partitions(key)


def test_an_error_posts_the_journal_and_keeps_the_pay_run_from_being_done_until_a_person_accepts_it(
    house: House,
) -> None:
    key = paid_twice(house)
    outcome = house.carry(LLC, key)
    assert not outcome.succeeded
    assert "S08" in outcome.problem
    (journal,) = house.journals(key)
    assert not is_done(house, key)
    alone = house.materialize(LLC, ["gl_post"], key)  # the same, with the post alone and the reconciliation alone
    assert alone.success, problem_of(alone)
    assert house.journals(key) == [journal]
    again = house.materialize(LLC, ["reconciliation"], key)
    assert not again.success
    assert "S08" in problem_of(again)
    assert not is_done(house, key)
    home, connection = house.records(), house.connection(LLC)
    with pytest.raises(RecordsError, match="cannot be accepted"):
        accept(home, connection, key, "X01", actor="controller", reason="no")
    accept(home, connection, key, "S08", actor="controller", reason="two bonuses")
    outcome = house.carry(LLC, key)
    assert outcome.succeeded, outcome.problem
    assert is_done(house, key)
    assert house.journals(key) == [journal]
    (accepted,) = (row for row in entries(home) if row["action"] == "finding accepted")
    assert (accepted["actor"], accepted["reason"]) == ("controller", "S08: two bonuses")


def test_the_post_alone_of_a_pay_run_with_an_error_does_what_carrying_it_does(house: House) -> None:
    key = paid_twice(house)
    built = house.materialize(LLC, ASSETS, key)
    assert not built.success  # the step says so; the journal is built all the same
    assert house.journals(key) == []
    posted = house.materialize(LLC, ["gl_post"], key)
    assert posted.success, problem_of(posted)
    assert len(house.journals(key)) == 1
    assert not is_done(house, key)


def test_each_code_is_a_check_of_its_own_on_the_pay_run_and_a_warning_stops_nothing(house: House) -> None:
    """Forty dollars that hours times rate do not explain."""
    check = checks_of(LLC, FIRST)[0]
    house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=40_00)
    result = house.materialize(LLC, [*ASSETS, "gl_post", "reconciliation"], key_of(FIRST))
    assert result.success, problem_of(result)
    verdicts = house.verdicts(result.run_id)
    every = {(asset, check_name(code)) for stage in STAGES for asset, codes in stage.codes.items() for code in codes}
    assert set(verdicts) == {f"{asset}/{name}" for asset, name in every} | {
        f"{stage.last_asset}/{RAN_THROUGH}" for stage in STAGES
    }
    assert {one.partition for one in verdicts.values()} == {key_of(FIRST)}
    assert {name for name, one in verdicts.items() if not one.passed} == {"pay_lines/s17_hours_times_rate"}
    warned = verdicts["pay_lines/s17_hours_times_rate"]
    assert (warned.severity, warned.blocking) == (AssetCheckSeverity.WARN, False)
    assert "the amount posts as it is" in str(warned.metadata["findings"].value)


def test_a_stage_that_is_stopped_before_it_can_judge_says_so_and_claims_nothing(house: House) -> None:
    """The gate is closed: the register and the journal have been judged, and nothing is said of the post."""
    house.configure(LLC, freshness_hours=1e-6)
    verdicts = house.verdicts(house.carry(LLC, key_of(FIRST)).run_id)
    assert [name for name, one in verdicts.items() if not one.passed] == ["gl_post/ran_through"]
    stopped = verdicts["gl_post/ran_through"]
    assert (stopped.severity, stopped.blocking) == (AssetCheckSeverity.ERROR, True)
    assert "The gate is closed" in (stopped.description or "")
    assert verdicts["journal_batch/ran_through"].passed
    assert not {"gl_post/p04_reference_free", "gl_post/p09_in_the_ledger", "reconciliation/ran_through"} & set(verdicts)


def test_source_journal_and_ledger_have_the_same_control_totals_in_the_metadata_and_the_audit_trail(
    house: House,
) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    home = house.records()
    register, ledger = (home.sources.get(LLC, kind, FIRST.pay_period_id) for kind in (PAY_RUN, LEDGER))
    assert register
    assert ledger
    for name, value in register.totals.items():
        assert ledger.totals[f"journal_{name}"] == ledger.totals[f"ledger_{name}"] == value, name
    checks = checks_of(LLC, FIRST)
    assert register.totals["net_cents"] == sum(check.net_cents for check in checks)
    assert register.totals["checks"] == len(checks) > 0
    event = house.instance.get_latest_materialization_event(AssetKey([LLC, "reconciliation"]))
    assert event
    assert event.asset_materialization
    table = str(event.asset_materialization.metadata["control_totals"].value)
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    assert {row[0] for row in rows} >= {"checks", "workers", "hours", "gross", "employee_tax", "employer_tax", "net"}
    assert all(row[1] == row[2] == row[3] != "" for row in rows)
    (told,) = (row for row in entries(home) if row["subject"] == f"{LLC}/{LEDGER}/{FIRST.pay_period_id}")
    assert told["detail"] == ledger.totals
