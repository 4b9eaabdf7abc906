"""Verbs on records, reports, and the functions of modules that this company has not subscribed (sheet section 11a)."""

import secrets
from collections.abc import Mapping

from lxml import etree

from connector_assets.sandbox.intacct.catalog import find_object
from connector_assets.sandbox.intacct.desk import Desk, Handler
from connector_assets.sandbox.intacct.errors import bad_request, business, refuse
from connector_assets.sandbox.intacct.reads import PAGE_SIZE_LIMIT, keep_result_set
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.replies import Outcome, child, element
from connector_assets.sandbox.intacct.values import UnfitValueError, iso_date
from connector_assets.sandbox.intacct.writes import check_permission_to_write

VERBS: Mapping[str, Mapping[str, tuple[str, frozenset[str], str]]] = {
    "approve": {
        "TIMESHEET": ("RECORDNO", frozenset({"Submitted"}), "Approved"),
        "PODOCUMENT": ("DOCID", frozenset({"Pending", "Submitted"}), "Approved"),
    },
    "decline": {
        "TIMESHEET": ("RECORDNO", frozenset({"Submitted"}), "Declined"),
        "PODOCUMENT": ("DOCID", frozenset({"Pending", "Submitted"}), "Declined"),
    },
    "hold": {"CONTRACTDETAIL": ("RECORDNO", frozenset({"Draft", "In progress"}), "On hold")},
    "resume": {"CONTRACTDETAIL": ("RECORDNO", frozenset({"On hold"}), "In progress")},
}
"""What a verb does to an object: the field that names the record, the states it may be in, the state it gets."""

NOT_SUBSCRIBED = (
    *("runDdsJob", "getDdsObjects", "getDdsDdl", "consolidate", "retrievepdf", "installApp", "readView"),
    *("getUserPermissions", "get_companyprefs", "getObjectTrail", "getAuditTrail", "getDimensionRelationships"),
    *("getDimensionAutofillDetails", "getDimensionRestrictions", "getDimensionRestrictedData"),
    *("get_trialbalance", "get_accountbalances", "get_accountbalancesbydimensions"),
)
"""Functions whose replies the fact sheet does not show: they are known, and this user may not call them."""

REPORTS: Mapping[str, str] = {"General ledger detail": "GLDETAIL", "Trial chart": "GLACCOUNT"}
"""The company's custom reports, by name: the object whose rows each shows."""


def _verb(verb: str) -> Handler:
    def handle(desk: Desk, body: etree._Element) -> Outcome:
        for entry in body:
            _change_state(desk, verb, entry)
        return Outcome()

    return handle


def _change_state(desk: Desk, verb: str, entry: etree._Element) -> None:
    object_type = find_object(str(entry.tag))
    how = VERBS[verb].get(object_type.name)
    if how is None:
        raise bad_request(f"{object_type.name} has no function {verb}")
    check_permission_to_write(desk, object_type.name, verb.upper())
    key_field, states, state = how
    key = (entry.findtext(key_field) or "").strip()
    found = desk.records.one(
        object_type.name, **{key_field: int(key) if key_field == "RECORDNO" and key.isdigit() else key}
    )
    if found is None:
        raise business(f"Cannot find {object_type.label} with key '{key}'.")
    if found["STATE"] not in states:
        raise business(f"{object_type.label} '{key}' is {found['STATE']} and cannot be changed by {verb}.")
    changed: Record = {"STATE": state}
    for name in ("APPROVEDBY", "DECLINEDBY", "COMMENT"):
        if name in object_type.by_name:
            changed[name] = entry.findtext(name)
    if "ASOFDATE" in object_type.by_name:
        changed["ASOFDATE"] = _date(entry.findtext("ASOFDATE") or "")
    desk.records.update(object_type, int(found["RECORDNO"] or 0), changed, desk.caller)


def _date(text: str) -> str:
    try:
        return iso_date(text)
    except UnfitValueError as error:
        raise bad_request(f"'{text}' is no date") from error


def read_report(desk: Desk, body: etree._Element) -> Outcome:
    """Begin a report; its rows are read with `readMore` by the id that comes back."""
    name = (body.findtext("report") or "").strip()
    if name not in REPORTS:
        raise business(f"The report '{name}' does not exist.")
    wanted = (body.findtext("pagesize") or "").strip()
    if wanted and not (wanted.isdigit() and 1 <= int(wanted) <= PAGE_SIZE_LIMIT):
        raise bad_request(f"pagesize must be between 1 and {PAGE_SIZE_LIMIT}, not {wanted}")
    keys = [int(row["RECORDNO"] or 0) for row in desk.records.find(REPORTS[name])]
    report_id = f"RPT{secrets.token_hex(8).upper()}"
    keep_result_set(desk, report_id, REPORTS[name], "*", keys, int(wanted or PAGE_SIZE_LIMIT))
    data = element("data")
    results = child(data, "report_results")
    child(results, "REPORTID", report_id)
    child(results, "STATUS", "PENDING")
    return Outcome((data,))


def read_related(desk: Desk, body: etree._Element) -> Outcome:
    """Only custom relations are read this way, and this company has none."""
    name, relation = find_object(body.findtext("object") or "").name, (body.findtext("relation") or "").strip()
    raise business(f"The relation '{relation}' of {name} does not exist.")


def _not_subscribed(desk: Desk, body: etree._Element) -> Outcome:
    raise refuse("PL04000005", f"You do not have permission for API operation {body.tag}")


FURTHER_HANDLERS: Mapping[str, Handler] = {
    **{verb: _verb(verb) for verb in VERBS},
    **dict.fromkeys(NOT_SUBSCRIBED, _not_subscribed),
    "readReport": read_report,
    "readRelated": read_related,
}
