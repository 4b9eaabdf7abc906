"""What every asset of a connection says of itself in the graph: group, kinds, tags, owners, columns.

A flow spreads the options into Dagster's decorators: `@asset(**table_options(...))`,
`@multi_asset(**step_options(...))`.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypedDict

from dagster import AssetCheckSpec, AssetKey, AssetSpec, BackfillPolicy, TableSchema

from connector_assets.accounting.frames import FrameSchema
from connector_assets.orchestration.metadata import schema_metadata
from connector_assets.orchestration.names import ConnectionNames
from connector_assets.orchestration.stages import AnyWork, Stage, check_specs
from connector_assets.settings import ConfigError

LOG = logging.getLogger(__name__)


class TableOptions(TypedDict):
    """The options of an unpartitioned asset whose value is one frame."""

    key: AssetKey
    group_name: str
    kinds: AbstractSet[str]
    tags: Mapping[str, str]
    owners: Sequence[str]
    description: str
    metadata: Mapping[str, TableSchema]
    io_manager_key: str
    pool: str


def table_options(
    names: ConnectionNames,
    key: AssetKey,
    *,
    stage: str,
    kinds: AbstractSet[str],
    schema: FrameSchema,
    description: str,
) -> TableOptions:
    """The options of an unpartitioned asset of the group `stage`; `kinds` are shown as icons."""
    return {
        "key": key,
        "group_name": names.group(stage),
        "kinds": kinds,
        "tags": names.tags,
        "owners": names.owners,
        "description": description,
        "metadata": schema_metadata(schema),
        "io_manager_key": "frames",
        "pool": names.pool,
    }


@dataclass(frozen=True)
class DocumentAsset:
    """An asset with one partition per source document: its frame, what it is made from, and what it is for."""

    schema: FrameSchema
    deps: Sequence[AssetKey]
    description: str
    kind: str = "parquet"


def document_specs(names: ConnectionNames, stage: str, made: Mapping[str, DocumentAsset]) -> list[AssetSpec]:
    """The partitioned assets of the group `stage`, by name, in the order in which a document passes them."""
    return [
        AssetSpec(
            names.own(name),
            deps=one.deps,
            description=one.description,
            group_name=names.group(stage),
            kinds={one.kind},
            tags=names.tags,
            owners=names.owners,
            metadata=schema_metadata(one.schema),
            partitions_def=names.documents,
            skippable=True,
        )
        for name, one in made.items()
    ]


def broken_connection(name: str, error: ConfigError) -> AssetSpec:
    """What stands in the graph for a connection whose file cannot be used: a node that says why, and how to mend it."""
    LOG.error("Connection %s is left out: %s", name, error)
    return AssetSpec(
        AssetKey([re.sub(r"\W", "_", name), "connection_file"]),
        group_name="broken_connections",
        kinds={"yaml"},
        description=f"This connection is left out until its file is mended. {error} Then reload the code location.",
    )


class StepOptions(TypedDict):
    """The options of the one step that carries the documents of a connection."""

    name: str
    specs: Sequence[AssetSpec]
    check_specs: Sequence[AssetCheckSpec]
    can_subset: bool
    backfill_policy: BackfillPolicy
    pool: str


def step_options(
    names: ConnectionNames, what: str, specs: Sequence[AssetSpec], stages: Sequence[Stage[AnyWork]], batch: int
) -> StepOptions:
    """The options of the step; `what` is one document, for example `pay_run`, and `batch` how many one run carries.

    One run for all of them costs no more than batches (connector_tests/bench/backfill.py), and keeps their order even
    when its worker dies: the next of several batches would overtake the one that is started again.
    """
    return {
        "name": f"{names.connection.name}_{what}",
        "specs": specs,
        "check_specs": check_specs(names, stages),
        "can_subset": True,
        "backfill_policy": BackfillPolicy.multi_run(batch),
        "pool": names.pool,
    }
