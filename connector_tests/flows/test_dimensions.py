"""Dimensions kept in step between both simulated systems: by policy, once, told to the audit trail, shown before."""

import json
from collections.abc import Mapping

import pandas as pd
import pytest
from dagster import AssetCheckKey, AssetKey

from connector_assets.sandbox.company import ENTITIES
from connector_assets.systems import intacct_client
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_tests.cli_runner import run, succeeding
from connector_tests.flows.house import LLC, House, Json, problem_of

COMPANY = ENTITIES[0].paychex_company_id
STEPS = ("dimension_changes", "dimension_alignment")
STRATEGY, TECHNOLOGY = "970000170100002", "970000170100003"


def unit(house: House, unit_id: str, kind: str = "organization", **fields: object) -> None:
    """Add or change an organization, location or labor assignment in Flex."""
    house.admin("paychex/units", company_id=COMPANY, kind=kind, unit_id=unit_id, fields=fields)


def organization(house: House, unit_id: str, name: str, number: str, parent_id: str | None = None) -> None:
    unit(house, unit_id, name=f"{number} {name}", number=number, level="Level 2", parent_id=parent_id)


def records(house: House, object_name: str, key: str) -> dict[str, Json]:
    """The simulated ledger's records of an object, by key."""
    found = house.http.get(f"{house.root}/admin/intacct/records", params={"object": object_name}).json()["records"]
    return {one[key]: one for one in found}


def renew(house: House) -> pd.DataFrame:
    """Refresh what dimensions rest on; the changes that were made."""
    house.renew(LLC, "paychex/organizations", "paychex/locations", "paychex/jobs", "paychex/labor_assignments")
    house.renew(LLC, "intacct/departments", "intacct/locations", "intacct/projects", "intacct/classes", *STEPS)
    return frame(house, "dimension_changes")


def frame(house: House, name: str) -> pd.DataFrame:
    return pd.read_parquet(house.settings.home / "frames" / LLC / name / "latest.parquet")


def check(house: House, asset: str, name: str) -> tuple[bool, str]:
    """Whether a check passed when it last ran, and what it said."""
    key = AssetCheckKey(AssetKey([LLC, asset]), name)
    record = house.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.evaluation is not None
    return record.evaluation.passed, record.evaluation.description or ""


def audited(house: House, kind: str) -> list[tuple[str, str]]:
    """Action and subject of the audit entries about a kind of dimension, oldest first."""
    entries = house.records().audit.entries(subject=f"{LLC}/{kind}/")
    return [(one.action, one.subject.removeprefix(f"{LLC}/")) for one in entries]


def test_organizations_become_departments_parents_first_and_follow_names_moves_and_ends(house: House) -> None:
    house.configure(LLC, dimensions={"departments": "create_in_intacct", "inactivate_after_days": 0})
    organization(house, "970000000000612", "Applied research", "612", "970000000000610")
    organization(house, "970000000000610", "Labs", "610", TECHNOLOGY)
    made = renew(house)
    assert made[["action", "target_id", "outcome"]].to_numpy().tolist() == [
        ["create", "610", "done"],
        ["create", "612", "done"],
    ]
    departments = records(house, "DEPARTMENT", "DEPARTMENTID")
    assert (departments["610"]["TITLE"], departments["610"]["PARENTID"]) == ("Labs", "210")
    assert departments["612"]["PARENTID"] == "610"
    assert audited(house, "department") == [
        ("dimension created in intacct", "department/610"),
        ("dimension created in intacct", "department/612"),
    ]
    assert renew(house).empty

    organization(house, "970000000000610", "Research labs", "610", STRATEGY)
    changed = renew(house)
    assert sorted(changed["action"]) == ["move", "rename"]
    labs = records(house, "DEPARTMENT", "DEPARTMENTID")["610"]
    assert (labs["TITLE"], labs["PARENTID"], labs["STATUS"]) == ("Research labs", "200", "active")

    house.admin("paychex/units", company_id=COMPANY, kind="organization", unit_id="970000000000612", vanish=True)
    assert renew(house).empty  # seen gone today: later than today is not before tomorrow
    home = house.records()
    memory = home.snapshots.get(LLC, "dimension_memory")
    memory["department"]["970000000000612"]["gone_since"] = "2020-01-01"
    home.snapshots.put(LLC, "dimension_memory", memory)
    assert renew(house)["action"].tolist() == ["inactivate"]
    departments = records(house, "DEPARTMENT", "DEPARTMENTID")
    assert (departments["612"]["STATUS"], departments["610"]["STATUS"]) == ("inactive", "active")
    assert len(departments) == 13  # what is over is never deleted
    assert house.records().audit.verify().intact


