"""Writing costing jobs: what the client sends is what the simulated Paychex takes, once, under every fault."""

from datetime import date

import pytest

from connector_assets.vendors.errors import AccessError, OutcomeUnknownError, RefusedError, VendorError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_tests.conformance.test_paychex_sandbox import COMPANY, Admin, admin, client, sandbox

__all__ = ["admin", "sandbox"]
START = date(2026, 1, 1)


def named(paychex: PaychexClient, number: str) -> list[str]:
    return [job.name for job in paychex.jobs(COMPANY) if job.number == number]


@pytest.mark.parametrize("reply", ["bare", "envelope"])
def test_a_job_is_created_renamed_and_ended(admin: Admin, reply: str) -> None:
    admin.post("switches", **{"paychex.job_created": reply})
    paychex = client(admin.root)
    made = paychex.create_job(COMPANY, f"T-{reply}", "Audit support", START)
    assert (made.number, made.name, made.start_date, made.end_date) == (f"T-{reply}", "Audit support", START, None)
    paychex.change_job(COMPANY, made.job_id, name="Audit and tax")
    ended = paychex.change_job(COMPANY, made.job_id, end=date(2026, 6, 30))
    assert (ended.name, ended.end_date) == ("Audit and tax", date(2026, 6, 30))
    assert named(paychex, f"T-{reply}") == ["Audit and tax"]


def test_a_second_job_of_the_same_number_and_name_is_refused(admin: Admin) -> None:
    paychex = client(admin.root)
    paychex.create_job(COMPANY, "T-2", "Once", START)
    with pytest.raises(RefusedError, match="there is one already") as refused:
        paychex.create_job(COMPANY, "T-2", "Once", START)
    assert refused.value.codes == ("API-26",)
    assert named(paychex, "T-2") == ["Once"]


@pytest.mark.parametrize(
    ("fault", "is_created"),
    [("drop_after", True), ("drop_before", False), ("truncated", True), ("server_error", False)],
)
def test_a_lost_reply_is_neither_success_nor_failure(admin: Admin, fault: str, *, is_created: bool) -> None:
    paychex = client(admin.root)
    paychex.companies()
    admin.post("faults", system="paychex", fault=fault, match={"operation": "create_job"}, times=1)
    with pytest.raises(OutcomeUnknownError):
        paychex.create_job(COMPANY, f"T-{fault}", "Perhaps", START)
    assert named(paychex, f"T-{fault}") == (["Perhaps"] if is_created else [])


@pytest.mark.parametrize("fault", ["too_many_requests", "locked", "expired_token"])
def test_what_was_turned_away_is_sent_again(admin: Admin, fault: str) -> None:
    paychex = client(admin.root)
    admin.post("faults", system="paychex", fault=fault, match={"operation": "create_job"}, times=1)
    paychex.create_job(COMPANY, f"T-{fault}", "Later", START)
    assert named(paychex, f"T-{fault}") == ["Later"]


@pytest.mark.parametrize(("number", "name"), [("T;1", "Fine"), ("T-9", "x" * 31), ("T" * 26, "Fine"), ("T-9", "a<b")])
def test_what_flex_does_not_take_is_refused(admin: Admin, number: str, name: str) -> None:
    with pytest.raises(RefusedError):
        client(admin.root).create_job(COMPANY, number, name, START)


def test_an_app_that_may_only_read_is_told_which_switch(admin: Admin) -> None:
    admin.post("paychex/access", people="read")
    with pytest.raises(AccessError, match="read and write"):
        client(admin.root).create_job(COMPANY, "T-3", "No", START)


def test_an_unknown_job_cannot_be_changed(admin: Admin) -> None:
    with pytest.raises(VendorError, match="no such id"):
        client(admin.root).change_job(COMPANY, "970000000000000", name="X")
