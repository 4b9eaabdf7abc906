"""Canaries: invented personal data planted in the sandbox, and a search for them in every byte that a run leaves.

A test of any flow plants them (`plant`), runs, provokes failures, and asserts that `scan(home, canaries)` and
`leaks(captured output, canaries)` find nothing. Parquet is read decompressed, with its metadata; a SQLite file as a
dump and as raw pages, for a deleted row stands there until it is overwritten; archives are opened. Texts are looked for
in any case, in UTF-8 and UTF-16, as JSON or a URL would escape them, and in base64.
"""

import base64
import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq

from connector_assets.sandbox.facts import WorkerFacts
from connector_assets.sandbox.paychex.workers import annual_salary, bank_account


class Canaries(dict[str, str]):
    """Texts that must not be found, and what each is. `forms` are the bytes that give them away, each with its kind."""

    @cached_property
    def forms(self) -> Mapping[bytes, str]:
        """Every form of every text; worked out once, for a search looks for each in every file."""
        return {form: kind for text, kind in self.items() for form in _forms(text)}


GIVEN, FAMILY, SSN, BORN = "Zéphyrine", "Quillfeather", "911-57-3084", date(1961, 7, 23)
SANDBOX_STATE = "sandbox.db"


def plant(admin: Callable[..., object], company_id: str, worker_ids: Iterable[str]) -> Canaries:
    """Give workers of the simulated Paychex unmistakable personal data, and let every reply carry all of it.

    `admin(path, **body)` makes an admin call of the sandbox. Undocumented fields with bank account, birth date, social
    security number and salary come along in the representations without personal data, as a vendor's slip would.
    """
    admin("switches", **{"paychex.added_fields": "personal"})
    found: dict[str, str] = {}
    for place, worker_id in enumerate(worker_ids):
        family, ssn = f"{FAMILY}{place}", f"{SSN[:-1]}{place}"
        fields = {"given_name": GIVEN, "family_name": family, "ssn": ssn, "birth_date": BORN.isoformat()}
        admin("paychex/workers/change", company_id=company_id, worker_id=worker_id, **fields)
        found |= {family: "name", GIVEN: "name", **_numbers(worker_id, ssn)}
    return Canaries(found | dict.fromkeys(_dates(BORN), "birth date"))


def canaries_of(workers: Iterable[WorkerFacts]) -> Canaries:
    """The personal data of a firm's own people; a birth date that is also a day of hire or status is no proof."""
    everyone = list(workers)
    days = {one.hire_date for one in everyone} | {s.effective_date for one in everyone for s in one.statuses}
    found: dict[str, str] = {}
    for one in everyone:
        given, family = one.given_name, one.family_name
        names = (f"{given} {family}", f"{family} {given}", f"{family}, {given}", f"{family},{given}")
        found |= {**dict.fromkeys(names, "name"), **_numbers(one.worker_id, one.ssn), one.email: "e-mail"}
        if one.birth_date not in days:
            found[one.birth_date.isoformat()] = "birth date"
    return Canaries(found)


def _numbers(worker_id: str, ssn: str) -> dict[str, str]:
    salary = annual_salary(worker_id)
    bank = {bank_account(worker_id): "bank account"}
    return {ssn: "ssn", ssn.replace("-", ""): "ssn", **bank, salary: "salary", salary.replace(".", ""): "salary"}


def _dates(day: date) -> tuple[str, ...]:
    return day.isoformat(), f"{day:%m/%d/%Y}", f"{day:%Y%m%d}", f"{day:%d %B %Y}"


def leaks(written: str | bytes, canaries: Canaries) -> set[str]:
    """What kinds of personal data a text or a file's bytes hold."""
    data = (written.encode("utf-8", "surrogateescape") if isinstance(written, str) else written).lower()
    return {kind for form, kind in canaries.forms.items() if form in data}


def _forms(text: str) -> set[bytes]:
    """How a text may stand in bytes; base64 at each of three alignments, without the ends that neighbours change."""
    plain = {text, json.dumps(text)[1:-1], quote(text), text.replace(" ", "+")}
    forms = {one.lower().encode() for one in plain} | {text.lower().encode("utf-16-le")}
    if len(text) >= 6:
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + text.encode())
            forms.add(coded[-(-shift * 4 // 3) + (shift > 0) : len(coded) - 4].lower())
    return {form for form in forms if len(form) >= 5}


def scan(folder: Path, canaries: Canaries, but: Callable[[Path], bool] | None = None) -> dict[str, set[str]]:
    """Each file below a folder that holds personal data, and what kinds; the sandbox's own state is left out.

    `but` leaves out others. Raises AssertionError when there is nothing to search.
    """
    found, count = {}, 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith(SANDBOX_STATE) or (but is not None and but(path)):
            continue
        count += 1
        for view, written in views(path):
            if kinds := leaks(written, canaries):
                found[f"{path.relative_to(folder)} ({view})"] = kinds
    assert count, f"{folder} holds no file: nothing was searched"
    return found


def views(path: Path) -> Iterator[tuple[str, str | bytes]]:
    """A file as bytes, and as whatever more can be read out of it."""
    raw = path.read_bytes()
    yield "bytes", raw
    if raw.startswith(b"PAR1"):
        table = pq.read_table(path)
        yield "parquet", table.to_pandas().to_csv()
        yield "parquet metadata", str(pq.read_metadata(path).metadata)
    elif raw.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            yield "sqlite", "\n".join(db.iterdump())
    elif raw.startswith(b"\x1f\x8b"):
        yield "gzip", gzip.decompress(raw)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"zip {name}", archive.read(name)
