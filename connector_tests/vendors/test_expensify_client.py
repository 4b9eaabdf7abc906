"""The Expensify client against the simulated Integration Server, over real sockets, on a clock that only tests move."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connector_assets.sandbox import credentials
from connector_assets.sandbox.expensify.sample import POLICY_ID
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    ProtocolError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.expensify.client import ExpensifyClient
from connector_assets.vendors.expensify.limits import SlidingWindows
from connector_assets.vendors.transport import Transport

PATH = "/expensify/Integration-Server/ExpensifyIntegrations"
YEAR = date(2025, 1, 1)


@dataclass
class Desk:
    """The sandbox, a session past our client, and the one clock of both sides; sleeping moves it."""

    root: str = ""
    time: datetime = datetime(2026, 2, 1, 12, tzinfo=UTC)
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += timedelta(seconds=seconds)

    def client(self, secret: str = credentials.EXPENSIFY_PARTNER_USER_SECRET, attempts: int = 3) -> ExpensifyClient:
        def now_s() -> float:
            return self.time.timestamp()

        transport = Transport("expensify", sleep=self.sleep, now=now_s, jitter=lambda: 0.0, max_attempts=attempts)
        user = credentials.EXPENSIFY_PARTNER_USER_ID
        return ExpensifyClient(self.root + PATH, user, secret, transport, now=now_s, sleep=self.sleep)

    def admin(self, path: str, **body: object) -> Any:  # noqa: ANN401  # JSON of each call's own shape
        reply = requests.post(f"{self.root}/admin/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def switch(self, **values: str) -> None:
        self.admin("switches", **{f"expensify.{name}": value for name, value in values.items()})

    def fault(self, name: str, operation: str, **rule: object) -> None:
        self.admin("faults", system="expensify", fault=name, match={"operation": operation}, **rule)

    def truth(self) -> list[dict[str, Any]]:
        """The reports as Expensify holds them, asked past our client."""
        found: list[dict[str, Any]] = requests.get(f"{self.root}/admin/expensify/reports", timeout=10).json()
        return found

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = requests.get(f"{self.root}/admin/calls", timeout=10).json()
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk()
    options = SandboxOptions(tmp_path / "sandbox.db", workers=60)
    with running_sandbox(options, firm=Firm(FirmOptions(workers=60)), now=made.now) as root:
        made.root = root
        yield made


def approved(desk: Desk) -> dict[str, dict[str, Any]]:
    states = {"APPROVED", "REIMBURSED"}
    return {one["reportID"]: one for one in desk.truth() if one["status"] in states and one["approved"] >= "2025"}


def test_every_approved_report_comes_once_with_every_cent(desk: Desk) -> None:
    reports = desk.client().approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))
    truth = approved(desk)
    assert {one.report_id for one in reports} == truth.keys()
    assert len(reports) == len(truth) > 60
    for report in reports:
        theirs = truth[report.report_id]
        assert report.total_cents == theirs["total"] == sum(report.amount_cents(one) or 0 for one in report.expenses)
        assert [one.expense_id for one in report.expenses] == [
            one["transactionID"] for one in theirs["transactionList"]
        ]


@pytest.mark.parametrize("numbers", ["plain", "grouped"])
@pytest.mark.parametrize("missing", ["empty", "error"])
def test_the_template_fits_whatever_the_wrapper_does(desk: Desk, numbers: str, missing: str) -> None:
    desk.switch(numbers=numbers, missing_variable=missing)
    reports = desk.client().approved_reports(POLICY_ID, date(2025, 11, 1), date(2026, 2, 1))
    truth = approved(desk)
    assert reports
    assert {one.report_id: one.total_cents for one in reports} == {
        one: report["total"] for one, report in truth.items() if report["approved"] >= "2025-11-01"
    }


def test_a_late_approval_is_seen_by_the_day_of_its_approval(desk: Desk) -> None:
    late = next(
        one for one in desk.truth() if one["submitted"].startswith("2025-02-12") and "2025-11" in one["approved"]
    )
    seen = {one.report_id for one in desk.client().approved_reports(POLICY_ID, date(2025, 11, 1), date(2026, 2, 1))}
    assert late["reportID"] in seen


def test_a_report_that_nobody_approved_is_not_among_them(desk: Desk) -> None:
    waiting = {one["reportID"] for one in desk.truth() if not one["approved"]}
    assert waiting
    client = desk.client()
    assert not waiting & {one.report_id for one in client.approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))}
    chosen = sorted(waiting)[0]
    desk.admin("expensify/approve", report_id=chosen)
    (found,) = client.approved_reports(POLICY_ID, date(2026, 1, 31), date(2026, 2, 1))
    assert (found.report_id, found.approved) == (chosen, date(2026, 2, 1))


def test_corrections_of_an_expense_count_and_entities_are_read_as_text(desk: Desk) -> None:
    reports = desk.client().approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))
    expenses = [one for report in reports for one in report.expenses]
    (edited,) = [one for one in expenses if one.modified_cents is not None]
    assert (edited.own_cents, edited.paid_to) == (4_410, "Thai Basil (corrected)")
    assert any("Drury & Sons" in one.paid_to for one in expenses)
    assert not any("&amp;" in one.paid_to for one in expenses)


def test_money_spent_in_another_currency_comes_converted_and_as_it_was_spent(desk: Desk) -> None:
    reports = desk.client().approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))
    foreign = [(report, one) for report in reports for one in report.expenses if one.currency != "USD"]
    assert {one.currency for _, one in foreign} == {"EUR", "GBP"}
    for report, one in foreign:
        assert report.amount_cents(one) != one.own_cents
        bare = one.model_copy(update={"converted_cents": None})
        assert report.amount_cents(bare) is None


def test_names_stay_out_of_every_repr(desk: Desk) -> None:
    reports = desk.client().approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))
    names = {one["submitter"]["lastName"] for one in desk.truth()}
    assert not any(f" {name}" in repr(reports) for name in names)


def test_no_window_of_calls_is_ever_overrun(desk: Desk) -> None:
    client = desk.client(attempts=1)  # a refusal by the limiter would end the test
    for _ in range(45):
        client.categories(POLICY_ID)
    assert desk.calls()["expensify get policy"] == 45
    assert sum(desk.waits) >= 60


def test_both_windows_hold_at_every_moment() -> None:
    now, taken = [0.0], []
    turns = SlidingWindows(((5, 10.0), (20, 60.0)), now=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    for _ in range(100):
        turns.wait_for_turn()
        taken.append(now[0])
        now[0] += 0.25
    for most, span_s in ((5, 10.0), (20, 60.0)):
        assert all(later - earlier >= span_s for earlier, later in zip(taken, taken[most:], strict=False))


@pytest.mark.parametrize(
    "fault", ["too_many_requests", "busy_body", "server_error", "error_body", "drop_before", "html_page"]
)
def test_a_read_is_asked_again(desk: Desk, fault: str) -> None:
    desk.fault(fault, "get policy", times=2)
    assert {one.name for one in desk.client().categories(POLICY_ID)} >= {"Airfare", "Client Gifts"}
    assert desk.calls()["expensify get policy"] == 3


@pytest.mark.parametrize("fault", ["empty", "half", "error_body", "truncated"])
def test_a_file_counts_only_when_it_is_whole(desk: Desk, fault: str) -> None:
    desk.fault(fault, "download", times=2)
    reports = desk.client().approved_reports(POLICY_ID, date(2025, 11, 1), date(2026, 2, 1))
    assert {one.report_id for one in reports} == {k for k, v in approved(desk).items() if v["approved"] >= "2025-11-01"}


@pytest.mark.parametrize("code", ["404", "410", "500"])
def test_a_file_that_never_comes_is_an_error_in_the_end(desk: Desk, code: str) -> None:
    desk.switch(missing_file_code=code, rate_limit="off")
    desk.fault("empty", "download", times=0)
    with pytest.raises(ProtocolError, match="did not get whole"):
        desk.client().approved_reports(POLICY_ID, YEAR, date(2026, 2, 1))
    assert sum(desk.waits) > 280


def test_a_file_that_takes_its_time_is_waited_for(desk: Desk) -> None:
    desk.switch(file_delay_s="4")
    assert desk.client().approved_reports(POLICY_ID, date(2025, 11, 1), date(2026, 2, 1))


@pytest.mark.parametrize("layer", ["body", "http"])
def test_wrong_credentials_are_named_as_such(desk: Desk, layer: str) -> None:
    desk.switch(bad_credentials=layer)
    with pytest.raises(CredentialError, match="partner_user_secret"):
        desk.client(secret="wrong").policies()
    assert "partner_user_secret" in desk.client(secret="wrong").ping(POLICY_ID)[0]


def test_a_refusal_quotes_nobody(desk: Desk) -> None:
    desk.fault("not_allowed", "get policy")
    with pytest.raises(AccessError, match="admin of the workspace") as caught:
        desk.client().categories(POLICY_ID)
    assert "canary" not in str(caught.value)


def test_an_unknown_workspace_is_refused_and_ping_says_which(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="policy_id"):
        desk.client().categories("0" * 16)
    assert desk.client().ping(POLICY_ID) == []
    assert "0000" in desk.client().ping("0" * 16)[0]


@pytest.mark.parametrize(("shape", "levels"), [("levels", {1, 2, 3}), ("flat", {1})])
def test_tags_come_in_both_shapes(desk: Desk, shape: str, levels: set[int]) -> None:
    desk.switch(tag_shape=shape)
    tags = desk.client().tags(POLICY_ID)
    assert {one.level for one in tags} == levels
    assert {one.gl_code for one in tags if one.level == 1} >= {"200", "500"}


def test_reports_are_labelled_by_id_and_no_others(desk: Desk) -> None:
    chosen = sorted(approved(desk))[:3]
    client = desk.client()
    client.mark_exported(POLICY_ID, chosen, "intacct")
    assert {one["reportID"] for one in desk.truth() if one["labels"] == ["intacct"]} == set(chosen)
    assert client.unlabelled(POLICY_ID, [*chosen, "R00unknown00"], "intacct") == set()


def test_a_lost_reply_to_a_label_is_settled_by_looking(desk: Desk) -> None:
    chosen = sorted(approved(desk))[:2]
    desk.fault("drop_after", "mark")
    desk.client().mark_exported(POLICY_ID, chosen, "intacct")
    assert desk.calls()["expensify mark"] == 1
    desk.fault("drop_before", "mark")
    with pytest.raises(OutcomeUnknownError):
        desk.client().mark_exported(POLICY_ID, sorted(approved(desk))[2:4], "intacct")


@pytest.mark.parametrize("code", ["200", "207"])
def test_a_status_update_counts_what_is_in_the_reply(desk: Desk, code: str) -> None:
    desk.switch(partial_status=code)
    open_one = next(one["reportID"] for one in desk.truth() if one["status"] == "APPROVED")
    done_one = next(one["reportID"] for one in desk.truth() if one["status"] == "REIMBURSED")
    passed = desk.client().mark_reimbursed([open_one, done_one])
    assert passed == {done_one: "Report is in status 'Reimbursed'"}
    assert next(one for one in desk.truth() if one["reportID"] == open_one)["status"] == "REIMBURSED"


def test_a_busy_server_is_unavailable_in_the_end(desk: Desk) -> None:
    desk.fault("busy_body", "get policy", times=0)
    with pytest.raises(UnavailableError):
        desk.client().categories(POLICY_ID)


@pytest.mark.parametrize("ask", [lambda c: c.policies(), lambda c: c.reports(POLICY_ID, ["R00x"])])
def test_no_error_shows_the_secret(desk: Desk, ask: Callable[[ExpensifyClient], object]) -> None:
    desk.fault("html_page", "get policyList", times=0)
    desk.fault("html_page", "export", times=0)
    with pytest.raises(VendorError) as caught:
        ask(desk.client())
    assert credentials.EXPENSIFY_PARTNER_USER_SECRET not in str(caught.value)
