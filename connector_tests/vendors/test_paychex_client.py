"""What the Paychex client asks for, how it follows pages, and what it hands back. Over real sockets."""

import gc
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from connector_assets.vendors.errors import NotFoundError, ProtocolError, RefusedError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.envelope import decode
from connector_assets.vendors.transport import Reply
from connector_tests.vendors.conftest import Script, ScriptedReply, ScriptedServer, json_reply
from connector_tests.vendors.paychex_script import (
    COMPANY,
    PAY_PERIOD,
    PERIOD,
    TOKEN,
    TOKEN_2,
    check,
    client,
    page,
    refusal,
)

ScriptedServerFactory = Callable[[Script], AbstractContextManager[ScriptedServer]]
NOTHING = page([])
ID = "00COMPANY0000000TEST"


@pytest.mark.parametrize(
    ("ask", "path", "media", "query"),
    [
        (lambda c: c.companies("01080012"), "/companies", "companies", {"displayid": ["01080012"]}),
        (lambda c: c.companies(), "/companies", "companies", {}),
        (lambda c: c.organizations(ID), f"/companies/{ID}/organizations", "company.organizations", {}),
        (lambda c: c.locations(ID), f"/companies/{ID}/locations", "company.locations", {}),
        (lambda c: c.jobs(ID), f"/companies/{ID}/jobs", "company.jobs", {}),
        (lambda c: c.labor_assignments(ID), f"/companies/{ID}/laborassignments", "company.laborassignments", {}),
        (lambda c: c.pay_components(ID), f"/companies/{ID}/paycomponents", "payroll.paycomponents", {}),
        (
            lambda c: list(c.workers(ID)),
            f"/companies/{ID}/workers",
            "workers.nonpii",
            {"offset": ["0"], "limit": ["100"]},
        ),
        (
            lambda c: list(c.processed_checks(ID, PERIOD)),
            f"/companies/{ID}/checks",
            "payroll.processedchecks",
            {"payperiodid": [PERIOD], "offset": ["0"], "limit": ["100"]},
        ),
        (
            lambda c: c.pay_periods(ID, date(2025, 3, 1), date(2025, 3, 31), ["COMPLETED", "REVERSED"]),
            f"/companies/{ID}/payperiods",
            "payroll.periods",
            {
                "from": ["2025-01-15T00:00:00Z"],
                "to": ["2025-05-15T00:00:00Z"],
                "status": ["COMPLETED", "REVERSED"],
            },
        ),
    ],
)
def test_each_resource_is_asked_for_by_its_vendor_media_type(
    scripted_server: ScriptedServerFactory,
    ask: Callable[[PaychexClient], list[object]],
    path: str,
    media: str,
    query: dict[str, list[str]],
) -> None:
    with scripted_server([TOKEN, NOTHING]) as server:
        assert ask(client(server.url)) == []
    token, request = server.requests
    assert (token.method, token.path) == ("POST", "/auth/oauth/v2/token")
    assert (request.method, request.path, request.query) == ("GET", path, query)
    assert request.headers["Accept"] == f"application/vnd.paychex.{media}.v1+json"
    assert request.headers["Authorization"] == "Bearer T1"


def test_single_records_are_asked_for_by_their_own_media_type(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, page([PAY_PERIOD]), json_reply({"workerId": "W1", "links": []})]) as server:
        paychex = client(server.url)
        assert paychex.pay_period(COMPANY, PERIOD).check_count == 3
        assert paychex.worker("W1").worker_id == "W1"
    period, worker = server.requests[1:]
    assert period.path == f"/companies/{COMPANY}/payperiods/{PERIOD}"
    assert period.headers["Accept"] == "application/vnd.paychex.payroll.period.v1+json"
    assert worker.path == "/workers/W1"
    assert worker.headers["Accept"] == "application/vnd.paychex.worker.nonpii.v1+json"


