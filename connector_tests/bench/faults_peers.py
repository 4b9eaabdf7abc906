"""`python -m connector_tests.bench.faults_peers`: the journals in the ledger after lost replies, ours and theirs.

A job posts one journal of a pay run, and is started again after an error, five times at most, as schedulers do. The
gateway does its work, and the reply is lost once, three times, or every time: the connection closes, or a proxy answers
502. The peers are installed by their package names into a cache folder, and are never a dependency of this project.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import requests

from connector_assets.posting import Poster
from connector_assets.records.database import open_database, utc_now
from connector_assets.records.postings import PostingStore
from connector_assets.sandbox.credentials import (
    INTACCT_COMPANY_ID,
    INTACCT_SENDER_ID,
    INTACCT_SENDER_PASSWORD,
    INTACCT_USER_ID,
    INTACCT_USER_PASSWORD,
)
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_tests.conformance.node_sdk import PACKAGE, VERSION, cache_folder, node_sdk
from connector_tests.faults.process import ENTRY_DATE, client_of, journal_of, key_of
from connector_tests.faults.simulate import table
from connector_tests.sandbox.tiny_firm import TinyFirm

HERE = Path(__file__).parent
PYTHON_PEER = "sageintacctsdk==1.28.1"
TRIES = 5
TIMEOUT_S = 300
LOST = {"1": 1, "3": 3, "only": 0}
"""How many replies are lost; 0 is every one, as the sandbox's fault rules count."""

FAULTS: dict[str, tuple[str, dict[str, bool]]] = {
    "connection closes": ("drop_after", {}),
    "502 after commit": ("bad_gateway", {"done": True}),
}
CREDENTIALS = {
    "INTACCT_SENDER": INTACCT_SENDER_ID,
    "INTACCT_SENDER_SECRET": INTACCT_SENDER_PASSWORD,
    "INTACCT_COMPANY": INTACCT_COMPANY_ID,
    "INTACCT_USER": INTACCT_USER_ID,
    "INTACCT_USER_SECRET": INTACCT_USER_PASSWORD,
}

Job = Callable[[str, str], bool]
"""Posts the journal of a reference at a gateway in up to TRIES tries; whether it came to believe that it is posted."""


@dataclass(frozen=True)
class Row:
    """One client under one fault: how many journals the ledger holds in the end, by how many replies were lost."""

    client: str
    fault: str
    journals: tuple[int, ...]
    believed: tuple[bool, ...]


def ours(root: str, reference: str) -> bool:
    """The real poster on a database of its own; each try is a run of the flow, an hour after the one before."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/records.db")
        is_posted = False
        for run in range(TRIES):
            later = timedelta(hours=run)

            def now(later: timedelta = later) -> object:
                return utc_now() + later

            poster = Poster(
                PostingStore(engine, now),  # type: ignore[arg-type] # a clock
                IntacctLedger(client_of(root)),
                owner="bench",
                now=now,  # type: ignore[arg-type] # as above
                sleep=lambda seconds: None,
            )
            key, journal = key_of(reference), journal_of(reference)
            is_posted = poster.post(key, journal, partition="bench", document_date=ENTRY_DATE, policy="post").is_posted
        engine.dispose()
    return is_posted


def python_peer() -> Path | str:
    """The interpreter of an environment with the Python peer; in its place, as text, why there is none."""
    home = cache_folder() / PYTHON_PEER.replace("==", "-")
    python = home / "bin" / "python"
    if (home / "complete").exists():
        return python
    try:
        venv.create(home, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON_PEER]
        subprocess.run(install, check=True, capture_output=True, timeout=TIMEOUT_S)
    except (subprocess.SubprocessError, OSError) as error:
        return f"pip could not install {PYTHON_PEER}: {type(error).__name__}"
    (home / "complete").touch()
    return python


def _peer(command: list[str], endpoint: str, reference: str) -> bool:
    done = subprocess.run(
        [*command, endpoint, reference, str(TRIES)],
        env={**os.environ, **CREDENTIALS},
        check=True,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    return bool(json.loads(done.stdout)["posted"])


def clients() -> dict[str, Job | str]:
    """Ours and the peers that run here; for each of the others why it does not."""
    found: dict[str, Job | str] = {"this project": ours}
    python, node = python_peer(), node_sdk()
    path = "/intacct/ia/xml/xmlgw.phtml"
    found["sageintacctsdk 1.28.1"] = (
        python
        if isinstance(python, str)
        else lambda root, reference: _peer([str(python), str(HERE / "faults_peer.py")], root + path, reference)
    )
    found[f"{PACKAGE} {VERSION}"] = (
        node
        if isinstance(node, str)
        else lambda root, reference: _peer(
            ["node", str(HERE / "faults_peer.cjs"), str(node)],
            root.replace("127.0.0.1", "sim.intacct.com") + path,
            reference,
        )
    )
    return found


def measure(name: str, job: Job) -> list[Row]:
    """Every fault, with one, three and only lost replies, on a sandbox of its own."""
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_sandbox(SandboxOptions(Path(folder) / "state.db"), firm=TinyFirm()) as root,
    ):
        for fault, (sandbox_fault, params) in FAULTS.items():
            journals, believed = [], []
            for lost, times in LOST.items():
                reference = f"PEER-{sandbox_fault}-{lost}"
                rule = {"system": "intacct", "fault": sandbox_fault, "times": times, "params": params}
                match = {"body": f">{reference}<", "operation": "create"}
                requests.post(f"{root}/admin/faults", json=rule | {"match": match}, timeout=30).raise_for_status()
                believed.append(job(root, reference))
                found = requests.get(f"{root}/admin/intacct/journals", params={"reference": reference}, timeout=30)
                journals.append(len(found.json()["journals"]))
            rows.append(Row(name, fault, tuple(journals), tuple(believed)))
    return rows


def report(rows: list[Row], skipped: dict[str, str]) -> str:
    """The rows as a table, and why a peer is not among them."""
    header = ["client", "the reply is lost by", *(f"{lost} lost" for lost in LOST)]
    body = [[row.client, row.fault, *row.journals] for row in rows]
    told = [f"{name}: not run: {why}" for name, why in skipped.items()]
    title = f"journals in the ledger for one pay run, at most {TRIES} tries"
    return "\n".join([title, "", table([header, *body]), *told])


def main() -> int:
    """Measure whatever runs here, and print it."""
    found = clients()
    rows = [row for name, job in found.items() if not isinstance(job, str) for row in measure(name, job)]
    print(report(rows, {name: why for name, why in found.items() if isinstance(why, str)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
