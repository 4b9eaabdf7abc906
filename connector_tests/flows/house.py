"""A whole deployment for one test: a sandbox over real sockets, a home folder, a Dagster instance; made by copying.

The first test of a process builds the pattern of its kind of house. For payroll: both connections of the sample firm
prepared as the demo does, their reference data fresh, and the journals of a few pay runs built but not posted. Every
other test copies that.
"""

import atexit
import functools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import requests
import yaml
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    ExecuteInProcessResult,
    RunRequest,
    SkipReason,
    build_sensor_context,
)
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from sqlalchemy import delete, insert, select

from connector_assets.commands.demo import prepare_connections
from connector_assets.connections import load_connection
from connector_assets.deployment import Deployment, open_deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.status import PayRunStatus, statuses
from connector_assets.orchestration.runs import QUIET, RunOutcome, execute, prepare_dagster_home
from connector_assets.records.database import open_database, reading, writing
from connector_assets.records.tables import audit_head, metadata
from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import PeriodFacts
from connector_assets.sandbox.firm import Firm, FirmOptions
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.settings import Settings, load_settings

Json = dict[str, Any]
WORKERS = 60
LLC, NJ = (f"hollis_marr_{entity.entity_id.lower()}" for entity in ENTITIES)
COMPANY_OF = {LLC: ENTITIES[0].paychex_company_id, NJ: ENTITIES[1].paychex_company_id}
TO_THE_JOURNAL = ("pay_checks", "pay_lines", "labor_distribution", "journal_trace", "journal_batch")
ROOM_BYTES = 2**30
BUILT = 3
"""The first pay runs of LLC stand as far as their journal in every house, and no further."""


@functools.cache
def firm() -> Firm:
    """The facts that the sandbox serves: what a register is compared with, past every line of the connector."""
    return Firm(FirmOptions(workers=WORKERS))


def key_of(period: PeriodFacts) -> str:
    """The partition of a pay run."""
    return f"{period.check_date.isoformat()}_{period.pay_period_id}"


