"""The asset graph as the UI shows it, kept as a text that a reviewer can read: `graph.txt` beside this file.

After a change that is meant, write it anew with `CONNECTOR_WRITE_SNAPSHOTS=1 pytest …/test_graph.py`.
"""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from dagster import AssetKey, AssetsDefinition, AssetSpec, Definitions, ScheduleDefinition, TableSchema

from connector_assets.flows.paychex_intacct.assets import build
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection

SNAPSHOT = Path(__file__).parent / "graph.txt"
PERSONAL = ("first", "last", "given", "family", "ssn", "birth", "email", "phone", "street", "bank", "iban", "gender")


def connection(name: str = "acme") -> PaychexIntacctConnection:
    return PaychexIntacctConnection.model_validate(
        {
            "name": name,
            "flow": "paychex_intacct",
            "start_date": date(2025, 1, 1),
            "paychex": {"display_id": "01080012"},
            "intacct": {"company_id": "ACME"},
            "posting": {"journal": "PYRJ", "entity": "E100", "due_from_account": "1310", "due_to_account": "2410"},
        }
    )


def definitions(*names: str) -> Definitions:
    return Definitions.merge(*(build(connection(name), 26) for name in names or ("acme",)))


def assets_of(defs: Definitions) -> dict[AssetKey, tuple[AssetsDefinition, AssetSpec]]:
    found = {}
    for one in defs.assets or ():
        assert isinstance(one, AssetsDefinition)
        found.update({spec.key: (one, spec) for spec in one.specs})
    return dict(sorted(found.items()))


def columns_of(spec: AssetSpec) -> TableSchema:
    schema = spec.metadata["dagster/column_schema"]
    assert isinstance(schema, TableSchema)
    return schema


def shown(defs: Definitions) -> Iterator[str]:
    """Every asset, job, schedule and sensor in plain words."""
    for key, (definition, spec) in assets_of(defs).items():
        yield f"{key.to_user_string()}"
        yield f"  {spec.description}"
        yield f"  group {spec.group_name}; kinds {', '.join(sorted(spec.kinds))}; owners {', '.join(spec.owners)}"
        tags = [f"{name}={value}" for name, value in sorted(spec.tags.items()) if "/kind/" not in name]
        yield f"  tags {', '.join(tags)}"
        if spec.partitions_def:
            yield f"  partitions {getattr(spec.partitions_def, 'name', '')}"
        if spec.deps:
            yield f"  from {', '.join(sorted(dep.asset_key.to_user_string() for dep in spec.deps))}"
        for check in sorted(definition.check_specs, key=lambda check: check.name):
            if check.asset_key == key:
                yield f"  {'blocking ' if check.blocking else ''}check {check.name}: {check.description}"
        yield f"  columns {', '.join(f'{column.name} {column.type}' for column in columns_of(spec).columns)}"
    yield from (f"job {job.name}: {job.description}" for job in defs.jobs or ())
    for schedule in defs.schedules or ():
        assert isinstance(schedule, ScheduleDefinition)
        yield f"schedule {schedule.name}, {schedule.cron_schedule}: {schedule.description}"
    yield from (f"sensor {sensor.name}: {sensor.description}" for sensor in defs.sensors or ())


def test_the_graph_is_the_one_that_was_reviewed() -> None:
    text = "\n".join(shown(definitions())) + "\n"
    if os.environ.get("CONNECTOR_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(text, encoding="utf-8")
    assert text == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", assets_of(definitions()), ids=lambda key: key.to_user_string())
def test_every_asset_explains_itself(key: AssetKey) -> None:
    definition, spec = assets_of(definitions())[key]
    assert spec.description
    assert spec.description.endswith(".")
    assert spec.owners == ["team:finance-data"]
    assert {"connection", "flow"} <= spec.tags.keys()
    assert spec.kinds
    assert (spec.group_name or "").startswith("acme_")
    for column in columns_of(spec).columns:
        assert column.description
        assert not any(word in column.name for word in PERSONAL), column.name
    for check in definition.check_specs:
        assert check.description


def test_the_deployment_loads_whole_and_two_connections_share_nothing() -> None:
    both = definitions("acme", "borealis")
    Definitions.validate_loadable(both_with_resources(both))
    keys = assets_of(both)
    assert {key.path[0] for key in keys} == {"acme", "borealis"}
    for key, (_, spec) in keys.items():
        assert all(dep.asset_key.path[0] == key.path[0] for dep in spec.deps)


def both_with_resources(defs: Definitions) -> Definitions:
    """The same with the resources of the deployment."""
    from connector_assets.definitions import build_definitions
    from connector_assets.settings import Settings

    nothing = build_definitions(Settings(home=Path("/nonexistent")))
    return Definitions.merge(nothing, defs)
