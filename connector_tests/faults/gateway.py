"""A ledger in memory behind the vendor's XML, written for the simulator: it commits, forgets, lies and dies on demand.

The books keep every amount as a Fraction of the text that came over the wire, so that what is in them owes nothing to
our own arithmetic. Facts of the envelope are those of the simulated gateway in `sandbox/intacct`; this one does only
what a posting needs, at a speed that lets a schedule be played in milliseconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from xml.sax.saxutils import escape

from lxml import etree

from connector_tests.faults.shapes import SHAPES, Booked, Line, Shape, line_of

XML, HTML = "text/xml; charset=UTF-8", "text/html"
PAGE = b"<!DOCTYPE html><html><head><title>Off-line</title></head><body>The service is off-line</body></html>"
_AUTHENTICATION = (
    "<authentication><status>success</status><userid>u</userid><companyid>c</companyid><locationid></locationid>"
    "<sessiontimestamp>2025-01-01T00:00:00+00:00</sessiontimestamp>"
    "<sessiontimeout>2025-01-02T00:00:00+00:00</sessiontimeout></authentication>"
)
_NO_SESSION = "<authentication><status>failure</status><userid></userid><companyid></companyid></authentication>"
BY_HAND = 500
"""The record number of somebody else's document, one of each kind, for a wrong key to point at."""


@dataclass(frozen=True)
class Answer:
    """A whole HTTP reply."""

    status: int
    content_type: str
    body: bytes


