"""Journal lines built and records parsed per second, ours beside the peers', on one input in one run.

    python -m connector_tests.bench.intacct_xml [--lines 20000] [--records 2000] [--rounds 15]

Each starts from the objects of its own interface (our Journal, the peers' payload or line objects) and ends with the
bytes of the request; each parses the same reply, a full page of a query, into the records that its caller gets. The
best of several rounds counts, in processor time, so that neither a busy machine nor a first warm-up spoils a number.
The peers are no dependency: this command installs them into a cache folder, and says why where it cannot.
"""

import argparse
import json
import random
import subprocess
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from rich.console import Console
from rich.table import Table

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.accounting.money import text_from_cents
from connector_assets.vendors.intacct.envelope import Function, Sender, build_request, read_reply
from connector_assets.vendors.intacct.ledger import journal_node
from connector_assets.vendors.intacct.xml import parse
from connector_tests.conformance.node_sdk import cache_folder, node_sdk

PYTHON_PEER = "sageintacctsdk==1.28.1"
HERE = Path(__file__).parent
MEMOS = (
    "Regular wages",
    "Overtime & premium",
    "Social security <employer>",
    "Medicare",
    "Health, employer share",
    "Net pay",
)


@dataclass(frozen=True)
class Result:
    """The best round of one library, in seconds, or why it did not run."""

    name: str
    build_s: float = 0.0
    parse_s: float = 0.0
    skipped: str = ""


