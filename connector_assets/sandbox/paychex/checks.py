"""Checks as Paychex writes them: unprocessed (what was entered) and processed (what was calculated)."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from connector_assets.sandbox.facts import CheckFacts, LineFacts
from connector_assets.sandbox.paychex.replies import amount_text, date_text, dump, hours_text, rate_text, without_nulls
from connector_assets.sandbox.paychex.state import negated

_ARRAYS = ("earnings", "deductions", "informational", "taxes")
_IN_OUT = "ADDITION_WITH_IN_OUT"
_FUTA = "Federal Unemployment Insurance"
_UNDOCUMENTED_TYPES = ("REGULAR_CHECK", "3RD_PARTY_SICK", "Adj")


@dataclass(frozen=True)
class Names:
    """What a company's lines need to be written: names and places of the ids they carry."""

    organizations: dict[str, str]
    jobs: dict[str, str]
    assignment_organizations: dict[str, str | None]


@dataclass(frozen=True)
class CheckWriter:
    """Writes the checks of one period under the switches in force; the same seed omits the same fields."""

    names: Names
    setting: Callable[[str], str]
    root_url: str
    seed: int
    is_reversal: bool

    def processed(self, check: CheckFacts) -> bytes:
        """The processed representation, serialised."""
        shown = self._signed(check)
        arrays: dict[str, list[dict[str, object]]] = {name: [] for name in _ARRAYS}
        for ordinal, line in enumerate(shown.lines):
            arrays[self._array(line)].append(self._line(shown, line, ordinal))
        arrays["taxes"] += self._zero_taxes(shown)
        head = {
            **self._head(shown),
            "checkType": self._check_type(shown),
            "checkNumber": shown.check_number or None,
            "netPay": amount_text(shown.net_cents),
            "grossEarnings": self._gross(shown),
        }
        filled = {name: lines for name, lines in arrays.items() if lines}
        return dump({**without_nulls(head), **filled, "links": self._links(shown)})

    def unprocessed(self, check: CheckFacts) -> bytes:
        """The unprocessed representation, serialised: entries with the `pay…` names, no taxes, no net pay."""
        arrays: dict[str, list[dict[str, object]]] = {}
        for line in check.lines:
            if line.section != "taxes":
                arrays.setdefault(self._array(line), []).append(self._entry(line))
        return dump({**self._head(check), **arrays, "links": self._links(check)})

    def _head(self, check: CheckFacts) -> dict[str, object]:
        return {
            "payPeriodId": check.pay_period_id,
            "paycheckId": check.paycheck_id,
            "workerId": check.worker_id,
            "checkDate": date_text(check.check_date),
        }

    def _links(self, check: CheckFacts) -> list[dict[str, str]]:
        return [{"rel": "self", "href": f"{self.root_url}/checks/{check.paycheck_id}"}]

    def _signed(self, check: CheckFacts) -> CheckFacts:
        positive = self.is_reversal and self.setting("paychex.reversal_signs") == "positive"
        return negated(check) if positive else check

    def _check_type(self, check: CheckFacts) -> str:
        kind = self.setting("paychex.check_type")
        if kind == "unknown":
            return _UNDOCUMENTED_TYPES[self._dice(check, 0) % len(_UNDOCUMENTED_TYPES)]
        return check.check_type if kind == "kinds" else "Regular"

    def _gross(self, check: CheckFacts) -> str | None:
        setting = self.setting("paychex.gross_earnings")
        effects = {"omitted": (), "additions": ("ADDITION",)}.get(setting, ("ADDITION", _IN_OUT))
        return (
            amount_text(sum(line.amount_cents for line in check.lines if line.effect in effects)) if effects else None
        )

    def _array(self, line: LineFacts) -> str:
        return self.setting("paychex.in_out_lines") if line.effect == _IN_OUT else line.section

    def _line(self, check: CheckFacts, line: LineFacts, ordinal: int) -> dict[str, object]:
        job_id, job_name, organization = self._places(check, line, ordinal)
        item = {
            "componentId": line.component_id,
            "checkComponentId": line.check_component_id,
            "name": line.name,
            "classificationType": line.classification,
            "effectOnPay": line.effect,
            "paidBy": line.paid_by,
            "memoed": False if line.section in {"earnings", "deductions"} else None,
            "laborAssignmentId": self._assignment(check, line),
            "jobId": job_id,
            "jobName": job_name,
            "organization": organization,
            "lineDate": date_text(line.work_date),
            "amount": amount_text(line.amount_cents),
            "hours": None if line.hours_e4 is None else hours_text(line.hours_e4),
            "rate": None if line.rate_e4 is None else rate_text(line.rate_e4),
        }
        return without_nulls(item)

    def _entry(self, line: LineFacts) -> dict[str, object]:
        item = {
            "componentId": line.component_id,
            "checkComponentId": line.check_component_id,
            "name": line.name,
            "classificationType": line.classification,
            "effectOnPay": line.effect,
            "memoed": False,
            "laborAssignmentId": line.labor_assignment_id,
            "jobId": line.job_id,
            "organization": self._organization(line),
            "lineDate": date_text(line.work_date),
            "payAmount": amount_text(line.amount_cents),
            "payHours": None if line.hours_e4 is None else hours_text(line.hours_e4),
            "payRate": None if line.rate_e4 is None else rate_text(line.rate_e4),
        }
        return without_nulls(item)

    def _places(
        self, check: CheckFacts, line: LineFacts, ordinal: int
    ) -> tuple[str | None, str | None, dict[str, str] | None]:
        """Job id, job name and organization as sent: some are left out, never both of the job's."""
        job_name = None if line.job_id is None else self.names.jobs.get(line.job_id)
        organization = None if line.section == "taxes" else self._organization(line)
        setting = self.setting("paychex.line_omissions")
        if setting == "none":
            return line.job_id, job_name, organization
        dice = self._dice(check, ordinal + 1)
        told = self.names.assignment_organizations.get(line.labor_assignment_id or "") == line.organization_id
        if dice % 5 == 0 and (told or setting == "any"):
            organization = None
        keep = dice // 5 % 3
        return (None if keep == 1 and job_name else line.job_id), (None if keep == 2 else job_name), organization

    def _organization(self, line: LineFacts) -> dict[str, str] | None:
        if line.organization_id is None:
            return None
        return {
            "organizationId": line.organization_id,
            "name": self.names.organizations.get(line.organization_id, line.organization_id),
        }

    def _assignment(self, check: CheckFacts, line: LineFacts) -> str | None:
        if line.section == "taxes" and self.setting("paychex.tax_assignment") == "first_earning":
            return next((other.labor_assignment_id for other in check.lines if other.section == "earnings"), None)
        return line.labor_assignment_id

    def _zero_taxes(self, check: CheckFacts) -> list[dict[str, object]]:
        names = {line.name for line in check.lines if line.section == "taxes"}
        if not names or _FUTA in names:
            return []
        return [{"name": _FUTA, "paidBy": "EMPLOYER_LIABILITY", "amount": amount_text(0)}]

    def _dice(self, check: CheckFacts, ordinal: int) -> int:
        return zlib.crc32(f"{self.seed}|{check.paycheck_id}|{ordinal}".encode())
