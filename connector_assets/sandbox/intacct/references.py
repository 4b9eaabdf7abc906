"""References to other records: they must exist and be active; the texts are the catalogue's (section 4.5)."""

from connector_assets.sandbox.intacct.errors import FunctionRefusal, business
from connector_assets.sandbox.intacct.records import Record, Records

_TEXTS = {
    "GLACCOUNT": "Account {} is not valid",
    "STATACCOUNT": "Account {} is not valid",
    "DEPARTMENT": "Department {} is not valid",
    "LOCATION": "Location '{}' is not valid",
    "PROJECT": "Invalid Project '{}' specified.",
    "EMPLOYEE": "The employee '{}' is invalid.",
    "VENDOR": "Vendor '{}' specified is not valid.",
    "CUSTOMER": "Customer '{}' specified is not valid.",
}


def invalid_reference(object_name: str, key: str) -> FunctionRefusal:
    """The refusal of a reference that does not exist or is inactive."""
    return business(_TEXTS.get(object_name, f"{object_name.capitalize()} '{{}}' is not valid").format(key))


class References:
    """Looks references up, each only once; made anew for every object that is written."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._found: dict[tuple[str, str], Record] = {}

    def active(self, object_name: str, key: str) -> Record:
        """The active record with that key. Raises FunctionRefusal."""
        place = (object_name, key)
        if place not in self._found:
            record = self._records.by_key(object_name, key)
            if record is None or record.get("STATUS", "active") != "active":
                raise invalid_reference(object_name, key)
            self._found[place] = record
        return self._found[place]
