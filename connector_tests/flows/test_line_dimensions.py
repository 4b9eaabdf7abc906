"""Classes, a company's own dimensions and values of one entity alone, from a pay line to the ledger and back."""

from collections.abc import Iterator

import pandas as pd
import pytest

from connector_assets.accounting.findings import check_name
from connector_assets.flows.paychex_intacct.explain import explain
from connector_assets.flows.paychex_intacct.preview import preview
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, TO_THE_JOURNAL, House, Json, copied, problem_of
from connector_tests.flows.test_dimensions import check, frame, records
from connector_tests.flows.test_workers import hire, sync
from connector_tests.privacy import plant, scan

COST_OBJECT = "GLDIMCOSTOBJECT"
IN_STEP = ("dimension_changes", "dimension_alignment")
WAGES, WITHHELD = ("6000", "6010"), "2210"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One deployment for every test of this module, which follow one another."""
    with copied() as found:
        yield found


def batch(house: House, partition: str) -> pd.DataFrame:
    return pd.read_parquet(house.settings.home / "frames" / LLC / "journal_batch" / f"{partition}.parquet")


def journal_of(house: House, partition: str) -> Json:
    return next(one for one in house.journals(partition) if "-L-" in one["reference"])


def held(journal: Json, dimension: str) -> dict[tuple[str, str], int]:
    """The ledger's cents by account and value of a dimension."""
    found: dict[tuple[str, str], int] = {}
    for line in journal["lines"]:
        key = line["account"], str(line.get(dimension) or "")
        cents = round(float(line["amount"]) * 100) * (1 if line["side"] == "debit" else -1)
        found[key] = found.get(key, 0) + cents
    return found


def require(house: House, **flags: str) -> None:
    for account in WAGES:
        house.admin("intacct/records", object="GLACCOUNT", key=account, fields=flags)


def test_a_class_goes_from_the_labor_assignment_to_the_ledgers_line_and_is_reconciled(house: House) -> None:
    house.configure(LLC, dimensions={"labor_assignments": "CLASS", "labor_assignment_values": "create_in_intacct"})
    require(house, REQUIRECLASS="true")
    house.renew(LLC, "intacct/gl_accounts", "intacct/classes", *IN_STEP)
    assert check(house, "dimension_alignment", "p02_required_dimensions")[0]
    partition = house.partitions(LLC)[0]
    outcome = house.carry(LLC, partition)
    assert outcome.succeeded, outcome.problem
    lines, posted = batch(house, partition), journal_of(house, partition)
    paired = frame(house, "dimension_alignment").query("kind == 'labor_assignment'")["target_id"]
    chosen = set(lines.loc[lines["account_no"].isin(WAGES), "class_id"])
    assert chosen <= set(paired)
    assert len(chosen) > 1
    assert lines.loc[lines["account_no"] == WITHHELD, "class_id"].isna().all()
    ours = lines.groupby(["account_no", lines["class_id"].fillna("")])["amount_cents"].sum()
    assert ours.to_dict() == held(posted, "class")

    shown = preview(house.records(), house.connection(LLC), partition)
    assert {line.class_id for line in shown.journals[0].lines if line.account_no in WAGES} == chosen
    told = explain(house.records(), house.connection(LLC), posted["reference"])
    assert set(told.parts.loc[told.parts["account_no"].isin(WAGES), "class_id"]) == chosen


def test_a_class_that_somebody_changes_in_the_ledger_is_found(house: House) -> None:
    partition = house.partitions(LLC)[0]
    batch_no = str(journal_of(house, partition)["recordno"])
    entries = [one for one in records(house, "GLENTRY", "RECORDNO").values() if one["BATCHNO"] == batch_no]
    line = next(one for one in entries if one.get("CLASSID"))
    other = next(one["CLASSID"] for one in entries if one.get("CLASSID", line["CLASSID"]) != line["CLASSID"])
    for class_id, stands in ((other, False), (line["CLASSID"], True)):
        house.admin("intacct/records", object="GLENTRY", key=line["RECORDNO"], fields={"CLASSID": class_id})
        result = house.materialize(LLC, ("reconciliation",), partition)
        assert result.success is stands
        assert (f"/{line['CLASSID']}" in problem_of(result)) is not stands


