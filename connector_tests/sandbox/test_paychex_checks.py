"""Paychex checks: two representations, untrimmed decimals, paging, and what is unconfirmed (paychex.md 3.8, 9)."""

from decimal import Decimal
from typing import Any

import pytest
import requests

from connector_tests.sandbox.conftest import Peer
from connector_tests.sandbox.tiny_firm import ANNA, BORIS, LLC, OPEN_PERIOD, PAID_PERIOD, REVERSED_PERIOD

Check = dict[str, Any]


def _code(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["errors"][0]["code"]


def _first(peer: Peer, pay_period_id: str = PAID_PERIOD) -> Check:
    check: Check = peer.checks(pay_period_id).json()["content"][0]
    return check


def test_a_processed_check_in_full(peer: Peer) -> None:
    peer.switch("line_omissions", "none")
    check = _first(peer)
    assert {key: value for key, value in check.items() if isinstance(value, str)} == {
        "payPeriodId": PAID_PERIOD,
        "paycheckId": "00H2A1IUCHECK2000000",
        "workerId": ANNA,
        "checkDate": "2025-03-20T00:00:00Z",
        "checkType": "Regular",
        "checkNumber": "10000",
        "netPay": "2329.35",
    }
    assert check["earnings"][0] == {
        "componentId": "970000001000001",
        "checkComponentId": "970002146440900",
        "name": "Hourly",
        "classificationType": "REGULAR",
        "effectOnPay": "ADDITION",
        "memoed": False,
        "laborAssignmentId": "970001557863345",
        "jobId": "970000000001000",
        "jobName": "Client engagement 1000",
        "organization": {"organizationId": "970001701620695", "name": "200 Strategy Consulting"},
        "lineDate": "2025-03-03T00:00:00Z",
        "amount": "1800.0",
        "hours": "48",
        "rate": "40.2000",
    }
    assert check["informational"] == [
        {
            "componentId": "970000001000006",
            "name": "401k ER",
            "classificationType": "INFORMATIONAL",
            "effectOnPay": "EMPLOYER_INFORMATIONAL",
            "amount": "90.0",
        }
    ]
    assert check["taxes"][0] == {
        "name": "Federal Income Tax",
        "paidBy": "EMPLOYEE_WITHHOLDING",
        "amount": "560.65",
    }


def test_decimals_are_untrimmed_strings(peer: Peer) -> None:
    check = _first(peer)
    assert [line["amount"] for line in check["earnings"]] == ["1800.0", "1200.0", "120.0", "11.6"]
    assert [line.get("hours") for line in check["earnings"]] == ["48", "32.25", None, None]
    assert check["taxes"][1]["amount"] == "42.34"


def test_the_net_formula_holds_without_in_out_lines_and_employer_taxes(peer: Peer) -> None:
    check = _first(peer)
    net = (
        sum(Decimal(line["amount"]) for line in check["earnings"] if line["effectOnPay"] == "ADDITION")
        - sum(Decimal(line["amount"]) for line in check["deductions"])
        - sum(Decimal(line["amount"]) for line in check["taxes"] if line["paidBy"] == "EMPLOYEE_WITHHOLDING")
    )
    assert net == Decimal(check["netPay"])


def test_parts_of_one_entry_share_their_check_component(peer: Peer) -> None:
    first, second = _first(peer)["earnings"][:2]
    assert first["checkComponentId"] == second["checkComponentId"]
    assert first["laborAssignmentId"] != second["laborAssignmentId"]


def test_a_tax_may_be_zero(peer: Peer) -> None:
    assert _first(peer)["taxes"][-1] == {
        "name": "Federal Unemployment Insurance",
        "paidBy": "EMPLOYER_LIABILITY",
        "amount": "0.0",
    }


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.paychex.payroll.checks.v1+json"])
def test_plain_json_means_unprocessed_checks(peer: Peer, accept: str) -> None:
    url = f"{peer.root}/paychex/companies/{LLC}/checks"
    reply = peer.session.get(url, params={"payperiodid": OPEN_PERIOD}, headers={"Accept": accept})
    assert reply.headers["content-type"] == "application/vnd.paychex.payroll.checks.v1+json"
    (check,) = reply.json()["content"]
    assert not {"netPay", "taxes", "checkType"} & set(check)
    line = check["earnings"][0]
    assert (line["payAmount"], line["payHours"], line["payRate"]) == ("1800.0", "48", "40.2000")
    assert "amount" not in line


def test_the_other_representation_is_empty_or_not_found(peer: Peer) -> None:
    assert peer.checks(OPEN_PERIOD).json()["content"] == []
    assert peer.checks(PAID_PERIOD, "payroll.checks").json()["content"] == []
    peer.switch("other_representation", "404")
    assert _code(peer.checks(OPEN_PERIOD)) == (404, "API-7")


def test_a_pay_period_must_be_named_and_exist(peer: Peer) -> None:
    assert _code(peer.company("/checks", "payroll.processedchecks")) == (400, "API-49")
    assert _code(peer.checks("1")) == (400, "API-40")
    peer.switch("unknown_period_checks", "404")
    assert _code(peer.checks("1")) == (404, "API-7")


@pytest.mark.parametrize("setting", ["400_API-51", "400_API-40", "404_API-7"])
def test_a_period_being_processed_refuses(peer: Peer, setting: str) -> None:
    peer.switch("processing_checks", setting)
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="PROCESSING")
    status, code = setting.split("_")
    assert _code(peer.checks(OPEN_PERIOD)) == (int(status), code)
    assert _code(peer.checks(OPEN_PERIOD, "payroll.checks")) == (int(status), code)


