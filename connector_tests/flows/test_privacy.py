"""No personal datum of the sample firm's workers is anywhere but at the two vendors: byte for byte, value by value."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from connector_assets.sandbox.facts import WorkerFacts
from connector_assets.vendors.intacct.master_data import IntacctMasterData
from connector_tests.cli_runner import run
from connector_tests.flows.facts import FIRST, THIRD, checks_of, period_of
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, House, firm, key_of
from connector_tests.flows.test_dimensions import ledger
from connector_tests.privacy import FAMILY, GIVEN, Canaries, canaries_of, leaks, plant, scan, views

AS_OF = date(2025, 12, 31)
DETAIL = ("audit", "export", "--from", "2025-01-01", "--until", "2025-12-31")


def workers() -> list[WorkerFacts]:
    return [worker for company_id in COMPANY_OF.values() for worker in firm().workers(company_id, AS_OF)]


def planted(house: House) -> Canaries:
    """Canaries in three workers: one who is renamed by it, and two who are hired, so that Intacct has to be told."""
    first = next(iter(firm().workers(COMPANY_OF[LLC], AS_OF)))
    new = {"company_id": COMPANY_OF[LLC], "given_name": "A", "family_name": "B", "hire_date": "2025-02-03"}
    hired = [house.admin("paychex/workers/hire", **new) for _ in range(2)]
    canaries = plant(house.admin, COMPANY_OF[LLC], [first.worker_id, *(str(one["worker_id"]) for one in hired)])
    # Intacct refuses a second contact of that name, and quotes it.
    contact = f"{FAMILY}1 {GIVEN} ({hired[0]['employee_id']})"
    there = {"contact_name": contact, "print_as": f"{GIVEN} {FAMILY}1"}
    IntacctMasterData(ledger(house)).create("CONTACT", [there], "a person's own")
    return canaries


def provoked(house: House) -> Iterator[str]:
    """A payroll with failures of several kinds; what was printed on the way."""
    check = checks_of(LLC, THIRD)[0]
    house.office("checks/change", LLC, THIRD, paycheck_id=check.paycheck_id, amount_cents=1, net_cents=0)
    house.fault("intacct", "bad_gateway", {"operation": "create", "object": "GLBATCH"}, params={"done": True})
    house.fault("intacct", "drop_after", {"operation": "update", "object": "CONTACT"})
    for fault in ("html_page", "truncated", "unknown_fields"):
        house.fault("paychex", fault, {"operation": "workers"})
    for connection in (LLC, NJ):
        assert house.refresh(connection).succeeded
    assert not house.carry(LLC, key_of(FIRST), key_of(THIRD)).succeeded
    assert house.carry(LLC, key_of(period_of(LLC, "Bi-weekly Payroll (2)", "2025-05-16"))).succeeded
    house.admin("intacct/records", object="LOCATION", key="NYC", fields={"STATUS": "inactive"})
    yield house.refresh(LLC).problem
    partition = house.partitions(LLC)[3]
    for command in (DETAIL, (*DETAIL, "--entries"), ("status", "--json"), ("preview", LLC, partition, "--json")):
        yield run(*command).output


def test_a_payroll_leaves_no_personal_datum_behind(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    """Refreshes that write employees, posts, a void, failures of several kinds, and everything they left in writing."""
    caplog.set_level("DEBUG")
    canaries = planted(house)
    printed = "".join(provoked(house))
    assert waits
    assert len(printed) > 10_000
    assert scan(house.settings.home, canaries) == {}
    assert not leaks(caplog.text + printed, canaries)
    out, err = capfd.readouterr()
    assert not leaks(out + err, canaries)
    assert {path.suffix for path in house.settings.home.rglob("*")} >= {".parquet", ".db"}
    frames = house.settings.home / "frames"
    assert scan(frames, canaries_of(workers())) == {}
    # The names did pass through, from one vendor to the other: there they stand, found by the same search.
    held = "".join(str(text) for _, text in views(house.settings.home / "sandbox.db"))
    assert {"name", "birth date", "ssn"} <= leaks(held, canaries)
    contacts = house.http.get(f"{house.root}/admin/intacct/records", params={"object": "CONTACT"}).json()["records"]
    assert {f"{GIVEN} {FAMILY}{n}" for n in range(3)} <= {one["PRINTAS"] for one in contacts}


def test_the_roster_tells_a_rename_without_holding_a_name(house: House) -> None:
    roster = pd.read_parquet(house.settings.home / "frames" / LLC / "worker_roster" / "latest.parquet")
    assert len(roster) == len(set(roster["name_digest"])) > 20
    assert not leaks(roster.to_csv(), canaries_of(workers()))
    assert not list(Path(house.settings.home).rglob("*.tmp"))
