"""Notifications by the thousand, doubled, out of order, late, lost or forged: the state is that of polling alone.

`CONNECTOR_TEST_NOTIFICATIONS=10000` sets how many; the default keeps the suite quick.
"""

import asyncio
import json
import os
import random
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from dagster import AssetKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import Message

from connector_assets.accounting.register import WORKERS
from connector_assets.flows.paychex_intacct.frames import PAY_PERIODS
from connector_assets.orchestration.io import FrameStore
from connector_assets.records.inbox import Subscription
from connector_assets.webhooks.doorkeeper import ReceiverSecrets
from connector_assets.webhooks.receiver import create_receiver
from connector_tests.flows.house import COMPANY_OF, LLC, House, copied

COUNT = int(os.environ.get("CONNECTOR_TEST_NOTIFICATIONS", "1000"))
COMPANY, CHANGED, PAY_RUNS = COMPANY_OF[LLC], 30, 3
SECRETS = ReceiverSecrets(username=SecretStr("paychex"), password=SecretStr("the-word"))
FORGED = "forged"


@dataclass(frozen=True)
class Sending:
    """One request: a notification and the password it comes with."""

    body: Mapping[str, object]
    password: str

    @property
    def is_forged(self) -> bool:
        return self.password == FORGED


def post(app: Starlette, sendings: Sequence[Sending]) -> list[int]:
    """Send requests to the application as a server would, many at a time; the statuses in order."""

    async def one(sending: Sending) -> int:
        credentials = b64encode(f"paychex:{sending.password}".encode()).decode()
        body, answers = json.dumps(sending.body).encode(), list[Message]()
        headers = [(b"authorization", f"Basic {credentials}".encode()), (b"content-length", str(len(body)).encode())]
        scope = {"type": "http", "method": "POST", "path": "/paychex", "query_string": b"", "headers": headers}

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            answers.append(message)

        await app({**scope, "client": ("192.0.2.1", 1), "http_version": "1.1", "root_path": ""}, receive, send)
        return int(answers[0]["status"])

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(sending) for sending in sendings))

    return asyncio.run(all_of_them())


def deliver(house: House, sendings: Sequence[Sending]) -> None:
    """Send requests to a receiver that has just been started: each forgery is refused, everything else is taken."""
    settings = house.settings.model_copy(update={"webhooks_rate_per_min": 10**9})
    app = create_receiver(settings, house.records().inbox, lambda: SECRETS)
    assert post(app, sendings) == [401 if one.is_forged else 200 for one in sendings]


def change_everything(house: House) -> tuple[list[str], list[str]]:
    """What happens in Flex: workers change, pay runs are processed; the ids of both."""
    shown = house.http.get(f"{house.root}/admin/paychex/workers", json={"company_id": COMPANY}).json()
    workers = [str(one["worker_id"]) for one in shown][:CHANGED]
    for number, worker in enumerate(workers):
        house.admin("paychex/workers/change", company_id=COMPANY, worker_id=worker, title=f"Title {number}")
    runs = [
        house.admin("paychex/periods/add_offcycle", company_id=COMPANY, check_date=f"2025-12-{20 + number}")
        for number in range(PAY_RUNS)
    ]
    return workers, [str(one["pay_period_id"]) for one in runs]


def notifications(workers: list[str], pay_runs: list[str], dice: random.Random) -> list[Sending]:
    """COUNT requests about all that: each told at least once; a third doubled, a tenth forged, in no order at all."""
    true = []
    for number in range(COUNT * 6 // 10):
        subject = (
            {"payperiodId": pay_runs[number % PAY_RUNS], "domains": ["CLT_PYRN"], "action": "PAYRUN_COMPLETED"}
            if number % 10 == 0
            else {"workerId": workers[number % CHANGED], "domains": ["WRKR_EMPL"], "action": "UPDATE"}
        )
        true.append({"companyId": COMPANY, "notificationId": str(uuid.UUID(int=number)), **subject})
    forged = [
        {"companyId": COMPANY, "notificationId": f"{FORGED}-{number}", "workerId": "00FORGED", "domains": ["WRKR_EMPL"]}
        for number in range(COUNT // 10)
    ]
    doubled = dice.choices(true, k=COUNT - len(true) - len(forged))
    sendings = [Sending(one, "the-word") for one in [*true, *doubled]] + [Sending(one, FORGED) for one in forged]
    dice.shuffle(sendings)
    return sendings


def handle(house: House) -> None:
    """Ticks and their runs until nothing waits; what several ticks ask for of one job, one run does."""
    jobs: dict[str, dict[str, str]] = {}
    while requests := house.tick(LLC, "notifications")[0]:
        for request in requests:
            known = jobs.get(str(request.job_name))
            jobs[str(request.job_name)] = dict(request.tags) if known in (None, request.tags) else {}
    for name, tags in jobs.items():
        job = house.definitions().resolve_job_def(name)
        assert job.execute_in_process(instance=house.instance, tags=tags).success


def state(house: House) -> dict[str, object]:
    """What the connector holds of Paychex: the roster, the pay calendar, the pay runs."""
    store = FrameStore(house.settings.frames_path)
    roster = WORKERS.conform(store.read(AssetKey([LLC, "worker_roster"])))
    calendar = PAY_PERIODS.conform(store.read(AssetKey([LLC, "pay_calendar"])))
    seen = {(one.source_id, one.partition, one.digest) for one in house.records().sources.list(LLC, "pay_period")}
    return {"roster": rows(roster), "calendar": rows(calendar), "partitions": house.partitions(LLC), "seen": seen}


def rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in frame.astype(str).to_dict("records")]


def test_a_flood_of_notifications_leads_to_the_state_of_polling_and_stores_no_forgery() -> None:
    dice = random.Random(7)  # noqa: S311 - repeatable, not secret
    with copied() as house:
        before = state(house)
        workers, pay_runs = change_everything(house)
        sendings = notifications(workers, pay_runs, dice)
        fate = {id(one): dice.choices(["in time", "late", "lost"], [90, 5, 5])[0] for one in sendings}
        in_time, late = ([one for one in sendings if fate[id(one)] == wanted] for wanted in ("in time", "late"))
        inbox = house.records().inbox
        deliver(house, in_time)
        handle(house)
        after_most = state(house)
        deliver(house, late)
        handle(house)
        told = state(house)
        received = [one.notification_id for one in inbox.received("paychex")]
        wanted = {str(one.body["notificationId"]) for one in [*in_time, *late] if not one.is_forged}
        assert sorted(received) == sorted(wanted)
        assert not inbox.waiting(Subscription(LLC, "paychex", COMPANY))
        assert house.refresh(LLC).succeeded
        polled = state(house)
    assert before != told
    assert told == polled == after_most
