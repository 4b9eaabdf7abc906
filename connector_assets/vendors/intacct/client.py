"""The client of the gateway: reads that cannot drift, writes that never guess, and a probe of what is missing.

A call ends in its result or in one of `vendors.errors`; `gateway.py` says where the line between them is drawn.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connector_assets.vendors.errors import CredentialError, OutcomeUnknownError, VendorError
from connector_assets.vendors.intacct.envelope import Function, FunctionResult, Login, Sender
from connector_assets.vendors.intacct.errors import FIX_LOOK_UP, SYSTEM, refused_here
from connector_assets.vendors.intacct.filters import Filter, Operator, equal, filter_node
from connector_assets.vendors.intacct.gateway import FunctionOutcome, Gateway
from connector_assets.vendors.intacct.paging import (
    KEY_FIELD,
    Keyset,
    OffsetPages,
    ResultSet,
    is_key,
    unreadable_page,
)
from connector_assets.vendors.intacct.session import SessionCache
from connector_assets.vendors.intacct.slots import DEFAULT_WRITERS, slots_of
from connector_assets.vendors.intacct.writer import Node, Removal
from connector_assets.vendors.intacct.xml import Tree
from connector_assets.vendors.transport import Transport

WRITE_TIMEOUT_S = 300.0
"""The `write_s` that a Transport for this client should have: the gateway works on a request for up to 15 minutes."""

MAX_OBJECTS = 100
MAX_KEYS = 100
MAX_QUERY_PAGE_ROWS = 2000
MAX_READ_BY_QUERY_PAGE_ROWS = 1000

PROBED_OBJECTS = (
    *("GLACCOUNT", "JOURNAL", "DEPARTMENT", "LOCATION", "LOCATIONENTITY", "CLASS", "PROJECT", "EMPLOYEE", "CONTACT"),
    *("REPORTINGPERIOD", "GLBATCH", "GLENTRY"),
)
"""What the flows read; `ping` tries each."""


class IntacctClient:
    """The gateway at `url` as one user of one company sees it: at the top level, or in the entity `entity_id`.

    Any number of threads may share a client; `writers` of them write at a time, counted over all clients of the company
    in this process, and over all processes of this machine that are given the same `slots_dir`. Give its transport a
    `write_s` of WRITE_TIMEOUT_S. Raises CredentialError at once when a credential is empty.
    """

    def __init__(
        self,
        url: str,
        sender_id: str,
        sender_password: str,
        company_id: str,
        user_id: str,
        user_password: str,
        *,
        entity_id: str | None = None,
        transport: Transport,
        sessions: SessionCache | None = None,
        writers: int = DEFAULT_WRITERS,
        slots_dir: Path | None = None,
    ) -> None:
        given = {
            "sender id": sender_id,
            "sender password": sender_password,
            "company id": company_id,
            "user id": user_id,
            "user password": user_password,
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise CredentialError(
                SYSTEM, f"no {', no '.join(missing)}", fix="Give every credential of this connection."
            )
        self.company_id, self.entity_id, self.transport = company_id, entity_id, transport
        self._writers, self._slots_dir = writers, slots_dir
        self._gateway = Gateway(
            url,
            Sender(sender_id, sender_password),
            Login(company_id, user_id, user_password, entity_id),
            transport,
            sessions or SessionCache(),
            slots_of(url, company_id, writers, slots_dir),
        )

    def for_entity(self, entity_id: str | None) -> "IntacctClient":
        """A client of the same login in another entity (None: the top level), on the same transport and sessions."""
        gateway = self._gateway
        return IntacctClient(
            gateway.url,
            gateway.sender.sender_id,
            gateway.sender.password,
            gateway.login.company_id,
            gateway.login.user_id,
            gateway.login.password,
            entity_id=entity_id,
            transport=self.transport,
            sessions=gateway.sessions,
            writers=self._writers,
            slots_dir=self._slots_dir,
        )

    def take_removals(self) -> tuple[Removal, ...]:
        """Every removal of forbidden characters from what was sent, since the last call of this method.

        A path names the function's control id, then the field: `je:1/create/GLBATCH[1]/BATCH_TITLE`.
        """
        return self._gateway.take_removals()

    def run(
        self, functions: Sequence[Function], transaction: bool = True, unique: bool = True
    ) -> tuple[FunctionOutcome, ...]:
        """Send several functions in one request; their outcomes in the same order.

        With `transaction` all are done or none, and a failure is raised as the culprit's error. Without it each outcome
        carries its own error. `unique` lets the gateway refuse a function control id it has executed before.
        """
        return self._gateway.run(functions, transaction=transaction, unique=unique)

    def query(
        self,
        object_name: str,
        fields: Sequence[str],
        filters: Sequence[Filter] = (),
        *,
        page_size_rows: int = 1000,
    ) -> Iterator[dict[str, str]]:
        """Every record that passes all `filters`, by ascending RECORDNO, each once: field name -> text.

        Pages by key (RECORDNO greater than the last), never by offset, so that no row is lost or doubled while others
        write. max(1, ceil(rows / page size)) requests, and one more only to settle a shortfall against the first page's
        total. At the top level, records private to an entity are included. Raises ProtocolError when the pages do not
        add up.
        """
        if not 1 <= page_size_rows <= MAX_QUERY_PAGE_ROWS:
            raise ValueError(f"page_size_rows is {page_size_rows}; query takes 1 to {MAX_QUERY_PAGE_ROWS}")
        return self._keyset_rows(object_name, list(dict.fromkeys([KEY_FIELD, *fields])), filters, page_size_rows)

    def count(self, object_name: str, filters: Sequence[Filter] = ()) -> int:
        """How many records pass all `filters`."""
        result = self._query(object_name, {"count": KEY_FIELD}, filters, [])
        texts = [text for item in result.rows() for text in item.values()]
        if len(texts) != 1 or not is_key(texts[0]):
            raise unreadable_page(object_name, "the count query did not answer with one number")
        return int(texts[0])

    def read_by_query(
        self, object_name: str, fields: Sequence[str], query_text: str, page_size_rows: int = 1000
    ) -> Iterator[dict[str, str]]:
        """Every record that passes `query_text`, in the gateway's own order: field name -> text.

        The text compares picklists by database codes (`STATE = 'P'`) and wants texts quoted (`filters.quoted`). The
        pages are one snapshot that lives in the session; if that ends midway, UnavailableError asks to read again.
        """
        if not 1 <= page_size_rows <= MAX_READ_BY_QUERY_PAGE_ROWS:
            raise ValueError(f"page_size_rows is {page_size_rows}; it takes 1 to {MAX_READ_BY_QUERY_PAGE_ROWS}")
        content: Node = {
            "object": object_name,
            "query": query_text,
            "fields": ",".join(fields) or "*",
            "pagesize": str(page_size_rows),
            "returnFormat": "xml",
        }
        return self._result_set_rows(object_name, content)

    def read(self, object_name: str, keys: Sequence[str], fields: Sequence[str]) -> list[dict[str, str]]:
        """The records with these RECORDNOs, 100 a request; no fields means all. Unknown keys are not answered."""
        rows: list[dict[str, str]] = []
        for start in range(0, len(keys), MAX_KEYS):
            content = _read_content(object_name, keys[start : start + MAX_KEYS], fields)
            rows += self._read_one(_reading("read", content, object_name)).result.rows()
        return rows

    def read_trees(self, object_name: str, keys: Sequence[str]) -> list[Tree]:
        """The records with these RECORDNOs and the lines they own, 100 a request. Unknown keys are not answered."""
        found: list[Tree] = []
        for start in range(0, len(keys), MAX_KEYS):
            content = _read_content(object_name, keys[start : start + MAX_KEYS], [])
            found += self._read_one(_reading("read", content, object_name)).result.trees()
        return found

    def query_by_offset(
        self,
        object_name: str,
        fields: Sequence[str],
        order_by: Sequence[str],
        filters: Sequence[Filter] = (),
        *,
        page_size_rows: int = 1000,
    ) -> list[dict[str, str]]:
        """Every record of an object without RECORDNO that passes all `filters`, ordered by `order_by`, each once.

        `order_by` must tell one record from another. Each page is a query of its own, so a record added or deleted
        meanwhile shifts the rest: the pages are read again from the first when they do not join. max(1, ceil(rows /
        page size)) requests when nothing changes. Raises ProtocolError when it never settles.
        """
        if not 1 <= page_size_rows < MAX_QUERY_PAGE_ROWS:
            raise ValueError(f"page_size_rows is {page_size_rows}; it takes 1 to {MAX_QUERY_PAGE_ROWS - 1}")
        pages = OffsetPages(object_name, order_by, page_size_rows)
        select: Node = [("field", name) for name in dict.fromkeys([*order_by, *fields])]
        order: Node = [("order", {"field": name, "ascending": ""}) for name in order_by]
        while pages.has_more:
            paging: list[tuple[str, Node]] = [
                ("orderby", order),
                ("pagesize", str(pages.asked_rows)),
                ("offset", str(pages.offset_rows)),
            ]
            pages.take(self._query(object_name, select, filters, paging))
        return pages.rows

    def get_list(self, object_name: str, field: str, value: str) -> list[Tree]:
        """The records of a legacy object (attachments, their folders) whose `field` equals `value`."""
        expression: Node = {"expression": {"field": field, "operator": "=", "value": value}}
        attributes = {"object": object_name, "maxitems": str(MAX_KEYS)}
        function = Function(
            "get_list",
            {"filter": expression},
            f"get_list-{uuid.uuid4().hex}",
            f"get_list {object_name}",
            attributes,
            carries_files=True,
        )
        return self._read_one(function).result.trees()

    def get(self, object_name: str, key: str) -> list[Tree]:
        """The record of a legacy object with this business key, with the content of its files; none if unknown."""
        attributes = {"object": object_name, "key": key}
        name = f"get-{uuid.uuid4().hex}"
        function = Function("get", "", name, f"get {object_name}", attributes, carries_files=True)
        return self._read_one(function).result.trees()

    def run_one(self, function: Function) -> str:
        """Execute one function that creates one record, and return its RECORDNO.

        A success without exactly one record number is an OutcomeUnknownError, which is never a success.
        """
        (outcome,) = self.run([function])
        return written_key(outcome)

    def create(self, object_name: str, records: Sequence[Mapping[str, Node]], control_id: str) -> list[dict[str, str]]:
        """Create up to 100 records in one function, all or none; what the gateway returned for each, RECORDNO included.

        `control_id` is the function's: the gateway refuses one it has executed before. Raises RefusedError,
        OutcomeUnknownError (and its PartlyDoneError when some of them persist), and what every call may raise.
        """
        return self._write("create", object_name, records, control_id, unique=True)

    def update(self, object_name: str, records: Sequence[Mapping[str, Node]], control_id: str) -> list[dict[str, str]]:
        """Update up to 100 records, each with its RECORDNO or business key; fields left out stay, empty ones clear.

        The same update may be sent any number of times, so the gateway is not asked to refuse a repeated `control_id`.
        """
        return self._write("update", object_name, records, control_id, unique=False)

    def ping(self) -> list[str]:
        """What is missing for the flows, one line each: sender, login, authorisation, entity, permission per object.

        Empty when all is well. Asks at the top level first, so that a wrong entity is told from a wrong login.
        """
        top = self.for_entity(None)
        try:
            if self.entity_id is not None and not list(_entity_rows(top, self.entity_id)):
                known = ", ".join(sorted(item["LOCATIONID"] for item in _entity_rows(top, None))) or "none"
                return [f"{SYSTEM}: {self.entity_id} is not an entity of this company. Fix: choose one of: {known}."]
            functions = [
                _reading("query", _query_content(name, {"field": KEY_FIELD}, [], [("pagesize", "1")]), name)
                for name in PROBED_OBJECTS
            ]
            outcomes = self.run(functions, transaction=False, unique=False)
        except VendorError as error:
            return [str(error)]
        return [str(outcome.error) for outcome in outcomes if outcome.error is not None]

    def _write(
        self, verb: str, object_name: str, records: Sequence[Mapping[str, Node]], control_id: str, *, unique: bool
    ) -> list[dict[str, str]]:
        doing = f"{verb} {object_name}"
        if not 1 <= len(records) <= MAX_OBJECTS:
            why = f"{len(records)} records; one function takes 1 to {MAX_OBJECTS}"
            raise refused_here(doing, why, "Send them in several calls, each with its own control id.")
        function = Function(verb, [(object_name, record) for record in records], control_id, doing)
        (outcome,) = self.run([function], transaction=True, unique=unique)
        return written_rows(outcome, object_name, len(records))

    def _keyset_rows(
        self, object_name: str, fields: Sequence[str], filters: Sequence[Filter], page_size_rows: int
    ) -> Iterator[dict[str, str]]:
        keyset = Keyset(object_name, page_size_rows)
        select: Node = [("field", name) for name in fields]
        while keyset.has_more:
            after = [Filter(KEY_FIELD, Operator.GREATER, (keyset.last_key,))] if keyset.last_key else []
            paging: list[tuple[str, Node]] = [
                ("orderby", {"order": {"field": KEY_FIELD, "ascending": ""}}),
                ("pagesize", str(page_size_rows)),
            ]
            yield from keyset.take(self._query(object_name, select, [*filters, *after], paging))
            if keyset.is_short:
                keyset.settle(self.count(object_name, filters))

    def _result_set_rows(self, object_name: str, content: Node) -> Iterator[dict[str, str]]:
        outcome = self._read_one(_reading("readByQuery", content, object_name))
        result_set = ResultSet(object_name)
        yield from result_set.take(outcome.result)
        while result_set.result_id:
            more = _reading("readMore", {"resultId": result_set.result_id}, object_name)
            yield from result_set.take(self._gateway.run_in_session(outcome.session, more))

    def _query(
        self, object_name: str, select: Node, filters: Sequence[Filter], paging: Sequence[tuple[str, Node]]
    ) -> FunctionResult:
        options: list[tuple[str, Node]] = [] if self.entity_id else [("options", {"showprivate": "true"})]
        content = _query_content(object_name, select, filters, [*options, *paging])
        return self._read_one(_reading("query", content, object_name)).result

    def _read_one(self, function: Function) -> FunctionOutcome:
        (outcome,) = self.run([function], transaction=False, unique=False)
        if outcome.error is not None:
            raise outcome.error
        return outcome


def written_key(outcome: FunctionOutcome) -> str:
    """The RECORDNO of the one record that a function created, whether it answers with rows or with a `key`.

    Anything else than exactly one record number under the function's own name is an OutcomeUnknownError.
    """
    function, result = outcome.function, outcome.result
    if function.name == "create":
        names = [name for name, _ in function.content] if isinstance(function.content, list) else []
        if len(names) == 1:
            return written_rows(outcome, names[0], 1)[0][KEY_FIELD]
    elif result.function.lower() == function.name.lower() and is_key(result.key) and not result.names():
        return result.key
    raise _not_proven(outcome, 1)


def _not_proven(outcome: FunctionOutcome, count: int) -> OutcomeUnknownError:
    message = f"{outcome.function.doing} {outcome.function.control_id}: success without {count} record numbers"
    return OutcomeUnknownError(SYSTEM, message, fix=FIX_LOOK_UP)


def written_rows(outcome: FunctionOutcome, object_name: str, count: int) -> list[dict[str, str]]:
    """What the gateway returned for each of `count` records written by one function.

    A success without exactly that many records of that object, each with its RECORDNO, is an OutcomeUnknownError.
    """
    result = outcome.result
    rows = result.rows()
    is_proof = (
        result.function.lower() == outcome.function.name.lower()
        and result.names() == [object_name.lower()] * count
        and all(is_key(item.get(KEY_FIELD, "")) for item in rows)
        and result.count in {None, count}
    )
    if is_proof:
        return rows
    raise _not_proven(outcome, count)


def _entity_rows(client: IntacctClient, entity_id: str | None) -> Iterator[dict[str, str]]:
    filters = [] if entity_id is None else [equal("LOCATIONID", entity_id)]
    return client.query("LOCATIONENTITY", ["LOCATIONID"], filters)


def _reading(name: str, content: Node, object_name: str) -> Function:
    return Function(name, content, f"{name}-{uuid.uuid4().hex}", f"{name} {object_name}")


def _read_content(object_name: str, keys: Sequence[str], fields: Sequence[str]) -> Node:
    return {
        "object": object_name,
        "keys": ",".join(keys),
        "fields": ",".join(fields) or "*",
        "returnFormat": "xml",
    }


def _query_content(
    object_name: str, select: Node, filters: Sequence[Filter], rest: Sequence[tuple[str, Node]]
) -> list[tuple[str, Node]]:
    return [("object", object_name), ("select", select), ("filter", filter_node(filters)), *rest]
