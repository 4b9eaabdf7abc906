"""The error catalogue: number, text and level together say what a failure is and what a person can do."""

import pytest

from connector_assets.vendors.errors import (
    AccessError,
    CredentialError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
    VendorError,
)
from connector_assets.vendors.intacct.errors import CATALOGUE, GatewayError, Kind, Level, classify, failure_error

C, A, F = Level.CONTROL, Level.AUTHENTICATION, Level.FUNCTION

CASES = [
    (C, "XL03000003", "XML Parse schema error: Fatal Error 76: Opening and ending tag mismatch", "xml"),
    (C, "invalidRequest", "", "xml"),
    (C, "XL03000006", "Incorrect Intacct XML Partner ID or password.", "auth_sender"),
    (C, "XL03000006", "nightly is not a valid transport policy.", "validation"),
    (C, "XL03000006", "This function was executed before", "unknown"),
    (C, "PL04000055", "This company is a demo company and has expired.", "auth_authorisation"),
    (C, "GW-0011", "Invalid Request", "auth_sender"),
    (C, "GW-0010", "API rate limit exceeded", "throttle"),
    (C, "GW-0001", "Unable to process request", "gateway_transient"),
    (C, "", "The Service is Temporarily Off-line", "gateway_transient"),
    (C, "XMLGW_JPP0002", "Sign-in information is incorrect. Please check your request.", "auth_login"),
    (C, "XL99999999", "Something new", "unknown"),
    (A, "XL03000006", "Sign-in information is incorrect", "auth_login"),
    (A, "XL03000006", "Invalid session S....", "auth_session"),
    (
        A,
        "XL03000006",
        "Invalid Web Services Authorization The sender ID 'x' is not authorized to make Web Services requests",
        "auth_authorisation",
    ),
    (A, "XL77", "Something new", "unknown"),
    (F, "Get API Session Failed", "Something went wrong", "auth_login"),
    (F, "PL04000005", "You do not have permission for API operation READ_BY_QUERY on objects of type X", "permission"),
    (F, "XL03000006", "The following fields cannot be queried: INVOICENO", "validation"),
    (F, "XL03000010", "The field X does not exist", "validation"),
    (F, "DL02000001", "There was an error processing the request.", "validation"),
    (F, "Query Failed", "Object definition VENDOR9 not found", "validation"),
    (F, "Invalid fields list x", "", "validation"),
    (F, "BL34000061", "Another Project with the given value(s) P-DUP  already exists", "duplicate"),
    (F, "PL05000104", "", "duplicate"),
    (F, "BL03002185", "A transaction with that number already exists", "duplicate"),
    (F, "PL01000127", "Document Number is missing", "duplicate"),
    (F, "BL01001973", "The account number '6000' already exists", "duplicate"),
    (F, "BL03000018", "Illegal format for Contactversion : Primary Email Address", "validation"),
    (F, "BL03002073", "", "validation"),
    (F, "BL03000025", "", "unknown_ref"),
    (F, "BL01001973", "Employee Contact info cannot be empty", "validation"),
    (F, "BL01001973", "Cannot find customer with key '9' to delete.", "unknown_ref"),
    (F, "BL01001973", "Invalid Project 'P-9' specified.", "unknown_ref"),
    (F, "BL01001973", "Vendor 'V' specified is not valid.", "unknown_ref"),
    (F, "BL01001973", "The employee 'E-9' is invalid.", "unknown_ref"),
    (F, "BL01001973", "Account 6000 is not valid", "unknown_ref"),
    (F, "BL01001973", "Activate the vendor X, then try again.", "inactive_ref"),
    (F, "BL01001973", "Department 200 is inactive", "inactive_ref"),
    (F, "BL01001973", "This transaction is missing the Job dimension for the Account 6000", "dimension"),
    (F, "BL03000018", "This transaction is missing the Grant dimension for the Account 6000", "dimension"),
    (F, "BL01001973", "Line 2 is missing 'Department' dimension", "dimension"),
    (F, "BL01001973", "The account number '6000' requires a Department", "dimension"),
    (F, "BL01001973", "GL account '6': 'X' specified is not valid. GL account is restricted", "dimension"),
    (F, "BL01001973", "Location must be X. This value is auto-filled", "dimension"),
    (F, "BL01001973", "Periods are closed. Your transaction date (04/30/2031) is within a period", "period_closed"),
    (F, "BL03000018", "Date must be on or after 05/01/2031", "period_closed"),
    (F, "BL01001973", "The period is closed", "period_closed"),
    (F, "BL01001973", "Transactions do not balance for Location E200", "out_of_balance"),
    (F, "BL01001973", "The account number 1000 is associated to the checking account", "validation"),
    (F, "BL01001973", "Enable foreign-currency transactions, and try again", "validation"),
    (F, "", "API rate limit exceeded", "throttle"),
    (F, "XL03000009", "The entire transaction in this operation has been rolled back due to an error.", "rolled_back"),
    (F, "BL01001973", "Could not create GLBatch record!", "unknown"),
    (F, "ZZ1", "never seen", "unknown"),
]

