"""Attachments: folders, documents and their files (fact sheet section 8.7). Replies carry record numbers, not ids."""

import base64
import binascii
from collections.abc import Mapping

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import FunctionRefusal, business, invalid_value
from connector_assets.sandbox.intacct.records import Record
from connector_assets.sandbox.intacct.references import invalid_reference
from connector_assets.sandbox.intacct.replies import Outcome, child, element
from connector_assets.sandbox.intacct.values import to_text
from connector_assets.sandbox.intacct.writes import check_permission_to_write, duplicate

SUPDOC, FOLDER, FILE = OBJECTS["SUPDOC"], OBJECTS["SUPDOCFOLDER"], OBJECTS["SUPDOCFILE"]
_USERS = ("GLBATCH", "APBILL", "ARINVOICE", "EEXPENSES")
_FOLDER_FIELDS = {
    "supdocfoldername": "SUPDOCFOLDERNAME",
    "supdocfolderdescription": "DESCRIPTION",
    "supdocparentfoldername": "PARENTFOLDER",
}
_FIELDS = {
    "supdocid": "SUPDOCID",
    "supdocname": "SUPDOCNAME",
    "supdocfoldername": "FOLDER",
    "supdocdescription": "DESCRIPTION",
}


def create_folder(desk: Desk, body: etree._Element) -> Outcome:
    """Create a folder; its parent must exist."""
    check_permission_to_write(desk, FOLDER.name, "CREATE")
    values = _written(body, _FOLDER_FIELDS)
    if desk.records.by_key(FOLDER.name, values.get("SUPDOCFOLDERNAME")) is not None:
        raise duplicate(FOLDER, str(values["SUPDOCFOLDERNAME"]))
    _check_folder(desk, values.get("PARENTFOLDER"))
    return _key(desk.records.insert(FOLDER, values, desk.caller))


def update_folder(desk: Desk, body: etree._Element) -> Outcome:
    """Change a folder's description or parent."""
    check_permission_to_write(desk, FOLDER.name, "UPDATE")
    values = _written(body, _FOLDER_FIELDS)
    kept = desk.records.by_key(FOLDER.name, values.pop("SUPDOCFOLDERNAME", None))
    if kept is None:
        raise invalid_reference("ATTACHMENT FOLDER", body.findtext("supdocfoldername") or "")
    _check_folder(desk, values.get("PARENTFOLDER"))
    recordno = int(kept["RECORDNO"] or 0)
    desk.records.update(FOLDER, recordno, values, desk.caller)
    return _key(recordno)


def delete_folder(desk: Desk, body: etree._Element) -> Outcome:
    """Delete an empty folder by its name."""
    check_permission_to_write(desk, FOLDER.name, "DELETE")
    name = body.get("key", "")
    kept = desk.records.by_key(FOLDER.name, name)
    if kept is None or desk.records.one("SUPDOC", FOLDER=name) is not None:
        raise business(f"The attachment folder '{name}' is not empty or does not exist.")
    desk.records.delete(FOLDER, int(kept["RECORDNO"] or 0), desk.caller)
    return Outcome()


def create_attachment(desk: Desk, body: etree._Element) -> Outcome:
    """Create a document with its files in an existing folder; without an id it is numbered."""
    check_permission_to_write(desk, SUPDOC.name, "CREATE")
    values = _written(body, _FIELDS)
    if values.get("SUPDOCID") is None:
        values["SUPDOCID"] = f"{SUPDOC.number_prefix}{desk.records.greatest('SUPDOC', 'RECORDNO') + 1:05d}"
    if desk.records.by_key("SUPDOC", values["SUPDOCID"]) is not None:
        raise duplicate(SUPDOC, str(values["SUPDOCID"]))
    _check_folder(desk, values.get("FOLDER"))
    recordno = desk.records.insert(SUPDOC, values, desk.caller)
    _store_files(desk, recordno, body)
    return _key(recordno)


