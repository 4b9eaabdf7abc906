"""Journal entries (GLBATCH): create, update, delete, reversing entries, balance, inter-entity lines (section 6)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from connector_assets.sandbox.intacct.catalog import OBJECTS
from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.errors import FunctionRefusal, business, invalid_value, refuse
from connector_assets.sandbox.intacct.journal_lines import GLENTRY, LineReader
from connector_assets.sandbox.intacct.records import Caller, Record, Records
from connector_assets.sandbox.intacct.references import References, invalid_reference
from connector_assets.sandbox.intacct.written import check_required, children_named, written_values

GLBATCH = OBJECTS["GLBATCH"]
MODULE = "2.GL"


@dataclass(frozen=True)
class Entry:
    """A journal entry that has passed every rule and may be stored."""

    header: Record
    lines: list[Record]


def create_journal(desk: Desk, element: etree._Element) -> int:
    """Post or draft a journal entry and return its record number. Raises FunctionRefusal."""
    try:
        header = written_values(desk, GLBATCH, element, creating=True)
        header.pop("RECORDNO", None)
        entry = _checked(desk, header, element, entered="")
        return _store(desk, entry)
    except FunctionRefusal as refusal:
        raise refusal.wrapped("Could not create GLBatch record!") from refusal


def update_journal(desk: Desk, element: etree._Element) -> int:
    """Replace header and all lines of an entry that may still change. Raises FunctionRefusal."""
    try:
        values = written_values(desk, GLBATCH, element, creating=False)
        kept = _changeable(desk, values.get("RECORDNO"))
        if values.get("JOURNAL") not in (None, kept["JOURNAL"]):
            raise business("The journal of a journal entry cannot be changed.")
        if kept["STATE"] == "Posted" and values.get("STATE") == "Draft":
            raise business("A posted journal entry cannot become a draft.")
        values["JOURNAL"] = kept["JOURNAL"]
        check_required(GLBATCH, values, creating=True)
        if values.get("STATE") is None:
            values["STATE"] = kept["STATE"]
        entry = _checked(desk, {**_header_of(kept), **values}, element, entered=str(kept["BATCH_DATE"]))
        recordno = int(kept["RECORDNO"] or 0)
        desk.records.update(GLBATCH, recordno, {**entry.header, **_modified(desk)}, desk.caller)
        _delete_lines(desk.records, desk.caller, recordno)
        _store_lines(desk, recordno, entry.lines)
        _reverse_if_due(desk, recordno)
        return recordno
    except FunctionRefusal as refusal:
        raise refusal.wrapped("Could not update GLBatch record!") from refusal


def delete_journal(desk: Desk, recordno: int) -> None:
    """Remove an entry with its lines, unless its period is closed. Raises FunctionRefusal."""
    kept = desk.records.one("GLBATCH", RECORDNO=recordno)
    if kept is None:
        raise business(f"Cannot find GLBatch with key '{recordno}' to delete.")
    _check_periods(desk, kept, str(kept["BATCH_DATE"]), _entities_of(desk, recordno))
    remove_journal(desk.records, desk.caller, recordno)


def remove_journal(records: Records, caller: Caller, recordno: int) -> None:
    """Remove an entry whatever its period; a reversing entry and its original let go of each other."""
    _delete_lines(records, caller, recordno)
    records.delete(GLBATCH, recordno, caller)
    freed: Record = {"REVERSED": None, "REVERSEDKEY": None}
    for other in records.find("GLBATCH", REVERSEDKEY=recordno):
        records.update(GLBATCH, int(other["RECORDNO"] or 0), freed, caller)
    for other in records.find("GLBATCH", REVERSEDFROM=recordno):
        records.update(GLBATCH, int(other["RECORDNO"] or 0), {"REVERSEDFROM": None}, caller)


def _header_of(kept: Record) -> Record:
    return {name: value for name, value in kept.items() if not GLBATCH.by_name[name].read_only}


def _changeable(desk: Desk, recordno: object) -> Record:
    kept = desk.records.one("GLBATCH", RECORDNO=recordno) if isinstance(recordno, int) else None
    if kept is None:
        raise business(f"Cannot find GLBatch with key '{recordno or ''}'.")
    if kept["MEGAENTITYID"] != desk.caller.entity_id:
        raise business("This record belongs to another entity or to the top level and cannot be changed from here.")
    if kept["REVERSEDKEY"] is not None or kept["REVERSEDFROM"] is not None or kept["MODULE"] != MODULE:
        raise business("A reversed or system-generated journal entry cannot be changed.")
    _check_periods(desk, kept, str(kept["BATCH_DATE"]), _entities_of(desk, int(kept["RECORDNO"] or 0)))
    return kept


def _checked(desk: Desk, header: Record, element: etree._Element, *, entered: str) -> Entry:
    """Every rule of an entry, header before lines before balance before periods."""
    check_required(GLBATCH, header, creating=True)
    journal, statistical = _journal(desk, str(header["JOURNAL"]))
    _check_header(desk, header)
    entry_date, from_bank = str(header["BATCH_DATE"]), header.get("TRANSACTIONSOURCE") == "BANK"
    reader = LineReader(desk, entry_date=entry_date, statistical=statistical, from_bank=from_bank)
    owners = children_named(element, GLBATCH.lines_field)
    written = [line for owner in owners for line in children_named(owner, GLENTRY.name)]
    if len(written) < (1 if statistical else 2):
        raise invalid_value("A journal entry needs at least one line to debit and one to credit in ENTRIES.")
    lines = reader.read(written)
    base = _base_location(desk, header)
    if not statistical:
        lines += _inter_entity_lines(desk, reader, lines, base)
        _check_balance(desk, reader, lines)
    dates = {str(header["BATCH_DATE"]), str(header.get("REVERSEDATE") or header["BATCH_DATE"]), entered} - {""}
    for entry_date in sorted(dates):
        _check_periods(desk, journal, entry_date, {reader.entity_of(line) for line in lines})
    return Entry({**header, **base, **_of_journal(desk, journal, header)}, lines)


def _journal(desk: Desk, symbol: str) -> tuple[Record, bool]:
    for object_name in ("JOURNAL", "STATJOURNAL"):
        journal = desk.records.by_key(object_name, symbol)
        if journal is not None and journal["STATUS"] == "active":
            return journal, object_name == "STATJOURNAL"
    raise invalid_reference("JOURNAL", symbol)


def _check_header(desk: Desk, header: Record) -> None:
    if header.get("STATE") not in (None, "Posted", "Draft"):
        raise invalid_value(f"STATE must be Posted or Draft, not {header['STATE']}.")
    if header.get("SUPDOCID") is not None and desk.records.by_key("SUPDOC", header["SUPDOCID"]) is None:
        raise invalid_reference("SUPDOC", str(header["SUPDOCID"]))
    reverse_date = header.get("REVERSEDATE")
    if reverse_date is not None and str(reverse_date) <= str(header["BATCH_DATE"]):
        raise invalid_value("REVERSEDATE must be after BATCH_DATE.")
    reference = header.get("REFERENCENO")
    if reference is not None and desk.switch("duplicate_referenceno") == "refuse":
        others = {row["RECORDNO"] for row in desk.records.find("GLBATCH", REFERENCENO=reference)}
        if others - {header.get("RECORDNO")}:
            raise refuse("BL03002185", f"A transaction with that number already exists: {reference}")


def _base_location(desk: Desk, header: Record) -> Record:
    location_id = header.get("BASELOCATION_NO")
    if location_id is None:
        return {}
    entity = desk.records.one("LOCATIONENTITY", LOCATIONID=location_id)
    if entity is None:
        raise invalid_reference("LOCATION", str(location_id))
    return {
        "BASELOCATION_NO": location_id,
        "BASELOCATION": entity["RECORDNO"],
        "BASELOCATION_NAME": entity["NAME"],
    }


def _of_journal(desk: Desk, journal: Record, header: Record) -> Record:
    state = header.get("STATE") or "Posted"
    if state == "Posted" and desk.switch("journal_approval") == "on":
        state = "Submitted"
    return {"JOURNALKEY": journal["RECORDNO"], "ADJ": journal["ADJ"], "STATE": state}


def _balances(reader: LineReader, lines: Iterable[Record]) -> Counter[str]:
    """Debits less credits per entity in the base currency, in ten-thousandths."""
    balances: Counter[str] = Counter()
    for line in lines:
        balances[reader.entity_of(line)] += int(line["TR_TYPE"] or 0) * int(line["AMOUNT"] or 0)
    return balances


def _check_balance(desk: Desk, reader: LineReader, lines: list[Record]) -> None:
    currencies: Counter[str] = Counter()
    for line in lines:
        currencies[str(line["CURRENCY"])] += int(line["TR_TYPE"] or 0) * int(line["TRX_AMOUNT"] or 0)
    for currency, balance_e4 in sorted(currencies.items()):
        if balance_e4 and len(currencies) > 1:
            raise refuse(desk.switch("unbalanced_errorno"), f"Transactions do not balance for Currency {currency}")
    for entity_id, balance_e4 in sorted(_balances(reader, lines).items()):
        if balance_e4:
            errorno = desk.switch("unbalanced_errorno")
            raise refuse(errorno, f"Transactions do not balance for Location {entity_id}", errorid="GL-1009")


def _inter_entity_lines(desk: Desk, reader: LineReader, lines: list[Record], base: Record) -> list[Record]:
    """The payables and receivables that make every entity balance against the source entity BASELOCATION_NO."""
    if not base:
        return []
    source_id, added = str(base["BASELOCATION_NO"]), []
    for entity_id, balance_e4 in sorted(_balances(reader, lines).items()):
        if entity_id != source_id and balance_e4:
            owing, owed = (entity_id, source_id) if balance_e4 > 0 else (source_id, entity_id)
            added.append(_inter_entity_line(desk, owing, "IEPAYABLEACCTNO", -1, abs(balance_e4)))
            added.append(_inter_entity_line(desk, owed, "IERECEIVABLEACCTNO", 1, abs(balance_e4)))
    return added


def _inter_entity_line(desk: Desk, entity_id: str, field: str, side: int, amount_e4: int) -> Record:
    setup = desk.records.one("ENTITYACCTDEFAULT", ENTITYID=entity_id)
    if setup is None:
        raise business(f"There is no inter-entity account mapping for the entity {entity_id}")
    references = References(desk.records)
    account = references.active("GLACCOUNT", str(setup[field]))
    location = references.active("LOCATION", entity_id)
    return {
        "TR_TYPE": side,
        "AMOUNT": amount_e4,
        "TRX_AMOUNT": amount_e4,
        "ACCOUNTNO": account["ACCOUNTNO"],
        "ACCOUNTKEY": account["RECORDNO"],
        "ACCOUNTTITLE": account["TITLE"],
        "STATISTICAL": 0,
        "LOCATION": entity_id,
        "LOCATIONKEY": location["RECORDNO"],
        "LOCATIONNAME": location["NAME"],
        "DESCRIPTION": "Inter Entity Payable" if side < 0 else "Inter Entity Receivable",
        "CURRENCY": "USD",
        "BASECURR": "USD",
    }


def _check_periods(desk: Desk, journal: Record, entry_date: str, entities: Iterable[str]) -> None:
    if journal["ADJ"] and desk.switch("adjustments_in_closed_periods") == "accept":
        return
    desk.require_open(entry_date, entities)


def _entities_of(desk: Desk, recordno: int) -> set[str]:
    locations = {str(line["LOCATION"]) for line in desk.records.find("GLENTRY", BATCHNO=recordno)}
    rows = [desk.records.by_key("LOCATION", location_id) for location_id in locations]
    return {str(row["ENTITY"] or "") for row in rows if row is not None}


def _store(desk: Desk, entry: Entry) -> int:
    number = desk.records.greatest("GLBATCH", "BATCHNO", JOURNAL=entry.header["JOURNAL"]) + 1
    own: Record = {"BATCHNO": number, "MODULE": MODULE, "USERKEY": desk.caller.user_key, **_modified(desk)}
    recordno = desk.records.insert(GLBATCH, {**entry.header, **own}, desk.caller)
    _store_lines(desk, recordno, entry.lines)
    _reverse_if_due(desk, recordno)
    return recordno


def _modified(desk: Desk) -> Record:
    return {"MODIFIED": desk.records.timestamp(), "MODIFIEDBYID": desk.caller.user_id}


def _store_lines(desk: Desk, recordno: int, lines: Iterable[Record]) -> None:
    batch = desk.records.one("GLBATCH", RECORDNO=recordno) or {}
    shared: Record = {
        "BATCHNO": recordno,
        "BATCH_NUMBER": batch["BATCHNO"],
        "BATCH_DATE": batch["BATCH_DATE"],
        "ENTRY_DATE": batch["BATCH_DATE"],
        "BATCHTITLE": batch["BATCH_TITLE"],
        "USERNO": desk.caller.user_key,
        "STATE": batch["STATE"],
    }
    for place, line in enumerate(lines, start=1):
        desk.records.insert(GLENTRY, {**line, **shared, "LINE_NO": place}, desk.caller)


def _delete_lines(records: Records, caller: Caller, recordno: int) -> None:
    for line in records.find("GLENTRY", BATCHNO=recordno):
        records.delete(GLENTRY, int(line["RECORDNO"] or 0), caller)


def _reverse_if_due(desk: Desk, recordno: int) -> None:
    """Create the entry that REVERSEDATE asks for once the original is no draft: same lines, sides exchanged."""
    batch = desk.records.one("GLBATCH", RECORDNO=recordno) or {}
    if batch["REVERSEDATE"] is None or batch["STATE"] == "Draft":
        return
    header = {name: value for name, value in batch.items() if name not in ("RECORDNO", "BATCHNO", "REVERSEDATE")}
    header |= {"BATCH_DATE": batch["REVERSEDATE"], "BATCH_TITLE": f"Reversed - {batch['BATCH_TITLE']}"}
    header |= {"REVERSEDFROM": recordno}
    if desk.switch("reversing_referenceno") == "empty":
        header["REFERENCENO"] = None
    lines = desk.records.find("GLENTRY", BATCHNO=recordno)
    mirrored = [{**line, "RECORDNO": None, "TR_TYPE": -int(line["TR_TYPE"] or 0)} for line in lines]
    reversing = _store(desk, Entry(header, mirrored))
    mark: Record = {"REVERSED": batch["REVERSEDATE"], "REVERSEDKEY": reversing}
    desk.records.update(GLBATCH, recordno, mark, desk.caller)