def test_a_period_with_nothing_entered(peer: Peer) -> None:
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="INITIAL")
    assert peer.checks(OPEN_PERIOD, "payroll.checks").json()["content"] == []
    peer.switch("period_without_checks", "404")
    assert _code(peer.checks(OPEN_PERIOD, "payroll.checks")) == (404, "API-43")


def test_pages_follow_next_and_carry_an_etag(peer: Peer) -> None:
    first = peer.checks(PAID_PERIOD, offset=0, limit=2)
    assert first.headers["content-type"] == "application/vnd.paychex.payroll.processedchecks.v1+json"
    assert first.json()["metadata"]["pagination"] == {"offset": 0, "limit": 2, "itemCount": 3}
    following = {link["rel"]: link["href"] for link in first.json()["links"]}["next"]
    headers = {"Accept": first.headers["content-type"], "ETag": first.headers["ETag"]}
    last = peer.session.get(following, headers=headers)
    assert last.json()["metadata"]["contentItemCount"] == 1
    assert [link["rel"] for link in last.json()["links"]] == ["self", "previous"]
    ids = [check["paycheckId"] for page in (first, last) for check in page.json()["content"]]
    assert len(set(ids)) == 3
    assert "ETag" not in peer.checks(PAID_PERIOD).headers


def test_offset_and_limit_of_zero_mean_no_paging(peer: Peer) -> None:
    reply = peer.checks(PAID_PERIOD, offset=0, limit=0)
    assert "pagination" not in reply.json()["metadata"]
    assert len(reply.json()["content"]) == 3


def test_past_the_end(peer: Peer) -> None:
    reply = peer.checks(PAID_PERIOD, offset=100, limit=100)
    assert (reply.status_code, reply.json()["content"]) == (200, [])
    assert "next" not in [link["rel"] for link in reply.json()["links"]]
    peer.switch("past_the_end", "404")
    assert _code(peer.checks(PAID_PERIOD, offset=100, limit=100)) == (404, "API-43")


