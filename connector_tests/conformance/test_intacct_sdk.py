"""The vendor's own SDK, unchanged, against the simulated gateway: what it accepts, our client may be tested against.

The SDK is never a dependency: it is installed into a cache folder by these tests, which are skipped, saying why, where
Node or its registry cannot be reached.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connector_assets.sandbox.credentials import (
    INTACCT_COMPANY_ID,
    INTACCT_SENDER_ID,
    INTACCT_SENDER_PASSWORD,
    INTACCT_USER_ID,
    INTACCT_USER_PASSWORD,
)
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.conformance.node_sdk import node_sdk
from connector_tests.conformance.test_intacct_sandbox import Admin, client

SCRIPT = Path(__file__).with_name("intacct_sdk.cjs")
RUN_TIMEOUT_S = 120
CREDENTIALS = {
    "INTACCT_SENDER": INTACCT_SENDER_ID,
    "INTACCT_SENDER_SECRET": INTACCT_SENDER_PASSWORD,
    "INTACCT_COMPANY": INTACCT_COMPANY_ID,
    "INTACCT_USER": INTACCT_USER_ID,
    "INTACCT_USER_SECRET": INTACCT_USER_PASSWORD,
}


class Told:
    """What each scenario of the script came to, and what the gateway's books held afterwards."""

    def __init__(self, scenarios: dict[str, dict[str, Any]], journals: dict[str, list[dict[str, object]]]) -> None:
        self._scenarios, self.journals = scenarios, journals

    def value(self, name: str) -> dict[str, Any]:
        told = self._scenarios[name]
        assert "error" not in told, told
        value: dict[str, Any] = told["value"]
        return value

    def error(self, name: str) -> tuple[str, list[str]]:
        told = self._scenarios[name]
        return told["error"], told["errors"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = node_sdk()
    if isinstance(folder, str):
        pytest.skip(folder)
    scratch = tmp_path_factory.mktemp("sdk")
    with running_sandbox(SandboxOptions(state_path=scratch / "state.db", workers=60)) as root:
        endpoint = f"http://sim.intacct.com:{root.rpartition(':')[2]}/intacct/ia/xml/xmlgw.phtml"
        command = ["node", str(SCRIPT), str(folder), endpoint, str(scratch)]
        ran = subprocess.run(
            command, env=os.environ | CREDENTIALS, check=True, capture_output=True, text=True, timeout=RUN_TIMEOUT_S
        )
        references = [f"SDK-{number}" for number in range(1, 5)] + ["SDK-H"]
        journals = {reference: Admin(root).journals(reference) for reference in references}
        employees = list(client(root).query("EMPLOYEE", ["EMPLOYEEID", "STATUS"]))
    scenarios = json.loads(ran.stdout)
    scenarios["employees"] = {"value": {row["EMPLOYEEID"]: row["STATUS"] for row in employees}}
    return Told(scenarios, journals)


def test_it_opens_sessions_at_the_top_level_and_in_an_entity(told: Told) -> None:
    opened = told.value("session")
    assert (opened["hasId"], opened["entity"]) == (True, "")
    assert opened["endpoint"].startswith("http://sim.intacct.com:")
    assert told.value("entity_session")["entity"] == "E200"


def test_it_reads_a_refused_login_as_such(told: Told) -> None:
    kind, errors = told.error("bad_login")
    assert kind == "ResponseException"
    assert "Sign-in information is incorrect" in errors[0]


def test_it_posts_a_journal_and_finds_its_record_number(told: Told) -> None:
    posted = told.value("journal")
    assert posted["count"] == 1
    assert [str(one["recordno"]) for one in told.journals["SDK-1"]] == [posted["record"]]


def test_it_reads_why_a_journal_was_refused(told: Told) -> None:
    kind, errors = told.error("journal_refused")
    assert (kind, told.journals["SDK-2"]) == ("ResultException", [])
    assert "do not balance" in errors[0]


def test_of_a_transaction_with_one_bad_journal_nothing_stands(told: Told) -> None:
    kind, errors = told.error("transaction_rolled_back")
    assert kind == "ResultException"
    assert "is not valid" in errors[0]
    assert (told.journals["SDK-3"], told.journals["SDK-4"]) == ([], [])


def test_it_posts_a_statistical_journal(told: Told) -> None:
    record = told.value("statistical_journal")["record"]
    assert [str(one["recordno"]) for one in told.journals["SDK-H"]] == [record]


def test_it_creates_dimension_values_and_lists_the_dimensions(told: Told) -> None:
    made = told.value("dimensions")
    assert all(key.isdigit() for key in made["keys"])
    assert {"DEPARTMENT", "LOCATION", "PROJECT", "CLASS", "EMPLOYEE"} <= set(made["names"])


def test_it_hires_and_ends_an_employee(told: Told) -> None:
    hired = told.value("employee")
    assert hired["statuses"] == ["success", "success"]
    assert told.value("employees")["SDK-1"] == "inactive"


def test_it_queries_with_order_filter_and_page(told: Told) -> None:
    page = told.value("query")
    assert page["rows"] == 2
    assert page["total"] == page["remaining"] + 2
    assert set(page["first"]) == {"RECORDNO", "DEPARTMENTID"}


def test_it_reads_a_result_set_to_its_end(told: Told) -> None:
    read = told.value("read_by_query")
    assert read["total"] == read["rows"] == read["distinct"] > 5


def test_it_reads_by_record_number(told: Told) -> None:
    assert told.value("read")["row"]["DEPARTMENTID"]


def test_it_attaches_a_file_and_posts_the_bill_that_names_it(told: Told) -> None:
    assert all(key.isdigit() for key in told.value("attachment_and_bill")["keys"])


@pytest.mark.parametrize("name", ["expense_report", "invoice"])
def test_it_posts_what_only_legacy_functions_take(told: Told, name: str) -> None:
    assert told.value(name)["key"].isdigit()


# --- every class ------------------------------------------------------------------------------------------------------

CLASSES = Path(__file__).with_name("intacct_sdk_classes.cjs")
MEANS_A_STRANGER = ("XML Parse schema error", "error processing the function", "is not a field of")


def test_every_function_of_it_is_understood_with_all_its_fields_in_its_own_order(tmp_path: Path) -> None:
    folder = node_sdk()
    if isinstance(folder, str):
        pytest.skip(folder)
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"%PDF-1.4\n")
    with running_sandbox(SandboxOptions(state_path=tmp_path / "state.db", workers=60)) as root:
        endpoint = f"http://sim.intacct.com:{root.rpartition(':')[2]}/intacct/ia/xml/xmlgw.phtml"
        command = ["node", str(CLASSES), str(folder), endpoint, str(file)]
        ran = subprocess.run(
            command, env=os.environ | CREDENTIALS, check=True, capture_output=True, text=True, timeout=RUN_TIMEOUT_S
        )
    classes: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    assert len(classes) > 120
    strange = {
        name: one
        for name, one in classes.items()
        if one["status"] not in {"success", "ResultException"}
        or any(text in error for error in one["errors"] for text in MEANS_A_STRANGER)
    }
    assert strange == {}