@pytest.mark.thorough
def test_an_own_dimension_goes_the_same_way_and_its_values_must_exist(house: House) -> None:
    house.configure(LLC, dimensions={"labor_assignments": "COSTOBJECT"})
    require(house, REQUIRECLASS="false", REQUIREGLDIMCOSTOBJECT="true")
    home, kind = house.records(), "labor_assignment@COSTOBJECT"
    values = list(records(house, "COSTOBJECT", "RECORDNO"))
    sources = frame(house, "paychex/labor_assignments")["labor_assignment_id"].tolist()
    home.crosswalk.put_all(LLC, kind, {one: values[n % len(values)] for n, one in enumerate(sources)}, "manual")
    house.renew(LLC, "intacct/gl_accounts", "intacct/costobject", *IN_STEP)
    assert check(house, "dimension_alignment", "p02_required_dimensions")[0]
    partition = house.partitions(LLC)[1]
    outcome = house.carry(LLC, partition)
    assert outcome.succeeded, outcome.problem
    lines, posted = batch(house, partition), journal_of(house, partition)
    own = lines["custom_dimensions"].fillna("").str.removeprefix(f"{COST_OBJECT}=")
    assert own[lines["account_no"].isin(WAGES)].isin(values).all()
    assert lines.groupby(["account_no", own])["amount_cents"].sum().to_dict() == held(posted, "gldimcostobject")
    posting = next(one for one in home.postings.list(LLC) if one.reference == posted["reference"])
    assert '"custom_dimensions":[["GLDIMCOSTOBJECT",' in home.postings.payload(posting.key)

    home.crosswalk.put_all(LLC, kind, dict.fromkeys(sources, "99"), "manual")
    house.renew(LLC, *IN_STEP)
    stopped = house.materialize(LLC, TO_THE_JOURNAL, house.partitions(LLC)[2])
    assert not stopped.success
    assert f"{COST_OBJECT} 99 does not exist" in problem_of(stopped)
    home.crosswalk.put_all(LLC, kind, dict.fromkeys(sources, values[0]), "manual")


def test_a_value_of_another_entity_alone_is_told_stops_the_post_and_posts_once_it_is_shared(house: House) -> None:
    """The check of the alignment warns; the pay run whose line carries the value is stopped before anything is sent."""
    require(house, REQUIREGLDIMCOSTOBJECT="false")
    other = house.connection(NJ).posting.entity
    house.admin("intacct/restrict", object="DEPARTMENT", key="200", entity=other)
    renewed = ("intacct/gl_accounts", "intacct/departments", "intacct/classes", *IN_STEP)
    house.renew(LLC, *renewed)
    passed, told = check(house, "dimension_alignment", "w08_open_to_entity")
    assert (passed, f"department 200 belongs to entity {other} alone" in told, "Make it shared" in told) == (
        *(False, True, True),
    )
    partition = house.partitions(LLC)[2]
    before = house.calls().get("intacct create", 0)
    stopped = house.carry(LLC, partition)
    assert not stopped.succeeded
    assert f"P01 200: The department 200 belongs to entity {other} alone" in stopped.problem
    assert "Share it in the ledger" in stopped.problem
    assert (house.journals(partition), house.calls().get("intacct create", 0)) == ([], before)

    house.admin("intacct/restrict", object="DEPARTMENT", key="200", entity="")
    house.renew(LLC, *renewed)
    assert check(house, "dimension_alignment", "w08_open_to_entity")[0]
    shared = house.materialize(LLC, TO_THE_JOURNAL, partition)
    assert shared.success, problem_of(shared)


def test_employees_are_compared_and_left_as_they_are_or_not_looked_at(house: House) -> None:
    house.configure(LLC, employees="report")
    hired = hire(house)
    before = records(house, "EMPLOYEE", "EMPLOYEEID")
    assert sync(house).empty
    passed, told = check(house, "employee_sync", check_name("W01"))
    assert (passed, str(hired["employee_id"]) in told) == (False, True)
    house.configure(LLC, employees="off")
    assert sync(house).empty
    passed, told = check(house, "employee_sync", check_name("W01"))
    assert (passed, "not compared with the roster: `employees` is off" in told) == (True, True)
    assert records(house, "EMPLOYEE", "EMPLOYEEID") == before
    house.configure(LLC, employees="sync")


def test_two_of_one_number_stop_no_pay_run_whose_lines_name_nobody_and_nothing_of_them_is_left(house: House) -> None:
    both = [str(hire(house, employee_id="77")["worker_id"]) for _ in range(2)]
    canaries = plant(house.admin, COMPANY_OF[LLC], both)
    sync(house)
    passed, told = check(house, "employee_sync", check_name("W03"))
    assert (passed, all(worker_id in told for worker_id in both)) == (False, True)
    assert "77" not in records(house, "EMPLOYEE", "EMPLOYEEID")
    partition = house.partitions(LLC)[3]
    house.configure(LLC, journal={"grain": "employee", "employee_lines": "all"})
    assert preview(house.records(), house.connection(LLC), partition).journals
    house.configure(LLC, journal={"grain": "summary"})
    outcome = house.carry(LLC, partition)
    assert outcome.succeeded, outcome.problem
    assert scan(house.settings.home, canaries) == {}
