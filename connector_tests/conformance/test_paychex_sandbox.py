"""The Paychex client against the simulated Paychex: two readings of one fact sheet that must agree.

What is read on a calm day is the reference. Under every fault that passes, and with every open question answered the
other way, the same must be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import requests

from connector_assets.sandbox.company import ENTITIES, PAYROLL_YEAR
from connector_assets.sandbox.credentials import PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import CredentialError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.transport import Transport

HEADQUARTERS = ENTITIES[0]
COMPANY = HEADQUARTERS.paychex_company_id
YEAR = (date(PAYROLL_YEAR, 1, 1), date(PAYROLL_YEAR, 12, 31))
PAGE_SIZE_ROWS = 7
PASSING_FAULTS = (
    "drop_before",
    "drop_after",
    "truncated",
    "too_many_requests",
    "locked",
    "unavailable",
    "server_error",
    "bad_gateway",
    "html_page",
    "expired_token",
    "unknown_fields",
)
HARMLESS_ANSWERS = (
    ("paychex.token_scope", "oob"),
    ("paychex.token_expires_in", "text_3599"),
    ("paychex.token_expires_in", "600"),
    ("paychex.rate_limit", "announced"),
    ("paychex.bare_dates", "refused"),
    ("paychex.date_zone", "+00:00"),
    ("paychex.unfiltered", "paged_100"),
    ("paychex.page_total", "both"),
    ("paychex.page_total", "total"),
    ("paychex.past_the_end", "404"),
    ("paychex.previous_rel", "prev"),
    ("paychex.etag", "strict"),
    ("paychex.period_bounds", "exclusive"),
    ("paychex.period_order", "descending"),
    ("paychex.period_order", "unordered"),
    ("paychex.period_paging", "honoured"),
    ("paychex.gross_earnings", "additions"),
    ("paychex.added_fields", "personal"),
)


@dataclass
class Admin:
    """The operator's side of the sandbox."""

    root: str

    def post(self, path: str, **body: object) -> None:
        requests.post(f"{self.root}/admin/{path}", json=body, timeout=10).raise_for_status()

    def calm(self) -> None:
        for path in ("faults", "switches"):
            requests.delete(f"{self.root}/admin/{path}", timeout=10).raise_for_status()
        self.post("paychex/access", people="write", payroll="write", ended=[])
        self.post("calls/reset")

    def calls(self) -> int:
        counts: dict[str, int] = requests.get(f"{self.root}/admin/calls", timeout=10).json()
        return sum(number for name, number in counts.items() if name.startswith("paychex"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("sandbox") / "state.db"
    with running_sandbox(SandboxOptions(state_path=path, workers=60)) as root:
        yield root


@pytest.fixture
def admin(sandbox: str) -> Iterator[Admin]:
    operator = Admin(sandbox)
    operator.calm()
    yield operator
    operator.calm()


def transport(waits: list[float] | None = None) -> Transport:
    waited = waits if waits is not None else []
    return Transport("paychex", sleep=waited.append, jitter=lambda: 0.0)


def client(root: str, sender: Transport | None = None, *, secret: str = PAYCHEX_CLIENT_SECRET) -> PaychexClient:
    return PaychexClient(
        f"{root}/paychex", PAYCHEX_CLIENT_ID, secret, sender or transport(), page_size_rows=PAGE_SIZE_ROWS
    )


def everything(paychex: PaychexClient) -> list[object]:
    """The whole reading of one company, with the checks of its first two processed pay periods."""
    company = paychex.companies(HEADQUARTERS.paychex_display_id)[0]
    periods = paychex.pay_periods(company.company_id, *YEAR, statuses=["COMPLETED"])
    return [
        company,
        paychex.organizations(company.company_id),
        paychex.locations(company.company_id),
        paychex.jobs(company.company_id),
        paychex.labor_assignments(company.company_id),
        paychex.pay_components(company.company_id),
        list(paychex.workers(company.company_id)),
        periods,
        [list(paychex.processed_checks(company.company_id, period.pay_period_id)) for period in periods[:2]],
    ]


@pytest.fixture(scope="module")
def calm_reading(sandbox: str) -> list[object]:
    return everything(client(sandbox))


def test_every_check_is_there_and_its_lines_make_its_net_pay(admin: Admin) -> None:
    paychex = client(admin.root)
    periods = paychex.pay_periods(COMPANY, *YEAR, statuses=["COMPLETED"])
    assert len(periods) > 20
    for period in periods[::10]:
        checks = list(paychex.processed_checks(COMPANY, period.pay_period_id))
        assert len({check.paycheck_id for check in checks}) == period.check_count > 0
        for check in checks:
            earned_cents = sum(line.amount_cents for line in check.earnings if line.effect_on_pay == "ADDITION")
            withheld = [tax.amount_cents for tax in check.taxes if tax.paid_by == "EMPLOYEE_WITHHOLDING"]
            assert earned_cents - sum(line.amount_cents for line in check.deductions) - sum(withheld) == check.net_cents


def test_a_single_worker_or_pay_period_is_the_same_record_as_in_its_list(admin: Admin) -> None:
    paychex = client(admin.root)
    workers, periods = list(paychex.workers(COMPANY)), paychex.pay_periods(COMPANY, *YEAR)
    assert len(workers) > PAGE_SIZE_ROWS
    assert paychex.worker(workers[-1].worker_id) == workers[-1]
    assert paychex.pay_period(COMPANY, periods[-1].pay_period_id) == periods[-1]


def test_both_sides_count_the_same_calls(admin: Admin) -> None:
    sender = transport()
    everything(client(admin.root, sender))
    assert sender.calls.total() == admin.calls()


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_fault_that_passes_changes_nothing_that_is_read(admin: Admin, calm_reading: list[object], fault: str) -> None:
    for operation in ("companies", "organizations", "jobs", "workers", "payperiods", "checks"):
        match = {"operation": operation}
        admin.post("faults", system="paychex", match=match, fault=fault, times=1, after=int(operation == "checks"))
    assert everything(client(admin.root)) == calm_reading


def test_a_stormy_day_changes_nothing_that_is_read(admin: Admin, calm_reading: list[object]) -> None:
    # An expired token is renewed once per call and no more, so that fault would end a call when it strikes twice.
    storm = [fault for fault in PASSING_FAULTS if fault != "expired_token"]
    admin.post("faults", system="paychex", seed=11, rate=0.25, faults=storm)
    waits: list[float] = []
    assert everything(client(admin.root, transport(waits))) == calm_reading
    assert len(waits) > 3


@pytest.mark.parametrize(("switch", "answer"), HARMLESS_ANSWERS)
def test_an_open_question_answered_the_other_way_changes_nothing_that_is_read(
    admin: Admin, calm_reading: list[object], switch: str, answer: str
) -> None:
    admin.post("switches", **{switch: answer})
    assert everything(client(admin.root)) == calm_reading


def test_a_server_that_cuts_pages_shorter_than_asked_loses_no_record(admin: Admin, calm_reading: list[object]) -> None:
    admin.post("switches", **{"paychex.page_limit": "100"})
    paychex = PaychexClient(
        f"{admin.root}/paychex", PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET, transport(), page_size_rows=5_000
    )
    assert everything(paychex) == calm_reading


def test_shifted_check_dates_are_put_right_by_the_pay_period(admin: Admin) -> None:
    period = client(admin.root).pay_periods(COMPANY, *YEAR, statuses=["COMPLETED"])[0]
    match = {"operation": "checks"}
    admin.post("faults", system="paychex", match=match, fault="odd_dates", times=0)
    checks = list(client(admin.root).processed_checks(COMPANY, period.pay_period_id))
    assert {check.check_date for check in checks} == {period.check_date}
    assert all("checkDate" in check.odd_dates for check in checks)


def test_a_reversal_run_names_its_original(admin: Admin) -> None:
    paychex = client(admin.root)
    periods = {period.pay_period_id: period for period in paychex.pay_periods(COMPANY, *YEAR)}
    for period in periods.values():
        if period.original_pay_period_id is not None:
            assert periods[period.original_pay_period_id].status == "REVERSED"


def test_ping_says_nothing_when_all_is_well(admin: Admin) -> None:
    assert client(admin.root).ping() == []


@pytest.mark.parametrize(
    ("grants", "said"),
    [
        ({"payroll": "none"}, '"Payroll & Check"'),
        ({"people": "none"}, '"Company & People"'),
        ({"ended": [COMPANY]}, "API-68"),
    ],
)
def test_ping_says_what_is_switched_off(admin: Admin, grants: dict[str, object], said: str) -> None:
    admin.post("paychex/access", **grants)
    assert said in " ".join(client(admin.root).ping())


def test_a_wrong_secret_is_a_credential_error(admin: Admin) -> None:
    with pytest.raises(CredentialError, match="invalid_client"):
        client(admin.root, secret="another").companies()
