"""A process of its own that writes, or that dies while it writes: python -m connector_tests.vendors.intacct_writer.

… write <url> <folder> <first>   four writes by as many threads, numbered from <first>
… hold <url> <folder>            takes both slots, says `held`, and stays until its input ends
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from connector_assets.vendors.intacct.slots import slots_of
from connector_tests.vendors.intacct_wire import client_for

ROOT = Path(__file__).parents[2]


def started(*words: str) -> subprocess.Popen[str]:
    """Such a process, at work."""
    command = [sys.executable, "-m", "connector_tests.vendors.intacct_writer", *words]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def write(url: str, folder: Path, first: int) -> None:
    """Create four departments, all at once if the slots allow."""
    client = client_for(url, slots_dir=folder)

    def create(number: int) -> None:
        client.create("DEPARTMENT", [{"DEPARTMENTID": str(number), "TITLE": "T"}], f"d:{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(first, first + 4)))


def hold(url: str, folder: Path) -> None:
    """Keep both slots."""
    slots = slots_of(url, "ACME", 2, folder)
    with slots.taken("one"), slots.taken("two"):
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        hold(sys.argv[2], Path(sys.argv[3]))
