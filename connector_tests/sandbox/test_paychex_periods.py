"""Paychex pay periods: fields, filters, and the states a person moves them through (paychex.md 3.6, 6.5, 6.6)."""

import pytest
import requests

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import (
    ANNA,
    LLC,
    NEW_JERSEY,
    OPEN_PERIOD,
    PAID_PERIOD,
    REVERSE_PERIOD,
    REVERSED_PERIOD,
)

PERIOD_TYPE = "application/vnd.paychex.payroll.periods.v1+json"


def _ids(reply: requests.Response) -> list[str]:
    return [period["payPeriodId"] for period in reply.json()["content"]]


def _code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["errors"][0]["code"]


def _status(peer: Peer, pay_period_id: str) -> str:
    return str(peer.company(f"/payperiods/{pay_period_id}").json()["content"][0]["status"])


def test_a_pay_period_in_full(peer: Peer) -> None:
    reply = peer.company(f"/payperiods/{PAID_PERIOD}", "payroll.period")
    assert reply.headers["content-type"] == "application/vnd.paychex.payroll.period.v1+json"
    period = reply.json()["content"][0]
    period.pop("links")
    assert period == {
        "payPeriodId": PAID_PERIOD,
        "intervalCode": "BI_WEEKLY",
        "status": "COMPLETED",
        "description": "Bi-weekly Payroll (1)",
        "startDate": "2025-03-02T00:00:00Z",
        "endDate": "2025-03-15T00:00:00Z",
        "submitByDate": "2025-03-18T00:00:00Z",
        "checkDate": "2025-03-20T00:00:00Z",
        "checkCount": 3,
    }


def test_a_reverse_period_points_at_its_original_and_has_no_interval(peer: Peer) -> None:
    period = peer.company(f"/payperiods/{REVERSE_PERIOD}").json()["content"][0]
    assert period["originalPayPeriodID"] == REVERSED_PERIOD
    assert "intervalCode" not in period
    assert _status(peer, REVERSED_PERIOD) == "REVERSED"


def test_statuses_repeat_and_unknown_ones_are_named(peer: Peer) -> None:
    reply = peer.company("/payperiods", "payroll.periods", status=["ENTRY", "REVERSED"])
    assert reply.headers["content-type"] == PERIOD_TYPE
    assert _ids(reply) == [REVERSED_PERIOD, OPEN_PERIOD]
    refused = peer.company("/payperiods", status=["ENTRY", "PROCESSED"])
    assert _code(refused) == (400, "API-40")
    assert "PROCESSED" in refused.json()["errors"][0]["description"]


def test_from_holds_for_the_start_and_to_for_the_end(peer: Peer) -> None:
    whole = {"from": "2025-03-02T00:00:00Z", "to": "2025-03-15T00:00:00Z"}
    assert _ids(peer.company("/payperiods", **whole)) == [PAID_PERIOD]
    assert _ids(peer.company("/payperiods", **{**whole, "to": "2025-03-14T00:00:00Z"})) == []
    by_check_date = {"from": "2025-03-20T00:00:00Z", "to": "2025-03-20T00:00:00Z"}
    assert _ids(peer.company("/payperiods", **by_check_date)) == []
    peer.switch("period_bounds", "exclusive")
    assert _ids(peer.company("/payperiods", **whole)) == []


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"from": "2025-01-01T00:00:00Z"}, "API-8"),
        ({"to": "2025-01-01T00:00:00Z"}, "API-8"),
        ({"from": "soon", "to": "2025-01-01T00:00:00Z"}, "API-8"),
        ({"from": "2025-02-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"}, "API-37"),
    ],
)
def test_half_a_date_range_is_refused(peer: Peer, dates: dict[str, str], code: str) -> None:
    assert _code(peer.company("/payperiods", **dates)) == (400, code)