@pytest.mark.thorough
@pytest.mark.parametrize("fault", ["drop_after", pytest.param("drop_before", marks=pytest.mark.thorough)])
def test_a_value_whose_reply_was_lost_is_created_once(house: House, waits: list[float], fault: str) -> None:
    house.configure(LLC, dimensions={"departments": "create_in_intacct"})
    organization(house, "970000000000610", "Labs", "610")
    house.fault("intacct", fault, {"operation": "create", "object": "DEPARTMENT"}, times=1)
    first = renew(house)
    second = renew(house)
    assert [*first["outcome"], *second["outcome"]] in (["adopted"], ["unknown", "done"])
    passed, told = check(house, "dimension_changes", "w22_values_taken")
    assert passed, told
    assert records(house, "DEPARTMENT", "DEPARTMENTID")["610"]["TITLE"] == "Labs"
    assert audited(house, "department") == [("dimension created in intacct", "department/610")]
    assert house.records().crosswalk.origins(LLC, "department")["970000000000610"] == "created"


@pytest.mark.thorough
def test_what_is_refused_is_told_and_keeps_no_other_from_being_created(house: House) -> None:
    house.configure(LLC, dimensions={"departments": "create_in_intacct"})
    organization(house, "970000000000610", "Labs", "610")
    organization(house, "970000000000620", "Works", "620")
    house.fault("intacct", "function_error", {"operation": "create", "body": ">620<"}, times=2)
    made = renew(house)
    assert dict(zip(made["target_id"], made["outcome"], strict=True)) == {"610": "done", "620": "refused"}
    passed, told = check(house, "dimension_changes", "w22_values_taken")
    assert (passed, "620" in told) == (False, True)
    assert not check(house, "dimension_alignment", "organizations_paired")[0]
    assert renew(house)["outcome"].tolist() == ["done"]
    assert check(house, "dimension_alignment", "organizations_paired")[0]


@pytest.mark.thorough
def test_projects_become_jobs_where_intacct_leads(house: House, waits: list[float]) -> None:
    house.configure(LLC, dimensions={"projects": "create_in_paychex"})
    fields = {"NAME": "Client engagement 1001 renamed"}
    renew(house)
    house.admin("intacct/records", object="PROJECT", key="P-1001", fields=fields)
    for place, name in enumerate(("Ferry audit", "Bridge audit")):
        project(house, f"P-20{place}", name)
    house.fault("paychex", "drop_after", {"operation": "create_job"}, times=1)
    made = renew(house)
    assert sorted(zip(made["action"], made["target_id"], made["outcome"], strict=True)) == [
        ("create", "P-200", "adopted"),
        ("create", "P-201", "done"),
        ("rename", "P-1001", "done"),
    ]
    again = renew(house)
    assert again.empty
    jobs = frame(house, "paychex/jobs").set_index("number")["name"].to_dict()
    assert (jobs["P-200"], jobs["P-201"]) == ("Ferry audit", "Bridge audit")
    assert jobs["P-1001"] == "Client engagement 1001 renamed"
    pairs = house.records().crosswalk
    assert list(pairs.origins(LLC, "project").values()).count("created_in_paychex") == 2
    assert ("dimension created in paychex", "project/P-200") in audited(house, "project")


def project(house: House, project_id: str, name: str) -> None:
    """A person creates a project in Intacct."""
    record = {"project_id": project_id, "name": name, "category": "Contract"}
    IntacctMasterData(ledger(house)).create("PROJECT", [record], f"person:{project_id}")


def ledger(house: House) -> IntacctClient:
    """Intacct as another user of the same rights would reach it."""
    home, connection = house.records(), house.connection(LLC)
    return intacct_client(connection, connection.intacct, home.credentials, home.settings)


