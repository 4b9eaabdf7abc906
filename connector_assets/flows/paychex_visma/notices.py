"""What a notification of Paychex comes to: a run for the workers that it names, or for everything."""

from collections.abc import Sequence

from dagster import SensorDefinition
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.orchestration.inbox_sensor import Burst, Look, Reach, Wish, inbox_sensor, paychex_subscription
from connector_assets.records.inbox import Subscription

WORKER_TOPICS = frozenset({"WRKR_DEM", "WRKR_EMPL", "WRKR_ADD", "WRKR_ASGN", "WRKR_CMP"})
COMPANY_TOPICS = frozenset({"CLT_ORG", "CLT_DEM", "CLT_ACCESS"})


def notifications(names: Names, jobs: Sequence[UnresolvedAssetJobDefinition]) -> SensorDefinition:
    """The sensor that asks for runs of what notifications are about; the worker is fetched in the run."""

    def opened(reach: Reach) -> tuple[Subscription, Look]:
        subscription = paychex_subscription(reach, names.connection, names.connection.paychex)
        return subscription, lambda burst: wish_of(burst, names.connection.name)

    return inbox_sensor(
        names,
        jobs,
        opened,
        description="Asks for a run of the workers that Paychex notified of, and of everything when its organizations "
        "changed. A notification only wakes: what is true is fetched in the run, and polling finds what was missed.",
    )


def wish_of(burst: Burst, connection: str) -> Wish:
    """What one burst comes to."""
    if burst.topics & WORKER_TOPICS:
        who = f"worker {burst.subject_id}" if burst.subject_id else "workers"
        return Wish(f"{who} changed", job=f"{connection}_workers")
    if burst.topics & COMPANY_TOPICS:
        return Wish("the company's data changed", job=f"{connection}_refresh")
    return Wish("nothing of it concerns Visma")
