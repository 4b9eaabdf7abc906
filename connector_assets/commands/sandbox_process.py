"""The sandbox as a child process of a command: started when it is not there, stopped when the command ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from connector_assets.settings import ConfigError, Settings

HEALTH_TIMEOUT_S = 2.0


def sandbox_url(settings: Settings) -> str:
    """The root URL of this deployment's sandbox."""
    return f"http://127.0.0.1:{settings.sandbox_port}"


def is_running(settings: Settings) -> bool:
    """Whether this deployment's sandbox answers on the port. Raises ConfigError when another server does."""
    try:
        state = requests.get(f"{sandbox_url(settings)}/admin/health", timeout=HEALTH_TIMEOUT_S).json()["state"]
    except requests.ConnectionError:
        return False
    except (requests.RequestException, ValueError, KeyError, TypeError):
        state = ""
    if state == str(state_file(settings)):
        return True
    whose = f"the sandbox of {state}" if state else "another server"
    raise ConfigError(
        f"Port {settings.sandbox_port} is taken by {whose}.",
        fix="Stop it, or set CONNECTOR_SANDBOX_PORT to a free port.",
    )


def state_file(settings: Settings) -> Path:
    """Where this deployment's sandbox keeps its state."""
    return settings.home.absolute() / "sandbox.db"


@contextmanager
def sandbox(settings: Settings, workers: int) -> Iterator[str]:
    """The sandbox of this deployment for the time of the block; one that runs already is used and left running."""
    if is_running(settings):
        yield sandbox_url(settings)
        return
    settings.make_home()
    child = _start(settings, state_file(settings), workers)
    try:
        yield sandbox_url(settings)
    finally:
        child.terminate()
        child.wait(timeout=30)


def _start(settings: Settings, state: Path, workers: int) -> "subprocess.Popen[str]":
    """Start the child and wait for its ready line. Raises ConfigError with what it said when it gives up."""
    command = [sys.executable, "-m", "connector_assets.sandbox", "--port", str(settings.sandbox_port)]
    command += ["--state", str(state), "--workers", str(workers)]
    with (settings.home / "sandbox.log").open("w", encoding="utf-8") as log:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    ready = child.stdout.readline() if child.stdout else ""
    if ready.startswith("sandbox ready"):
        return child
    child.wait(timeout=30)
    said = (settings.home / "sandbox.log").read_text(encoding="utf-8").strip().splitlines()
    raise ConfigError(
        f"The sandbox did not start: {said[-1] if said else 'it said nothing'}.",
        fix=f"Read {settings.home / 'sandbox.log'}; another port is set with CONNECTOR_SANDBOX_PORT.",
    )
