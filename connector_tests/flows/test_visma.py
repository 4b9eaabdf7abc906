"""Employees and dimensions in Visma kept current, end to end over real sockets: changes, drift, failures."""

from collections.abc import Iterator

import pandas as pd
import pytest

from connector_assets.commands.demo_visma import NAME
from connector_tests.flows import visma_house
from connector_tests.flows.house import firm
from connector_tests.flows.visma_house import COMPANY_ID, CREATE, UPDATE, VismaHouse


@pytest.fixture
def house() -> Iterator[VismaHouse]:
    with visma_house.copied() as found:
        yield found


def test_everybody_employed_stands_in_visma_once(house: VismaHouse) -> None:
    held = house.records_of("employee")
    departments = {one.organization_id: one.number for one in firm().organizations(COMPANY_ID)}
    branches = {one["name"]: number for number, one in house.records_of("branch").items()}
    places = {one.location_id: branches[one.name] for one in firm().locations(COMPANY_ID)}
    for worker in house.employed():
        one = held[worker.employee_id]
        assert (one["contact"]["firstName"], one["contact"]["lastName"]) == (worker.given_name, worker.family_name)
        assert (one["department"], one["branch"]) == (departments[worker.organization_id], places[worker.location_id])
        assert one["status"] == "Active"
    assert set(held) == {one.employee_id for one in house.people() if one.employee_id in held}
    assert [row.state for row in house.standing()] == ["in_step"]


def test_organizations_jobs_and_titles_became_segment_values(house: VismaHouse) -> None:
    centers, projects, roles = (house.values(number) for number in (1, 2, 3))
    assert {one.number.rjust(4, "0") for one in firm().organizations(COMPANY_ID)} <= set(centers)
    assert house.records_of("department")["530"]["segments"] == [[1, "0530"]]
    assert house.records_of("department")["400"]["description"] == "Sales & Marketing"
    today = visma_house.TODAY
    for job in firm().jobs(COMPANY_ID):
        is_over = job.end_date is not None and job.end_date < today
        if not is_over:
            assert (projects[job.number]["description"], projects[job.number]["active"]) == (job.name.strip(), True)
        elif job.number in projects:
            assert not projects[job.number]["active"]
    assert {one.title for one in house.employed()} <= {one["description"] for one in roles.values()}
    frame = house.frame("employee_sync").set_index("worker_id")
    someone = house.employed()[0]
    placed = dict(part.split("=", 1) for part in str(frame.loc[someone.worker_id, "cost_centers"]).split())
    assert roles[placed["3"]]["description"] == someone.title
    said = frame.loc[[someone.worker_id]].to_dict("records")[0]
    assert (said["title"], said["hire_date"]) == (someone.title, someone.hire_date)
    assert pd.isna(said["end_date"])


def test_nothing_new_costs_one_call_and_writes_nothing(house: VismaHouse) -> None:
    entries = len(house.trail())
    assert house.look().succeeded
    calls = {name: n for name, n in house.calls().items() if name.startswith("visma")}
    assert calls == {"visma token": 1, "visma employee list": 1}
    assert len(house.trail()) == entries
    house.reset_calls()
    assert house.everything().succeeded
    assert house.writes() == {}


def test_calls_are_the_changed_workers_and_the_poll(house: VismaHouse) -> None:
    changed = house.employed()[:7]
    for worker in changed:
        house.flex(worker, organization_id=changed[0].organization_id, family_name=f"{worker.family_name}-Ny")
    hired = house.hire()
    assert house.look().succeeded
    calls = house.calls()
    assert (calls["visma update employee"], calls["visma create employee"]) == (7, 1)
    assert calls["visma employee list"] == 1
    assert "visma employee" not in calls
    assert calls["paychex worker"] == 8
    assert house.visma(changed[3].employee_id)["contact"]["lastName"] == f"{changed[3].family_name}-Ny"
    assert house.visma(hired["employee_id"])["contact"]["lastName"] == "Tveit"