def update_attachment(desk: Desk, body: etree._Element) -> Outcome:
    """Change name or folder and add files; a file of a name that is there already is refused."""
    check_permission_to_write(desk, SUPDOC.name, "UPDATE")
    values = _written(body, _FIELDS)
    kept = _kept(desk, str(values.pop("SUPDOCID", "")))
    _check_folder(desk, values.get("FOLDER", kept["FOLDER"]))
    recordno = int(kept["RECORDNO"] or 0)
    desk.records.update(SUPDOC, recordno, values, desk.caller)
    _store_files(desk, recordno, body)
    return _key(recordno)


def delete_attachment(desk: Desk, body: etree._Element) -> Outcome:
    """Delete a document that no transaction carries."""
    check_permission_to_write(desk, SUPDOC.name, "DELETE")
    kept = _kept(desk, body.get("key", ""))
    if any(desk.records.one(name, SUPDOCID=kept["SUPDOCID"]) is not None for name in _USERS):
        raise business(f"The attachment '{kept['SUPDOCID']}' is in use and cannot be deleted.")
    for row in desk.records.find(FILE.name, SUPDOCKEY=kept["RECORDNO"]):
        desk.records.delete(FILE, int(row["RECORDNO"] or 0), desk.caller)
    desk.records.delete(SUPDOC, int(kept["RECORDNO"] or 0), desk.caller)
    return Outcome()


def describe_attachment(desk: Desk, record: Record, *, with_data: bool) -> etree._Element:
    """The lowercase `supdoc` of get and get_list; lists may leave the files' data out."""
    described = element("supdoc")
    for name, field in (("recordno", "RECORDNO"), ("supdocid", "SUPDOCID"), ("supdocname", "SUPDOCNAME")):
        child(described, name, str(record[field] or ""))
    child(described, "folder", str(record["FOLDER"] or ""))
    child(described, "description", str(record["DESCRIPTION"] or ""))
    child(described, "creationdate", to_text(SUPDOC.by_name["WHENCREATED"], record["WHENCREATED"])[:10])
    child(described, "createdby", str(record["CREATEDBY"] or ""))
    files = child(described, "attachments")
    for row in desk.records.find(FILE.name, SUPDOCKEY=record["RECORDNO"]):
        block = child(files, "attachment")
        child(block, "attachmentname", str(row["ATTACHMENTNAME"]))
        child(block, "attachmenttype", str(row["ATTACHMENTTYPE"]))
        child(block, "attachmentdata", str(row["ATTACHMENTDATA"]) if with_data else "")
    return described


def _written(body: etree._Element, fields: Mapping[str, str]) -> Record:
    found: Record = {}
    for name, field in fields.items():
        text = (body.findtext(name) or "").strip()
        if text:
            found[field] = text
    return found


def _key(recordno: int) -> Outcome:
    return Outcome((element("key", str(recordno)),))


def _kept(desk: Desk, supdoc_id: str) -> Record:
    kept = desk.records.by_key("SUPDOC", supdoc_id)
    if kept is None:
        raise invalid_reference("ATTACHMENT", supdoc_id)
    return kept


def _check_folder(desk: Desk, name: object) -> None:
    if name is not None and desk.records.by_key(FOLDER.name, str(name)) is None:
        raise invalid_reference("ATTACHMENT FOLDER", str(name))


def _store_files(desk: Desk, recordno: int, body: etree._Element) -> None:
    for entry in body.iterfind("attachments/attachment"):
        name, kind = entry.findtext("attachmentname") or "", entry.findtext("attachmenttype") or ""
        data = "".join((entry.findtext("attachmentdata") or "").split())
        if not name or "." in name or not kind:
            raise invalid_value(f"The attachment name '{name}' must not be empty and must not contain a period.")
        if desk.records.one(FILE.name, SUPDOCKEY=recordno, ATTACHMENTNAME=name, ATTACHMENTTYPE=kind) is not None:
            raise duplicate(FILE, f"{name}.{kind}")
        values: Record = {"SUPDOCKEY": recordno, "ATTACHMENTNAME": name, "ATTACHMENTTYPE": kind}
        desk.records.insert(FILE, {**values, "ATTACHMENTDATA": _checked_data(name, data)}, desk.caller)


def _checked_data(name: str, data: str) -> str:
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise _not_base64(name) from error
    return data


def _not_base64(name: str) -> FunctionRefusal:
    return invalid_value(f"The data of the attachment '{name}' is not base64.")