@dataclass
class House:
    """One deployment that runs. `root` is the sandbox's URL; everything else stands below `folder`."""

    root: str
    folder: Path
    settings: Settings
    instance: DagsterInstance
    http: requests.Session = field(default_factory=requests.Session)
    cursor: str = ""

    # -- the outside world, asked past our own clients ------------------------------------------------------------

    def admin(self, path: str, **body: object) -> Json:
        """An admin call of the sandbox; it must succeed."""
        reply = self.http.post(f"{self.root}/admin/{path}", json=body)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()
        return answer

    def office(self, path: str, connection: str, period: PeriodFacts, **body: object) -> Json:
        """What a person does in Flex to a pay period of a connection's company."""
        ids = {"company_id": COMPANY_OF[connection], "pay_period_id": period.pay_period_id}
        return self.admin(f"paychex/{path}", **ids, **body)

    def fault(self, system: str, name: str, match: Mapping[str, str], **rule: object) -> None:
        """Let calls that match go wrong."""
        self.admin("faults", system=system, fault=name, match=match, **rule)

    def no_faults(self) -> None:
        """End every fault."""
        assert self.http.delete(f"{self.root}/admin/faults").status_code == 200

    def journals(self, partition: str = "") -> list[Json]:
        """The journals in the sandbox's books, of one pay run or all; drafts too."""
        found: list[Json] = self.http.get(f"{self.root}/admin/intacct/journals").json()["journals"]
        return [one for one in found if f"-{partition.partition('_')[2]}" in str(one["reference"])]

    def calls(self) -> dict[str, int]:
        """How many calls the sandbox answered since it started, or since `reset_calls`."""
        counts: dict[str, int] = self.http.get(f"{self.root}/admin/calls").json()
        return counts

    def reset_calls(self) -> None:
        """Count from zero."""
        self.admin("calls/reset")

    # -- the deployment -------------------------------------------------------------------------------------------

    def configure(self, connection: str, **changes: object) -> None:
        """Change fields of a connection file; a section is changed field by field."""
        path = self.settings.connections_dir / f"{connection}.yaml"
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, value in changes.items():
            body[name] = {**body[name], **value} if isinstance(value, dict) and name in body else value
        path.write_text(yaml.safe_dump(body), encoding="utf-8")

    def connection(self, name: str) -> PaychexIntacctConnection:
        """A connection as its file now describes it."""
        found = load_connection(self.settings, name)
        assert isinstance(found, PaychexIntacctConnection)
        return found

    def definitions(self) -> Definitions:
        """The definitions, built anew, as a starting process would."""
        from connector_assets.definitions import build_definitions  # it reads the environment when it is imported

        return build_definitions(self.settings)

    def records(self) -> Deployment:
        """The records."""
        return open_deployment(self.settings)

    def partitions(self, connection: str) -> list[str]:
        """The pay runs that Dagster knows."""
        return list(self.instance.get_dynamic_partitions(f"{connection}_pay_runs"))

    def refresh(self, connection: str) -> RunOutcome:
        """Run the refresh job."""
        return execute(self.definitions(), self.instance, f"{connection}_refresh")

    def renew(self, connection: str, *assets: str) -> None:
        """Refresh some assets alone, where a whole refresh would only take longer."""
        result = self.materialize(connection, assets)
        assert result.success, problem_of(result)

    def carry(self, connection: str, first: str, last: str = "") -> RunOutcome:
        """Carry a pay run, or a range of neighbours, from register to reconciliation."""
        return execute(self.definitions(), self.instance, f"{connection}_post", [first, last or first])

    def materialize(
        self, connection: str, assets: Sequence[str], partition: str = "", *, last: str = ""
    ) -> ExecuteInProcessResult:
        """Materialize some assets of a connection (`gl_post`, `intacct/departments`), as the UI or a backfill would."""
        keys = [AssetKey([connection, *name.split("/")]) for name in assets]
        job = self.definitions().resolve_implicit_global_asset_job_def()
        tags = {ASSET_PARTITION_RANGE_START_TAG: partition, ASSET_PARTITION_RANGE_END_TAG: last} if last else {}
        return job.execute_in_process(
            instance=self.instance,
            asset_selection=keys,
            partition_key=None if last or not partition else partition,
            tags=tags,
            run_config=QUIET,
            raise_on_error=False,
        )

    def only_from(self, day: str, *connections: str) -> None:
        """Forget every pay run before a day, so that all the others are soon carried."""
        with closing(sqlite3.connect(self.settings.home / "records.db")) as db:
            db.execute("DELETE FROM source_document WHERE document_date < ?", (day,))
            db.commit()
        for connection in connections:
            self.configure(connection, start_date=day)
            for partition in self.partitions(connection):
                self.instance.delete_dynamic_partition(f"{connection}_pay_runs", partition)

    def asked_for(self, connection: str, cursor: str = "") -> list[str]:
        """The pay runs for which the sensor asks now, as a daemon would be told, in the order in which it asks."""
        requests, _ = self.tick(connection, "new_pay_runs", cursor)
        return [key for request in requests for key in carried_by(request, self.partitions(connection))]

    def tick(self, connection: str, name: str, cursor: str = "") -> tuple[list[RunRequest], str]:
        """One tick of a sensor of the connection: the runs that it asks for, and why it asks for none.

        `cursor` is what the tick before has left, which `self.cursor` keeps; without one it is the sensor's first.
        """
        definitions = self.definitions()
        sensor = definitions.resolve_sensor_def(f"{connection}_{name}")
        known = definitions.resources or {}
        resources = {key: known[key] for key in sensor.required_resource_keys}
        with build_sensor_context(self.instance, resources=resources, cursor=cursor or None) as context:
            found = sensor(context)
            self.cursor = context.cursor or ""
        if isinstance(found, SkipReason):
            return [], str(found.skip_message)
        requests = found if isinstance(found, list) else [found]
        return [request for request in requests if isinstance(request, RunRequest)], ""

    def verdicts(self, run_id: str) -> dict[str, AssetCheckEvaluation]:
        """What a run has said of each check, by asset and check: `gl_post/p09_in_the_ledger`."""
        logs = self.instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
        said = [log.dagster_event.asset_check_evaluation_data for log in logs if log.dagster_event]
        return {f"{one.asset_key.path[-1]}/{one.check_name}": one for one in said}

    def status(self, connection: str) -> dict[str, PayRunStatus]:
        """Where each pay run stands, by partition."""
        return {row.partition: row for row in statuses(self.records(), self.connection(connection))}


