"""A journal too long for one document, all the way into the simulated ledger: parts of whole checks, each once."""

from datetime import date
from typing import Any

import pytest

from connector_assets.flows.paychex_intacct.audit_view import audit_rows
from connector_assets.flows.paychex_intacct.explain import explain
from connector_assets.flows.paychex_intacct.preview import preview
from connector_assets.orchestration.audit_rows import COLUMNS
from connector_assets.records.postings import PostingState
from connector_tests.flows.facts import FIRST, books_in, books_of, checks_of
from connector_tests.flows.house import LLC, House, key_of
from connector_tests.flows.test_lost_replies import let_the_window_pass
from connector_tests.flows.test_rebooking import raised

KEY = key_of(FIRST)
CREATE = {"operation": "create", "object": "GLBATCH"}


def code_of(journal: dict[str, Any]) -> str:
    """`L-1-p1of2` of a reference."""
    return str(journal["reference"]).partition(f"{FIRST.pay_period_id}-")[2]


def test_a_part_that_was_lost_is_posted_by_the_next_run_alone_and_corrections_have_their_parts_too(
    house: House,
) -> None:
    house.configure(LLC, journal={"lines_max": 60})
    planned = preview(house.records(), house.connection(LLC), KEY).journals
    parts = len(planned)
    assert parts > 2
    assert [one.kind for one in planned] == [f"labor@p{number}of{parts}" for number in range(1, parts + 1)]
    assert all(not one.unbalanced_entities() for one in planned)
    house.fault("intacct", "drop_before", CREATE, after=1)
    assert not house.carry(LLC, KEY).succeeded
    states = [one.state for one in house.records().postings.list(LLC)]
    assert sorted(states) == sorted(
        [PostingState.POSTED, PostingState.UNKNOWN, *[PostingState.PLANNED] * (parts - 2)]
    )  # all were known before one was sent, and none was sent after the one that was lost
    (first,) = house.journals(KEY)
    house.no_faults()
    let_the_window_pass(house)
    house.reset_calls()
    outcome = house.carry(LLC, KEY)
    assert outcome.succeeded, outcome.problem
    assert house.calls()["intacct create GLBATCH"] == parts - 1
    journals = house.journals(KEY)
    assert journals[0] == first
    assert [code_of(one) for one in journals] == [f"L-1-p{number}of{parts}" for number in range(1, parts + 1)]
    checks = checks_of(LLC, FIRST)
    assert books_in(journals) == books_of(LLC, checks)
    assert house.status(LLC)[KEY].reconciled
    assert_every_part_is_explained(house, [str(one["reference"]) for one in journals])
    for check in checks:
        house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=9_99)
    outcome = house.carry(LLC, KEY)
    assert outcome.succeeded, outcome.problem
    again = house.journals(KEY)
    assert again[:parts] == journals
    assert [code_of(one) for one in again[parts:]] == [
        f"{letter}-2-p{number}of{parts}" for letter in "RL" for number in range(1, parts + 1)
    ]
    assert books_in(again) == books_of(LLC, [raised(check, 9_99) for check in checks])
    assert house.status(LLC)[KEY].reconciled


def assert_every_part_is_explained(house: House, references: list[str]) -> None:
    """Each check is in one part, and both explain and the auditor's export find it there, to the cent."""
    home, connection = house.records(), house.connection(LLC)
    seen: list[str] = []
    for reference in references:
        found = explain(home, connection, reference)
        assert found.total_cents == 0
        seen += sorted(found.parts["check_id"].unique())
    checks = sorted(check.paycheck_id for check in checks_of(LLC, FIRST))
    assert sorted(seen) == checks
    whole = explain(home, connection, references[0].rpartition("-p")[0], source_id=checks[0])
    assert whole.reference in references
    assert set(whole.parts["check_id"]) == {checks[0]}
    day = FIRST.check_date
    rows = [dict(zip(COLUMNS, row, strict=True)) for rows in audit_rows(home, connection, day, day) for row in rows]
    assert {row["reference"] for row in rows} == set(references)
    assert sorted({str(row["source_id"]) for row in rows}) == checks


@pytest.mark.thorough
def test_in_a_closed_period_the_net_difference_has_its_parts_and_every_one_is_posted(house: House) -> None:
    house.configure(LLC, journal={"lines_max": 60}, posting={"closed_period": "next_open"})
    assert house.carry(LLC, KEY).succeeded
    posted = house.journals(KEY)
    checks = checks_of(LLC, FIRST)
    for check in checks:
        house.office("checks/change", LLC, FIRST, paycheck_id=check.paycheck_id, amount_cents=9_99)
    house.admin("intacct/periods", month="2025-01", entity="", closed=True)
    outcome = house.carry(LLC, KEY)
    assert outcome.succeeded, outcome.problem
    differences = house.journals(KEY)[len(posted) :]
    assert {code_of(one)[:3] for one in differences} == {"C-2"}
    assert {one["date"] for one in differences} == {"2025-02-01"}
    assert books_in(house.journals(KEY)) == books_of(LLC, [raised(check, 9_99) for check in checks])
    assert house.status(LLC)[KEY].reconciled
    before = house.journals(KEY)
    assert house.carry(LLC, KEY).succeeded
    assert house.journals(KEY) == before


@pytest.mark.thorough
def test_a_part_that_the_ledger_refuses_for_good_is_decided_anew_under_another_mapping(house: House) -> None:
    house.configure(LLC, journal={"lines_max": 60})
    house.fault("intacct", "function_error", CREATE, after=1, times=0)
    assert not house.carry(LLC, KEY).succeeded
    (first,) = house.journals(KEY)
    assert PostingState.REJECTED in {one.state for one in house.records().postings.list(LLC)}
    house.no_faults()
    mappings = house.records().mappings
    (known,) = mappings.versions(LLC)
    other = known.body.replace(",6010,", ",6000,")
    mappings.save(LLC, other, author="test", reason="hourly wages to 6000", effective_from=date(2025, 1, 1))
    house.fault("intacct", "function_error", CREATE, times=1)
    outcome = house.carry(LLC, KEY)
    assert outcome.succeeded, outcome.problem
    journals = house.journals(KEY)
    assert journals[0] == first
    codes = [code_of(one) for one in journals]
    assert codes[-1] == "L-2"  # the checks of the refused part, and no others
    assert not any(code.startswith("L-1-p2of") for code in codes)
    assert books_in(journals)["1051"] == books_of(LLC, checks_of(LLC, FIRST))["1051"]
    assert house.status(LLC)[KEY].reconciled
