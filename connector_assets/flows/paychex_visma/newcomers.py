"""Workers in what nobody has paired yet: a new organization, location, job or title asks for a refresh at once.

A notification and the hourly look read workers, not dimensions: a worker whose organization is new would be held until
the nightly refresh. This sensor compares the newest roster with the newest alignment, whichever run made them.
"""

from collections.abc import Sequence
from hashlib import sha256

import pandas as pd
from dagster import DefaultSensorStatus, RunRequest, SensorDefinition, SensorEvaluationContext, SkipReason, sensor
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from connector_assets.flows.paychex_visma.facts import facts_of_row, is_outside
from connector_assets.flows.paychex_visma.frames import ALIGNMENT
from connector_assets.flows.paychex_visma.keys import Names
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.roster import TERMINATED

INTERVAL_S = 60
SHOWN = 5


def newcomers_sensor(names: Names, refresh: UnresolvedAssetJobDefinition) -> SensorDefinition:
    """The sensor of one connection; it asks once for each set of new things."""

    @sensor(
        name=f"{names.connection.name}_newcomers",
        job=refresh,
        minimum_interval_seconds=INTERVAL_S,
        default_status=DefaultSensorStatus.STOPPED,
        description="Asks for a refresh when a worker is in an organization, location or job, or has a title, that "
        "came after the dimensions were last aligned: so that a new hire there does not wait for the night.",
        tags=names.tags,
    )
    def newcomers(context: SensorEvaluationContext, frame_store: FramesResource) -> RunRequest | SkipReason:
        store = frame_store.store
        keys = names.own("worker_roster"), names.own("dimension_alignment")
        if not all(store.exists(key) for key in keys):
            return SkipReason("Nothing was read yet: run the refresh first.")
        roster, alignment = (store.read(key) for key in keys)
        unknown = unaligned(roster, ALIGNMENT.conform(alignment))
        if not unknown:
            return SkipReason("Every worker is in what the dimensions were aligned with.")
        told = f"{', '.join(unknown[:SHOWN])}{' and more' if len(unknown) > SHOWN else ''}"
        digest = sha256("\n".join(unknown).encode()).hexdigest()[:16]
        return RunRequest(run_key=f"{names.connection.name} {digest}", tags={"connector/newcomers": told[:250]})

    return newcomers


def unaligned(roster: pd.DataFrame, alignment: pd.DataFrame) -> Sequence[str]:
    """What workers are in and the alignment has not seen, as `organization 970000999`, in order.

    Of each kind that the alignment speaks of at all; workers who left, have not begun or are contractors do not count.
    """
    known: dict[str, set[str]] = {}
    for source, source_id in zip(alignment["source"], alignment["source_id"], strict=True):
        known.setdefault(str(source), set()).add(str(source_id))
    found: set[str] = set()
    for facts in map(facts_of_row, roster.to_dict("records")):
        if is_outside(facts) or facts.status == TERMINATED:
            continue
        ids = {"organization": facts.organization_id, "location": facts.location_id}
        ids |= {"job": facts.job_id, "title": facts.title}
        found |= {f"{kind} {one}" for kind, one in ids.items() if one and kind in known and one not in known[kind]}
    return sorted(found)