def test_a_list_leaves_out_what_the_firms_year_left_open_once_its_check_date_is_over(peer: Peer) -> None:
    """The firm's year ends: what it never ran would look forgotten for ever after. What was touched is shown."""
    assert OPEN_PERIOD in _ids(peer.company("/payperiods"))
    peer.clock.advance(16 * 86_400)
    peer.sign_in()
    assert OPEN_PERIOD not in _ids(peer.company("/payperiods"))
    assert _status(peer, OPEN_PERIOD) == "ENTRY"
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="INITIAL")
    assert OPEN_PERIOD in _ids(peer.company("/payperiods"))


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("ascending", [REVERSED_PERIOD, REVERSE_PERIOD, PAID_PERIOD, OPEN_PERIOD]),
        ("descending", [OPEN_PERIOD, PAID_PERIOD, REVERSED_PERIOD, REVERSE_PERIOD]),
    ],
)
def test_order_of_pay_periods(peer: Peer, order: str, ids: list[str]) -> None:
    peer.switch("period_order", order)
    assert _ids(peer.company("/payperiods")) == ids


def test_pay_periods_are_not_paged_unless_switched(peer: Peer) -> None:
    assert len(_ids(peer.company("/payperiods", offset=0, limit=1))) == 4
    peer.switch("period_paging", "honoured")
    assert _ids(peer.company("/payperiods", offset=1, limit=1)) == [REVERSE_PERIOD]


def test_the_default_window_may_be_the_current_year(peer: Peer) -> None:
    peer.switch("period_window", "current_year")
    assert _ids(peer.company("/payperiods")) == []


def test_finding_nothing_is_empty_or_not_found(peer: Peer) -> None:
    assert peer.api(f"/companies/{NEW_JERSEY}/payperiods").json()["content"] == []
    peer.switch("filter_without_hit", "404")
    assert _code(peer.api(f"/companies/{NEW_JERSEY}/payperiods")) == (404, "API-43")


def test_a_period_goes_from_initial_to_completed_step_by_step(peer: Peer) -> None:
    assert peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="INITIAL").json()["check_count"] == 0
    seen = [peer.office("/periods/advance", pay_period_id=OPEN_PERIOD).json()["status"] for _ in range(3)]
    assert seen == ["ENTRY", "PROCESSING", "COMPLETED"]
    assert peer.office("/periods/advance", pay_period_id=OPEN_PERIOD).status_code == 400
    assert len(peer.checks(OPEN_PERIOD).json()["content"]) == 1


@pytest.mark.parametrize("status", ["COMPLETED_BY_MEC", "RELEASED", "REISSUED"])
def test_the_unexplained_statuses_can_be_set_and_read_as_processed(peer: Peer, status: str) -> None:
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to=status)
    assert _status(peer, OPEN_PERIOD) == status
    assert len(peer.checks(OPEN_PERIOD).json()["content"]) == 1


def test_a_reversal_adds_a_period_that_takes_everything_back(peer: Peer) -> None:
    reversal = peer.office("/periods/reverse", pay_period_id=PAID_PERIOD).json()
    assert _status(peer, PAID_PERIOD) == "REVERSED"
    shown = peer.company(f"/payperiods/{reversal['pay_period_id']}").json()["content"][0]
    original = peer.company(f"/payperiods/{PAID_PERIOD}").json()["content"][0]
    for field in ("startDate", "endDate", "checkDate", "checkCount"):
        assert shown[field] == original[field]
    assert (shown["description"], shown["status"]) == ("Reverse", "COMPLETED")
    assert shown["submitByDate"] == shown["endDate"]
    assert shown["originalPayPeriodID"] == PAID_PERIOD
    taken = peer.checks(shown["payPeriodId"]).json()["content"]
    given = peer.checks(PAID_PERIOD).json()["content"]
    assert [check["netPay"] for check in taken] == ["-2329.35"] * 3
    assert [check["netPay"] for check in given] == ["2329.35"] * 3
    assert not {check["paycheckId"] for check in taken} & {check["paycheckId"] for check in given}
    assert taken[0]["taxes"][0]["amount"] == "-560.65"


def test_a_reversal_may_have_positive_amounts(peer: Peer) -> None:
    peer.switch("reversal_signs", "positive")
    assert peer.checks(REVERSE_PERIOD).json()["content"][0]["netPay"] == "2329.35"
    added = peer.office("/periods/reverse", pay_period_id=PAID_PERIOD).json()["pay_period_id"]
    assert peer.checks(added).json()["content"][0]["netPay"] == "2329.35"


