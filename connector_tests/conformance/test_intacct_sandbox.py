"""The Intacct client against the simulated gateway: two readings of one fact sheet that must agree.

What is read on a calm day is the reference: under every fault that passes, and with every open question answered the
other way, the same must be read. A journal is posted under every fault there is: whatever the client then concludes
must be true of the books, and a look-up and a second send under the same control id must end with exactly one journal.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import requests

from connector_assets.accounting.journal import Journal, JournalLine
from connector_assets.sandbox.company import DEPARTMENTS, ENTITIES, OFFICES, PROJECTS
from connector_assets.sandbox.credentials import (
    INTACCT_COMPANY_ID,
    INTACCT_SENDER_ID,
    INTACCT_SENDER_PASSWORD,
    INTACCT_USER_ID,
    INTACCT_USER_PASSWORD,
)
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.intacct.client import IntacctClient
from connector_assets.vendors.intacct.filters import Filter, Operator, equal, quoted
from connector_assets.vendors.intacct.ledger import IntacctLedger, custom_names
from connector_assets.vendors.intacct.master_data import IntacctMasterData, Record
from connector_assets.vendors.protocols import Receipt
from connector_assets.vendors.transport import Transport

PASSING_FAULTS = (
    *("drop_before", "drop_after", "truncated", "rate_limit", "rate_limit_html", "rate_limit_bare", "rate_limit_200"),
    *("internal_error", "internal_error_html", "bad_gateway", "unavailable", "gateway_timeout"),
    *("session_expired", "unauthorized"),
)
WRITE_FAULTS = (*PASSING_FAULTS, "invalid_request", "origin_timeout", "cloudflare", "late_commit")
FAULTS_THAT_MAY_BE_DONE = (
    *("rate_limit", "rate_limit_html", "rate_limit_200", "unauthorized", "invalid_request", "internal_error"),
    *("internal_error_html", "bad_gateway", "unavailable", "gateway_timeout", "origin_timeout", "cloudflare"),
)
HARMLESS_TO_READS = (
    ("intacct.session_duration_s", "600"),
    ("intacct.bad_login_http", "401"),
    ("intacct.read_by_query_picklists", "codes"),
    ("intacct.unordered_pages", "by_recordno"),
    ("intacct.retry_after", "present"),
    ("intacct.unknown_read_keys", "fail"),
    ("intacct.timestamp_zone", "-05:00"),
)
ANSWERS_TO_A_DUPLICATE = [
    (level, number)
    for level in ("function_failure", "control_failure")
    for number in ("BL01001973", "XL03000006", "BL34000061", "PL05000061")
]
NOTHING_EXECUTED = (CredentialError, AccessError, UnavailableError)


@dataclass
class Admin:
    """The operator's side of the sandbox."""

    root: str

    def post(self, path: str, **body: object) -> None:
        requests.post(f"{self.root}/admin/{path}", json=body, timeout=10).raise_for_status()

    def get(self, path: str, **params: str) -> dict[str, list[dict[str, object]]]:
        found: dict[str, list[dict[str, object]]]
        found = requests.get(f"{self.root}/admin/{path}", params=params, timeout=10).json()
        return found

    def calm(self) -> None:
        self.post("intacct/release")
        for path in ("faults", "switches"):
            requests.delete(f"{self.root}/admin/{path}", timeout=10).raise_for_status()

    def fault(self, name: str, operation: str, *, times: int = 1, **params: object) -> None:
        match = {"operation": operation}
        self.post("faults", system="intacct", match=match, fault=name, times=times, params=params)

    def journals(self, reference: str) -> list[dict[str, object]]:
        return self.get("intacct/journals", reference=reference)["journals"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("sandbox") / "state.db"
    with running_sandbox(SandboxOptions(state_path=path, workers=60)) as root:
        yield root


@pytest.fixture
def admin(sandbox: str) -> Iterator[Admin]:
    operator = Admin(sandbox)
    operator.calm()
    yield operator
    operator.calm()


def client(
    root: str,
    *,
    entity_id: str | None = None,
    sender_password: str = INTACCT_SENDER_PASSWORD,
    company_id: str = INTACCT_COMPANY_ID,
    user_password: str = INTACCT_USER_PASSWORD,
) -> IntacctClient:
    return IntacctClient(
        f"{root}/intacct/ia/xml/xmlgw.phtml",
        INTACCT_SENDER_ID,
        sender_password,
        company_id,
        INTACCT_USER_ID,
        user_password,
        entity_id=entity_id,
        transport=Transport("intacct", sleep=lambda seconds: None, jitter=lambda: 0.0),
    )


def everything(intacct: IntacctClient) -> list[object]:
    """All master data, and the projects once more in pages of 40 and by readByQuery."""
    master = IntacctMasterData(intacct)
    paged = list(intacct.query("PROJECT", ["PROJECTID"], page_size_rows=40))
    text = f"STATUS = 'T' AND PROJECTID like {quoted('P-%')}"
    by_text = sorted(row["PROJECTID"] for row in intacct.read_by_query("PROJECT", ["PROJECTID"], text, 40))
    return [
        master.gl_accounts(),
        master.journals(),
        master.departments(),
        master.locations(),
        master.location_entities(),
        master.classes(),
        master.projects(),
        master.employees(),
        master.reporting_periods(),
        paged,
        by_text,
        intacct.read("PROJECT", [row["RECORDNO"] for row in paged], ["PROJECTID"]),
    ]


@pytest.fixture(scope="module")
def calm_reading(sandbox: str) -> list[object]:
    return everything(client(sandbox))


def line(account_no: str, amount_cents: int, location_id: str, department_id: str | None = None) -> JournalLine:
    return JournalLine(account_no, amount_cents, department_id, location_id, None, None, None, "E100", "Wages & more")


def journal(reference: str) -> Journal:
    lines = (line("6010", 123450, "NYC", "200"), line("6030", 6550, "AUS", "210"), line("1051", -130000, "E100"))
    return Journal("labor", reference, "PYRJ", date(2025, 3, 14), "PR BW 2025-03-14", "USD", "Posted", lines)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_probe_finds_nothing_missing(admin: Admin) -> None:
    assert client(admin.root).ping() == []
    assert client(admin.root, entity_id="E200").ping() == []


def test_the_probe_names_what_is_wrong(admin: Admin) -> None:
    wrong = {
        "sender id": client(admin.root, sender_password="no"),
        "password": client(admin.root, user_password="no"),
        "company id": client(admin.root, company_id="NOBODY"),
        "not an entity": client(admin.root, entity_id="NYC"),
    }
    for expected, intacct in wrong.items():
        (missing,) = intacct.ping()
        assert expected in missing
        assert "not-real" not in missing


def test_the_ledger_company_is_the_firm_it_stands_for(admin: Admin) -> None:
    master = IntacctMasterData(client(admin.root))
    entities = {entity.entity_id for entity in ENTITIES}
    assert {item.entity_id for item in master.location_entities()} == entities
    places = {item.location_id: item.entity_id for item in master.locations() if item.is_active}
    assert places == {office.location_id: office.entity_id for office in OFFICES} | {name: name for name in entities}
    departments = {item.department_id: item.title for item in master.departments() if item.is_active}
    assert departments.items() >= {item.department_id: item.name for item in DEPARTMENTS}.items()
    assert {item.project_id for item in master.projects()} >= {item.project_id for item in PROJECTS}
    accounts = {item.account_no: item.requires for item in master.gl_accounts()}
    assert accounts["5000"] == {"department", "location", "project"}


def test_keyset_pages_take_the_requests_that_the_rows_need(admin: Admin) -> None:
    intacct = client(admin.root)
    rows = list(intacct.query("PROJECT", ["PROJECTID"], page_size_rows=10))
    assert [int(row["RECORDNO"]) for row in rows] == sorted({int(row["RECORDNO"]) for row in rows})
    assert intacct.count("PROJECT") == len(rows)
    assert intacct.transport.calls["intacct query PROJECT"] == -(-len(rows) // 10) + 1


def test_filters_choose_what_they_say(admin: Admin) -> None:
    intacct = client(admin.root)
    chosen = [equal("STATUS", "inactive"), Filter("PROJECTID", Operator.LIKE, ("P-%",))]
    inactive = {row["PROJECTID"] for row in intacct.query("PROJECT", ["PROJECTID"], chosen)}
    assert inactive == {item.project_id for item in IntacctMasterData(intacct).projects() if not item.is_active}
    march = Filter("START_DATE", Operator.BETWEEN, (date(2025, 3, 1), date(2025, 3, 31)))
    assert [row["NAME"] for row in intacct.query("REPORTINGPERIOD", ["NAME"], [march])] == ["Month Ended March 2025"]


@pytest.mark.parametrize("fault", PASSING_FAULTS)
def test_a_fault_that_passes_changes_nothing_that_is_read(admin: Admin, calm_reading: list[object], fault: str) -> None:
    for operation in ("query", "read"):
        admin.fault(fault, operation)
    assert everything(client(admin.root)) == calm_reading


@pytest.mark.parametrize(("switch", "answer"), HARMLESS_TO_READS)
def test_an_open_question_answered_the_other_way_changes_nothing_that_is_read(
    admin: Admin, calm_reading: list[object], switch: str, answer: str
) -> None:
    admin.post("switches", **{switch: answer})
    assert everything(client(admin.root)) == calm_reading


def test_an_unknown_field_is_a_refusal_that_says_so(admin: Admin) -> None:
    for answer in ("XL03000006", "DL02000001"):
        admin.post("switches", **{"intacct.unknown_select_field": answer})
        with pytest.raises(RefusedError) as caught:
            list(client(admin.root).query("PROJECT", ["NOSUCHFIELD"]))
        assert (caught.value.kind, caught.value.codes) == ("validation", (answer,))


# --- writing ----------------------------------------------------------------------------------------------------------


def test_a_posted_journal_is_found_and_read_back_to_the_cent(admin: Admin) -> None:
    wanted = journal("PX-calm-L-1")
    ledger = IntacctLedger(client(admin.root))
    assert ledger.find(wanted) == []
    receipt = ledger.send(wanted, "calm:1")
    (found,) = ledger.find(wanted)
    (held,) = ledger.read_back(wanted.reference)
    assert (found.receipt, found.digest) == (receipt, wanted.digest())
    assert receipt.state == "Posted"
    assert held.debit_cents() == held.credit_cents() == wanted.debit_cents()
    (books,) = admin.journals(wanted.reference)
    assert (str(books["recordno"]), books["debit_cents"]) == (receipt.key, wanted.debit_cents())


def test_a_journal_line_keeps_its_value_of_a_user_defined_dimension(admin: Admin) -> None:
    lines = journal("x").lines
    tagged = replace(lines[0], custom_dimensions=(("GLDIMCOSTOBJECT", "1"),))
    wanted = replace(journal("PX-tagged-L-1"), lines=(tagged, *lines[1:]))
    ledger = IntacctLedger(client(admin.root))
    ledger.send(wanted, "tagged:1")
    (found,) = ledger.find(wanted)
    (held,) = ledger.read_back(wanted.reference, custom_names(wanted))
    assert found.digest == wanted.digest()
    assert [item.custom_dimensions for item in held.lines] == [tagged.custom_dimensions, (), ()]


def test_a_draft_stays_a_draft_and_is_found_too(admin: Admin) -> None:
    wanted = replace(journal("PX-draft-L-1"), state="Draft")
    ledger = IntacctLedger(client(admin.root))
    assert ledger.send(wanted, "draft:1").state == "Draft"
    assert [item.digest for item in ledger.find(wanted)] == [wanted.digest()]


def settle(admin: Admin, ledger: IntacctLedger, wanted: Journal, control_id: str) -> Receipt:
    """What the poster does after an attempt that gave no receipt: look up, then send once more, then look up."""
    admin.calm()
    if not ledger.find(wanted):
        try:
            return ledger.send(wanted, control_id)
        except RefusedError:
            pass
    (found,) = ledger.find(wanted)
    assert found.digest == wanted.digest()
    return found.receipt


@pytest.mark.parametrize("fault", WRITE_FAULTS)
def test_what_is_concluded_of_a_post_under_a_fault_is_true_of_the_books(admin: Admin, fault: str) -> None:
    wanted, control_id = journal(f"PX-{fault}-L-1"), f"{fault}:1"
    ledger = IntacctLedger(client(admin.root))
    list(ledger.find(wanted))
    admin.fault(fault, "create", times=0 if fault == "rate_limit" else 1)
    receipt: Receipt | None = None
    outcome: VendorError | None = None
    try:
        receipt = ledger.send(wanted, control_id)
    except VendorError as caught:
        outcome = caught
    held = [str(item["recordno"]) for item in admin.journals(wanted.reference)]
    if receipt is not None:
        assert held == [receipt.key]
    elif isinstance(outcome, NOTHING_EXECUTED):
        assert held == []
    else:
        assert isinstance(outcome, OutcomeUnknownError)
    kept = settle(admin, ledger, wanted, control_id)
    assert [str(item["recordno"]) for item in admin.journals(wanted.reference)] == [kept.key]


@pytest.mark.parametrize("fault", FAULTS_THAT_MAY_BE_DONE)
def test_even_a_gateway_that_turns_away_what_it_has_done_ends_with_one_journal(admin: Admin, fault: str) -> None:
    wanted, control_id = journal(f"PX-{fault}-done-L-1"), f"{fault}:done:1"
    ledger = IntacctLedger(client(admin.root))
    admin.fault(fault, "create", done=True)
    with suppress(VendorError):
        ledger.send(wanted, control_id)
    kept = settle(admin, ledger, wanted, control_id)
    assert [str(item["recordno"]) for item in admin.journals(wanted.reference)] == [kept.key]


@pytest.mark.parametrize(("level", "number"), ANSWERS_TO_A_DUPLICATE)
def test_a_second_send_under_one_control_id_is_refused_in_any_words(admin: Admin, level: str, number: str) -> None:
    admin.post("switches", **{"intacct.duplicate_controlid": level, "intacct.duplicate_errorno": number})
    wanted, control_id = journal(f"PX-{level}-{number}-L-1"), f"{level}:{number}"
    ledger = IntacctLedger(client(admin.root))
    receipt = ledger.send(wanted, control_id)
    with pytest.raises(RefusedError):
        ledger.send(wanted, control_id)
    assert [found.receipt for found in ledger.find(wanted)] == [receipt]


def test_what_the_books_refuse_is_refused_with_its_kind(admin: Admin) -> None:
    good = journal("PX-refused-L-1")
    first, second, third = good.lines
    journals = {
        "dimension": replace(good, lines=(replace(first, department_id=None), second, third)),
        "unknown_ref": replace(good, lines=(replace(first, department_id="999"), second, third)),
        "out_of_balance": replace(good, lines=(replace(first, amount_cents=1), second, third)),
    }
    ledger = IntacctLedger(client(admin.root))
    for kind, wanted in journals.items():
        with pytest.raises(RefusedError) as caught:
            ledger.send(wanted, f"refused:{kind}")
        assert (caught.value.kind, bool(caught.value.reference)) == (kind, True), str(caught.value)
    with pytest.raises(RefusedError):
        ledger.send(replace(good, lines=(replace(first, account_no="6080"), second, third)), "refused:inactive")
    assert admin.journals(good.reference) == []


@pytest.mark.parametrize("number", ["BL01001973", "BL03000018"])
def test_a_closed_period_is_told_by_its_text(admin: Admin, number: str) -> None:
    admin.post("switches", **{"intacct.closed_period_errorno": number})
    admin.post("intacct/periods", month="2025-02", closed=True)
    wanted = replace(journal("PX-closed-L-1"), entry_date=date(2025, 2, 14))
    try:
        with pytest.raises(RefusedError) as caught:
            IntacctLedger(client(admin.root)).send(wanted, "closed:1")
    finally:
        admin.post("intacct/periods", month="2025-02", closed=False)
    assert (caught.value.kind, caught.value.codes[0]) == ("period_closed", number)


def test_an_employee_arrives_with_its_contact_and_can_be_ended(admin: Admin) -> None:
    intacct = client(admin.root)
    master = IntacctMasterData(intacct)
    name = "Nowak Ada (HM-0900)"
    master.create_together(
        [
            ("CONTACT", [{"contact_name": name, "print_as": "Ada Nowak", "first_name": "Ada", "last_name": "Nowak"}]),
            (
                "EMPLOYEE",
                [
                    {
                        "employee_id": "HM-0900",
                        "contact_name": name,
                        "location_id": "AUS",
                        "department_id": "210",
                        "start_date": date(2025, 3, 3),
                    }
                ],
            ),
        ],
        "hire:HM-0900",
    )
    assert master.existing_contacts([name, "Nobody"]) == {name}
    leaving: Record = {
        "employee_id": "HM-0900",
        "is_active": False,
        "end_date": date(2025, 6, 30),
        "termination_type": "voluntary",
    }
    master.update("EMPLOYEE", [leaving], "end:HM-0900")
    (employee,) = [item for item in master.employees() if item.employee_id == "HM-0900"]
    assert (employee.is_active, employee.location_id, employee.end_date) == (False, "AUS", date(2025, 6, 30))
    with pytest.raises(RefusedError) as caught:
        intacct.create("CONTACT", [{"CONTACTNAME": name, "PRINTAS": "Ada Nowak"}], "again:HM-0900")
    assert caught.value.kind == "duplicate"
    assert "Nowak" not in str(caught.value)
