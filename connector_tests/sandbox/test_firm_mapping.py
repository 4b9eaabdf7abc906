"""The sample mappings against the year: each code a company emits has a rule of the right kind and its accounts."""

import csv
from pathlib import Path

import pytest

import connector_assets.sandbox
from connector_assets.accounting.mapping import rules_from_csv
from connector_assets.sandbox.company import ENTITIES
from connector_tests.sandbox.firm_year import kind_of, sample_firm, sample_year

FOLDER = Path(connector_assets.sandbox.__file__).parent / "sample_mapping"
HEADER = [
    *("kind", "code", "department_id", "location_id", "entity_id", "worker_type", "work_state", "project_type"),
    *("debit_account", "credit_account", "burden", "effective_from", "note"),
]
COMPANY_OF = {entity.entity_id: entity.paychex_company_id for entity in ENTITIES}
DIRECT = {"6000": "5000", "6010": "5010", "6020": "5020", "6100": "5100", "6110": "5100", "6120": "5100"}


def rows_of(entity_id: str) -> list[dict[str, str]]:
    with (FOLDER / f"{entity_id}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes_of(entity_id: str) -> dict[tuple[str, str], str]:
    """Every kind and code the company emits over the year, with its name."""
    company_id = COMPANY_OF[entity_id]
    return {
        (kind_of(line), line.component_id or line.name): line.name
        for run in sample_year()
        if run.company_id == company_id
        for check in run.checks
        for line in check.lines
    }


@pytest.mark.parametrize("entity_id", COMPANY_OF)
def test_every_code_the_company_emits_is_mapped(entity_id: str) -> None:
    """Imputed life insurance is taxed but not paid: it is not posted, and so it is the one kind without a rule."""
    mapped = {(row["kind"], row["code"]) for row in rows_of(entity_id)}
    unmapped = {key for key in codes_of(entity_id) if key not in mapped}
    assert {kind for kind, _ in unmapped} == {"imputed"}
    assert ("net_pay", "") in mapped


@pytest.mark.parametrize("entity_id", COMPANY_OF)
def test_no_rule_is_for_a_code_that_does_not_exist(entity_id: str) -> None:
    components = {item.component_id for item in sample_firm().components(COMPANY_OF[entity_id])}
    taxes = {name for kind, name in codes_of(entity_id) if kind.endswith("_tax")}
    named = {row["code"] for row in rows_of(entity_id)} - {""}
    assert named <= components | taxes


@pytest.mark.parametrize("entity_id", COMPANY_OF)
def test_rules_carry_the_accounts_their_kind_needs(entity_id: str) -> None:
    for row in rows_of(entity_id):
        debit = row["kind"] in ("wage", "reimbursement", "employer_tax", "employer_benefit")
        credit = row["kind"] not in ("wage", "reimbursement")
        assert (bool(row["debit_account"]), bool(row["credit_account"])) == (debit, credit), row


@pytest.mark.parametrize("entity_id", COMPANY_OF)
def test_work_on_client_projects_is_direct_cost(entity_id: str) -> None:
    rows = rows_of(entity_id)
    general = {(row["kind"], row["code"]): row["debit_account"] for row in rows if not row["project_type"]}
    billable = {(row["kind"], row["code"]): row["debit_account"] for row in rows if row["project_type"] == "billable"}
    for key, account in general.items():
        if key[0] == "employer_benefit":
            assert billable[key] == "5200"
        elif account in DIRECT:
            assert billable[key] == DIRECT[account]


@pytest.mark.parametrize("entity_id", COMPANY_OF)
def test_the_connector_imports_the_mapping(entity_id: str) -> None:
    text = (FOLDER / f"{entity_id}.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == ",".join(HEADER)
    assert len(rules_from_csv(text)) == len(rows_of(entity_id))
