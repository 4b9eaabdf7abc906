"""A code location with nothing to do: what one Dagster run costs on a machine, whatever it is for."""

from dagster import Definitions, StaticPartitionsDefinition, asset, in_process_executor

POOL = "nothing"
PARTITIONS = StaticPartitionsDefinition([str(number) for number in range(100)])


@asset(partitions_def=PARTITIONS, pool=POOL)
def nothing() -> None:
    """It does nothing, in a run of its own."""


defs = Definitions(assets=[nothing], executor=in_process_executor)
