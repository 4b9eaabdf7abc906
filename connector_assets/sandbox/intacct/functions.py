"""Every function the gateway knows, by name."""

from collections.abc import Mapping

from lxml import etree

from connector_assets.sandbox.intacct import query, reads, writes
from connector_assets.sandbox.intacct.desk import Desk, Handler
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
    SESSION_FUNCTION: get_api_session,
    "query": query.run_query,
    "read": reads.read,
    "readByName": reads.read_by_name,
    "readByQuery": reads.read_by_query,
    "readMore": reads.read_more,
    "lookup": reads.lookup,
    "create": writes.create,
    "update": writes.update,
    "delete": writes.delete,
}