def test_a_strict_etag(peer: Peer) -> None:
    peer.switch("etag", "strict")
    etag = peer.checks(PAID_PERIOD, offset=0, limit=2).headers["ETag"]
    assert _code(peer.checks(PAID_PERIOD, offset=2, limit=2)) == (400, "API-40")
    peer.session.headers["ETag"] = etag
    assert peer.checks(PAID_PERIOD, offset=2, limit=2).status_code == 200
    peer.office("/periods/reverse", pay_period_id=PAID_PERIOD)
    assert _code(peer.checks(PAID_PERIOD, offset=2, limit=2)) == (400, "API-40")


@pytest.mark.parametrize(
    ("switch", "value", "pagination"),
    [
        ("page_total", "both", {"offset": 0, "limit": 2, "itemCount": 3, "total": 3}),
        ("page_total", "total", {"offset": 0, "limit": 2, "total": 3}),
    ],
)
def test_where_the_total_is(peer: Peer, switch: str, value: str, pagination: dict[str, int]) -> None:
    peer.switch(switch, value)
    assert peer.checks(PAID_PERIOD, offset=0, limit=2).json()["metadata"]["pagination"] == pagination


def test_other_paging_habits(peer: Peer) -> None:
    peer.switch("page_limit", "100")
    assert peer.checks(PAID_PERIOD, offset=0, limit=5_000).json()["metadata"]["pagination"]["limit"] == 100
    peer.switch("unfiltered", "paged_100")
    assert peer.checks(PAID_PERIOD).json()["metadata"]["pagination"]["limit"] == 100
    peer.switch("previous_rel", "prev")
    links = peer.checks(PAID_PERIOD, offset=2, limit=2).json()["links"]
    assert [link["rel"] for link in links] == ["self", "prev"]


def test_dates_may_name_utc_as_an_offset(peer: Peer) -> None:
    peer.switch("date_zone", "+00:00")
    assert _first(peer)["checkDate"] == "2025-03-20T00:00:00+00:00"


def test_in_out_lines_may_be_informational(peer: Peer) -> None:
    assert [line["effectOnPay"] for line in _first(peer)["earnings"]][-1] == "ADDITION_WITH_IN_OUT"
    peer.switch("in_out_lines", "informational")
    check = _first(peer)
    assert {line["effectOnPay"] for line in check["earnings"]} == {"ADDITION"}
    assert "Life" in [line["name"] for line in check["informational"]]


@pytest.mark.parametrize(
    ("setting", "gross"), [("omitted", None), ("additions", "3120.0"), ("additions_and_in_out", "3131.6")]
)
def test_gross_earnings(peer: Peer, setting: str, gross: str | None) -> None:
    peer.switch("gross_earnings", setting)
    assert _first(peer).get("grossEarnings") == gross


def test_check_types(peer: Peer) -> None:
    void = {"pay_period_id": PAID_PERIOD, "paycheck_id": "00H2A1IUCHECK2000001"}
    peer.office("/checks/void", **void)
    kinds = {}
    for setting in ("regular", "kinds", "unknown"):
        peer.switch("check_type", setting)
        kinds[setting] = {check["checkType"] for check in peer.checks(PAID_PERIOD).json()["content"]}
    assert kinds["regular"] == {"Regular"}
    assert kinds["kinds"] == {"Regular", "Void"}
    assert not kinds["unknown"] & {"Regular", "Void", "Manual"}


def test_omissions_are_seeded_and_leave_enough_to_know(peer: Peer) -> None:
    """Never both of the job's fields; the organization only where the labor assignment names it."""
    periods = [PAID_PERIOD, REVERSED_PERIOD]
    for number in range(20):
        day = f"2025-08-{number + 1:02d}"
        periods.append(peer.office("/periods/add_offcycle", check_date=day).json()["pay_period_id"])
    once = [check for period in periods for check in peer.checks(period).json()["content"]]
    again = [check for period in periods for check in peer.checks(period).json()["content"]]
    assert once == again
    lines = [line for check in once for line in check["earnings"]]
    assert all("organization" in line for line in lines if line.get("laborAssignmentId") == "970001701620607")
    assert any("organization" not in line for line in lines if line["name"] == "Bonus")
    with_job = [line for line in lines if line["name"] == "Hourly"]
    assert {("jobId" in line, "jobName" in line) for line in with_job} <= {(True, True), (True, False), (False, True)}
    assert len({("jobId" in line, "jobName" in line) for line in with_job}) > 1