def carried_by(request: RunRequest, partitions: Sequence[str]) -> list[str]:
    """What a run that a sensor asks for carries: one of the partitions, or a range of neighbours."""
    if request.partition_key:
        return [request.partition_key]
    first, last = (request.tags[tag] for tag in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
    return list(partitions[partitions.index(first) : partitions.index(last) + 1])


def problem_of(result: ExecuteInProcessResult) -> str:
    """Every failure of a run, in its own words."""
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return "\n".join(failure.error_display_string for failure in failures)


@contextmanager
def environment(home: Path, port: int = 0, database_url: str = "") -> Iterator[None]:
    """The environment of a process that works on this home folder, and nothing else of the connector's."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(("CONNECTOR_", "DAGSTER_"))]:
        del os.environ[name]
    os.environ["CONNECTOR_HOME"] = str(home)
    if port:
        os.environ["CONNECTOR_SANDBOX_PORT"] = str(port)
    if database_url:
        os.environ["CONNECTOR_DATABASE_URL"] = database_url
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


AnyHouse = TypeVar("AnyHouse", bound=House)


@dataclass(frozen=True)
class Kind(Generic[AnyHouse]):
    """A kind of house: which connections it has, what the pattern does once, and what is set whenever one is opened."""

    house: type[AnyHouse]
    prepare: Callable[[Settings, str], object]
    build: Callable[[AnyHouse], None]
    settle: Callable[[AnyHouse], None] = lambda house: None


@contextmanager
def opened(kind: Kind[AnyHouse], folder: Path, database_url: str = "") -> Iterator[AnyHouse]:
    """Start the sandbox of a folder and open its deployment; what stands in the folder stands.

    The records are in the folder too, or in the database named.
    """
    home = folder / "home"
    with ExitStack() as stack:
        options = SandboxOptions(home / "sandbox.db", workers=WORKERS)
        root = stack.enter_context(running_sandbox(options, firm=firm()))
        stack.enter_context(environment(home, int(root.rpartition(":")[2]), database_url))
        settings = load_settings()
        kind.prepare(settings, root)
        prepare_dagster_home(settings)
        house = kind.house(root, folder, settings, stack.enter_context(DagsterInstance.get()))
        kind.settle(house)
        yield house


@functools.cache
def pattern(kind: Kind[AnyHouse]) -> Path:
    """The folder that every house of a kind is a copy of; built once in a process."""
    folder = scratch_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with opened(kind, folder) as house:
        kind.build(house)
    return folder


def _read_and_journals_built(house: House) -> None:
    for connection in (LLC, NJ):
        refreshed = house.refresh(connection)
        assert refreshed.succeeded, refreshed.problem
    first, last = house.partitions(LLC)[0], house.partitions(LLC)[BUILT - 1]
    built = house.materialize(LLC, TO_THE_JOURNAL, first, last=last)
    assert built.success, problem_of(built)


PAYROLL = Kind(House, prepare_connections, _read_and_journals_built)


def scratch_folder() -> Path:
    """A folder in memory where the machine has room for it: most of a run's time is SQLite waiting for the disk."""
    memory = Path("/dev/shm")  # noqa: S108  # mkdtemp makes the folder, private and new
    is_roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES
    return Path(tempfile.mkdtemp(prefix="connector-house-", dir=memory if is_roomy else None))


@contextmanager
def copied_as(kind: Kind[AnyHouse], database_url: str = "") -> Iterator[AnyHouse]:
    """A house of its own, gone afterwards; with its records in an empty database, where one is named."""
    folder = scratch_folder()
    try:
        shutil.copytree(pattern(kind), folder, dirs_exist_ok=True)
        if database_url:
            _move_records(folder / "home" / "records.db", database_url)
        with opened(kind, folder, database_url) as house:
            yield house
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def copied(database_url: str = "") -> Iterator[House]:
    """A house of the kind that most tests live in: both payroll connections."""
    with copied_as(PAYROLL, database_url) as house:
        yield house


def _move_records(path: Path, database_url: str) -> None:
    """Move every row of the records into another database; the file is gone, so that nothing can still use it."""
    old, new = open_database(f"sqlite:///{path}"), open_database(database_url)
    with reading(old) as source, writing(new) as target:
        target.execute(delete(audit_head))  # a new database has one already
        for table in metadata.sorted_tables:
            if rows := [dict(row._mapping) for row in source.execute(select(table))]:
                target.execute(insert(table), rows)
    for engine in (old, new):
        engine.dispose()
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