def test_every_request_has_a_correlation_id_of_its_own_even_when_it_is_sent_again(
    scripted_server: ScriptedServerFactory,
) -> None:
    with scripted_server([TOKEN, json_reply({}, 503), NOTHING, NOTHING]) as server:
        paychex = client(server.url)
        paychex.jobs(COMPANY)
        paychex.jobs(COMPANY)
    ids = {request.headers["X-payx-client-correlationId"] for request in server.requests[1:]}
    assert len(ids) == 3


def test_an_id_cannot_leave_its_place_in_the_path(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, NOTHING]) as server, pytest.raises(NotFoundError):
        client(server.url).worker("../companies?x=1")
    assert server.requests[1].path == "/workers/..%2Fcompanies%3Fx%3D1"


def ids_of(paychex: PaychexClient) -> list[str]:
    return [item.paycheck_id for item in paychex.processed_checks(COMPANY, PERIOD)]


def test_pages_are_followed_by_their_next_link_and_carry_the_first_etag_back(
    scripted_server: ScriptedServerFactory,
) -> None:
    script = [
        TOKEN,
        page([check(1), check(2)], "https://elsewhere.example/checks?offset=2&limit=2", total=5, ETag='"set-1"'),
        page([check(3), check(4)], "/checks/?offset=4&limit=2", total=5, ETag='"set-2"'),
        page([check(5)], total=5),
    ]
    with scripted_server(script) as server:
        assert len(ids_of(client(server.url, page_size_rows=2))) == 5
    first, second, third = server.requests[1:]
    assert [request.query["offset"] for request in (first, second, third)] == [["0"], ["2"], ["4"]]
    assert all(request.query["limit"] == ["2"] for request in (first, second, third))
    assert all(request.path == f"/companies/{COMPANY}/checks" for request in (first, second, third))
    assert "ETag" not in first.headers
    assert (second.headers["ETag"], third.headers["ETag"]) == ('"set-1"', '"set-1"')


def test_pages_are_read_one_at_a_time(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, page([check(1)], "?offset=1")]) as server:
        assert next(client(server.url, page_size_rows=1).processed_checks(COMPANY, PERIOD)).check_number == "10001"
    assert len(server.requests) == 2


def test_an_empty_page_ends_the_list_even_if_it_links_to_a_next_one(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, page([check(1)], "?offset=1"), page([], "?offset=2")]) as server:
        assert len(ids_of(client(server.url))) == 1


def test_a_next_link_that_names_no_offset_means_the_record_after_the_last(
    scripted_server: ScriptedServerFactory,
) -> None:
    with scripted_server([TOKEN, page([check(1), check(2)], "/next"), page([check(3)])]) as server:
        assert len(ids_of(client(server.url))) == 3
    assert server.requests[2].query["offset"] == ["2"]


def test_a_search_that_finds_nothing_past_the_end_ends_the_list(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, page([check(1)], "?offset=1"), refusal(404, "API-43")]) as server:
        assert len(ids_of(client(server.url))) == 1


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (page([check(2)], "?offset=1"), "after offset 1 begins at 1"),
        (page([check(2)], "?offset=0"), "after offset 1 begins at 0"),
        (page([check(1)]), "came twice"),
        (page([check(2)], total=3), "2 of 3 came"),
        (page([], total=3), "1 of 3 came"),
    ],
)
def test_pages_that_do_not_fit_together_are_refused(
    scripted_server: ScriptedServerFactory, second: ScriptedReply, said: str
) -> None:
    script = [TOKEN, page([check(1)], "?offset=1"), second]
    with scripted_server(script) as server, pytest.raises(ProtocolError, match=said):
        ids_of(client(server.url))


def test_a_list_that_is_not_paged_is_followed_all_the_same_should_paychex_begin_to_page_it(
    scripted_server: ScriptedServerFactory,
) -> None:
    script = [TOKEN, page([{"jobId": "1"}], "?offset=1&limit=1"), page([{"jobId": "2"}])]
    with scripted_server(script) as server:
        assert [job.job_id for job in client(server.url).jobs(COMPANY)] == ["1", "2"]
    assert server.requests[1].query == {}
    assert server.requests[2].query["offset"] == ["1"]


