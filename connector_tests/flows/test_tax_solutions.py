"""A prebuilt tax solution switched on or off wrongly, told from what Intacct says of solutions, details and fields."""

import pandas as pd
import pytest

from connector_assets.flows.procurify_intacct.frames import BILL_FIELDS, ENTITIES, TAX_DETAILS, TAX_SOLUTIONS
from connector_assets.flows.procurify_intacct.words import TAX_FIELD, Taxes, tax_findings

VAT, GST = "United Kingdom - VAT", "Australia - GST"


def taxes(
    *, solutions: tuple[str, ...] = (VAT,), field: str = TAX_FIELD, live: bool = True, currency: str | None = "GBP"
) -> Taxes:
    """What Intacct says: by default a British company with a tax solution and an active purchase tax detail of it."""
    details = [("UK Input Standard Rate", VAT, True, live), ("UK Sale Standard Rate", VAT, False, True)]
    return Taxes(
        TAX_SOLUTIONS.conform(pd.DataFrame([(one, "VAT") for one in solutions], columns=TAX_SOLUTIONS.names)),
        TAX_DETAILS.conform(pd.DataFrame(details, columns=TAX_DETAILS.names)),
        ENTITIES.conform(pd.DataFrame([("E100", "Firm", currency, True)], columns=ENTITIES.names)),
        BILL_FIELDS.conform(
            pd.DataFrame([(field, "Tax solution", "text", "", False, False)], columns=BILL_FIELDS.names)
        ),
    )


@pytest.mark.parametrize(
    ("given", "solution", "why"),
    [
        (taxes(), VAT, ""),
        (taxes(currency="USD"), "", ""),
        (taxes(solutions=()), "", ""),
        (taxes(live=False), "", ""),
        (taxes(), "", "no prebuilt tax solution is switched on"),
        (taxes(currency="EUR"), "", "outside of the U.S."),
        (taxes(currency=None), "", "keeps its books in GBP"),
        (taxes(), GST, f"none of that name (bills can use: {VAT})"),
        (taxes(live=False), VAT, "no active purchase tax detail of it (bills can use: none)"),
        (taxes(field="bill.MEMO"), VAT, "bills have no field for one"),
        (taxes(solutions=()), VAT, "none of that name (bills can use: none)"),
    ],
)
def test_both_directions(given: Taxes, solution: str, why: str) -> None:
    found = tax_findings(solution, "E100", "GBP", given)
    assert [one.code for one in found] == ["P24"] * bool(why)
    for one in found:
        assert why in one.why
        assert "tax.prebuilt_solution" in one.fix