def test_a_dry_run_shows_the_plan_and_writes_nothing(house: House) -> None:
    house.configure(LLC, dimensions={"departments": "create_in_intacct", "projects": "report"})
    organization(house, "970000000000610", "Labs", "610")
    organization(house, "970000000000620", "strategy-consulting", "620")
    house.admin("intacct/records", object="DEPARTMENT", key="200", fields={"TITLE": "Strategy, consulting"})
    before = list(house.records().audit.entries())
    house.reset_calls()
    told: Mapping[str, list[Json]] = json.loads(succeeding("dimensions", LLC, "--dry-run", "--json"))
    assert [(one["action"], one["target_id"], one["outcome"]) for one in told["changes"]] == [
        ("create", "610", "planned"),
        ("create", "620", "planned"),
    ]
    assert not [name for name in house.calls() if " create" in name or " update" in name or "_job" in name]
    assert list(house.records().audit.entries()) == before
    assert "610" not in records(house, "DEPARTMENT", "DEPARTMENTID")

    succeeding("dimensions", LLC)
    assert "created" in str(audited(house, "department"))
    assert json.loads(succeeding("dimensions", LLC, "--dry-run", "--json"))["changes"] == []


def test_a_near_miss_waits_for_a_person_who_pairs_it(house: House) -> None:
    house.configure(LLC, dimensions={"departments": "create_in_intacct"})
    house.admin("intacct/records", object="DEPARTMENT", key="900", fields={"STATUS": "active", "TITLE": "R & D"})
    organization(house, "970000000000610", "R&D", "610")
    assert renew(house).empty
    passed, told = check(house, "dimension_changes", "w07_no_near_misses")
    assert not passed
    assert "900" in told
    wrong = run("pair", LLC, "department", "970000000000610", "999", "--reason", "same people")
    assert (wrong.exit_code, "no department_id '999'" in wrong.output) == (1, True)
    succeeding("pair", LLC, "department", "970000000000610", "900", "--reason", "same people", "--author", "ana")
    assert renew(house).empty
    assert check(house, "dimension_changes", "w07_no_near_misses")[0]
    assert check(house, "dimension_alignment", "organizations_paired")[0]
    entry = next(one for one in house.records().audit.entries() if one.action == "pair settled")
    assert (entry.actor, entry.reason, entry.subject) == ("ana", "same people", f"{LLC}/department/970000000000610")


@pytest.mark.thorough
def test_labor_assignments_stand_for_parts_for_classes_or_for_a_dimension_of_its_own(house: House) -> None:
    parts = frame(house, "dimension_alignment").query("kind == 'labor_assignment'")
    assert set(parts["origin"]) == {"parts"}
    assert "200/NYC" in set(parts["target_id"])

    house.configure(LLC, dimensions={"labor_assignments": "CLASS", "labor_assignment_values": "create_in_intacct"})
    renew(house)
    classes = records(house, "CLASS", "CLASSID")
    made = frame(house, "dimension_alignment").query("kind == 'labor_assignment'")
    assert set(made["origin"]) == {"created"}
    assert set(made["target_id"]) <= set(classes)

    house.configure(LLC, dimensions={"labor_assignments": "COSTOBJECT"})
    house.records().crosswalk.put(LLC, "labor_assignment@COSTOBJECT", "970000470100201", "1", "manual")
    unit(house, "970000470100201", "labor_assignment", name="Audit support", start_date="2025-01-01")
    house.renew(LLC, "intacct/costobject")
    renew(house)
    passed, told = check(house, "dimension_alignment", "labor_assignments_paired")
    assert not passed
    assert "no partner" in told


def test_the_checks_name_restrictions_requirements_hierarchies_and_unused_values(house: House) -> None:
    unit(house, TECHNOLOGY, parent_id=None)
    house.admin("intacct/records", object="GLACCOUNT", key="6000", fields={"REQUIRECLASS": "true"})
    result = house.materialize(LLC, ["intacct/gl_accounts"])
    assert result.success, problem_of(result)
    renew(house)
    passed, told = check(house, "dimension_alignment", "p02_required_dimensions")
    assert (passed, "6000" in told, "class" in told) == (False, True, True)
    unused = check(house, "dimension_alignment", "w21_values_used")
    assert unused[0]
    assert "stand for nothing in Paychex" in unused[1]
    elsewhere = check(house, "dimension_changes", "w20_hierarchies_agree")
    assert elsewhere[0]
    assert "220" in elsewhere[1]
    assert "210" not in elsewhere[1]