@pytest.mark.parametrize(
    "body",
    [
        [{"jobId": "1"}],
        {"jobId": "1", "links": [{"rel": "self", "href": "x"}]},
        {"content": [{"jobId": "1"}]},
        {"content": {"jobId": "1"}},
        {"metadata": None, "content": [{"jobId": "1"}], "links": None},
        {"metadata": {"pagination": {"itemCount": "many"}}, "content": [{"jobId": "1"}], "links": ["?"], "errors": []},
    ],
)
def test_records_are_found_however_they_are_wrapped(scripted_server: ScriptedServerFactory, body: object) -> None:
    with scripted_server([TOKEN, json_reply(body)]) as server:
        assert [job.job_id for job in client(server.url).jobs(COMPANY)] == ["1"]


@pytest.mark.parametrize("body", [{}, [], {"content": None}, {"metadata": {}, "links": []}])
def test_an_empty_wrapping_holds_nothing(scripted_server: ScriptedServerFactory, body: object) -> None:
    with scripted_server([TOKEN, json_reply(body)]) as server:
        assert client(server.url).jobs(COMPANY) == []


@pytest.mark.parametrize("body", ["[1]", '{"content": 7}', '{"jobId": 1]}'])
def test_json_of_another_shape_is_refused(scripted_server: ScriptedServerFactory, body: str) -> None:
    with scripted_server([TOKEN, ScriptedReply(200, body)]) as server, pytest.raises(ProtocolError, match="jobs"):
        client(server.url, max_attempts=1).jobs(COMPANY)


def test_json_nested_beyond_all_reason_is_taken_for_no_json() -> None:
    gc.disable()  # a finalizer that runs at the bottom of the recursion would fail, and the test with it
    try:
        assert decode(Reply(200, {}, b"[" * 100_000)) == ""
    finally:
        gc.enable()


def test_an_answer_of_which_a_part_failed_is_not_taken_for_whole(scripted_server: ScriptedServerFactory) -> None:
    partial = json_reply({"content": [{"jobId": "1"}], "errors": [{"code": "API-54"}]}, 207)
    with scripted_server([TOKEN, partial]) as server, pytest.raises(RefusedError, match="part is missing") as caught:
        client(server.url).jobs(COMPANY)
    assert (caught.value.codes, caught.value.kind) == (("API-54",), "partial")


def test_pay_periods_are_chosen_by_check_date_and_sorted(scripted_server: ScriptedServerFactory) -> None:
    def period(number: str, check_date: str) -> dict[str, object]:
        return {**PAY_PERIOD, "payPeriodId": number, "checkDate": f"{check_date}T00:00:00+00:00"}

    content = [
        period("4", "2025-03-31"),
        period("5", "2025-04-01"),
        period("2", "2025-03-07"),
        period("1", "2025-03-07"),
        period("3", "2025-03-01"),
        period("0", "2025-02-28"),
    ]
    with scripted_server([TOKEN, page(content)]) as server:
        found = client(server.url).pay_periods(COMPANY, date(2025, 3, 1), date(2025, 3, 31))
    assert [item.pay_period_id for item in found] == ["3", "1", "2", "4"]


def test_a_check_date_with_a_time_of_day_gives_way_to_the_pay_periods(
    scripted_server: ScriptedServerFactory, caplog: pytest.LogCaptureFixture
) -> None:
    shifted = [check(1, checkDate="2025-03-06T20:00:00Z"), check(2), check(3, checkDate="2025-03-06T16:00:00Z")]
    with scripted_server([TOKEN, page(shifted), page([PAY_PERIOD])]) as server:
        found = list(client(server.url).processed_checks(COMPANY, PERIOD))
    assert [item.check_date for item in found] == [date(2025, 3, 7)] * 3
    assert [item.odd_dates for item in found] == [("checkDate",), (), ("checkDate",)]
    assert caplog.text.count("time of day") == 2
    assert len(server.requests) == 3


def test_a_check_of_another_pay_period_is_refused(scripted_server: ScriptedServerFactory) -> None:
    stray = page([check(1, payPeriodId="850000000000002")])
    with scripted_server([TOKEN, stray]) as server, pytest.raises(ProtocolError, match="850000000000002"):
        ids_of(client(server.url))


