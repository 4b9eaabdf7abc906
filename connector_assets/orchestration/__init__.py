"""The Dagster glue that flows share: partitions, resources, IO, metadata and the gate."""
