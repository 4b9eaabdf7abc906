"""No personal datum of the sample firm's workers is anywhere but at the two vendors: byte for byte, value by value."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from connector_assets.sandbox.facts import WorkerFacts
from connector_tests.flows.facts import FIRST, THIRD, checks_of, period_of
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, House, firm, key_of

AS_OF = date(2025, 12, 31)


def workers() -> list[WorkerFacts]:
    return [worker for company_id in COMPANY_OF.values() for worker in firm().workers(company_id, AS_OF)]


def canaries() -> dict[str, str]:
    """Every text that must not be found, and what it is; a birth date that is also a day of hire is no proof."""
    days = {worker.hire_date for worker in workers()} | {s.effective_date for w in workers() for s in w.statuses}
    found: dict[str, str] = {}
    for worker in workers():
        given, family = worker.given_name, worker.family_name
        names = (f"{given} {family}", f"{family} {given}", f"{family}, {given}", f"{family},{given}")
        found |= dict.fromkeys(names, "name")
        found |= {worker.ssn: "ssn", worker.ssn.replace("-", ""): "ssn", worker.email: "e-mail"}
        if worker.birth_date not in days:
            found[worker.birth_date.isoformat()] = "birth date"
    return found


def leaks(text: str) -> set[str]:
    """What kinds of personal data a text holds."""
    return {kind for canary, kind in canaries().items() if canary in text}


def dumped(path: Path) -> str:
    """Everything in a SQLite file, pages of its write-ahead log included."""
    with closing(sqlite3.connect(path)) as db:
        return "\n".join(db.iterdump())


def files_of(house: House) -> Iterator[tuple[str, str]]:
    """Everything the deployment has written, as text, but for the sandbox's own state."""
    for path in sorted(house.settings.home.rglob("*")):
        if not path.is_file() or path.name.startswith("sandbox.db") or path.name.endswith(("-wal", "-shm")):
            continue
        if path.suffix == ".parquet":
            yield str(path), pd.read_parquet(path).to_csv()
        elif path.suffix == ".db":
            yield str(path), dumped(path)
        else:
            yield str(path), path.read_bytes().decode("utf-8", "replace")


def test_a_payroll_leaves_no_personal_datum_behind(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], waits: list[float]
) -> None:
    """Refreshes that write employees, posts, a void, failures of several kinds, and everything they left in writing."""
    caplog.set_level("DEBUG")
    check = checks_of(LLC, THIRD)[0]
    house.office("checks/change", LLC, THIRD, paycheck_id=check.paycheck_id, amount_cents=1, net_cents=0)
    house.fault("intacct", "bad_gateway", {"operation": "create", "object": "GLBATCH"}, params={"done": True})
    house.fault("paychex", "html_page", {"operation": "workers"})
    for connection in (LLC, NJ):
        assert house.refresh(connection).succeeded
    assert not house.carry(LLC, key_of(FIRST), key_of(THIRD)).succeeded
    assert house.carry(LLC, key_of(period_of(LLC, "Bi-weekly Payroll (2)", "2025-05-16"))).succeeded
    house.admin("intacct/records", object="LOCATION", key="NYC", fields={"STATUS": "inactive"})
    house.refresh(LLC)
    assert waits

    written = dict(files_of(house))
    found = {name: leaks(text) for name, text in written.items() if leaks(text)}
    assert not found
    assert not leaks(caplog.text)
    out, err = capfd.readouterr()
    assert not leaks(out + err)
    kinds = {Path(name).suffix for name in written}
    assert {".parquet", ".db"} <= kinds
    assert any("records.db" in name for name in written)


def test_the_search_would_find_them(house: House) -> None:
    """The names did pass through, from one vendor to the other: there they stand, found by the same search."""
    held = dumped(house.settings.home / "sandbox.db")
    assert "name" in leaks(held)
    worker = workers()[0]
    assert leaks(f"x{worker.ssn} {worker.email}") == {"ssn", "e-mail"}
    assert len(canaries()) > 6 * len(workers())


def test_the_roster_tells_a_rename_without_holding_a_name(house: House) -> None:
    roster = pd.read_parquet(house.settings.home / "frames" / LLC / "worker_roster" / "latest.parquet")
    assert len(roster) == len(set(roster["name_digest"])) > 20
    assert not leaks(roster.to_csv())