def test_unprocessed_checks_are_told_from_processed_ones_by_their_missing_net_pay(
    scripted_server: ScriptedServerFactory,
) -> None:
    unprocessed = {name: value for name, value in check(1).items() if name != "netPay"}
    with scripted_server([TOKEN, page([unprocessed])]) as server, pytest.raises(ProtocolError) as caught:
        ids_of(client(server.url))
    assert "netPay" in caught.value.message
    assert "unprocessed" in caught.value.fix


def test_an_amount_that_is_no_whole_cent_names_the_check_and_the_field(scripted_server: ScriptedServerFactory) -> None:
    taxes = [{"name": "Federal Income Tax", "paidBy": "EMPLOYEE_WITHHOLDING", "amount": "77.185"}]
    with scripted_server([TOKEN, page([check(1, taxes=taxes)])]) as server, pytest.raises(ProtocolError) as caught:
        ids_of(client(server.url))
    assert "00CHECK00000001TEST" in str(caught.value)
    assert "taxes.0.amount" in str(caught.value)
    assert caught.value.__context__ is None


def test_a_token_that_was_refused_is_renewed_once(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, refusal(401, "API-103"), TOKEN_2, NOTHING, NOTHING]) as server:
        paychex = client(server.url)
        paychex.jobs(COMPANY)
        paychex.jobs(COMPANY)
    used = [request.headers["Authorization"] for request in server.requests if request.method == "GET"]
    assert used == ["Bearer T1", "Bearer T2", "Bearer T2"]


def processed(**changes: object) -> ScriptedReply:
    return page([{**PAY_PERIOD, **changes}])


LINKED = page([{"companyId": COMPANY, "displayId": "01080012", "legalName": "Hollis", "hasPermission": True}])
ALL_WELL: list[ScriptedReply] = [LINKED, page([{"workerId": "W1"}]), processed(), page([check(1)])]


def test_a_ping_of_a_company_where_all_is_well_says_nothing(scripted_server: ScriptedServerFactory) -> None:
    with scripted_server([TOKEN, *ALL_WELL]) as server:
        assert client(server.url).ping("01080012") == []
    paths = [request.path.removeprefix(f"/companies/{COMPANY}") for request in server.requests[1:]]
    assert paths == ["/companies", "/workers", "/payperiods", "/checks"]
    assert server.requests[-1].query["payperiodid"] == [PERIOD]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([json_reply({"error": "invalid_client"}, 401)], ["client_id and client_secret"]),
        ([TOKEN, refusal(404, "API-43")], ["not linked to company 01080012"]),
        ([TOKEN, page([{"companyId": "C", "hasPermission": False}])], ["no active payroll product"]),
        ([TOKEN, LINKED, refusal(403, "API-2"), *ALL_WELL[2:]], ['"Company & People"']),
        ([TOKEN, *ALL_WELL[:2], refusal(403, "API-2")], ['"Payroll & Check"']),
        ([TOKEN, *ALL_WELL[:3], refusal(403, "API-2")], ['"Payroll & Check"']),
        (
            [TOKEN, LINKED, refusal(403, "API-2"), refusal(403, "API-2")],
            ['workers: HTTP 403 .*"Company & People"', 'pay periods: HTTP 403 .*"Payroll & Check"'],
        ),
        ([TOKEN, *ALL_WELL[:2], processed(status="ENTRY")], ["no processed pay period"]),
        ([TOKEN, *ALL_WELL[:1], *[refusal(403, "API-68")] * 2], ["end date", "end date"]),
    ],
)
def test_a_ping_says_what_is_missing_and_how_to_get_it(
    scripted_server: ScriptedServerFactory, script: list[ScriptedReply], said: list[str]
) -> None:
    with scripted_server(script) as server:
        lacks = client(server.url).ping("01080012")
    assert len(lacks) == len(said)
    for lack, words in zip(lacks, said, strict=True):
        assert "Fix:" in lack
        assert re.search(words, lack), lack
