"""What an auditor is given: from a ledger line back to the checks, and from a check forward to every line."""

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from connector_assets.accounting.money import cents_from_text
from connector_assets.commands.audit import audit
from connector_assets.commands.audit import exported as exported_rows
from connector_assets.orchestration.audit_rows import COLUMNS, Row
from connector_tests.cli_runner import failing
from connector_tests.flows.facts import FIRST, cents, checks_of, lines_of
from connector_tests.flows.house import LLC, House, key_of

JANUARY = ["export", "--from", "2025-01-01", "--until", "2025-01-31"]


def exported(path: Path, *options: str) -> list[dict[str, str]]:
    audit.main([*JANUARY, "--out", str(path), *options], standalone_mode=False)
    text = path.read_text(encoding="utf-8")
    if "json" in options:
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text)))


def test_every_line_leads_to_its_checks_and_every_check_to_its_lines(house: House) -> None:
    changed = checks_of(LLC, FIRST)[3]
    assert house.carry(LLC, key_of(FIRST)).succeeded
    house.office("checks/change", LLC, FIRST, paycheck_id=changed.paycheck_id, amount_cents=88_00)
    assert house.carry(LLC, key_of(FIRST)).succeeded
    rows = exported(house.folder / "audit.csv")
    parts: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        parts[row["reference"], row["line_no"], row["line_amount"]] += cents_from_text(row["piece_amount"], "piece")
    assert all(total == cents_from_text(amount, "line") for (_, _, amount), total in parts.items())
    exported_lines = Counter((reference, cents_from_text(amount, "line")) for reference, _, amount in parts)
    in_the_books = Counter((str(one["reference"]), cents(line)) for one in house.journals() for line in lines_of([one]))
    assert exported_lines == in_the_books
    forward = [row for row in rows if row["source_id"] == changed.paycheck_id]
    assert {row["kind"] for row in forward} == {"labor", "correction"}
    assert sum(cents_from_text(row["piece_amount"], "piece") for row in forward) == 0
    net = sum(cents_from_text(row["piece_amount"], "piece") for row in forward if row["piece_kind"] == "net_pay")
    assert net == -(changed.net_cents + 88_00)
    assert {row["source_id"] for row in rows} == {check.paycheck_id for check in checks_of(LLC, FIRST)}
    assert all(row["rule"].startswith("version 1: ") for row in rows if row["rule_id"])
    assert {row["mapping_version"] for row in rows} == {"1"}
    correction = next(row for row in rows if row["kind"] == "correction")
    assert correction["corrects"] == next(row["reference"] for row in rows if row["kind"] == "labor")
    assert (correction["reconciled"], len(correction["audit_entries"].split()) >= 4) == ("yes", True)


def test_a_memo_that_looks_like_a_formula_is_a_text_and_an_amount_stays_a_number() -> None:
    stream = io.StringIO()
    row = tuple({"line_memo": "=HYPERLINK(1)", "piece_amount": "-12.00"}.get(name, "") for name in COLUMNS)
    exported_rows(stream, "csv", iter([[row]]), lambda: None)
    (read,) = csv.DictReader(io.StringIO(stream.getvalue()))
    assert (read["line_memo"], read["piece_amount"]) == ("'=HYPERLINK(1)", "-12.00")


def test_one_document_is_held_at_a_time_however_long_the_period() -> None:
    stream, advanced = io.StringIO(), Counter[str]()

    def documents() -> Iterator[list[Row]]:
        for number in range(1, 4):
            assert (
                len(stream.getvalue().splitlines()) == number
            )  # what came before is written: the header, and each row
            yield [(str(number), *("" for _ in COLUMNS[1:]))]
        yield []

    assert exported_rows(stream, "csv", documents(), lambda: advanced.update(["document"])) == 3
    assert advanced["document"] == 4


def test_json_says_the_same_and_other_periods_and_the_trail_can_be_asked_for(house: House) -> None:
    assert house.carry(LLC, key_of(FIRST)).succeeded
    rows = exported(house.folder / "audit.csv", "--connection", LLC)
    as_json = exported(house.folder / "audit.json", "--format", "json")
    assert [{name: str(value) for name, value in row.items()} for row in as_json] == rows
    empty = house.folder / "empty.csv"
    audit.main(["export", "--from", "2025-03-01", "--until", "2025-03-31", "--out", str(empty)], standalone_mode=False)
    assert empty.read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
    before = (house.folder / "audit.csv").read_bytes()
    failing("audit", *JANUARY, "--connection", "typo", "--out", str(house.folder / "audit.csv"))
    assert (house.folder / "audit.csv").read_bytes() == before, "an export that failed took the earlier one with it"
    assert not list(house.folder.glob("*.part"))
    assert "is before --from" in failing("audit", "export", "--from", "2025-02-01", "--until", "2025-01-31")
    trail = house.folder / "trail.json"
    options = ["--from", "2020-01-01", "--until", "2099-12-31", "--entries", "--format", "json", "--out", str(trail)]
    audit.main(["export", *options], standalone_mode=False)
    entries = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    assert entries[-1]["previous_hash"] == entries[-2]["hash"]
