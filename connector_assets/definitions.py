"""The whole deployment on one screen: every connection's flow, and the resources that they share."""

import warnings

from dagster import BetaWarning, Definitions, PreviewWarning, in_process_executor

from connector_assets.connections import flow_module, usable_connections
from connector_assets.orchestration.alerts import alert_sensors
from connector_assets.orchestration.io import FramesResource, ParquetIOManager
from connector_assets.orchestration.resources import (
    ExpensifyResource,
    IntacctResource,
    PaychexResource,
    ProcurifyResource,
    RecordsResource,
    VismaResource,
)
from connector_assets.orchestration.specs import broken_connection
from connector_assets.settings import Settings, load_settings

# Backfill policies are beta and checks on partitions are in preview; the release is pinned, and the tests cover both.
warnings.filterwarnings("ignore", category=BetaWarning)
warnings.filterwarnings("ignore", category=PreviewWarning)


def build_definitions(settings: Settings) -> Definitions:
    """The definitions of every connection in the home folder, merged; a file that is wrong has a node that says so."""
    records = RecordsResource()
    shared = Definitions(
        resources={
            "records": records,
            "paychex": PaychexResource(records=records),
            "intacct": IntacctResource(records=records),
            "expensify": ExpensifyResource(records=records),
            "procurify": ProcurifyResource(records=records),
            "visma": VismaResource(records=records),
            "frames": ParquetIOManager(base=settings.frames_path),
            "frame_store": FramesResource(base=settings.frames_path),
        },
        sensors=alert_sensors(),
        executor=in_process_executor,  # one session and one token per run; a process costs more than most steps
    )
    usable, wrong = usable_connections(settings)
    flows = [flow_module(one.flow, "assets").build(one, settings.batch_pay_runs) for one in usable]
    broken = Definitions(assets=[broken_connection(path.stem, error) for path, error in wrong.items()])
    return Definitions.merge(shared, broken, *flows)


defs = build_definitions(load_settings())
