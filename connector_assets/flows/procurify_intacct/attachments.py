"""A bill's files as one attachment in Intacct: there once, under an id that says whose they are and which.

Intacct takes an attachment id but once, so a reply that is lost cannot double it: what is there is used. Files are
never kept in our records.
"""

import hashlib
import mimetypes
from pathlib import PurePath

from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.flows.procurify_intacct.config import PostingSection
from connector_assets.vendors.errors import NotFoundError, OutcomeUnknownError, ProtocolError, RefusedError
from connector_assets.vendors.intacct.documents import IntacctDocuments
from connector_assets.vendors.intacct.records import Record
from connector_assets.vendors.procurify.client import ProcurifyClient
from connector_assets.vendors.procurify.models import Attachment, Bill

NAME_LENGTH_MAX = 80


def attachment_id(bill: Bill) -> str:
    """`PFY-{bill}-{digest of its files}`: other files are another attachment."""
    content = ",".join(f"{one.id}:{one.sha1_hash}" for one in sorted(bill.attachments, key=lambda one: one.id))
    return f"PFY-{bill.id}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"


def carry_files(
    bill: Bill, source: ProcurifyClient, documents: IntacctDocuments, policy: PostingSection
) -> tuple[str, list[Finding]]:
    """The attachment's id in Intacct (empty when there is none) and which files could not be carried.

    Raises what the clients raise where trying again may help.
    """
    if not bill.attachments or policy.attachments == "none":
        return "", []
    known = attachment_id(bill)
    if documents.find("attachment", {"attachment_id": known}):
        return known, []
    files, found = _files(bill, source, policy)
    if not files or any(one.severity is Severity.BLOCK for one in found):
        return "", found
    _ensure(documents, "attachment_folder", {"name": policy.attachment_folder})
    record: Record = {
        "attachment_id": known,
        "name": known,
        "folder": policy.attachment_folder,
        "description": f"Procurify bill {bill.id}",
        "files": files,
    }
    _ensure(documents, "attachment", record)
    return known, found


def _files(bill: Bill, source: ProcurifyClient, policy: PostingSection) -> tuple[list[Record], list[Finding]]:
    files: list[Record] = []
    found: list[Finding] = []
    for place, one in enumerate(bill.attachments, 1):
        try:
            content = source.file(one, policy.attachment_bytes_max)
        except (NotFoundError, ProtocolError) as error:
            found.append(_not_carried(bill, one, error, is_required=policy.attachments == "required"))
            continue
        name, extension = _name(one, place)
        files.append({"name": name, "extension": extension, "content": content})
    return files, found


def _not_carried(bill: Bill, one: Attachment, error: NotFoundError | ProtocolError, *, is_required: bool) -> Finding:
    why = f"File {one.id} of bill {bill.id} is not carried: {error.message}."
    return finding("S57", str(bill.id), why, error.fix, Severity.BLOCK if is_required else None)


def _name(one: Attachment, place: int) -> tuple[str, str]:
    """A name without period, unique in its bill, and an extension: by the name, else by the type."""
    path = PurePath(one.name)
    extension = path.suffix.lstrip(".") or (mimetypes.guess_extension(one.mimetype) or ".bin").lstrip(".")
    stem = path.stem.replace(".", " ").strip()[:NAME_LENGTH_MAX] or "file"
    return f"{place} {stem}", extension


def _ensure(documents: IntacctDocuments, name: str, record: Record) -> None:
    """Create what is not there; another run may be faster, and a reply may be lost: then it is looked for once more."""
    identity = {key: record[key] for key in ("attachment_id", "name") if key in record}
    if documents.find(name, identity):
        return
    control_id = ":".join([name, *map(str, identity.values())])
    try:
        documents.create(name, record, control_id)
    except (RefusedError, OutcomeUnknownError):
        if not documents.find(name, identity):
            raise