def test_a_notification_of_one_worker_touches_that_one_alone(house: VismaHouse) -> None:
    one, other = house.employed()[:2]
    for worker in (one, other):
        house.flex(worker, location_id=house.employed()[-1].location_id, title="Principal")
    assert house.look(one.worker_id).succeeded
    assert house.calls()["paychex worker"] == 2
    assert "paychex workers" not in house.calls()
    assert house.writes() == {"visma update employee": 1}
    assert house.look().succeeded
    assert house.writes() == {"visma update employee": 2}


def test_who_leaves_is_active_through_the_last_day_and_inactive_after(house: VismaHouse) -> None:
    gone, going = house.employed()[:2]
    status = {"status_type": "TERMINATED", "status_reason": "RESIGNED"}
    house.flex(gone, status={**status, "effective_date": "2026-02-27"})
    house.flex(going, status={**status, "effective_date": visma_house.TODAY.isoformat()})
    house.bring_in_step()
    assert house.visma(gone.employee_id)["status"] == "Inactive"
    assert house.visma(going.employee_id)["status"] == "Active"
    (entry,) = [one for one in house.trail(f"/{gone.employee_id}") if one.action == "employee updated"]
    assert "status Active -> Inactive; TERMINATED (RESIGNED) since 2026-02-27" in entry.reason
    assert entry.recorded_at.startswith("20")
    assert gone.family_name not in entry.reason + entry.detail


def test_leave_has_the_status_of_the_connection_and_pending_people_wait(house: VismaHouse) -> None:
    house.configure(NAME, employees={"on_leave": "HoldPayments"})
    away = house.employed()[0]
    leave = {"status_type": "INACTIVE", "status_reason": "FAMILY_LEAVE", "effective_date": "2026-01-05"}
    house.flex(away, status=leave)
    pending = {"status_type": "PENDING", "status_reason": "HIRED", "effective_date": "2026-01-05"}
    house.hire(employee_id="9100", statuses=[pending])
    contractor = house.hire(employee_id="9101", worker_type="CONTRACTOR")
    house.bring_in_step()
    assert house.visma(away.employee_id)["status"] == "HoldPayments"
    assert {"9100", contractor["employee_id"]}.isdisjoint(house.records_of("employee"))


def test_title_and_days_go_where_the_connection_says(house: VismaHouse) -> None:
    fields = {"title_field": "phone2", "hire_date_field": "fax", "end_date_field": "phone3"}
    house.configure(NAME, employees=fields)
    (house.settings.home / "frames" / NAME / "visma" / "employees" / "latest.parquet").unlink()
    gone, stays = house.employed()[:2]
    end = {"status_type": "TERMINATED", "status_reason": "RETIRED", "effective_date": "2026-02-27"}
    house.flex(gone, status=end)
    house.bring_in_step()
    contact = house.visma(gone.employee_id)["contact"]
    assert (contact["phone2"], contact["fax"], contact["phone3"]) == (
        gone.title,
        gone.hire_date.isoformat(),
        "2026-02-27",
    )
    assert house.visma(stays.employee_id)["contact"].get("phone3") in {None, ""}
    house.reset_calls()
    house.bring_in_step()
    assert house.writes() == {}


# -- what a person changes in Visma ------------------------------------------------------------------------------------


def test_drift_is_reported_and_left_alone_until_somebody_decides(house: VismaHouse) -> None:
    one = house.employed()[0]
    before = house.visma(one.employee_id)["department"]
    house.by_hand(one.employee_id, department="500" if before != "500" else "200", contact={"phone1": "+47 22"})
    house.bring_in_step()
    assert house.writes() == {}
    (row,) = [row for row in house.standing() if row.state == "drifted"]
    assert one.employee_id in row.problem
    assert f"department {before} in Paychex" in row.problem
    entries = [entry for entry in house.trail(f"/{one.employee_id}") if entry.action == "employee drifted"]
    house.bring_in_step()
    assert len(entries) == len([e for e in house.trail(f"/{one.employee_id}") if e.action == "employee drifted"]) == 1
    house.flex(one, family_name="Nyquist")
    house.bring_in_step()
    held = house.visma(one.employee_id)
    assert (held["contact"]["lastName"], held["contact"]["phone1"]) == ("Nyquist", "+47 22")
    assert held["department"] != before
    house.configure(NAME, employees={"drift": "repair"})
    house.bring_in_step()
    assert house.visma(one.employee_id)["department"] == before
    assert [e.action for e in house.trail(f"/{one.employee_id}")][-1] == "employee repaired"
    assert [row.state for row in house.standing()] == ["in_step"]


