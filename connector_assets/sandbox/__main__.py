"""`python -m connector_assets.sandbox`: the sandbox in the foreground, until it is told to stop."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from connector_assets.sandbox.server import SandboxError, SandboxOptions, running_sandbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; prints one line with the URL once it answers. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m connector_assets.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="port on loopback; 0 takes a free one (8765)")
    parser.add_argument("--state", type=Path, default=Path("sandbox.db"), help="the state file (sandbox.db)")
    parser.add_argument("--workers", type=int, default=250, help="people in the sample firm (250)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the sample firm (7)")
    given = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running_sandbox(SandboxOptions(given.state, given.workers, given.seed), given.port) as url:
            sys.stdout.write(f"sandbox ready at {url}\n")
            sys.stdout.flush()
            stop.wait()
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
