"""One posting ledger, one gateway, journals to post; the real poster, store and client between them; and the verdict.

What is simulated is the outside only: time, the network (`Wire`), the machine's death (`Stage`), a database that fails
(`StagedStore`), and the ledger (`Gateway`). Between them runs what runs in production: `Poster`, `PostingStore` on
SQLite, `IntacctLedger`, `IntacctClient` and the transport's own loop of retries.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache, wraps
from typing import Any

from sqlalchemy import Engine

from connector_assets.accounting.journal import Journal, JournalLine, journal_from_payload
from connector_assets.posting import CLOCK_TOLERANCE_S, Outcome, Policy, PostableDocument, Poster, PostingResult
from connector_assets.records.errors import RecordsError
from connector_assets.records.postings import PostingKey, PostingState, PostingStore
from connector_assets.vendors import transport as transport_module
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.intacct.postable import IntacctDocument, IntacctDocumentLedger, document_from_payload
from connector_assets.vendors.intacct.records import Record, records_of
from connector_assets.vendors.intacct.session import SessionCache
from connector_assets.vendors.retry import Outcome as Network
from connector_assets.vendors.retry import Verdict as NetworkVerdict
from connector_assets.vendors.transport import Reply, Transport
from connector_tests.faults.gateway import BY_HAND, HTML, PAGE, PERIOD_CLOSED, XML, Answer, Gateway, control_failure
from connector_tests.faults.shapes import Booked, number_in
from connector_tests.faults.stage import Crash, Stage

DAY = date(2025, 4, 4)
START = datetime(2025, 4, 4, 12, 0, tzinfo=UTC)
LEASE_S = 600.0
WINDOW_S = 900.0
"""The ledger's processing window: a late commit comes within it where the ledger checks no control ids."""

DUE_S = WINDOW_S + CLOCK_TOLERANCE_S
STEPS = (
    *("plan", "approve", "acquire", "release", "begin_send", "record_posted", "record_rejected"),
    *("record_unknown", "record_alarm", "release_unsent"),
)


class ClientBugError(Exception):
    """A programming error in a client, after the ledger has done its work."""


@dataclass(frozen=True)
class Fault:
    """What one request suffers; `seconds` is how much later a late commit comes."""

    name: str
    seconds: float = 0.0


CALM = Fault("")

BEFORE: dict[str, Answer] = {
    "500 before": Answer(500, HTML, PAGE),
    "502 before": Answer(502, HTML, PAGE),
    "500 XML before": control_failure("GW-0001", "Unable to process request", 500),
    "HTML before": Answer(200, HTML, PAGE),
    "429": control_failure("GW-0010", "API rate limit exceeded", 429),
    "429 HTML": Answer(429, HTML, PAGE),
    "401": control_failure("XMLGW_JPP0002", "Sign-in information is incorrect. Please check your request.", 401),
    "403": Answer(403, HTML, PAGE),
    "400": control_failure("GW-0011", "Invalid Request", 400),
}
"""Answers to a request of which nothing was done."""

AFTER: dict[str, Answer] = {
    "500 after": Answer(500, HTML, PAGE),
    "504 after": Answer(504, HTML, PAGE),
    "500 XML after": control_failure("GW-0001", "Unable to process request", 500),
    "HTML after": Answer(200, HTML, PAGE),
    "403 after": Answer(403, HTML, PAGE),
    "400 after": control_failure("GW-0011", "Invalid Request", 400),
    "empty body": Answer(200, XML, b""),
}
"""Answers that hide that everything was done."""

GARBLED = ("truncated body", "wrong function id", "wrong envelope id", "wrong record key", "no record key")
NO_REPLY = ("refused connection", "lost request", "lost reply", "late commit", "524 then commit", "breaks midway")
OTHERS = ("session expired", "refused", "refused after", "client bug")
WIRE_FAULTS = (*NO_REPLY, *BEFORE, *AFTER, *GARBLED, *OTHERS)
"""Every fault of the wire that any ledger may show; all of them must be survived, its duplicate check on or off."""

LIES = ("429 after", "401 after", "index lag")
"""What only the ledger's own refusal of a repeated control id makes harmless: work done behind a gate that says it
turned the call away, and a committed journal that a query does not show."""

NO_PLAN: Callable[[int], str] = lambda step: ""  # noqa: E731 a default, not a function of its own


@dataclass
class Script:
    """What one process meets: the fault of its n-th request; whether its n-th database step fails, before or after."""

    wire: Callable[[int], Fault] = lambda request: CALM
    database: Callable[[int], str] = NO_PLAN
    transit_s: Callable[[], float] = lambda: 0.0
    answer_s: Callable[[], float] = lambda: 0.0
    jump_s: Callable[[int], float] = lambda step: 0.0
    requests: int = 0
    steps: int = 0