def test_drift_that_somebody_takes_back_is_over(house: VismaHouse) -> None:
    one = house.employed()[0]
    before = house.visma(one.employee_id)["status"]
    house.by_hand(one.employee_id, status="Inactive")
    house.bring_in_step()
    house.by_hand(one.employee_id, status=before)
    house.bring_in_step()
    assert [row.state for row in house.standing()] == ["in_step"]
    assert [e.action for e in house.trail(f"/{one.employee_id}")][-2:] == ["employee drifted", "employee in step"]
    assert house.writes() == {}


def test_a_number_of_somebody_else_is_held_and_never_overwritten(house: VismaHouse) -> None:
    house.admin("visma/new_employee", number="9400", members={"contact": {"firstName": "Eva", "lastName": "Lund"}})
    worker = house.hire(employee_id="9400")
    house.bring_in_step()
    assert house.writes() == {}
    state = house.state(worker["worker_id"])
    assert state is not None
    assert state.state == "held"
    assert "another name" in state.problem
    assert house.visma("9400")["contact"]["lastName"] == "Lund"
    house.configure(NAME, employees={"pair_by": "number"})
    house.bring_in_step()
    assert house.visma("9400")["contact"]["lastName"] == "Tveit"


def test_dimension_drift_is_reported_or_set_back(house: VismaHouse) -> None:
    house.admin("visma/segment", segment=1, value="0200", changes={"description": "Anything"})
    house.admin("visma/segment", segment=1, value="0220", changes={"active": False})
    assert house.everything().succeeded
    assert house.writes() == {}
    told = {row.subject: row.problem for row in house.standing() if row.state == "drifted"}
    assert "'Anything' in Visma" in told["segment 1 0200"]
    assert "inactive in Visma" in told["segment 1 0220"]
    house.configure(NAME, dimension_drift="repair")
    assert house.everything().succeeded
    values = house.values(1)
    assert (values["0200"]["description"], values["0220"]["active"]) == ("Strategy Consulting", True)
    assert [row.state for row in house.standing()] == ["in_step"]


def test_what_changes_in_paychex_is_carried_and_what_is_new_created(house: VismaHouse) -> None:
    unit = firm().organizations(COMPANY_ID)[1]
    house.unit(unit.organization_id, name=f"{unit.number} Strategy and Growth")
    house.unit("970000999", name="540 Field Service", number="540", level="Level 1", parent_id=None)
    house.flex(house.employed()[0], organization_id="970000999", title="Field Engineer")
    assert "Every worker is in" in house.tick(NAME, "newcomers")[1]
    assert house.look(house.employed()[0].worker_id).succeeded  # what a notification asks for: it reads no dimension
    (asked,), _ = house.tick(NAME, "newcomers")
    assert asked.tags["connector/newcomers"] == "organization 970000999, title Field Engineer"
    assert house.tick(NAME, "newcomers")[0][0].run_key == asked.run_key  # so that Dagster runs it once
    assert house.everything().succeeded
    assert house.tick(NAME, "newcomers")[0] == []
    assert house.values(1)[unit.number.rjust(4, "0")]["description"] == "Strategy and Growth"
    assert house.values(1)["0540"]["description"] == "Field Service"
    department = house.records_of("department")["540"]
    assert (department["description"], department["segments"]) == ("Field Service", [[1, "0540"]])
    assert house.visma(house.employed()[0].employee_id)["department"] == "540"
    assert "Field Engineer" in {one["description"] for one in house.values(3).values()}


