"""Documents of the subledgers and of the general ledger: written by their tables, found and read back by the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from connector_assets.vendors.errors import ProtocolError
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.envelope import Function
from connector_assets.vendors.intacct.errors import SYSTEM, refused_here
from connector_assets.vendors.intacct.filters import equal
from connector_assets.vendors.intacct.paging import KEY_FIELD
from connector_assets.vendors.intacct.records import Record, Value, record_from_tree, record_nodes, records_of
from connector_assets.vendors.intacct.tables import DOCUMENTS, Field, Kind, Table
from connector_assets.vendors.intacct.writer import Node
from connector_assets.vendors.intacct.xml import Tree


@dataclass(frozen=True)
class HeldDocument:
    """A document as Intacct holds it: its RECORDNO, its state in words, and its record in our words.

    `reverses` is the RECORDNO of the journal that this one reverses, which may carry the same reference; empty for any
    other document.
    """

    key: str
    state: str
    reverses: str
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
        parts = [
            (table.field(part), _filter_value(table.field(part), identity.get(part), name)) for part in table.identity
        ]
        if table.is_listed:
            trees = self._client.get_list(table.object_name, parts[0][0].path, str(parts[0][1]))
            held = [self._listed(table, tree) for tree in trees]
        else:
            filters = [equal(field.read_name, value) for field, value in parts]
            rows = self._client.query(table.object_name, [KEY_FIELD], filters)
            held = self.read_back(name, [row[KEY_FIELD] for row in rows])
        reference = table.identity[0]
        return [one for one in held if one.record.get(reference) == identity[reference]]

    def read_back(self, name: str, keys: Sequence[str], custom: Collection[str] = ()) -> list[HeldDocument]:
        """The documents with these RECORDNOs, lines included, attachments with the content of their files.

        `custom` names the custom fields to read; user-defined dimensions are read always.
        """
        table = table_of(name)
        if table.is_listed:
            found = [tree for key in keys for tree in self._client.get_list(table.object_name, "recordno", key)]
            return [self._listed(table, tree) for tree in found]
        return [_held(table, tree, custom) for tree in self._client.read_trees(table.object_name, keys)]

    def _listed(self, table: Table, tree: Tree) -> HeldDocument:
        """A listed record. A list may name files without their content: then the record is asked for by itself."""
        held = _held(table, tree)
        if not _lacks_content(table, held.record):
            return held
        key = str(held.record.get(table.identity[0]))
        whole = [_held(table, one) for one in self._client.get(table.object_name, key)]
        if [one.key for one in whole] != [held.key]:
            fix = "Read it again; if it stays so, look at the attachment in Intacct."
            raise ProtocolError(SYSTEM, f"get {table.object_name} {key}: not the one record of that key came", fix=fix)
        return whole[0]


def _lacks_content(table: Table, record: Record) -> bool:
    """Whether some file of a record came without its content."""
    items = table.items
    content = [] if items is None else [one for one in items.fields if isinstance(one, Field) and one.kind is Kind.FILE]
    lines = [] if items is None else records_of(record.get(items.name))
    return any(not line.get(one.name) for line in lines for one in content)


def _held(table: Table, tree: Tree, custom: Collection[str] = ()) -> HeldDocument:
    key, state, reverses = (str(tree.get(name, "")).strip() for name in (KEY_FIELD, "STATE", "REVERSEDFROM"))
    return HeldDocument(key, state, reverses, record_from_tree(table, tree, custom))


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
