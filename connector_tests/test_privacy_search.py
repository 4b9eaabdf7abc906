"""The search for personal data can fail: a leak of any kind, in any place that a run may write to, is caught."""

import base64
import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from connector_tests.privacy import BORN, FAMILY, GIVEN, Canaries, leaks, plant, scan

LEAK = f"paid to {FAMILY}0, {GIVEN}"


@pytest.fixture
def canaries() -> Canaries:
    return plant(lambda path, **body: None, "company", ["00WORKER"])


def parquet(path: Path) -> None:
    pd.DataFrame({"memo": [LEAK] * 100}).to_parquet(path)


def parquet_index(path: Path) -> None:
    frame = pd.DataFrame({"memo": ["fine"]})
    frame.attrs["note"] = LEAK
    frame.to_parquet(path)


def database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (body BLOB)")
        db.execute("INSERT INTO t VALUES (?)", (LEAK.encode(),))
        db.commit()


def deleted_row(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE t (body TEXT)")
        db.execute("INSERT INTO t VALUES (?)", (LEAK,))
        db.commit()
        db.execute("DELETE FROM t")
        db.commit()


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("export.csv", LEAK)


PLACES: dict[str, Callable[[Path], object]] = {
    "frame.parquet": parquet,
    "metadata.parquet": parquet_index,
    "records.db": database,
    "index.db": deleted_row,
    "log.txt": lambda path: path.write_text(LEAK.upper(), encoding="utf-8"),
    "event.json": lambda path: path.write_text(json.dumps({"message": LEAK}), encoding="utf-8"),
    "utf16.log": lambda path: path.write_bytes(LEAK.encode("utf-16")),
    "old.log.gz": lambda path: path.write_bytes(gzip.compress(LEAK.encode())),
    "export.zip": archive,
    "pickled": lambda path: path.write_bytes(base64.b64encode(b"xy" + LEAK.encode() + b"zz")),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_leak_is_caught_wherever_it_is_written(tmp_path: Path, canaries: Canaries, name: str) -> None:
    (tmp_path / "clean.txt").write_text("Nothing to see.", encoding="utf-8")
    assert scan(tmp_path, canaries) == {}
    PLACES[name](tmp_path / name)
    found = scan(tmp_path, canaries)
    assert {kind for kinds in found.values() for kind in kinds} == {"name"}
    assert {place.split(" ")[0] for place in found} == {name}


def test_every_kind_of_datum_is_caught(canaries: Canaries) -> None:
    assert set(canaries.values()) == {"name", "ssn", "bank account", "birth date", "salary"}
    for text, kind in canaries.items():
        assert leaks(f"x{text}y", canaries) == {kind}
    assert leaks(f"born {BORN:%m/%d/%Y}", canaries) == {"birth date"}
    assert leaks(f"{date(1999, 1, 1)} 4711 Quill feather", canaries) == set()


def test_an_empty_folder_proves_nothing(tmp_path: Path, canaries: Canaries) -> None:
    with pytest.raises(AssertionError, match="nothing was searched"):
        scan(tmp_path, canaries)