def test_without_a_policy_dimensions_are_only_reported(house: VismaHouse) -> None:
    house.unit("970000998", name="550 Archive", number="550", level="Level 1", parent_id=None)
    one = house.employed()[0]
    house.flex(one, organization_id="970000998")
    house.configure(NAME, departments={"missing": "report"}, segments=[{"segment": 1, "source": "organization"}])
    assert house.everything().succeeded
    assert house.writes() == {}
    state = house.state(one.worker_id)
    assert state is not None
    assert state.state == "held"
    assert "has no department in Visma" in state.problem
    house.configure(NAME, employees={"default_department": "500"})
    house.bring_in_step()
    assert house.visma(one.employee_id)["department"] == "500"


# -- what fails --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["drop_after", "bad_gateway_after", "message_500_after"])
def test_a_create_whose_reply_is_lost_happens_once(house: VismaHouse, waits: list[float], fault: str) -> None:
    house.fault("visma", fault, CREATE)
    worker = house.hire()
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 1
    assert house.visma(worker["employee_id"])["contact"]["lastName"] == "Tveit"
    actions = [one.action for one in house.trail(f"/{worker['employee_id']}")]
    assert actions == ["employee created"]


def test_a_create_that_left_no_trace_is_unknown_and_sent_again_only_later(
    house: VismaHouse, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    from connector_assets.flows.paychex_visma import employees

    house.fault("visma", "drop_before", CREATE)
    worker = house.hire()
    house.bring_in_step()
    state = house.state(worker["worker_id"])
    assert state is not None
    assert (state.state, bool(state.sent), state.reach != "") == ("unknown", True, True)
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 1
    assert "Nobody can say yet" in next(row.problem for row in house.standing() if row.state == "unknown")
    monkeypatch.setattr(employees, "PROCESSING_WINDOW_S", 0)
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 2
    assert [row.state for row in house.standing()] == ["in_step"]


def test_a_create_that_arrives_late_is_found_by_the_next_look(house: VismaHouse, waits: list[float]) -> None:
    house.fault("visma", "drop_before", CREATE)
    worker = house.hire()
    house.bring_in_step()
    contact = {"firstName": "Noor", "lastName": "Tveit", "email": house.employed()[0].email}
    known = house.visma(house.people()[0].employee_id)
    house.admin("visma/new_employee", number=worker["employee_id"], members={**_placed(known), "contact": contact})
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 1
    assert [one.action for one in house.trail(f"/{worker['employee_id']}")][-1] == "employee created"
    assert [row.state for row in house.standing()] == ["in_step"]


def _placed(known: dict[str, object]) -> dict[str, object]:
    return {name: known[name] for name in ("department", "branch")}


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_company_that_numbers_by_itself_gets_nobody_twice(
    house: VismaHouse, waits: list[float], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    from connector_assets.flows.paychex_visma import employees

    monkeypatch.setattr(employees, "PROCESSING_WINDOW_S", 0)
    house.admin("switches", **{"visma.numbering": "automatic"})
    house.fault("visma", fault, CREATE)
    house.hire()
    for _ in range(3):
        house.bring_in_step()
    numbers = [key for key, one in house.records_of("employee").items() if one["contact"].get("lastName") == "Tveit"]
    assert numbers == ["90001"]
    assert [row.state for row in house.standing()] == ["in_step"]
    house.flex(house.employed()[1], family_name="Nyquist")
    house.bring_in_step()


@pytest.mark.parametrize(
    ("fault", "sent"), [("drop_before", 2), ("drop_after", 1), ("bad_gateway", 2), ("message_500_after", 1)]
)
def test_an_update_whose_reply_is_lost_is_made_once(
    house: VismaHouse, waits: list[float], fault: str, sent: int
) -> None:
    one = house.employed()[0]
    house.fault("visma", fault, UPDATE)
    house.flex(one, family_name="Nyquist")
    house.bring_in_step()
    assert house.calls()["visma update employee"] == sent
    assert house.visma(one.employee_id)["contact"]["lastName"] == "Nyquist"
    assert [row.state for row in house.standing()] == ["in_step"]


def test_a_race_is_merged_and_a_race_for_our_field_is_drift(house: VismaHouse) -> None:
    one, other = house.employed()[:2]
    path = {**UPDATE, "path": f"/{one.employee_id}"}
    house.fault("visma", "race", path, params={"member": "phone1", "value": "+47 33"})
    theirs = {**UPDATE, "path": f"/{other.employee_id}"}
    house.fault("visma", "race", theirs, params={"member": "branch", "value": "4"})
    place = next(worker.location_id for worker in house.people() if worker.location_id != other.location_id)
    house.flex(one, family_name="Nyquist")
    house.flex(other, family_name="Solberg", location_id=place)
    house.bring_in_step()
    held = house.visma(one.employee_id)["contact"]
    assert (held["lastName"], held["phone1"]) == ("Nyquist", "+47 33")
    others = house.visma(other.employee_id)
    assert (others["contact"]["lastName"], others["branch"]) == ("Solberg", "4")
    assert [row.subject for row in house.standing() if row.state == "drifted"] == [f"employee {other.employee_id}"]


def test_a_refused_worker_stops_nobody_else(house: VismaHouse) -> None:
    long, fine = house.hire(employee_id="12345678901"), house.hire(employee_id="9301")
    unnumbered = house.hire(employee_id="")
    house.bring_in_step()
    state = house.state(long["worker_id"])
    assert state is not None
    assert state.state == "refused"
    assert "longer than 10" in state.problem
    assert house.visma("9301")["contact"]["lastName"] == "Tveit"
    held = house.state(unnumbered["worker_id"])
    assert held is not None
    assert (held.state, "has no number" in held.problem) == ("held", True)
    assert fine["worker_id"] != long["worker_id"]


def test_nobody_is_created_without_an_address_unless_the_connection_makes_one(house: VismaHouse) -> None:
    house.hire(employee_id="9500", email="")
    house.bring_in_step()
    assert "9500" not in house.records_of("employee")
    house.configure(NAME, employees={"email": "{employee_id}@hollismarr.example"})
    house.bring_in_step()
    assert house.visma("9500")["contact"]["email"] == "9500@hollismarr.example"


def test_what_the_hour_does_not_allow_waits_for_the_next(house: VismaHouse) -> None:
    house.admin("switches", **{"visma.hourly_limit": "500"})
    house.configure(NAME, visma={"reserved_calls": 500 - house.calls_of_the_hour() - 4})
    for number in range(8):
        house.hire(employee_id=f"96{number:02d}")
    house.bring_in_step()
    made = house.calls()["visma create employee"]
    assert 0 < made < 8
    (row,) = [row for row in house.standing() if row.state == "waiting"]
    assert (row.workers, "calls of the hour" in row.problem) == (8 - made, True)
    house.admin("switches", **{"visma.hourly_limit": "15000"})
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 8
    assert [row.state for row in house.standing()] == ["in_step"]


def test_an_hour_that_ends_in_the_middle_leaves_nothing_unknown(house: VismaHouse, waits: list[float]) -> None:
    house.fault("visma", "too_many_requests", CREATE, params={"retry_after_s": 1800})
    worker = house.hire()
    house.bring_in_step()
    state = house.state(worker["worker_id"])
    assert state is not None
    assert (state.state, dict(state.sent)) == ("waiting", {})
    house.bring_in_step()
    assert [row.state for row in house.standing()] == ["in_step"]


def test_a_dead_process_leaves_an_intent_that_the_next_run_settles(
    house: VismaHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    one, worker = house.employed()[0], house.hire()
    with monkeypatch.context() as patched:
        patched.setattr("connector_assets.vendors.visma.client._created_key", dies)
        assert not house.look(worker["worker_id"]).succeeded
    state = house.state(worker["worker_id"])
    assert state is not None
    assert state.state == "sending"
    house.flex(one, family_name="Nyquist")
    house.bring_in_step()
    assert house.calls()["visma create employee"] == 1
    assert [row.state for row in house.standing()] == ["in_step"]


def test_employees_are_not_written_while_a_dimension_asset_has_failed(house: VismaHouse) -> None:
    house.fault("visma", "no_license", {"operation": "department list"})
    assert not house.materialize(NAME, ("visma/departments",)).success
    house.flex(house.employed()[0], family_name="Nyquist")
    outcome = house.look()
    assert not outcome.succeeded
    assert "visma/departments" in outcome.problem
    assert house.writes() == {}
