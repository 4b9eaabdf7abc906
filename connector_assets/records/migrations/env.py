"""What Alembic runs: the migrations, on the connection and inside the transaction that `open_database` hands over."""

from alembic import context

from connector_assets.records.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
