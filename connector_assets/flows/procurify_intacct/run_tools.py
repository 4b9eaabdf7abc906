"""The tools of one Dagster run, made from its resources: the same for bills and for payments."""

from dagster import AssetExecutionContext

from connector_assets.flows.procurify_intacct.document_work import Tools
from connector_assets.flows.procurify_intacct.keys import Names
from connector_assets.orchestration.io import FramesResource
from connector_assets.orchestration.preparer import prepared_by
from connector_assets.orchestration.resources import IntacctResource, ProcurifyResource, RecordsResource


def tools_of_run(
    names: Names,
    context: AssetExecutionContext,
    records: RecordsResource,
    procurify: ProcurifyResource,
    intacct: IntacctResource,
    frame_store: FramesResource,
) -> Tools:
    """The bundle that every stage of a run works with; its Intacct client is inside the entity of the bills."""
    connection = names.connection
    return Tools(
        names=names,
        home=records.open(),
        store=frame_store.store,
        source=procurify.client(connection, connection.procurify),
        entity=intacct.client(connection, connection.intacct).for_entity(connection.posting.entity),
        actor=f"run {context.run.run_id[:8]}",
        preparer=prepared_by(context.run.tags),
    )