ERROR_OF_KIND: dict[str, type[VendorError]] = {
    "auth_sender": CredentialError,
    "auth_login": CredentialError,
    "auth_authorisation": CredentialError,
    "auth_session": UnavailableError,
    "permission": AccessError,
    "throttle": UnavailableError,
    "gateway_transient": UnavailableError,
}


@pytest.mark.parametrize(("level", "number", "text", "kind"), CASES)
def test_each_known_failure_has_its_kind_and_its_error(level: Level, number: str, text: str, kind: str) -> None:
    failure = classify(level, [GatewayError(number, text)])
    assert failure.kind.value == kind
    error = failure_error(failure, "create GLBATCH je:1", is_write=False)
    assert type(error) is ERROR_OF_KIND.get(kind, RefusedError)
    if isinstance(error, RefusedError):
        assert (error.kind, error.codes) == (kind, (number,) if number else ())
    assert error.fix


def test_every_rule_of_the_catalogue_is_met_by_a_case_above() -> None:
    met = {
        next(rule for rule in CATALOGUE if rule.matches(level, GatewayError(number, text)))
        for level, number, text, _ in CASES
    }
    unmet = [rule for rule in CATALOGUE if rule not in met and rule.numbers != frozenset({"GW-0042"})]
    assert unmet == []


def test_the_specific_error_decides_and_not_its_wrappers() -> None:
    failure = classify(
        F,
        [
            GatewayError("XL03000009", "There was an error processing the function"),
            GatewayError("BL01001973", "Could not create GLBatch record!"),
            GatewayError("BL01001973", "Transactions do not balance for Location E200", support_id="aB~1"),
        ],
    )
    assert (failure.kind, failure.reference) == (Kind.OUT_OF_BALANCE, "aB~1")
    assert failure.codes == ("XL03000009", "BL01001973")


def test_a_stable_error_id_decides_where_the_text_is_in_another_language() -> None:
    failure = classify(F, [GatewayError("BL01001973", "Die Buchungen sind nicht ausgeglichen", error_id="GL-1009")])
    assert failure.kind is Kind.OUT_OF_BALANCE


def test_a_transient_failure_of_a_write_says_nothing_about_the_write() -> None:
    failure = classify(F, [GatewayError("", "The Service is Temporarily Off-line", "Please Try Again Later")])
    assert type(failure_error(failure, "create GLBATCH", is_write=True)) is OutcomeUnknownError


def test_a_failure_without_any_error_is_refused_and_says_so() -> None:
    error = failure_error(classify(F, []), "create GLBATCH je:1", is_write=True)
    assert isinstance(error, RefusedError)
    assert "no error was given" in str(error)
