"""Classification by effect on pay, as Paychex's real components are set up."""

import pytest

from connector_assets.accounting.classify import classify, kind_of
from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Severity
from connector_tests.accounting.registers import Line, line_frame


@pytest.mark.parametrize(
    ("section", "classification", "effect", "paid_by", "kind"),
    [
        ("earning", "REGULAR", "addition", "", "wage"),
        ("earning", "Regular", "addition", "", "wage"),  # the processed checks write it so
        ("earning", "SUPPLEMENTAL", "addition", "", "wage"),  # overtime, bonus
        ("earning", "FRINGE_BENEFITS", "addition", "", "wage"),  # a cash fringe is taxed and paid
        ("earning", "Reimbursement", "addition", "", "reimbursement"),
        ("earning", "FRINGE_BENEFITS", "in_out", "", "imputed"),
        ("earning", "IRC_79_GROUP_TERM_LIFE_INSURANCE", "in_out", "", "imputed"),
        ("earning", "TIPS", "in_out", "", "imputed"),
        ("earning", "_401K", "in_out", "", "employer_benefit"),  # an "earning" that is the employer's match
        ("informational", "IRC_129_CAFETERIA", "in_out", "", "employer_benefit"),
        ("deduction", "_401K", "reduction", "", "employee_deduction"),
        ("earning", "_401K", "reduction", "", "employee_deduction"),  # whatever array it arrives in
        ("informational", "INFORMATIONAL", "informational", "", "memo"),
        ("tax", "", "", "employee", "employee_tax"),
        ("tax", "", "", "employer", "employer_tax"),
        ("tax", "", "", "", None),
        ("earning", "SOMETHING_NEW", "in_out", "", None),  # imputed or employer's plan? Nobody can tell
        ("earning", "REGULAR", "", "", None),
        ("earning", "REGULAR", "SUBTRACTION", "", None),
    ],
)
def test_the_kind_follows_from_the_effect(
    section: str, classification: str, effect: str, paid_by: str, kind: str | None
) -> None:
    assert kind_of(section, classification, effect, paid_by) == kind


def test_an_unknown_code_blocks_by_name_and_nothing_is_dropped() -> None:
    lines = line_frame(
        {"C1": [Line("wage", "REG", 100_00), Line("imputed", "970042", 5_00, classification="NEW")]}, {"C1": "W1"}
    )
    classified, findings = classify(lines, {})
    assert classified["kind"].tolist() == ["wage", ""]
    (found,) = findings
    assert (found.code, found.severity, found.subject) == ("S09", Severity.BLOCK, "970042")
    assert "970042" in found.fix
    assert "5.00" in found.why


def test_an_override_decides_a_code() -> None:
    lines = line_frame(
        {"C1": [Line("imputed", "970042", 5_00, classification="NEW"), Line("wage", "DRAW", 1)]}, {"C1": "W1"}
    )
    classified, findings = classify(lines, {"970042": "memo", "DRAW": "advance"})
    assert classified["kind"].tolist() == ["memo", "advance"]
    assert findings == []


@pytest.mark.parametrize("kind", ["wages", "net_pay", ""])
def test_an_override_to_no_kind_is_refused(kind: str) -> None:
    with pytest.raises(AccountingError, match=r"line_kinds: X: .* Use one of wage, reimbursement"):
        classify(line_frame({}, {}), {"X": kind})


def test_a_garnishments_label_stays_out_of_the_finding() -> None:
    lines = line_frame({"C1": [Line("imputed", "9701", 1, classification="GARNISHMENTS")]}, {"C1": "W1"})
    lines["name"] = "Case 4711 Doe"
    assert "Doe" not in str(classify(lines, {})[1])
