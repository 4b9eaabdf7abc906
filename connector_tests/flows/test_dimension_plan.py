"""The plan that keeps dimensions in step: what is created, followed, ended, and what is left to a person."""

from collections.abc import Mapping
from datetime import date, timedelta

from connector_assets.flows.paychex_intacct.alignment import align, near_misses
from connector_assets.flows.paychex_intacct.dimension_plan import (
    MADE,
    MADE_IN_PAYCHEX,
    Change,
    Known,
    Memory,
    Plan,
    in_order,
    plan,
)
from connector_assets.flows.paychex_intacct.dimension_values import Side, SourceValue, TargetValue
from connector_assets.flows.paychex_intacct.dimensions_config import Policy

TODAY = date(2026, 1, 15)
LATE = timedelta(days=30)
LONG_AGO, LATELY = date(2025, 6, 30), date(2026, 1, 2)


def department_side(source: list[SourceValue], target: list[TargetValue], policy: Policy = "create_in_intacct") -> Side:
    words = ("department", "organization", "DEPARTMENT", "department_id", "title")
    return Side(*words, policy, source, target, {})


def project_side(source: list[SourceValue], target: list[TargetValue], policy: Policy) -> Side:
    words = ("project", "job", "PROJECT", "project_id", "name")
    return Side(*words, policy, source, target, {"category": "Contract"})


def planned(
    side: Side,
    settled: Mapping[str, str] | None = None,
    origins: Mapping[str, str] | None = None,
    memory: Memory | None = None,
    today: date = TODAY,
) -> Plan:
    found = align(side, settled or {})
    near = near_misses(side, found)
    pairs = dict(settled or {})
    paired = found[found["target_id"].notna()]
    pairs |= dict(zip(paired["source_id"], paired["target_id"], strict=True))
    return plan(side, Known(pairs, origins or {}, near, memory or {}, today, LATE))


def shown(changes: list[Change]) -> list[tuple[str, str, str, str]]:
    return [(one.system, one.action, one.target_id, one.name) for one in in_order(changes)]


def org(number: str, name: str, parent: str | None = None, ended: date | None = None) -> SourceValue:
    return SourceValue(f"o{number}", number, f"{number} {name}", f"o{parent}" if parent else None, ended)


# --- creation ------------------------------------------------------------------------------------------------------


def test_what_intacct_lacks_is_created_parents_first_with_the_number_as_id_and_the_bare_name() -> None:
    side = department_side([org("312", "Leaf", "310"), org("310", "Branch", "300"), org("300", "Root")], [])
    found = planned(side)
    assert [(c.target_id, c.depth, dict(c.fields)) for c in in_order(found.changes)] == [
        ("300", 0, {"department_id": "300", "title": "Root"}),
        ("310", 1, {"department_id": "310", "title": "Branch", "parent_id": "300"}),
        ("312", 2, {"department_id": "312", "title": "Leaf", "parent_id": "310"}),
    ]
    assert planned(department_side(list(side.source), [], "report")).changes == []


def test_a_child_is_created_below_the_partner_of_its_parent() -> None:
    root = TargetValue("CORP", "300 Root", is_active=True)
    found = planned(department_side([org("300", "Root"), org("310", "Branch", "300")], [root]))
    (made,) = found.changes
    assert dict(made.fields)["parent_id"] == "CORP"


def test_what_cannot_be_created_for_certain_is_told_and_left() -> None:
    circle = [org("1", "A", "2"), org("2", "B", "1")]
    twice = [org("7", "Left"), SourceValue("x7", "7", "7 Right")]
    below = [org("9", "Child", "2")]
    found = planned(department_side([*circle, *twice, *below], []))
    assert found.changes == []
    told = " ".join(one.why for one in found.findings)
    assert [told.count(part) for part in ("below itself", "shares its number 7")] == [3, 2]


def test_an_id_that_stands_for_another_is_not_created_again() -> None:
    taken = TargetValue("310", "Something", is_active=True)
    found = planned(department_side([org("310", "Branch")], [taken]), {"other": "310"})
    assert found.changes == []  # the number is the id, and says that they are the same
    moved = planned(department_side([org("310", "Branch"), org("311", "New")], [taken]), {"o310": "X", "other": "311"})
    assert [one.why for one in moved.findings if "stands for another" in one.why] != []


def test_a_job_that_is_over_is_not_created() -> None:
    side = project_side([SourceValue("j1", "P-1", "Old", None, LONG_AGO)], [], "create_in_intacct")
    assert planned(side).changes == []


def test_a_near_miss_holds_the_creation_and_suggests_the_pair() -> None:
    near = TargetValue("OPS", "Operations & Support", is_active=True)
    far = TargetValue("X", "Engagement 1090", is_active=True)
    source = [org("600", "Operations and Support"), SourceValue("o2", None, "OPERATIONS  &  SUPPORT")]
    side = department_side([*source, org("1091", "Engagement 1091")], [near, far])
    found = near_misses(side, align(side, {}))
    assert {source_id: one.target_id for source_id, one in found.items()} == {"o600": "OPS", "o2": "OPS"}
    assert shown(planned(side).changes) == [("intacct", "create", "1091", "Engagement 1091")]


# --- renames and moves ---------------------------------------------------------------------------------------------


def remembered(**agreed: str) -> Memory:
    return {"o300": agreed}


def test_a_rename_is_followed_where_intacct_still_bears_the_old_name() -> None:
    source = [org("300", "Treasury")]
    same = TargetValue("300", "Finance", is_active=True)
    found = planned(department_side(source, [same]), memory=remembered(name="Finance", parent=""))
    assert shown(found.changes) == [("intacct", "rename", "300", "Treasury")]
    assert found.memory["o300"]["name"] == "Treasury"
    again = planned(department_side(source, [TargetValue("300", "Treasury", True)]), memory=found.memory)
    assert (again.changes, again.findings) == ([], [])