def test_a_partial_reversal_takes_back_the_chosen_checks(peer: Peer) -> None:
    chosen = peer.checks(PAID_PERIOD).json()["content"][1]["paycheckId"]
    reversal = peer.office("/periods/reverse", pay_period_id=PAID_PERIOD, paycheck_ids=[chosen]).json()
    assert reversal["check_count"] == 1
    (check,) = peer.checks(reversal["pay_period_id"]).json()["content"]
    assert check["checkDate"] == "2025-03-20T00:00:00Z"


@pytest.mark.parametrize("pay_period_id", [OPEN_PERIOD, REVERSED_PERIOD])
def test_only_a_completed_period_reverses(peer: Peer, pay_period_id: str) -> None:
    assert peer.office("/periods/reverse", pay_period_id=pay_period_id).status_code == 400


@pytest.mark.parametrize(("setting", "status"), [("readable", 200), ("404", 404)])
def test_checks_of_a_reversed_original(peer: Peer, setting: str, status: int) -> None:
    peer.switch("reversed_original", setting)
    assert peer.checks(REVERSED_PERIOD).status_code == status
    peer.switch("reversed_original", "empty")
    assert peer.checks(REVERSED_PERIOD).json()["content"] == []


def test_an_off_cycle_run_has_no_interval_and_its_checks_foot(peer: Peer) -> None:
    added = peer.office(
        "/periods/add_offcycle",
        check_date="2025-07-04",
        description="Spot bonus",
        worker_ids=[ANNA],
        amount_cents=50_001,
    ).json()
    period = peer.company(f"/payperiods/{added['pay_period_id']}").json()["content"][0]
    assert "intervalCode" not in period
    assert (period["description"], period["checkCount"]) == ("Spot bonus", 1)
    (check,) = peer.checks(added["pay_period_id"]).json()["content"]
    assert check["workerId"] == ANNA
    assert [(line["name"], line["amount"]) for line in check["earnings"]] == [("Bonus", "500.01")]
    withheld = [line["amount"] for line in check["taxes"] if line["paidBy"] == "EMPLOYEE_WITHHOLDING"]
    assert withheld == ["110.0", "31.0", "7.25"]
    assert check["netPay"] == "351.76"


def test_an_off_cycle_run_pays_active_workers_by_default(peer: Peer) -> None:
    added = peer.office("/periods/add_offcycle", check_date="2025-07-04").json()
    assert [check["workerId"] for check in peer.checks(added["pay_period_id"]).json()["content"]] == [ANNA]


def test_an_unsubmitted_period_can_vanish(peer: Peer) -> None:
    assert peer.office("/periods/delete", pay_period_id=PAID_PERIOD).status_code == 400
    assert peer.office("/periods/delete", pay_period_id=OPEN_PERIOD).json() == {"deleted": OPEN_PERIOD}
    assert OPEN_PERIOD not in _ids(peer.company("/payperiods"))
    assert _code(peer.company(f"/payperiods/{OPEN_PERIOD}")) == (404, "API-7")
    assert _code(peer.checks(OPEN_PERIOD)) == (400, "API-40")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/periods/advance", {"company_id": "00X"}, LLC),
        ("/periods/advance", {"company_id": LLC, "pay_period_id": "1"}, "no pay period 1"),
        ("/periods/advance", {"company_id": LLC, "pay_period_id": OPEN_PERIOD, "to": "DONE"}, "COMPLETED_BY_MEC"),
        ("/periods/add_offcycle", {"company_id": LLC}, "'check_date' is a date"),
        ("/periods/add_offcycle", {"company_id": LLC, "check_date": "2025-07-04", "worker_ids": ["x"]}, "Not workers"),
        ("/periods/add_offcycle", {"company_id": LLC, "check_date": "2025-07-04", "component_id": "x"}, "component x"),
        ("/periods/reverse", {"company_id": LLC, "pay_period_id": PAID_PERIOD, "paycheck_ids": ["x"]}, "x"),
    ],
)
def test_admin_calls_name_what_is_wrong(peer: Peer, path: str, body: dict[str, object], says: str) -> None:
    reply = peer.admin(f"/paychex{path}", **body)
    assert reply.status_code == 400
    assert says in reply.json()["error"]


def test_the_operator_sees_the_periods_as_they_stand(peer: Peer) -> None:
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD)
    listed = peer.session.get(f"{peer.root}/admin/paychex/periods", params={"company_id": LLC}).json()
    assert {period["pay_period_id"]: period["status"] for period in listed}[OPEN_PERIOD] == "PROCESSING"
