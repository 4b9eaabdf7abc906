"""The audit trail: it grows in one order under any concurrency, and shows every way to tamper with it."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from connector_assets.records.audit import AuditTrail, AuditVerdict, append_entry, spreadsheet_cell
from connector_assets.records.database import open_database, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import audit_entry, audit_head
from connector_tests.records.doubles import START, Clock


@pytest.fixture
def trail(engine: Engine) -> AuditTrail:
    """Five entries, an hour apart."""
    clock = Clock()
    made = AuditTrail(engine, clock)
    for number in range(1, 6):
        made.append("ann", "did", f"thing/{number}", "because", before="a", after="b", detail={"cents": number})
        clock.advance(3600)
    return made


def head_of(trail: AuditTrail) -> str:
    *_, last = trail.entries()
    return f"{last.sequence}:{last.hash}"


def test_an_untouched_chain_is_intact(trail: AuditTrail) -> None:
    assert trail.verify() == AuditVerdict(True, 5, None, "", head_of(trail))


def test_an_empty_chain_is_intact(engine: Engine) -> None:
    assert AuditTrail(engine).verify() == AuditVerdict(True, 0, None, "", "0:")


ROW = 3
"""The entry that is tampered with, of five."""


def first_bad_after(engine: Engine, trail: AuditTrail, change: Mapping[str, str | int]) -> AuditVerdict:
    """The verdict while one entry holds other values; they are put back afterwards."""
    columns = [audit_entry.c[name] for name in change]
    with writing(engine) as connection:
        kept = connection.execute(select(*columns).where(audit_entry.c.sequence == ROW)).one()._asdict()
        connection.execute(update(audit_entry).where(audit_entry.c.sequence == ROW).values(**change))
    verdict = trail.verify()
    with writing(engine) as connection:
        now = change.get("sequence", ROW)
        connection.execute(update(audit_entry).where(audit_entry.c.sequence == now).values(**kept))
    return verdict


@pytest.mark.parametrize("column", [column.name for column in audit_entry.c if column.name != "sequence"])
def test_any_byte_flipped_or_dropped_or_swapped_in_any_column_names_its_row(
    trail: AuditTrail, engine: Engine, column: str
) -> None:
    """Every byte of the column, each way: the hash covers them all, and no spelling is as good as another."""
    with reading(engine) as connection:
        old = str(connection.execute(select(audit_entry.c[column]).where(audit_entry.c.sequence == ROW)).scalar_one())
    places = range(len(old)) if engine.dialect.name == "sqlite" else range(0, len(old), 7)
    tampered = {old + " ", "", *(flipped(old, place) for place in places)}
    tampered |= {old[:place] + old[place + 1 :] for place in places[::3]}
    tampered |= {
        old[:place] + old[place + 1] + old[place] + old[place + 2 :] for place in places[::3] if place + 1 < len(old)
    }
    for new in tampered - {old}:
        verdict = first_bad_after(engine, trail, {column: new})
        assert (verdict.intact, verdict.checked_rows, verdict.first_bad_sequence) == (False, ROW - 1, ROW), new
    assert trail.verify().intact


def flipped(text: str, place: int) -> str:
    """The text with the lowest bit of one byte turned."""
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def test_a_row_under_another_number_is_named(trail: AuditTrail, engine: Engine) -> None:
    for number in (0, 6, 1000, -3):
        assert first_bad_after(engine, trail, {"sequence": number}).first_bad_sequence == (1 if number < 1 else ROW)
    assert trail.verify().intact


@pytest.mark.parametrize("change", [{"sequence": 4}, {"sequence": 6}, {"hash": "0" * 64}, {"hash": ""}])
def test_another_end_in_the_head_is_noticed(trail: AuditTrail, engine: Engine, change: dict[str, str | int]) -> None:
    with writing(engine) as connection:
        connection.execute(update(audit_head).values(**change))
    assert not trail.verify().intact


def test_any_row_dropped_and_any_two_exchanged_are_named(trail: AuditTrail, engine: Engine) -> None:
    with reading(engine) as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(audit_entry).order_by(audit_entry.c.sequence))]
    orders = [rows[:dropped] + rows[dropped + 1 :] for dropped in range(5)]
    orders += [exchanged(rows, first, second) for first in range(5) for second in range(first)]
    for order in orders:
        with writing(engine) as connection:
            connection.execute(delete(audit_entry))
            connection.execute(insert(audit_entry), order)
        wrong = next((place for place, (was, now) in enumerate(zip(rows, order, strict=False), 1) if was != now), 5)
        assert trail.verify().first_bad_sequence == wrong


def exchanged(rows: Sequence[Mapping[str, object]], first: int, second: int) -> list[dict[str, object]]:
    """The rows with two of them in each other's place, each under the other's number."""
    moved = [dict(row) for row in rows]
    moved[first], moved[second] = moved[second], moved[first]
    return [row | {"sequence": number} for number, row in enumerate(moved, start=1)]


def test_a_byte_that_is_no_text_any_more_names_its_row_too(tmp_path: Path) -> None:
    """SQLite holds any byte; PostgreSQL would refuse this one."""
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    trail = AuditTrail(engine)
    for _entry in range(3):
        trail.append("ann", "did", "thing", "because")
    with writing(engine) as connection:
        connection.execute(text("UPDATE audit_entry SET reason = CAST(x'62ff63' AS TEXT) WHERE sequence = 2"))
    assert trail.verify().first_bad_sequence == 2
    engine.dispose()


def test_a_dropped_row_is_named(trail: AuditTrail, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence == 3))
    verdict = trail.verify()
    assert (verdict.first_bad_sequence, verdict.why) == (3, "entry 3 is missing: entry 4 follows entry 2")


def test_a_dropped_row_is_named_even_when_the_later_ones_move_up(trail: AuditTrail, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence == 3))
        for sequence in (4, 5):
            row = audit_entry.c.sequence == sequence
            connection.execute(update(audit_entry).where(row).values(sequence=sequence - 1))
    assert trail.verify().first_bad_sequence == 3


def test_a_row_replaced_with_a_new_hash_of_its_own_is_named_at_the_next(trail: AuditTrail, engine: Engine) -> None:
    """A forger who can compute the hash still breaks the link after it."""
    with writing(engine) as connection:
        kept = connection.execute(select(audit_entry).order_by(audit_entry.c.sequence)).all()
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence >= 3))
        connection.execute(update(audit_head).values(sequence=2, hash=kept[1].hash))
        append_entry(connection, START + timedelta(hours=2), actor="mallory", action="did", subject="thing/3")
        connection.execute(insert(audit_entry), [dict(row._mapping) for row in kept[3:]])
        connection.execute(update(audit_head).values(sequence=5, hash=kept[4].hash))
    assert trail.verify().first_bad_sequence == 4


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_cut_at_the_end_is_noticed_by_the_recorded_head(trail: AuditTrail, engine: Engine, cut: int) -> None:
    with writing(engine) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence > 5 - cut))
    verdict = trail.verify()
    assert (verdict.intact, verdict.first_bad_sequence) == (False, 5 - cut + 1)
    assert "recorded end is entry 5" in verdict.why


def test_a_row_added_behind_the_head_is_noticed(trail: AuditTrail, engine: Engine) -> None:
    with writing(engine) as connection:
        head = connection.execute(select(audit_head.c.sequence, audit_head.c.hash)).one()
        append_entry(connection, utc_now(), actor="mallory", action="did", subject="x")
        connection.execute(update(audit_head).values(sequence=head.sequence, hash=head.hash))
    assert trail.verify().first_bad_sequence == 6


def test_a_chain_without_its_head_is_noticed(trail: AuditTrail, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(audit_head))
    verdict = trail.verify()
    assert (verdict.intact, verdict.why) == (False, "the record of the chain's end is gone")


def test_a_head_that_was_kept_elsewhere_shows_a_cut_end_and_a_chain_written_anew(
    trail: AuditTrail, engine: Engine
) -> None:
    """Whoever may write to the database can leave a chain that holds in itself: a head kept outside still tells."""
    early, kept = f"2:{next(e.hash for e in trail.entries() if e.sequence == 2)}", trail.verify().head
    trail.append("ann", "did", "thing/6", "because")
    assert [trail.verify(head).checked_rows for head in (early, kept, "")] == [6, 6, 6]
    assert trail.verify(kept).intact, "a chain that has grown still goes through it"
    with writing(engine) as db:
        db.execute(delete(audit_entry).where(audit_entry.c.sequence > 3))
        last = db.execute(select(audit_entry.c.hash).where(audit_entry.c.sequence == 3)).scalar_one()
        db.execute(audit_head.update().values(sequence=3, hash=last))
    assert trail.verify().intact, "in itself nothing is wrong"
    assert trail.verify(early).intact
    assert (trail.verify(kept).intact, trail.verify(kept).first_bad_sequence) == (False, 4)
    assert "once reached entry 5: its end was cut off" in trail.verify(kept).why
    for number in (4, 5):
        trail.append("eve", "did", f"thing/{number}", "because")
    assert trail.verify().intact
    assert (trail.verify(kept).intact, trail.verify(kept).first_bad_sequence) == (False, 5)
    assert "the chain was written anew" in trail.verify(kept).why
    for wrong in ("5", "5:xyz", f"x{kept}"):
        with pytest.raises(RecordsError, match=r"is no head of the chain. Fix: "):
            trail.verify(wrong)


@pytest.mark.parametrize("text", ["=1+1", "+1+cmd", "-2+3", "@sum(a1)", "\t=1", "=a\r\nb"])
def test_no_text_of_an_export_is_a_formula(engine: Engine, text: str) -> None:
    trail = AuditTrail(engine, Clock())
    entry = trail.append("ann", "did", "thing", text)
    as_csv, as_json = io.StringIO(), io.StringIO()
    trail.export(as_csv, form="csv")
    trail.export(as_json, form="json")
    (row,) = csv.DictReader(io.StringIO(as_csv.getvalue(), newline=""))
    assert (row["reason"], row["actor"]) == (f"'{text}".replace("\r", ""), "ann")
    assert json.loads(as_json.getvalue())["reason"] == entry.reason == text
    assert [spreadsheet_cell(one) for one in ("-12.00", "+3", "", "a=b", -5)] == ["-12.00", "+3", "", "a=b", -5]


def test_threads_that_append_at_once_make_one_chain(engine: Engine) -> None:
    trail = AuditTrail(engine)

    def work(name: str) -> None:
        for number in range(15):
            trail.append(name, "did", f"{name}/{number}")

    threads = [Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trail.verify() == AuditVerdict(True, 60, None, "", head_of(trail))
    subjects = [entry.subject for entry in trail.entries()]
    assert [s for s in subjects if s.startswith("a")] == [f"a/{number}" for number in range(15)]


def test_processes_that_append_at_once_make_one_chain(engine: Engine, database_url: str) -> None:
    script = (
        "import sys\n"
        "from connector_assets.records.audit import AuditTrail\n"
        "from connector_assets.records.database import open_database\n"
        "trail = AuditTrail(open_database(sys.argv[1]))\n"
        "for number in range(25): trail.append(sys.argv[2], 'did', f'{sys.argv[2]}/{number}')\n"
    )
    command = [sys.executable, "-c", script, database_url]
    started = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in "abc"]
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert errors == ["", "", ""]
    assert AuditTrail(engine).verify() == AuditVerdict(True, 75, None, "", head_of(AuditTrail(engine)))


def test_an_entry_falls_with_the_change_that_it_reports(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as connection:
        append_entry(connection, utc_now(), actor="ann", action="did", subject="x")
        raise RuntimeError
    assert AuditTrail(engine).verify().checked_rows == 0


def test_a_period_and_a_subject_are_picked_out(trail: AuditTrail) -> None:
    hour = timedelta(hours=1)
    assert [e.subject for e in trail.entries(START + hour, START + 3 * hour)] == ["thing/2", "thing/3"]
    assert [e.sequence for e in trail.entries(subject="thing/4")] == [4]
    assert list(trail.entries(subject="thing%")) == [], "a subject is text, not a pattern"


def test_an_export_holds_the_hashes_so_that_an_auditor_can_check_it(trail: AuditTrail) -> None:
    as_csv, as_json = io.StringIO(), io.StringIO()
    assert trail.export(as_csv, form="csv") == trail.export(as_json, form="json") == 5
    rows = list(csv.DictReader(io.StringIO(as_csv.getvalue())))
    lines = [json.loads(line) for line in as_json.getvalue().splitlines()]
    assert [row["hash"] for row in rows] == [line["hash"] for line in lines] == [e.hash for e in trail.entries()]
    assert (rows[0]["actor"], rows[0]["reason"], lines[0]["detail"]) == ("ann", "because", {"cents": 1})


def test_a_detail_that_is_not_flat_is_refused_and_nothing_is_appended(engine: Engine) -> None:
    trail = AuditTrail(engine)
    with pytest.raises(RecordsError, match=r"'lines' is a list.*Fix: "):
        trail.append("ann", "did", "x", detail={"lines": [1, 2]})  # type: ignore[dict-item]  # the wrong type is the test
    with pytest.raises(RecordsError, match="'share' is a float"):
        trail.append("ann", "did", "x", detail={"share": 0.5})  # type: ignore[dict-item]  # the wrong type is the test
    with reading(engine) as connection:
        assert connection.execute(select(audit_entry)).all() == []


def test_a_foreign_text_that_no_database_holds_is_cleaned_not_lost(engine: Engine) -> None:
    trail = AuditTrail(engine)
    trail.append("ann", "did", "x", "NUL \x00 and half a pair \ud83d and umlaut ü")
    assert trail.verify().intact
    assert [entry.reason for entry in trail.entries()] == ["NUL  and half a pair ? and umlaut ü"]
