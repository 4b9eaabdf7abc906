"""The admin calls under /admin/intacct: journals for humans and independent checks, books, records, sessions."""

from collections.abc import Callable, Mapping

from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.journals import remove_journal
from connector_assets.sandbox.intacct.periods import Periods
from connector_assets.sandbox.intacct.records import SYSTEM, Record, Records
from connector_assets.sandbox.intacct.schema import ObjectType
from connector_assets.sandbox.intacct.sessions import Sessions
from connector_assets.sandbox.intacct.values import UnfitValueError, decimal_text, to_stored, to_text
from connector_assets.sandbox.store import SandboxError

CENT_E4 = 100
_LINE_FIELDS = (
    *("LOCATION", "DEPARTMENT", "PROJECTID", "CLASSID", "EMPLOYEEID", "CUSTOMERID", "VENDORID"),
    "GLDIMCOSTOBJECT",
)
Body = Mapping[str, object]


def routes(records: Records, periods: Periods, sessions: Sessions, release: Callable[[], int]) -> list[BaseRoute]:
    """Every admin call of this system."""

    def list_journals(body: Body) -> object:
        wanted = {"REFERENCENO": str(body["reference"])} if "reference" in body else {}
        return {"journals": [describe_journal(records, batch) for batch in records.find("GLBATCH", **wanted)]}

    def drop_journal(body: Body) -> object:
        recordno = _whole(body, "recordno")
        _existing(records, OBJECTS["GLBATCH"], recordno)
        remove_journal(records, SYSTEM, recordno)
        return {"deleted": recordno}

    def set_period(body: Body) -> object:
        closed = body.get("closed")
        if not isinstance(closed, bool):
            raise SandboxError(f"'closed' must be true or false, not {closed!r}.")
        periods.set(str(body.get("month", "")), str(body.get("entity", "")), closed=closed)
        return {"periods": periods.describe()}

    def expire(_: Body) -> object:
        sessions.expire_all()
        return {"expired": True}

    return [
        admin_route("/admin/intacct/journals", list_journals, "GET"),
        admin_route("/admin/intacct/journals", drop_journal, "DELETE"),
        admin_route("/admin/intacct/periods", lambda _: {"periods": periods.describe()}, "GET"),
        admin_route("/admin/intacct/periods", set_period),
        admin_route("/admin/intacct/records", lambda body: _list_records(records, body), "GET"),
        admin_route("/admin/intacct/records", lambda body: _change_record(records, body)),
        admin_route("/admin/intacct/restrict", lambda body: _restrict(records, body)),
        admin_route("/admin/intacct/sessions/expire", expire),
        admin_route("/admin/intacct/release", lambda _: {"released": release()}),
    ]


def describe_journal(records: Records, batch: Record) -> dict[str, object]:
    """A journal entry with its lines; amounts as texts, totals in cents."""
    lines = records.find("GLENTRY", BATCHNO=batch["RECORDNO"])
    totals = {
        side: sum(int(line["TRX_AMOUNT"] or 0) for line in lines if line["TR_TYPE"] == side) // CENT_E4
        for side in (1, -1)
    }
    return {
        "recordno": batch["RECORDNO"],
        "batchno": batch["BATCHNO"],
        "journal": batch["JOURNAL"],
        "date": batch["BATCH_DATE"],
        "title": batch["BATCH_TITLE"],
        "reference": batch["REFERENCENO"],
        "state": batch["STATE"],
        "entity": batch["MEGAENTITYID"],
        "reversed_by": batch["REVERSEDKEY"],
        "reversal_of": batch["REVERSEDFROM"],
        "debit_cents": totals[1],
        "credit_cents": totals[-1],
        "lines": [_describe_line(line) for line in lines],
    }


def _describe_line(line: Record) -> dict[str, object]:
    return {
        "line": line["LINE_NO"],
        "account": line["ACCOUNTNO"],
        "side": "debit" if line["TR_TYPE"] == 1 else "credit",
        "amount": decimal_text(int(line["TRX_AMOUNT"] or 0)),
        **{name.lower().removesuffix("id"): line[name] for name in _LINE_FIELDS if line[name] is not None},
        "memo": line["DESCRIPTION"],
    }


def _list_records(records: Records, body: Body) -> object:
    object_type = _object_type(body)
    rows = records.find(object_type.name)
    return {
        "records": [
            {entry.name: to_text(entry, row[entry.name]) for entry in object_type.fields if row[entry.name] is not None}
            for row in rows
        ]
    }


def _change_record(records: Records, body: Body) -> object:
    """Change fields of a record past every rule: inactivate an account, require a dimension, rename a project."""
    object_type, fields = _object_type(body), body.get("fields")
    if not isinstance(fields, Mapping) or object_type.view_sql:
        raise SandboxError("'fields' is a JSON object of field names and texts, of an object that is stored.")
    record = records.by_key(object_type.name, str(body.get("key", "")))
    if record is None:
        raise SandboxError(f"There is no {object_type.name} {body.get('key')!r}.")
    values: Record = {}
    for name, text in fields.items():
        entry = object_type.by_name.get(str(name).upper())
        try:
            if entry is None:
                raise UnfitValueError(str(name))
            values[entry.name] = to_stored(entry, str(text))
        except UnfitValueError as error:
            raise SandboxError(f"{object_type.name} cannot take {name}={text!r}.") from error
    records.update(object_type, int(record["RECORDNO"] or 0), values, SYSTEM)
    return {"changed": body.get("key")}


def _restrict(records: Records, body: Body) -> object:
    """Let one entity alone use a record, or with an empty `entity` all of them again."""
    object_type, entity_id = _object_type(body), str(body.get("entity", ""))
    record = records.by_key(object_type.name, str(body.get("key", "")))
    entity = records.by_key("LOCATIONENTITY", entity_id) if entity_id else None
    if record is None or not object_type.owned_by_entity or (entity_id and entity is None):
        raise SandboxError(f"There is no {object_type.name} {body.get('key')!r} that entity {entity_id!r} could own.")
    owner: Record = {"MEGAENTITYKEY": None, "MEGAENTITYID": None, "MEGAENTITYNAME": None}
    if entity is not None:
        owner = {"MEGAENTITYKEY": entity["RECORDNO"], "MEGAENTITYID": entity_id, "MEGAENTITYNAME": entity["NAME"]}
    records.update(object_type, int(record["RECORDNO"] or 0), owner, SYSTEM)
    return {"restricted": body.get("key"), "entity": entity_id}


def _object_type(body: Body) -> ObjectType:
    found = OBJECTS.get(str(body.get("object", "")).upper())
    if found is None:
        raise SandboxError(f"'object' must be one of {', '.join(sorted(OBJECTS))}, not {body.get('object')!r}.")
    return found


def _existing(records: Records, object_type: ObjectType, recordno: int) -> Record:
    record = records.one(object_type.name, RECORDNO=recordno)
    if record is None:
        raise SandboxError(f"There is no {object_type.name} with record number {recordno}.")
    return record


def _whole(body: Body, name: str) -> int:
    text = str(body.get(name, ""))
    if not text.isdigit():
        raise SandboxError(f"{name!r} is a record number, not {text!r}.")
    return int(text)
