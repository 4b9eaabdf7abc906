"""Where a line's cost belongs: the line itself, then percentages, then the home, then a block."""

from dataclasses import replace

import pandas as pd
import pytest

from connector_assets.accounting.allocation import CostCenters, Place, resolve_cost_centers
from connector_assets.accounting.classify import classify
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding
from connector_tests.accounting.registers import ONE_ENTITY, Line, codes_of, line_frame, run, worker_frame

HOME = {"W1": ("ORG-200", "LOC-NYC")}
CENTER = ["department_id", "location_id", "project_id", "entity_id", "project_type", "work_state", "origin"]


def resolve(
    *lines: Line, homes: dict[str, tuple[str | None, str | None]] | None = None, centers: CostCenters = ONE_ENTITY
) -> tuple[pd.DataFrame, list[Finding]]:
    classified, _ = classify(line_frame({"C1": lines}, {"C1": "W1"}), {})
    return resolve_cost_centers(classified, worker_frame(HOME if homes is None else homes), centers)


def center_of(line: Line) -> list[str | None]:
    resolved, findings = resolve(line)
    assert findings == []
    return [None if pd.isna(value) else str(value) for value in resolved[CENTER].iloc[0]]


@pytest.mark.parametrize(
    ("line", "center"),
    [
        (Line("wage", "REG", 1), ["200", "NYC", None, "E100", "", "NY", "home"]),
        (Line("wage", "REG", 1, organization_id="ORG-500"), ["500", "NYC", None, "E100", "", "NY", "line"]),
        (Line("wage", "REG", 1, location_id="LOC-JC"), ["200", "JC", None, "E100", "", "NJ", "line"]),
        (Line("wage", "REG", 1, job_id="JOB-1040"), ["200", "NYC", "P-1040", "E100", "billable", "NY", "line"]),
        (Line("wage", "REG", 1, labor_assignment_id="LA-210-JC"), ["210", "JC", None, "E100", "", "NJ", "line"]),
        # the line's own organization beats that of its labor assignment
        (
            Line("wage", "REG", 1, organization_id="ORG-530", labor_assignment_id="LA-210-JC"),
            ["530", "JC", None, "E100", "", "NJ", "line"],
        ),
    ],
)
def test_the_line_speaks_first_and_the_home_fills_what_it_leaves_open(line: Line, center: list[str | None]) -> None:
    assert center_of(line) == center


def test_a_home_job_is_not_put_on_a_line_that_names_another_place() -> None:
    workers = worker_frame(HOME).assign(job_id=pd.Series(["JOB-2207"], dtype="str"))
    lines, _ = classify(
        line_frame({"C1": [Line("wage", "REG", 1), Line("wage", "REG", 1, location_id="LOC-JC")]}, {"C1": "W1"}), {}
    )
    resolved, _ = resolve_cost_centers(lines, workers, ONE_ENTITY)
    assert resolved["project_id"].fillna("").tolist() == ["P-2207", ""]


@pytest.mark.parametrize(
    ("line", "subject", "what"),
    [
        (Line("wage", "REG", 1, organization_id="ORG-999"), "ORG-999", "organization"),
        (Line("wage", "REG", 1, location_id="LOC-999"), "LOC-999", "location"),
        (Line("wage", "REG", 1, job_id="JOB-999"), "JOB-999", "job"),
        (Line("wage", "REG", 1, labor_assignment_id="LA-999"), "LA-999", "labor assignment"),
    ],
)
def test_an_id_without_partner_blocks_and_never_falls_back_to_the_home(line: Line, subject: str, what: str) -> None:
    _, findings = resolve(line)
    assert [(found.code, found.severity, found.subject) for found in findings] == [("W04", "block", subject)]
    assert what in findings[0].why


def test_an_unknown_id_on_a_line_without_cost_does_not_block() -> None:
    assert resolve(Line("employee_deduction", "K401", 1, organization_id="ORG-999"))[1] == []


def test_a_cost_of_a_worker_without_a_home_blocks() -> None:
    wages_only = run({"C1": [Line("wage", "REG", 100)]}, homes={"W1": (None, "LOC-NYC")})
    assert codes_of(wages_only) == ["W04"]
    # the line says everything itself, so the missing home does not matter
    placed = Line("wage", "REG", 100, organization_id="ORG-200", location_id="LOC-NYC")
    assert codes_of(run({"C1": [placed, Line("employer_tax", "SS", 7)]}, homes={"W1": (None, None)})) == []


def test_a_worker_listed_twice_is_refused() -> None:
    twice = pd.concat([worker_frame(HOME), worker_frame(HOME)])
    lines, _ = classify(line_frame({"C1": [Line("wage", "REG", 1)]}, {"C1": "W1"}), {})
    with pytest.raises(AccountingError, match="worker W1 is listed twice"):
        resolve_cost_centers(lines, twice, ONE_ENTITY)


def percentages(*shares: tuple[str, int]) -> CostCenters:
    rows = [
        {"worker_id": "W1", "department_id": department, "location_id": "NYC", "share_e6": share}
        for department, share in shares
    ]
    return replace(ONE_ENTITY, percentages=pd.DataFrame(rows))


def test_percentages_split_wages_that_say_nothing_and_the_rest_stays_home() -> None:
    lines = (
        Line("wage", "SAL", 100_01, hours_e4=80_0000),
        Line("wage", "BON", 7, organization_id="ORG-530"),
        Line("employer_tax", "SS", 7_65),
    )
    resolved, findings = resolve(*lines, centers=percentages(("210", 250_000), ("500", 250_000)))
    rows = resolved[["line_no", "department_id", "amount_cents", "hours_e4", "origin"]].values.tolist()
    assert rows == [
        [1, "210", 25_00, 20_0000, "percentages"],
        [1, "500", 25_00, 20_0000, "percentages"],
        [1, "200", 50_01, 40_0000, "home"],
        [2, "530", 7, 0, "line"],
        [3, "200", 7_65, 0, "home"],
    ]
    assert findings == []


@pytest.mark.parametrize("shares", [[("210", 600_000), ("500", 400_001)], [("210", -1)]])
def test_percentages_that_cannot_stand_block_and_split_nothing(shares: list[tuple[str, int]]) -> None:
    resolved, findings = resolve(Line("wage", "SAL", 100), centers=percentages(*shares))
    assert [(found.code, found.severity, found.subject) for found in findings] == [("X03", "block", "W1")]
    assert resolved["department_id"].tolist() == ["200"]


def test_the_place_gives_the_entity_and_the_state() -> None:
    centers = replace(ONE_ENTITY, places={"LOC-NYC": Place("NYC", "E900", "NY")})
    resolved, _ = resolve(Line("wage", "REG", 1), centers=centers)
    assert resolved[["entity_id", "work_state"]].values.tolist() == [["E900", "NY"]]
