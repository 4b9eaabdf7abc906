"""Documents of the subledgers and of the general ledger: written by their tables, found and read back by the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import refused_here
from connector_assets.vendors.intacct.filters import equal
from connector_assets.vendors.intacct.paging import KEY_FIELD
from connector_assets.vendors.intacct.records import Record, Value, record_from_tree, record_nodes, records_of
from connector_assets.vendors.intacct.tables import DOCUMENTS, Field, Table
from connector_assets.vendors.intacct.writer import Node


@dataclass(frozen=True)
class HeldDocument:
    """A document as Intacct holds it: its RECORDNO, its state in words, and its record in our words."""

    key: str
    state: str
    record: Record = field(repr=False)


class IntacctDocuments:
    """Creates, finds and reads the documents of `tables.DOCUMENTS` on one client."""

    def __init__(self, client: IntacctClient) -> None:
        self._client = client

    def create(self, name: str, record: Record, control_id: str) -> str:
        """Create one document once under `control_id`; its RECORDNO. Raises what `IntacctClient.create` raises."""
        return self._client.run_one(creation(name, record, control_id))

    def find(self, name: str, identity: Mapping[str, Value]) -> list[HeldDocument]:
        """Every document of that kind with this identity (`tables.Table.identity`), in any state, lines included."""
        table = table_of(name)
        filters = [
            equal(table.field(part).read_name, _filter_value(table.field(part), identity[part], name))
            for part in table.identity
        ]
        rows = self._client.query(table.object_name, [KEY_FIELD], filters)
        held = self.read_back(name, [row[KEY_FIELD] for row in rows])
        reference = table.identity[0]
        return [one for one in held if one.record.get(reference) == identity[reference]]

    def read_back(self, name: str, keys: Sequence[str]) -> list[HeldDocument]:
        """The documents with these RECORDNOs, lines included."""
        table = table_of(name)
        return [
            HeldDocument(str(tree.get(KEY_FIELD, "")), str(tree.get("STATE", "")), record_from_tree(table, tree))
            for tree in self._client.read_trees(table.object_name, keys)
        ]


def creation(name: str, record: Record, control_id: str) -> Function:
    """The function that creates a document, for a request of several. Raises RefusedError as `record_nodes` does."""
    table = table_of(name)
    doing = f"create {table.object_name}" if table.function == "create" else table.function
    nodes = record_nodes(table, record, doing)
    _check_sums(name, record, doing)
    content: Node = nodes if table.is_legacy else [(table.object_name, nodes)]
    return Function(table.function, content, control_id, doing)


def table_of(name: str) -> Table:
    """The table of a kind of document. Raises RefusedError, naming the kinds there are."""
    if name not in DOCUMENTS:
        raise refused_here(f"document {name}", "nothing is known of it", f"Choose one of {', '.join(DOCUMENTS)}.")
    return DOCUMENTS[name]


def _check_sums(name: str, record: Record, doing: str) -> None:
    """A journal balances, unless Intacct is asked to balance it between entities."""
    if name == "journal" and not record.get("base_location_id") and sum(line_amounts_cents(record)) != 0:
        fix = "Correct its lines, or give the base location that Intacct shall balance it from."
        raise refused_here(doing, "its debits and credits differ", fix)


def line_amounts_cents(record: Record) -> Iterator[int]:
    """The amounts of a document's lines in cents, signed where its table writes signed ones."""
    for line in records_of(record.get("lines")):
        amount = line.get("amount_cents", line.get("gross_amount_cents", 0))
        yield amount if isinstance(amount, int) else 0


def _filter_value(field: Field, value: Value, name: str) -> str | date:
    if not value or not isinstance(value, str | date):
        raise refused_here(f"look up {name}", f"{field.name} is missing", "Give the document's whole identity.")
    return value