def sample_lines(count: int) -> tuple[JournalLine, ...]:
    """A journal per employee: each of some workers has a few lines, on accounts and dimensions that repeat."""
    dice = random.Random(7)  # noqa: S311 - a sample, not a secret
    return tuple(
        JournalLine(
            account_no=str(6000 + 10 * (number % 24)),
            amount_cents=dice.randint(100, 900_000) * (1 if number % 2 else -1),
            department_id=str(100 + 10 * (number // 6 % 30)),
            location_id=f"L{number // 6 % 12}",
            project_id=f"P-{1000 + number // 6 % 300}",
            class_id=None,
            employee_id=f"HM-{number // 6:05d}",
            entity_id="E100",
            memo=MEMOS[number % 6],
        )
        for number in range(count)
    )


def peer_rows(lines: tuple[JournalLine, ...]) -> list[dict[str, str]]:
    """The same lines as the elements that the peers write."""
    return [
        {
            "ACCOUNTNO": line.account_no,
            "TR_TYPE": "1" if line.amount_cents > 0 else "-1",
            "TRX_AMOUNT": text_from_cents(abs(line.amount_cents)),
            "CURRENCY": "USD",
            "LOCATION": line.location_id or "",
            "DEPARTMENT": line.department_id or "",
            "PROJECTID": line.project_id or "",
            "EMPLOYEEID": line.employee_id or "",
            "DESCRIPTION": line.memo,
        }
        for line in lines
    ]


def sample_reply(count: int) -> str:
    """A page of journal lines as the gateway sends it."""
    rows = peer_rows(sample_lines(count))
    extra = {"BATCHNO": "812", "BATCHTITLE": "Payroll April 2031", "ENTRY_DATE": "04/05/2031", "CLASSID": ""}
    records = "".join(
        f"<GLENTRY><RECORDNO>{number}</RECORDNO><LINE_NO>{number}</LINE_NO>"
        + "".join(f"<{name}>{escape(text)}</{name}>" for name, text in (row | extra).items())
        + "</GLENTRY>"
        for number, row in enumerate(rows, 1)
    )
    control = "<control><status>success</status><senderid>s</senderid><controlid>c</controlid></control>"
    signed_in = "<authentication><status>success</status><userid>u</userid><companyid>c</companyid></authentication>"
    counts = f'listtype="GLENTRY" totalcount="{count}" offset="0" count="{count}" numremaining="0"'
    head = "<status>success</status><function>query</function><controlid>q</controlid>"
    operation = f"<operation>{signed_in}<result>{head}<data {counts}>{records}</data></result></operation>"
    return f'<?xml version="1.0" encoding="UTF-8"?><response>{control}{operation}</response>'


def ours(lines: tuple[JournalLine, ...], reply: bytes, rounds: int) -> Result:
    """Build and parse with this project's client."""
    journal = Journal("labor", "R", "PYRJ", date(2031, 4, 5), "t", "USD", "Posted", lines)

    def build() -> int:
        function = Function("create", [("GLBATCH", journal_node(journal))], "c", "create GLBATCH")
        login = {"sessionid": "x"}
        body, _ = build_request(Sender("s", "p"), login, [function], control_id="c", transaction=True, unique=True)
        return len(body)

    def read() -> int:
        return len(read_reply(parse(reply, "text/xml")).results[0].rows())

    return Result("connector-assets", best_s(build, rounds), best_s(read, rounds))


def best_s(work: Callable[[], int], rounds: int) -> float:
    """The shortest of `rounds` runs, in seconds."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def python_peer(input_path: Path, reply_path: Path, rounds: int) -> Result:
    """`sageintacctsdk` in an environment of its own."""
    home = cache_folder() / PYTHON_PEER.replace("==", "-")
    python = home / "bin" / "python"
    try:
        if not (home / "complete").exists():
            venv.create(home, with_pip=True, clear=True)
            install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PYTHON_PEER]
            subprocess.run(install, check=True, capture_output=True)
            (home / "complete").touch()
    except (subprocess.SubprocessError, OSError) as error:
        return Result("sageintacctsdk", skipped=f"pip could not install {PYTHON_PEER}: {type(error).__name__}")
    return run_peer("sageintacctsdk", [str(python), str(HERE / "intacct_peer.py")], input_path, reply_path, rounds)


def node_peer(input_path: Path, reply_path: Path, rounds: int) -> Result:
    """`@intacct/intacct-sdk` on Node."""
    folder = node_sdk()
    if isinstance(folder, str):
        return Result("@intacct/intacct-sdk", skipped=folder)
    command = ["node", str(HERE / "intacct_peer.cjs"), str(folder)]
    return run_peer("@intacct/intacct-sdk", command, input_path, reply_path, rounds)


def run_peer(name: str, command: list[str], input_path: Path, reply_path: Path, rounds: int) -> Result:
    """One peer's best round."""
    arguments = [*command, str(input_path), str(reply_path), str(rounds)]
    ran = subprocess.run(arguments, check=False, capture_output=True, text=True)
    if ran.returncode:
        return Result(name, skipped=ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else "it stopped")
    told = json.loads(ran.stdout)
    return Result(name, min(told["build_s"]), min(told["parse_s"]))


def show(results: list[Result], lines: int, records: int) -> None:
    """Print the table, each peer with how many times faster we are."""
    table = Table(title=f"One journal of {lines:,} lines, one page of {records:,} records of 15 fields; best round")
    for heading in ("library", "lines built per s", "ours is", "records parsed per s", "ours is"):
        table.add_column(heading, justify="left" if heading == "library" else "right")
    own = results[0]
    for one in results:
        if one.skipped:
            table.add_row(one.name, "skipped", "", "skipped", "")
            continue
        table.add_row(
            one.name,
            f"{lines / one.build_s:,.0f}",
            "" if one is own else f"{one.build_s / own.build_s:.1f} x",
            f"{records / one.parse_s:,.0f}",
            "" if one is own else f"{one.parse_s / own.parse_s:.1f} x",
        )
    Console().print(table)
    for one in results:
        if one.skipped:
            Console().print(f"{one.name} was skipped: {one.skipped}", markup=False)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    lines, reply = sample_lines(options.lines), sample_reply(options.records)
    with TemporaryDirectory() as scratch:
        input_path, reply_path = Path(scratch) / "lines.json", Path(scratch) / "reply.xml"
        input_path.write_text(json.dumps(peer_rows(lines)), encoding="utf-8")
        reply_path.write_text(reply, encoding="utf-8")
        results = [
            ours(lines, reply.encode(), options.rounds),
            python_peer(input_path, reply_path, options.rounds),
            node_peer(input_path, reply_path, options.rounds),
        ]
    show(results, options.lines, options.records)


if __name__ == "__main__":
    main()
