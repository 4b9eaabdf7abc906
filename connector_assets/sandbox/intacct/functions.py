"""Every function the gateway knows, by name."""

from collections.abc import Mapping

from lxml import etree

from connector_assets.sandbox.intacct import attachments, metadata, query, reads, reads_legacy, writes
from connector_assets.sandbox.intacct.desk import Desk, Handler
from connector_assets.sandbox.intacct.functions_wider import FURTHER_HANDLERS
from connector_assets.sandbox.intacct.legacy import LEGACY_HANDLERS
from connector_assets.sandbox.intacct.legacy_wider import WIDER_HANDLERS
from connector_assets.sandbox.intacct.replies import Outcome, child, element

SESSION_FUNCTION = "getAPISession"


def get_api_session(desk: Desk, body: etree._Element) -> Outcome:
    """A new session at the caller's own level, at an entity, or back at the top level with an empty locationid."""
    location_id = body.findtext("locationid")
    wanted = desk.caller.entity_id if location_id is None else location_id.strip() or None
    session_id, caller = desk.sessions.open(desk.caller, wanted)
    data = element("data")
    api = child(data, "api")
    child(api, "sessionid", session_id)
    child(api, "endpoint", desk.endpoint)
    child(api, "locationid", caller.entity_id or "")
    return Outcome((data,))


HANDLERS: Mapping[str, Handler] = {
    **LEGACY_HANDLERS,
    **WIDER_HANDLERS,
    **FURTHER_HANDLERS,
    "create_supdocfolder": attachments.create_folder,
    "update_supdocfolder": attachments.update_folder,
    "delete_supdocfolder": attachments.delete_folder,
    "create_supdoc": attachments.create_attachment,
    "update_supdoc": attachments.update_attachment,
    "delete_supdoc": attachments.delete_attachment,
    "get": reads_legacy.get,
    "get_list": reads_legacy.get_list,
    SESSION_FUNCTION: get_api_session,
    "query": query.run_query,
    "read": reads.read,
    "readByName": reads.read_by_name,
    "readByQuery": reads.read_by_query,
    "readMore": reads.read_more,
    "lookup": metadata.lookup,
    "inspect": metadata.inspect,
    "getDimensions": metadata.get_dimensions,
    "getFinancialSetup": metadata.get_financial_setup,
    "readEntityDetails": metadata.read_entity_details,
    "create": writes.create,
    "update": writes.update,
    "delete": writes.delete,
}
