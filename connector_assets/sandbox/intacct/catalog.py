"""Every object of the gateway by name."""

from connector_assets.sandbox.intacct.errors import unknown_object
from connector_assets.sandbox.intacct.objects import GENERAL_LEDGER, MASTER_DATA
from connector_assets.sandbox.intacct.objects_subledger import SUBLEDGER
from connector_assets.sandbox.intacct.objects_wider import WIDER
from connector_assets.sandbox.intacct.schema import ObjectType

OBJECTS: dict[str, ObjectType] = {entry.name: entry for entry in (*MASTER_DATA, *GENERAL_LEDGER, *SUBLEDGER, *WIDER)}


def find_object(name: str) -> ObjectType:
    """The object of that name in any case. Raises FunctionRefusal `Query Failed`."""
    found = OBJECTS.get(name.strip().upper())
    if found is None:
        raise unknown_object(name.strip())
    return found