def test_taxes_may_name_the_assignment_of_the_first_earning(peer: Peer) -> None:
    assert "laborAssignmentId" not in _first(peer)["taxes"][0]
    peer.switch("tax_assignment", "first_earning")
    assert {line.get("laborAssignmentId") for line in _first(peer)["taxes"][:2]} == {"970001557863345"}


def test_a_worker_has_checks_of_one_period_at_a_time(peer: Peer) -> None:
    found = peer.api(f"/workers/{ANNA}/checks", "payroll.processedchecks", payperiodid=PAID_PERIOD)
    assert [check["workerId"] for check in found.json()["content"]] == [ANNA, ANNA]
    assert _code(peer.api(f"/workers/{ANNA}/checks", "payroll.processedchecks")) == (400, "API-49")


def test_one_check_by_its_id(peer: Peer) -> None:
    listed = peer.checks(PAID_PERIOD).json()["content"][1]
    path = f"/workers/{BORIS}/checks/{listed['paycheckId']}"
    reply = peer.api(path, "payroll.processedcheck")
    assert reply.headers["content-type"] == "application/vnd.paychex.payroll.processedcheck.v1+json"
    assert reply.json()["content"] == [listed]
    assert _code(peer.api(path)) == (404, "API-7")
    assert _code(peer.api(f"/workers/{ANNA}/checks/{listed['paycheckId']}", "payroll.processedcheck")) == (404, "API-7")


def test_a_void_is_a_further_negative_check_and_the_original_stays(peer: Peer) -> None:
    original = _first(peer)
    void = peer.office(
        "/checks/void", pay_period_id=PAID_PERIOD, paycheck_id=original["paycheckId"], into_pay_period_id=OPEN_PERIOD
    ).json()
    peer.office("/periods/advance", pay_period_id=OPEN_PERIOD, to="COMPLETED")
    assert _first(peer) == original
    found = peer.checks(OPEN_PERIOD).json()["content"][-1]
    assert (found["paycheckId"], found["netPay"]) == (void["paycheck_id"], "-2329.35")
    assert found["earnings"][0]["hours"] == "-48"
    assert found["checkDate"] == "2026-01-20T00:00:00Z"
    assert peer.company(f"/payperiods/{OPEN_PERIOD}").json()["content"][0]["checkCount"] == 2
    peer.switch("check_count", "without_voids")
    assert peer.company(f"/payperiods/{OPEN_PERIOD}").json()["content"][0]["checkCount"] == 1
    again = {"pay_period_id": PAID_PERIOD, "paycheck_id": original["paycheckId"]}
    assert peer.office("/checks/void", **again).status_code == 400


def test_a_check_may_change_after_completion(peer: Peer) -> None:
    before = peer.checks(PAID_PERIOD, offset=0, limit=2).headers["ETag"]
    target = {"pay_period_id": PAID_PERIOD, "paycheck_id": "00H2A1IUCHECK2000000"}
    assert peer.office("/checks/change", **target, amount_cents=150).json()["net_cents"] == 233_085
    check = _first(peer)
    assert (check["earnings"][0]["amount"], check["netPay"]) == ("1801.5", "2330.85")
    assert peer.checks(PAID_PERIOD, offset=0, limit=2).headers["ETag"] != before
    assert len(peer.checks(PAID_PERIOD).json()["content"]) == 3


def test_a_check_may_be_made_not_to_foot(peer: Peer) -> None:
    target = {"pay_period_id": PAID_PERIOD, "paycheck_id": "00H2A1IUCHECK2000000"}
    peer.office("/checks/change", **target, amount_cents=0, net_cents=1)
    assert _first(peer)["netPay"] == "2329.36"
    assert _first(peer)["earnings"][0]["amount"] == "1800.0"
