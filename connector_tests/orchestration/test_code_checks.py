"""An asset check for every code: its name and severity are the catalogue's, its verdict that of what was found."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from dagster import AssetCheckSeverity, AssetCheckSpec, AssetKey, AssetsDefinition

from connector_assets.accounting.findings import CODES, Finding, Severity, check_name, finding
from connector_assets.flows.expensify_intacct.assets import build
from connector_assets.flows.expensify_intacct.config import ExpensifyIntacctConnection
from connector_assets.orchestration.code_checks import code_results, code_specs, evaluation
from connector_tests.flows import test_visma_plan
from connector_tests.orchestration import test_graph, test_purchasing_graph

ASSET = AssetKey(["acme", "pay_lines"])
NAME = re.compile(r"([a-z]\d\d)_[a-z0-9_]+")
WAGES = finding("S10", "check 7", "Its wages are negative.", "Correct it.", Severity.BLOCK)
LINE = finding("S10", "BONUS", "It is negative.", "Make sure that it is a refund.")
ACCEPTED = finding("S08", "check 7", "It is paid twice. Accepted by ann.", "Ask.", Severity.INFO)


def everything() -> Iterator[AssetCheckSpec]:
    """The checks of a connection of every flow, with all that can be switched on."""
    ledger = {"intacct": {"company_id": "ACME"}}
    expenses = ExpensifyIntacctConnection.model_validate({
        "name": "expenses", "flow": "expensify_intacct", "start_date": date(2025, 1, 1), **ledger,
        "expensify": {"policy_id": "0123456789ABCDEF"},
        "posting": {"journal": "EXPJ", "entity": "E100", "due_from_account": "1310", "due_to_account": "2410"},
    })  # fmt: skip
    flows = (test_graph.definitions(), test_purchasing_graph.definitions(), test_visma_plan.definitions())
    for one in [asset for flow in (*flows, build(expenses, 26)) for asset in flow.assets or ()]:
        assert isinstance(one, AssetsDefinition)
        yield from one.check_specs


def test_every_code_is_the_check_of_an_asset_that_blocks_exactly_when_the_code_does() -> None:
    of_codes = [(found[1].upper(), spec) for spec in everything() if (found := NAME.fullmatch(spec.name))]
    assert {code for code, _ in of_codes} == set(CODES)
    for code, spec in of_codes:
        assert spec.name == check_name(code)
        grave = CODES[code].severity is Severity.BLOCK
        assert spec.blocking == grave or (spec.description or "").startswith("Warns when"), spec
        assert spec.blocking <= grave


@pytest.mark.parametrize(
    ("findings", "passed", "severity", "blocking"),
    [
        ([], True, AssetCheckSeverity.WARN, False),
        ([LINE], False, AssetCheckSeverity.WARN, False),
        ([LINE, WAGES], False, AssetCheckSeverity.ERROR, True),
    ],
    ids=["nothing", "a line: as usual", "wages: raised"],
)
def test_a_severity_that_is_raised_for_a_case_shows_as_that(
    findings: list[Finding], passed: bool, severity: AssetCheckSeverity, blocking: bool
) -> None:
    said = evaluation(ASSET, "S10", "2025-01-03_1", [*findings, ACCEPTED])
    assert (said.check_name, said.partition) == ("s10_no_negative_lines", "2025-01-03_1")
    assert (said.passed, said.severity, said.blocking) == (passed, severity, blocking)
    table = str(said.metadata["findings"].value) if findings else ""
    assert all(one.why in table and one.fix in table for one in findings)
    assert said.metadata["finding_count"].value == len(findings)
    assert (said.description or "").startswith("S10 check 7" if blocking else "S10 BONUS" if findings else "Nothing")


def test_what_a_person_has_accepted_is_told_and_passes() -> None:
    (said,) = code_results([ACCEPTED, WAGES], ["S08"])
    assert said.passed
    assert "Accepted by ann" in (said.description or "")


def test_where_nothing_depends_on_it_yet_a_blocking_code_only_warns() -> None:
    here, stage = (code_specs(ASSET, ["X01"], forewarned=known)[0] for known in (["X01"], []))
    assert (here.blocking, stage.blocking) == (False, True)
    assert (here.description or "").startswith("Warns when a line has no account")