class Gateway:
    """The books and the door to them. `remembers_control_ids` is the documented refusal of a repeated function."""

    def __init__(self, now_s: Callable[[], float], *, remembers_control_ids: bool = True) -> None:
        self._now_s = now_s
        self.remembers_control_ids = remembers_control_ids
        self.journals: list[Booked] = []
        self.sends: list[str] = []
        self._completed: set[str] = set()
        self._sessions: set[str] = set()
        self._late: list[tuple[float, bytes]] = []
        self._hidden: set[int] = set()
        self._logins = 0
        self._by_hand = [_planted(shape) for shape in SHAPES.values()]

    # -- what a test does to it -----------------------------------------------------------------------------------

    def expire_sessions(self) -> None:
        """End every session."""
        self._sessions.clear()

    def put_off(self, body: bytes, seconds: float) -> None:
        """Do the work of a request later: its connection is gone, the gateway is still at it."""
        self._late.append((self._now_s() + seconds, body))

    def catch_up(self) -> None:
        """Do what is due by now."""
        due = [late for late in self._late if late[0] <= self._now_s()]
        self._late = [late for late in self._late if late[0] > self._now_s()]
        for _at, body in due:
            session = etree.fromstring(body).findtext("operation/authentication/sessionid")
            self._sessions.update([session] if session else [])  # it was signed in when it came
            self.serve(body)

    def ours(self, reference: str) -> list[Booked]:
        """The documents under a reference, whatever an index would show."""
        return [journal for journal in self.journals if journal.reference == reference]

    def refuse(self, body: bytes, errors: str) -> Answer:
        """The refusal of a write, whether or not it was done."""
        root = etree.fromstring(body)
        function = root.find("operation/content/function")
        assert function is not None
        failed = _failure(str(function[0].tag), str(function.get("controlid")), errors)
        return _document(root.findtext("control/controlid") or "", _AUTHENTICATION + failed)

    # -- what it does ---------------------------------------------------------------------------------------------

    def serve(self, body: bytes, *, breaks_midway: bool = False, refuses: str = "", hides: bool = False) -> Answer:
        """Do what a request asks and answer it.

        `breaks_midway`: the machine stops in the middle of a write; what is in a transaction is rolled back.
        `refuses`: the business refusal of any write. `hides`: what was committed does not show in this query.
        """
        root = etree.fromstring(body)
        control_id = root.findtext("control/controlid") or ""
        operation = root.find("operation")
        assert operation is not None
        session = operation.findtext("authentication/sessionid")
        if session is not None and session not in self._sessions:
            error = _error("XL03000006", "Invalid session S....")
            return _document(control_id, f"{_NO_SESSION}<errormessage>{error}</errormessage>")
        function = operation.find("content/function")
        assert function is not None
        is_unique = root.findtext("control/uniqueid") == "true"
        is_atomic = operation.get("transaction") == "true"
        name, function_id = function[0].tag, str(function.get("controlid"))
        if name == "getAPISession":
            return _document(control_id, _AUTHENTICATION + _result(name, function_id, self._open_session()))
        if name in ("query", "read"):
            data = self._query(function[0], hides) if name == "query" else self._read(function[0])
            return _document(control_id, _AUTHENTICATION + _result(name, function_id, data))
        refusal = self._refusal(function_id, is_unique) or refuses
        if refusal:
            failed = _failure(name, function_id, refusal)
            return _document(control_id, _AUTHENTICATION + failed)
        booked = self._book(function[0], function_id, breaks_midway=breaks_midway and not is_atomic)
        if breaks_midway:
            if is_atomic:
                self.journals.remove(booked)
            return Answer(500, HTML, PAGE)
        self._completed.add(function_id)
        element = booked.shape.name.lower()
        data = f'<data listtype="objects" count="1"><{element}><RECORDNO>{booked.key}</RECORDNO></{element}></data>'
        return _document(control_id, _AUTHENTICATION + _result(name, function_id, data))

    def _open_session(self) -> str:
        self._logins += 1
        session = f"S{self._logins}"
        self._sessions.add(session)
        endpoint = "http://127.0.0.1/ia/xml/xmlgw.phtml"
        api = f"<sessionid>{session}</sessionid><endpoint>{endpoint}</endpoint><locationid></locationid>"
        return f"<data><api>{api}</api></data>"

    def _refusal(self, control_id: str, is_unique: bool) -> str:
        self.sends.append(control_id)
        if is_unique and self.remembers_control_ids and control_id in self._completed:
            return _error("BL01001973", f"The function {control_id} was executed and completed before")
        return ""

    def _book(self, create: etree._Element, control_id: str, *, breaks_midway: bool) -> Booked:
        document = create[0]
        shape = SHAPES[str(document.tag)]
        header = shape.header(document)
        sent = document.findall(shape.lines)
        lines = tuple(line_of(shape, entry) for entry in (sent[: len(sent) // 2] if breaks_midway else sent))
        key = 1000 + len(self.journals)
        booked = Booked(key, header[shape.number], control_id, header, lines, len(sent), shape)
        self.journals.append(booked)
        return booked

    def _held(self, name: str) -> list[Booked]:
        return [one for one in (*self._by_hand, *self.journals) if one.shape.name == name]

    def _query(self, query: etree._Element, hides: bool) -> str:
        name = query.findtext("object") or ""
        wanted = {(one.findtext("field"), one.findtext("value") or "") for one in query.iterfind("filter//equalto")}
        if name == "GLENTRY":
            rows = [
                {"RECORDNO": str(journal.key * 100 + number), "BATCHNO": str(journal.key), **line.fields}
                for journal in self._held("GLBATCH")
                if ("BATCHNO", str(journal.key)) in wanted
                for number, line in enumerate(journal.lines)
            ]
        else:
            found = [] if hides else [_row(one) for one in self._held(name)]
            rows = [row for row in found if wanted <= row.items()]
        cells = "".join(f"<{name}>{_cells(row)}</{name}>" for row in rows)
        counts = f'totalcount="{len(rows)}" offset="0" count="{len(rows)}" numremaining="0"'
        return f'<data listtype="{name}" {counts}>{cells}</data>'

    def _read(self, read: etree._Element) -> str:
        """Documents by their record numbers, with the lines that they own."""
        name, keys = read.findtext("object") or "", (read.findtext("keys") or "").split(",")
        found = [one for one in self._held(name) if str(one.key) in keys]
        records = "".join(f"<{name}>{_cells(_row(one))}{_owned(one)}</{name}>" for one in found)
        return f'<data listtype="{name.lower()}" count="{len(found)}">{records}</data>'


def _planted(shape: Shape) -> Booked:
    header = {shape.number: "BY-HAND", "JOURNAL": "x", "BATCH_DATE": "x", "BATCH_TITLE": "x", "STATE": "x"}
    lines = (Line("1", Fraction(1), "", "", {}), Line("2", Fraction(-1), "", "", {}))
    return Booked(BY_HAND, "BY-HAND", "", header, lines, len(lines), shape)


def _row(booked: Booked) -> dict[str, str]:
    """A document's header as it is read; the number of a journal is another than its record number."""
    return {"STATE": "Posted", **booked.header, "RECORDNO": str(booked.key), "BATCHNO": str(booked.key - 990)}


def _owned(booked: Booked) -> str:
    container, element = booked.shape.lines.split("/")
    lines = "".join(f"<{element}>{_cells(line.fields)}</{element}>" for line in booked.lines)
    return f"<{container}>{lines}</{container}>"


def _cells(row: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in row.items())


def _error(number: str, text: str) -> str:
    return (
        f"<error><errorno>{number}</errorno><description></description><description2>{escape(text)}</description2>"
        "<correction></correction></error>"
    )


PERIOD_CLOSED = _error("BL01001973", "Periods are closed. Your transaction date is within a period that's been closed.")


def _failure(name: str, control_id: str, errors: str) -> str:
    rolled_back = _error("XL03000009", "The entire transaction in this operation has been rolled back due to an error.")
    return (
        f"<result><status>failure</status><function>{name}</function><controlid>{escape(control_id)}</controlid>"
        f'<data listtype="objects" count="0"/><errormessage>{errors}{rolled_back}</errormessage></result>'
    )


def _result(name: str, control_id: str, data: str) -> str:
    return (
        f"<result><status>success</status><function>{name}</function><controlid>{escape(control_id)}</controlid>"
        f"{data}</result>"
    )


def _document(control_id: str, operation: str) -> Answer:
    control = (
        f"<control><status>success</status><senderid>s</senderid><controlid>{control_id}</controlid>"
        "<uniqueid>true</uniqueid><dtdversion>3.0</dtdversion></control>"
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?><response>{control}<operation>{operation}</operation></response>'
    return Answer(200, XML, text.encode())


def control_failure(number: str, text: str, status: int) -> Answer:
    """The gate's own refusal, which echoes nothing."""
    errors = f"<errormessage>{_error(number, text)}</errormessage>"
    return Answer(status, XML, f"<response><control><status>failure</status></control>{errors}</response>".encode())