@dataclass
class Process:
    """A process of ours: its script, how far its clock is off, and the sign-ins that it found (else its own)."""

    stage: Stage
    script: Script
    offset_s: float = 0.0
    sessions: SessionCache | None = None

    def now(self) -> datetime:
        return START + timedelta(seconds=self.stage.time_s + self.offset_s)


class StagedStore(PostingStore):
    """The real posting ledger, with a point before and after each durable step, where the process may die or wait."""

    process: Process


def _staged(name: str) -> Callable[..., Any]:
    real = getattr(PostingStore, name)

    @wraps(real)
    def step(self: StagedStore, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 as the wrapped method has it
        process = self.process
        process.script.steps += 1
        number = process.script.steps
        process.offset_s += process.script.jump_s(number)
        process.stage.at_point()
        failure = process.script.database(number)
        process.stage.tell(f"{name} {kwargs.get('error', '')}{f' database fails {failure}' if failure else ''}")
        if failure == "before":
            raise RecordsError("The database failed.", fix="Run it again.")
        answer = real(self, *args, **kwargs)
        process.stage.at_point()
        if failure == "after":
            raise RecordsError("The database was lost after the commit.", fix="Run it again.")
        return answer

    return step


for _name in STEPS:
    setattr(StagedStore, _name, _staged(_name))


class Wire(Transport):
    """The transport without sockets: its own loop, judge and retries, over a network that does what the script says."""

    _world: "World"
    _process: Process

    def for_process(self, world: "World", process: Process) -> "Wire":
        """A copy of this one for a process: the pools that a Transport sets up, and never uses here, cost too much."""
        wire = copy(self)
        wire.calls, wire._world, wire._process = Counter(), world, process
        wire._sleep, wire.now = process.stage.sleep, lambda: process.stage.time_s
        return wire

    def _prepare(self, request: transport_module._Request) -> transport_module._Request:  # type: ignore[override] # no HTTP
        return request

    def _exchange(self, prepared: transport_module._Request, *_limits_s: float) -> transport_module._Attempt:  # type: ignore[override] # as above
        process, gateway, body = self._process, self._world.gateway, prepared.content
        assert body is not None
        process.script.requests += 1
        fault = process.script.wire(process.script.requests)
        process.stage.at_point()
        process.stage.tell(f"request {prepared.where}: {fault.name or 'no fault'} {fault.seconds or ''}")
        if fault.name == "refused connection":
            return _nothing(Network.NOT_SENT)
        self._world.witness(body)
        try:
            process.stage.sleep(process.script.transit_s())
            process.stage.at_point()
        except Crash:  # what has left the machine arrives
            self._world.deliver(body, fault)
            raise
        answer = self._world.deliver(body, fault)
        process.stage.sleep(process.script.answer_s())
        process.stage.at_point()
        if fault.name == "client bug" and b"<create>" in body:
            raise ClientBugError
        if answer is None:
            return _nothing(Network.LOST)
        headers = {"Content-Type": answer.content_type}
        gateway.catch_up()
        reply = Reply(answer.status, headers, answer.body)
        return transport_module._Attempt(NetworkVerdict(Network.ANSWERED), reply)


_WIRE = Wire("intacct", jitter=lambda: 0.0)


def _nothing(outcome: Network) -> transport_module._Attempt:
    return transport_module._Attempt(NetworkVerdict(outcome, "simulated"))


def _garble(name: str, answer: Answer, body: bytes) -> Answer:
    """The reply after a fault that spoils its text; of a read only what can be spoiled."""
    text = answer.body
    if name == "truncated body":
        text = text[: len(text) // 2]
    elif name == "wrong function id":
        text = text.replace(b"<function>create</function><controlid>", b"<function>create</function><controlid>x")
    elif name == "wrong envelope id":
        text = text.replace(b"<senderid>s</senderid><controlid>", b"<senderid>s</senderid><controlid>x")
    elif b"<create>" in body and b"<RECORDNO>" in text:
        start = text.index(b"<RECORDNO>") + len(b"<RECORDNO>")
        key = str(BY_HAND).encode() if name == "wrong record key" else b""
        text = text[:start] + key + text[text.index(b"</RECORDNO>", start) :]
    return Answer(answer.status, answer.content_type, text)


@dataclass(frozen=True)
class Wanted:
    """A document to be posted: its key and content, and the policy of its connection."""

    key: PostingKey
    document: PostableDocument
    policy: Policy = "post"


class KeptJournal(Journal):
    """A journal that computes its digest and payload once, for speed: it never changes."""

    digest = lru_cache(64)(Journal.digest)
    payload = lru_cache(64)(Journal.payload)


def journal_of(reference: str, cents: tuple[int, ...]) -> Journal:
    """A balanced journal: these debits, and one credit of their sum."""
    accounts = [("6000", "NYC", "200"), ("6010", "AUS", "300"), ("6020", "NYC", "300"), ("6030", "AUS", "200")]
    places = (accounts[number % 4] for number in range(len(cents)))
    debits = [_journal_line(*place, amount) for place, amount in zip(places, cents, strict=True)]
    lines = (*debits, _journal_line("2080", "E100", None, -sum(cents)))
    return KeptJournal("labor", reference, "PYRJ", DAY, "PR BW", "USD", "Posted", lines)


def _journal_line(account: str, location: str, department: str | None, amount_cents: int) -> JournalLine:
    return JournalLine(account, amount_cents, department, location, None, None, None, "E100", "Wages")


PosterClass = type[Poster]
StoreClass = type[StagedStore]
LedgerOf = Callable[[IntacctClient], IntacctLedger]
DocumentLedgerOf = Callable[[IntacctClient], IntacctDocumentLedger]


@dataclass
class World:
    """Everything of one schedule. What posts is there by name, so that a mutant can take its place."""

    engine: Engine
    stage: Stage
    wanted: list[Wanted]
    remembers_control_ids: bool = True
    poster: PosterClass = Poster
    store: StoreClass = StagedStore
    ledger_of: LedgerOf = IntacctLedger
    document_ledger_of: DocumentLedgerOf = IntacctDocumentLedger
    unannounced: list[str] = field(default_factory=list)
    gateway: Gateway = field(init=False)

    def __post_init__(self) -> None:
        """Open the ledger."""
        self.gateway = Gateway(lambda: self.stage.time_s, remembers_control_ids=self.remembers_control_ids)

    # -- what our processes do ------------------------------------------------------------------------------------

    def run(self, process: Process, *, resolves: bool = False) -> list[PostingResult]:
        """One run of the flow, as a process of its own: post every document, or settle what earlier ones left open."""
        store = self.store(self.engine, process.now)
        store.process = process
        client = IntacctClient(
            *("http://127.0.0.1/ia/xml/xmlgw.phtml", "s", "p", "c", "u", "w"),
            transport=_WIRE.for_process(self, process),
            sessions=process.sessions or SessionCache(lambda: process.stage.time_s),
        )
        results: list[PostingResult] = []
        for wanted in self.wanted:
            with suppress(RecordsError, ClientBugError):  # the run of this document failed; a later one goes on
                poster = self._poster(process, store, client, wanted.document)
                result = self._post(poster, store, wanted, resolves)
                process.stage.tell(f"{wanted.key.source_id}: {result.outcome}")
                results.append(result)
        return results

    def _poster(
        self, process: Process, store: PostingStore, client: IntacctClient, document: PostableDocument
    ) -> Poster:
        """The poster of the document's flow: journals go by one ledger, documents of the subledger by another."""
        is_journal = isinstance(document, Journal)
        return self.poster(
            store,
            self.ledger_of(client) if is_journal else self.document_ledger_of(client),
            owner="run",
            now=process.now,
            sleep=process.stage.sleep,
            lease_s=LEASE_S,
            restore=journal_from_payload if is_journal else document_from_payload,
        )

    def _post(self, poster: Poster, store: PostingStore, wanted: Wanted, resolves: bool) -> PostingResult:
        if resolves and store.get(wanted.key) is not None:
            return poster.resolve(wanted.key)
        result = poster.post(
            wanted.key,
            wanted.document,
            partition=DAY.isoformat(),
            document_date=DAY,
            policy=wanted.policy,
        )
        if result.outcome == Outcome.HELD:
            store.approve([result.posting], "controller", "tied to the register")
        return result

    def deliver(self, body: bytes, fault: Fault) -> Answer | None:
        """A request reaches the gateway, or does not; what comes back, None for nothing."""
        self.gateway.catch_up()
        if fault.name in ("late commit", "524 then commit"):
            self.gateway.put_off(body, fault.seconds)
            return None if fault.name == "late commit" else Answer(524, HTML, PAGE)
        if fault.name == "lost request" or fault.name in BEFORE:
            return BEFORE.get(fault.name)
        return self._after(body, fault.name, self._work(body, fault.name))

    def _work(self, body: bytes, name: str) -> Answer:
        if name == "session expired":
            self.gateway.expire_sessions()
        refuses = PERIOD_CLOSED if name == "refused" else ""
        midway, hides = name == "breaks midway", name == "index lag"
        return self.gateway.serve(body, breaks_midway=midway, refuses=refuses, hides=hides)

    def _after(self, body: bytes, name: str, whole: Answer) -> Answer | None:
        """What comes back of the answer once the work is done."""
        if name == "lost reply":
            return None
        if name == "refused after" and b"<create>" in body:
            return self.gateway.refuse(body, PERIOD_CLOSED)
        if name in LIES:
            return BEFORE.get(name.removesuffix(" after"), whole)
        return AFTER.get(name) or (_garble(name, whole, body) if name in GARBLED else whole)

    def witness(self, body: bytes) -> None:
        """The first byte of a write leaves: a committed row must say so by now."""
        if b"<create>" not in body:
            return
        reference = number_in(body)
        row = self._row(reference, "attempts", "state")
        if row is None or not row[0] or row[1] == PostingState.HELD:
            self.unannounced.append(reference)

    def _row(self, reference: str, *columns: str) -> tuple[Any, ...] | None:
        """The committed row of a posting, past the store on trial; by the driver alone, as it is often asked."""
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            place = "?" if self.engine.dialect.paramstyle == "qmark" else "%s"
            statement = f"SELECT {', '.join(columns)} FROM posting WHERE reference = {place}"  # noqa: S608 our names
            cursor.execute(statement, (reference,))
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row
        finally:
            connection.close()

    # -- the end --------------------------------------------------------------------------------------------------

    def converge(self, pauses_s: tuple[float, ...]) -> int:
        """The faults are over: later runs come after these pauses. Returns how many it took until all was posted."""
        for number, pause_s in enumerate(pauses_s, start=1):
            self.stage.time_s += pause_s
            results = self._calm_run()
            if len(results) == len(self.wanted) and all(one.is_posted for one in results):
                return number
        return len(pauses_s) + 1

    def _calm_run(self) -> list[PostingResult]:
        return self.run(Process(self.stage, Script()))

    def verdict(self) -> str:
        """Empty when the books hold each document once, whole, balanced and equal, and the posting ledger knows it."""
        self.stage.time_s += 10 * 86_400
        self.gateway.catch_up()
        if self.unannounced:
            return f"unannounced: {self.unannounced[0]} was sent with no committed row that says so"
        for wanted in self.wanted:
            fault = self._fault_of(wanted, self._row(wanted.document.reference, "state", "ledger_key"))
            if fault:
                return fault
        return ""

    def _fault_of(self, wanted: Wanted, row: tuple[Any, ...] | None) -> str:
        state, ledger_key = row or ("no posting", "")
        booked, reference = self.gateway.ours(wanted.document.reference), wanted.document.reference
        key = str(booked[0].key) if booked else ""
        checks = (
            (all(one.is_whole for one in booked), f"half-posted: {reference}"),
            (not any(one.imbalance for one in booked), f"unbalanced: {[one.imbalance for one in booked]}"),
            (len(booked) <= 1, f"duplicate: {len(booked)} documents under {reference}"),
            (len(booked) >= 1, f"lost: nothing under {reference}, posting {state}"),
            (all(books(one) == truth(wanted.document) for one in booked), f"other content: {reference}"),
            (state == PostingState.POSTED, f"not converged: {state}"),
            (ledger_key == key, f"wrong key: {ledger_key}, the books have {key}"),
        )
        return next((fault for holds, fault in checks if not holds), "")


def books(booked: Booked) -> list[tuple[str, Fraction, str, str]]:
    """What the books hold, in the oracle's numbers."""
    return sorted((line.account, line.amount, line.location, line.department) for line in booked.lines)


def truth(document: PostableDocument) -> list[tuple[str, Fraction, str, str]]:
    """What they should hold, computed anew from the document."""
    if isinstance(document, Journal):
        return sorted(
            (line.account_no, Fraction(line.amount_cents, 100), line.location_id or "", line.department_id or "")
            for line in document.lines
        )
    assert isinstance(document, IntacctDocument)
    return sorted(_line_truth(line) for line in records_of(document.record["lines"]))


def _line_truth(line: Record) -> tuple[str, Fraction, str, str]:
    """A line of a bill by its account, of a payment by the bill that it pays."""
    cents = line["amount_cents"]
    assert isinstance(cents, int)
    account = line.get("account_no") or line.get("bill_key")
    return str(account), Fraction(cents, 100), str(line.get("location_id") or ""), str(line.get("department_id") or "")