def test_a_rename_is_not_forced_on_a_name_that_a_person_has_chosen() -> None:
    other = TargetValue("300", "Group finance", is_active=True)
    side = department_side([org("300", "Treasury")], [other])
    found = planned(side, memory=remembered(name="Finance", parent=""))
    assert (found.changes, found.findings) == ([], [])


def test_where_paychex_does_not_lead_a_rename_is_told_until_it_is_settled() -> None:
    side = department_side([org("300", "Treasury")], [TargetValue("300", "Finance", True)], "report")
    found = planned(side, memory=remembered(name="Finance", parent=""))
    assert (found.changes, [one.code for one in found.findings]) == ([], ["W09"])
    again = planned(side, memory=found.memory)
    assert [one.code for one in again.findings] == ["W09"]


def test_only_what_the_connector_created_follows_a_move() -> None:
    source = [org("100", "A"), org("200", "B"), org("300", "Child", "200")]
    target = [TargetValue("100", "A", True), TargetValue("200", "B", True), TargetValue("300", "Child", True, "100")]
    memory = remembered(name="Child", parent="o100")
    side, pairs = department_side(source, target), {"o300": "300"}
    found = planned(side, pairs, {"o300": MADE}, memory)
    assert [dict(one.fields) for one in found.changes] == [{"department_id": "300", "parent_id": "200"}]
    assert planned(side, pairs, {"o300": "id"}, memory).changes == []
    elsewhere = [*target[:2], TargetValue("300", "Child", True, "900")]
    assert planned(department_side(source, elsewhere), pairs, {"o300": MADE}, memory).changes == []


# --- the end -------------------------------------------------------------------------------------------------------


def test_what_is_over_is_inactivated_late_and_only_when_the_connector_made_it() -> None:
    def ended(on: date | None, origin: str = MADE) -> list[tuple[str, str, str, str]]:
        side = project_side(
            [SourceValue("j1", "P-1", "Job", None, on)], [TargetValue("P-1", "Job", True)], "create_in_intacct"
        )
        return shown(planned(side, {"j1": "P-1"}, {"j1": origin}).changes)

    assert ended(LONG_AGO) == [("intacct", "inactivate", "P-1", "Job")]
    assert ended(LATELY) == ended(None) == ended(LONG_AGO, "id") == []


def test_a_value_that_vanished_is_inactivated_late_children_first_and_never_while_it_is_needed() -> None:
    target = [TargetValue("1", "Root", True), TargetValue("2", "Leaf", True, "1")]
    pairs, origins = {"o1": "1", "o2": "2"}, {"o1": MADE, "o2": MADE}
    gone = planned(department_side([], target), pairs, origins)
    assert gone.changes == []
    later = planned(department_side([], target), pairs, origins, gone.memory, TODAY + timedelta(days=31))
    assert shown(later.changes) == [("intacct", "inactivate", "2", "Leaf")]  # the root still has an active child
    target[1] = TargetValue("2", "Leaf", False, "1")
    last = planned(department_side([], target), pairs, origins, later.memory, TODAY + timedelta(days=32))
    assert shown(last.changes) == [("intacct", "inactivate", "1", "Root")]
    shared = {**pairs, "o3": "1"}
    used = planned(department_side([org("3", "Third")], target), shared, origins, later.memory, TODAY + timedelta(40))
    assert [one.action for one in used.changes] == []


def test_what_is_used_again_is_activated_again_unless_a_person_inactivated_it() -> None:
    side = department_side([org("300", "Finance")], [TargetValue("300", "Finance", False)])
    memory = {"o300": {"name": "Finance", "parent": "", "inactivated": "yes"}}
    assert shown(planned(side, {"o300": "300"}, {"o300": MADE}, memory).changes) == [
        ("intacct", "reactivate", "300", "Finance")
    ]
    assert planned(side, {"o300": "300"}, {"o300": MADE}, remembered(name="Finance", parent="")).changes == []


# --- the other way round -------------------------------------------------------------------------------------------


def test_where_intacct_leads_projects_become_jobs_and_their_names_are_followed() -> None:
    long_name = "An engagement with a name that is far too long"
    target = [
        TargetValue("P-1", "Renamed", True),
        TargetValue("P-2", "New one", True),
        TargetValue("P-3", "Off", False),
    ]
    side = project_side(
        [SourceValue("j1", "P-1", "Old")], [*target, TargetValue("P-4", long_name, True)], "create_in_paychex"
    )
    found = planned(side, {"j1": "P-1"}, memory={"j1": {"name": "Old", "called": "Old", "parent": ""}})
    assert [(one.system, one.action, dict(one.fields)) for one in in_order(found.changes)] == [
        ("paychex", "create", {"name": "New one", "number": "P-2"}),
        ("paychex", "rename", {"name": "Renamed"}),
    ]
    assert [one.subject for one in found.findings] == ["project P-4"]


def test_a_job_that_the_connector_made_ends_long_after_its_project() -> None:
    side = project_side([SourceValue("j1", "P-1", "Job")], [TargetValue("P-1", "Job", False)], "create_in_paychex")
    first = planned(side, {"j1": "P-1"}, {"j1": MADE_IN_PAYCHEX})
    assert first.changes == []
    later = planned(side, {"j1": "P-1"}, {"j1": MADE_IN_PAYCHEX}, first.memory, TODAY + timedelta(days=31))
    assert [(one.system, one.action, dict(one.fields)) for one in later.changes] == [
        ("paychex", "end", {"end": "2026-02-15"})
    ]
    assert planned(side, {"j1": "P-1"}, {"j1": "id"}, first.memory, TODAY + timedelta(days=31)).changes == []
