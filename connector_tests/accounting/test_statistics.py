"""The statistical journal: hours of each pay run, headcount and FTE once a month; and journals per entity."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from connector_assets.accounting.entity_journals import per_entity
from connector_assets.accounting.journal import Journal, journal_from_payload
from connector_assets.accounting.statistics import (
    StatisticalPolicy,
    active_on,
    check_hours,
    is_last_of_month,
    statistical_journal,
)
from connector_tests.accounting.registers import (
    JOURNAL_POLICY,
    PAY_RUN,
    TWO_ENTITIES,
    Line,
    mapping,
    run,
    table_of,
    worker_frame,
)

TABLE = mapping(
    "kind,code,debit_account,credit_account,burden\nwage,REG,6010,,\nwage,OT,6020,,\nwage,PTO,6030,,\n"
    "wage,BON,6040,,\nnet_pay,,,1051,\n"
)
POLICY = StatisticalPolicy(
    "HCJ", headcount_account="9001", fte_account="9002", regular_hours_account="9010", billable_hours_account="9013",
    hours_by_account={"6020": "9011", "6030": "9012"}, billable_projects=frozenset({"P-1040"}),
)  # fmt: skip
HOURS = [
    Line("wage", "REG", 2_016_00, job_id="JOB-1040", hours_e4=48_0000),
    Line("wage", "REG", 1_176_00, hours_e4=28_0000),
    Line("wage", "OT", 273_00, job_id="JOB-1040", hours_e4=6_5000),
    Line("wage", "PTO", 336_00, hours_e4=8_0000),
    Line("wage", "BON", 500_00),
]


def resolved(lines: list[Line]) -> pd.DataFrame:
    return run({"C1": lines}, table=TABLE).mapped


def journal_of(lines: list[Line], homes: pd.DataFrame | None = None) -> Journal | None:
    return statistical_journal(
        PAY_RUN, resolved(lines), homes, on=PAY_RUN.check_date, policy=POLICY, journal_policy=JOURNAL_POLICY
    )


def homes_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Workers by home department, location and employment type, cost centers resolved."""
    return pd.DataFrame(
        [
            {"department_id": d, "location_id": loc, "entity_id": "E100", "employment_type": kind}
            for d, loc, kind in rows
        ]
    ).astype("str")


def test_hours_stand_where_the_wages_stand_in_hundredths() -> None:
    journal = journal_of(HOURS)
    assert journal is not None
    assert table_of(journal) == {
        "9010/200/NYC/": 28_00,
        "9010/200/NYC/P-1040": 48_00,
        "9011/200/NYC/P-1040": 6_50,
        "9012/200/NYC/": 8_00,
        "9013/200/NYC/P-1040": 54_50,
    }
    assert (journal.reference, journal.journal_symbol) == ("PX-01080012-970007831988123-S-1", "HCJ")
    assert journal_from_payload(journal.payload()) == journal


def test_heads_and_fte_are_full_counts_by_home() -> None:
    homes = homes_of(("200", "NYC", "FULL_TIME"), ("200", "NYC", "PART_TIME"), ("500", "JC", "FULL_TIME"))
    journal = journal_of([], homes)
    assert journal is not None
    assert table_of(journal) == {
        "9001/200/NYC/": 2_00,
        "9001/500/JC/": 1_00,
        "9002/200/NYC/": 1_50,
        "9002/500/JC/": 1_00,
    }


def test_nothing_to_count_is_no_journal() -> None:
    assert journal_of([Line("wage", "BON", 500_00)]) is None


def test_a_void_takes_its_hours_back() -> None:
    journal = journal_of([replace(line, cents=-line.cents, hours_e4=-line.hours_e4) for line in HOURS])
    assert journal is not None
    assert table_of(journal)["9010/200/NYC/P-1040"] == -48_00


def test_a13_the_hours_are_the_registers() -> None:
    lines, journal = resolved(HOURS), journal_of(HOURS)
    assert journal is not None
    assert check_hours(journal, lines, POLICY) == []
    short = replace(journal, lines=journal.lines[1:])
    assert [one.code for one in check_hours(short, lines, POLICY)] == ["A13"]
    assert [one.code for one in check_hours(None, lines, POLICY)] == ["A13"]


#  status        since              hired               counted on 2026-04-05
@pytest.mark.parametrize(
    ("status", "since", "hired", "counted"),
    [
        ("ACTIVE",     date(2024, 1, 1), date(2024, 1, 1), True),
        ("ACTIVE",     date(2026, 4, 6), date(2026, 4, 6), False),
        ("ON_LEAVE",   date(2026, 3, 1), date(2024, 1, 1), True),
        ("TERMINATED", date(2026, 4, 5), date(2024, 1, 1), False),
        ("TERMINATED", date(2026, 4, 6), date(2024, 1, 1), True),
    ],
)  # fmt: skip
def test_heads_are_those_who_are_there_on_the_day(status: str, since: date, hired: date, counted: bool) -> None:
    workers = worker_frame({"W1": ("ORG-200", "LOC-NYC")}).assign(status=status)
    workers["status_date"] = pd.Series([since], dtype="date32[day][pyarrow]")
    workers["hire_date"] = pd.Series([hired], dtype="date32[day][pyarrow]")
    assert (len(active_on(workers, PAY_RUN.period_end, POLICY)) == 1) is counted


def test_exactly_one_pay_run_of_a_month_brings_the_heads() -> None:
    scheduled = {"A": date(2026, 4, 10), "B": date(2026, 4, 24), "C": date(2026, 4, 24), "D": date(2026, 5, 8)}
    last = [
        name for name, day in scheduled.items()
        if is_last_of_month(replace(PAY_RUN, pay_run_id=name, check_date=day), scheduled)
    ]  # fmt: skip
    assert last == ["C", "D"]


# --- one journal per entity ------------------------------------------------------------------------------------------


def test_journals_per_entity_balance_alone_and_lose_no_line() -> None:
    lines = [
        Line("wage", "REG", 600_00),
        Line("wage", "REG", 400_00, location_id="LOC-JC"),
        Line("employer_tax", "SS", 1),
    ]
    whole = run({"C1": lines}, cost_centers=TWO_ENTITIES).build
    parts = per_entity(whole, "E100")
    own, other = parts.journals
    assert [(one.kind, one.reference) for one in (own, other)] == [
        ("labor", "PX-01080012-970007831988123-L-1"),
        ("labor@E200", "PX-01080012-970007831988123-L-1-E200"),
    ]
    assert (table_of(own), own.unbalanced_entities()) == (
        {"1310///": 400_00, "6000/200/NYC/": 600_00, "6100/200/NYC/": 1, "1051///": -1_000_00, "2210///": -1}, {},
    )  # fmt: skip
    assert (table_of(other), other.unbalanced_entities()) == ({"2410///": -400_00, "6000/200/JC/": 400_00}, {})
    traced = parts.trace.groupby(["reference", "journal_line_no"])["amount_cents"].sum()
    for journal in parts.journals:
        for place, line in enumerate(journal.lines, start=1):
            assert traced[journal.reference, place] == line.amount_cents


def test_a_run_of_one_entity_stays_one_journal() -> None:
    whole = run({"C1": [Line("wage", "REG", 600_00)]}).build
    assert per_entity(whole, "E100").journals == whole.journals
