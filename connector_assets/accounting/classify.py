"""Classification of pay lines by their effect on pay, never by the word `earning` or `deduction`.

Paychex: `effectOnPay` says whether a line adds to net pay, reduces it, passes in and out (imputed income, or what the
employer pays into a plan) or only informs; the classification then tells a reimbursement from a wage, plan from income.
"""

from collections.abc import Mapping

import pandas as pd

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, finding
from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.money import text_from_cents
from connector_assets.accounting.register import REGISTER_KINDS, LineKind

# Paychex classifications, as they are: an in-and-out line of a plan is what the employer pays into it …
EMPLOYER_PLANS = frozenset(
    {
        *("_401K", "_403_B_", "_414H", "_457_PLAN_CONTRIBUTIONS", "_501C_TRUST", "IRA", "RETIREMENT"),
        *("CAFETERIA_PLANS", "FEDERAL_HEALTH_SAVINGS_ACCOUNT", "IRC_105", "IRC_106", "IRC_129_CAFETERIA"),
        *("NON_QUALIFIED_DEFERRED_COMPENSATION_CONTRIBUTIONS", "PRIVATE_DISABILITY"),
    }
)
# … and of these it is income that is taxed but not paid in cash.
IMPUTED_INCOME = frozenset(
    {
        *("EARNINGS", "MISCELLANEOUS", "REGULAR", "SICK_PAY", "SUPPLEMENTAL", "TIPS", "STOCK_OPTIONS"),
        *("FRINGE_BENEFITS", "IRC_129_FRINGE", "IRC_137_FRINGE_BENEFITS", "IRC_137_ADOPTION_ASSISTANCE"),
        *("IRC_79_GROUP_TERM_LIFE_INSURANCE", "EDUCATIONAL_ASSISTANCE", "MOVING_EXPENSES", "TRANSPORTATION_BENEFIT"),
    }
)
KIND_TYPE = pd.CategoricalDtype(["", *(str(kind) for kind in LineKind)])
"""The type of a classified line's kind: a few words for many lines; empty where the kind is not known."""

_KEY = ["section", "code", "name", "classification", "effect", "paid_by"]


def kind_of(section: str, classification: str, effect: str, paid_by: str) -> LineKind | None:
    """The kind of a line with these attributes, or None when they do not tell."""
    if section == "tax":
        return {"employee": LineKind.EMPLOYEE_TAX, "employer": LineKind.EMPLOYER_TAX}.get(paid_by)
    classification = classification.upper()
    if effect == "addition":
        return LineKind.REIMBURSEMENT if classification == "REIMBURSEMENT" else LineKind.WAGE
    if effect == "reduction":
        return LineKind.EMPLOYEE_DEDUCTION
    if effect == "informational":
        return LineKind.MEMO
    if effect == "in_out" and classification in EMPLOYER_PLANS:
        return LineKind.EMPLOYER_BENEFIT
    return LineKind.IMPUTED if effect == "in_out" and classification in IMPUTED_INCOME else None


def classify(lines: pd.DataFrame, overrides: Mapping[str, str]) -> tuple[pd.DataFrame, list[Finding]]:
    """PAY_LINES with a `kind` column (a LineKind), and a blocking finding S09 for each code that cannot be classified.

    `overrides` maps a code to its kind and wins over everything. An unclassified line stays, with an empty kind; the
    column is of KIND_TYPE. Raises AccountingError when an override names no kind.
    """
    chosen = {code: _override(code, kind) for code, kind in overrides.items()}
    codes, keys = unique_keys(lines, _KEY)
    kinds = [
        chosen.get(key["code"]) or kind_of(key["section"], key["classification"], key["effect"], key["paid_by"])
        for key in keys
    ]
    of_key = pd.Categorical([str(kind or "") for kind in kinds], dtype=KIND_TYPE)
    classified = lines.reset_index(drop=True).assign(kind=of_key.take(codes))
    unknown = [place for place, kind in enumerate(kinds) if kind is None]
    return classified, [_unknown_code(keys[place], lines[codes == place]) for place in unknown]


def _override(code: str, kind: str) -> LineKind:
    if kind not in REGISTER_KINDS:
        raise AccountingError(
            f"line_kinds: {code}: {kind!r} is not a kind of pay line.", fix=f"Use one of {', '.join(REGISTER_KINDS)}."
        )
    return LineKind(kind)


def describe_code(code: str, name: str, classification: str) -> str:
    """A code with the company's label; a garnishment goes without, for its label may name a case."""
    private = "GARNISH" in classification.upper() or name in ("", code)
    return code if private else f"{code} ({name})"


def _unknown_code(key: Mapping[str, str], lines: pd.DataFrame) -> Finding:
    attributes = ", ".join(f"{name} {key[name] or 'empty'}" for name in ("classification", "effect", "paid_by"))
    total = text_from_cents(int(lines["amount_cents"].sum()))
    return finding(
        "S09",
        key["code"],
        f"The {key['section']} code {describe_code(key['code'], key['name'], key['classification'])} has {attributes}: "
        f"that does not tell what it does to pay. {len(lines)} lines, {total} in all.",
        f'Say what it is in the connection\'s line_kinds, for example `"{key["code"]}": memo`; '
        f"the kinds are {', '.join(REGISTER_KINDS)}.",
    )
