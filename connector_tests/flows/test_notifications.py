"""Notifications from the simulated Paychex through the real receiver and sensor to runs; and what becomes of bad ones.

The tests share one deployment and follow each other in it, each with workers and pay runs of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from dagster import AssetKey
from sqlalchemy import update

from connector_assets.accounting.register import WORKERS
from connector_assets.commands.webhooks import receiver_beside
from connector_assets.orchestration.inbox_sensor import subjects_of
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.database import open_database, writing
from connector_assets.records.inbox import RETRY_AFTER_S, Inbox, Notice, Subscription
from connector_assets.records.tables import inbox_delivery
from connector_tests.cli_runner import run, succeeding
from connector_tests.flows.house import COMPANY_OF, LLC, NJ, House, copied

COMPANY = COMPANY_OF[LLC]
MINE = Subscription(LLC, "paychex", COMPANY)


@dataclass
class Office:
    """The deployment with its receiver, and what a person does in Flex."""

    house: House

    def flex(self, path: str, **body: object) -> dict[str, object]:
        """An admin call about the first company, and the delivery of what it makes Paychex say."""
        answer = self.house.admin(f"paychex/{path}", company_id=COMPANY, **body)
        self.house.admin("paychex/hooks/deliver")
        return answer

    def tick(self, connection: str = LLC) -> tuple[dict[str, list[str]], str]:
        """One tick: the jobs asked for with what they are about, and why there is none."""
        requests, skipped = self.house.tick(connection, "notifications")
        return {str(one.job_name).removeprefix(f"{connection}_"): subjects_of(one.tags) for one in requests}, skipped

    def act(self, connection: str = LLC) -> list[str]:
        """Ticks and their runs, until nothing is asked for any more; the jobs that ran."""
        ran = []
        while requests := self.house.tick(connection, "notifications")[0]:
            for request in requests:
                job = self.house.definitions().resolve_job_def(str(request.job_name))
                assert job.execute_in_process(instance=self.house.instance, tags=request.tags).success
                ran.append(str(request.job_name).removeprefix(f"{connection}_"))
        return ran

    def roster(self) -> pd.DataFrame:
        """The roster as it stands, by worker."""
        store = FrameStore(self.house.settings.frames_path)
        return WORKERS.conform(store.read(AssetKey([LLC, "worker_roster"]))).set_index("worker_id")

    def inbox(self) -> Inbox:
        return self.house.records().inbox

    def hours_pass(self) -> None:
        """What was put off is due again, and everything is delivered."""
        self.house.admin("paychex/hooks/deliver")
        engine = open_database(self.house.settings.records_url)
        with writing(engine) as db:
            db.execute(update(inbox_delivery).values(again_at=datetime.now(UTC) - timedelta(hours=1)))
        engine.dispose()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """Both connections have a hook; deliveries wait until a test says so."""
    with copied() as house:
        house.admin("switches", **{"paychex.hook_delivery": "by_admin"})
        settings = house.settings.model_copy(update={"webhooks_port": 0})
        with receiver_beside(settings, [house.connection(LLC), house.connection(NJ)]):
            yield Office(house)


def test_before_anything_arrives_the_sensor_says_how_to_ask_for_it(office: Office) -> None:
    assert office.tick() == (
        {},
        f"No notification has ever arrived. `connector webhooks register {LLC} URL` asks for them; polling needs none.",
    )


def test_a_changed_worker_is_read_alone_however_often_it_is_told(office: Office) -> None:
    first, second, *_ = office.roster().index
    for title in ("Analyst", "Senior analyst", "Principal"):
        office.flex("workers/change", worker_id=first, title=title)
    office.flex("workers/change", worker_id=second, exemption_type="EXEMPT", title="Partner")
    assert len(office.inbox().waiting(MINE)) == 5
    office.house.reset_calls()
    jobs, _ = office.tick()
    assert jobs == {"workers": sorted([first, second])}
    assert office.house.calls()["paychex worker"] == 2
    assert office.tick() == ({}, "No notification waits; 5 were handled.")
    run_of_it = office.house.definitions().resolve_job_def(f"{LLC}_workers")
    tags = {"connector/subjects": ",".join(jobs["workers"])}
    assert run_of_it.execute_in_process(instance=office.house.instance, tags=tags).success
    assert list(office.roster().loc[[first, second], "title"]) == ["Principal", "Partner"]


def test_a_worker_that_is_known_as_it_is_needs_no_run(office: Office) -> None:
    worker = office.roster().index[0]
    office.flex("hooks/notify", domain="WRKR_EMPL", worker_id=worker)
    jobs, skipped = office.tick()
    assert jobs == {}
    assert skipped == f"worker {worker} is known as it is"


def test_a_topic_that_nothing_here_depends_on_costs_no_call(office: Office) -> None:
    office.house.reset_calls()
    office.house.records().inbox.store([Notice("paychex", "tax-1", COMPANY, "WRKR_TAX", "UPDATE", "worker", "00W")])
    assert office.tick() == ({}, "nothing of WRKR_TAX is carried here")
    assert office.house.calls() == {}


def test_a_completed_pay_run_becomes_a_partition_and_is_carried(office: Office) -> None:
    made = office.flex("periods/add_offcycle", check_date="2025-12-30")
    key = f"2025-12-30_{made['pay_period_id']}"
    assert key not in office.house.partitions(LLC)
    jobs, _ = office.tick()
    assert jobs == {"refresh": [], "discover": []}
    assert key in office.house.partitions(LLC)
    waiting = office.house.asked_for(LLC)
    assert key not in waiting  # a refresh has to read its check date first
    assert office.house.asked_for(LLC, office.house.cursor) == []
    assert office.house.refresh(LLC).succeeded
    after = office.house.asked_for(LLC, office.house.cursor)
    assert set(after) == {*waiting, key}  # all dimensions were read anew: so what was tried is asked for again as well
    assert after == sorted(after)
    assert office.house.carry(LLC, key).succeeded
    assert len(office.house.journals(key)) == 1


def test_one_that_is_not_processed_yet_waits_and_is_found_later(office: Office) -> None:
    made = office.flex("periods/add_offcycle", check_date="2025-12-31", status="ENTRY")
    period = str(made["pay_period_id"])
    office.act()
    office.flex("hooks/notify", domain="CLT_PYRN", action="PAYRUN_COMPLETED", pay_period_id=period)
    jobs, skipped = office.tick()
    assert jobs == {}
    assert f"Pay run {period} is ENTRY, not processed yet." in skipped
    office.house.admin("paychex/periods/advance", company_id=COMPANY, pay_period_id=period, to="COMPLETED")
    office.hours_pass()
    office.tick()
    assert f"2025-12-31_{period}" in office.house.partitions(LLC)


def test_a_poisoned_one_is_given_up_with_its_reason_and_can_be_replayed(office: Office) -> None:
    office.hours_pass()
    office.act()
    office.flex("hooks/notify", domain="CLT_PYRN", action="PAYRUN_COMPLETED", pay_period_id="850000000000009")
    for _ in range(len(RETRY_AFTER_S) + 1):
        jobs, skipped = office.tick()
        assert jobs == {}
        office.hours_pass()
    assert "It is given up." in skipped
    assert f"`connector webhooks dead {LLC}` says why" in office.tick()[1]
    listed = run("webhooks", "dead", LLC)
    assert listed.exit_code == 1
    assert "850000000000009" in listed.output
    assert "API-7" in listed.output
    (dead,) = office.inbox().dead(LLC)
    told = succeeding("webhooks", "replay", LLC, dead.notification_id, "--reason", "the id was corrected")
    assert "1 replayed" in told
    assert office.inbox().dead(LLC) == []
    assert office.inbox().waiting(MINE)[0].notification_id == dead.notification_id
    entry = list(office.house.records().audit.entries())[-1]
    assert (entry.action, entry.reason) == ("notification replayed", "the id was corrected")
    office.inbox().drain(LLC, [dead.sequence])


def test_while_paychex_is_away_everything_waits_and_nothing_is_counted(office: Office) -> None:
    office.act()
    worker = office.roster().index[3]
    office.flex("workers/change", worker_id=worker, title="Away")
    waiting = office.inbox().waiting(MINE)
    office.house.fault("paychex", "bad_gateway", {}, times=0)
    try:
        jobs, skipped = office.tick()
    finally:
        office.house.no_faults()
    assert jobs == {}
    assert "502" in skipped
    assert [one.attempts for one in office.inbox().waiting(MINE)] == [one.attempts for one in waiting]
    assert office.act() == ["workers"]
    assert office.roster().loc[worker, "title"] == "Away"


def test_two_connections_hear_of_their_own_companies_alone(office: Office) -> None:
    office.act(NJ)
    office.flex("hooks/notify", domain="CLT_ORG")
    assert office.tick(NJ)[0] == {}
    assert office.tick(LLC)[0] == {"refresh": []}


def test_many_workers_at_once_are_read_whole_and_not_one_by_one(office: Office) -> None:
    for worker in list(office.roster().index)[:25]:
        office.house.admin("paychex/workers/change", company_id=COMPANY, worker_id=worker, title="Moved")
    office.house.admin("paychex/hooks/deliver")
    office.house.reset_calls()
    assert office.act() == ["workers"]
    calls = office.house.calls()
    assert calls.get("paychex worker", 0) == 0
    assert calls["paychex workers"] == 1
    assert (office.roster()["title"] == "Moved").sum() == 25
