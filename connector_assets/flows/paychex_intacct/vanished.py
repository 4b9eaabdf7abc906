"""Pay runs that Paychex no longer shows: deleted in Flex after they were posted.

Such a pay run is a register without checks, so that the same rules answer it: everything that stands is taken back,
once a person has approved it. One that is only open again in Paychex waits until it is processed once more.
"""

from datetime import date
from typing import TYPE_CHECKING

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding, Severity, finding
from connector_assets.accounting.register import PayRun
from connector_assets.flows.paychex_intacct.register import PROCESSED
from connector_assets.flows.paychex_intacct.status import PAY_PERIOD
from connector_assets.vendors.errors import NotFoundError

if TYPE_CHECKING:
    from connector_assets.flows.paychex_intacct.pay_run import Tools

GONE = "GONE"
"""The status of a pay run that is not in Paychex any more; none of Paychex's own."""


class NotProcessedError(AccountingError):
    """The pay run is in Paychex, and not among the processed ones of the pay calendar."""


def vanished_pay_run(tools: "Tools", partition: str) -> PayRun:
    """A pay run that the pay calendar does not show, as it was when it was last seen, with the status GONE.

    Paychex is asked for it by its id once more. Raises NotProcessedError when it is still there, AccountingError when
    it was never seen.
    """
    seen = [
        one for one in tools.home.sources.list(tools.connection.name, PAY_PERIOD) if one.partition == partition
    ]  # fmt: skip
    if not seen:
        raise AccountingError(
            f"The pay calendar has no processed pay run {partition}.", fix="Materialize pay_calendar again."
        )
    (last,) = seen
    try:
        status = tools.source.pay_period(tools.company.company_id, last.source_id).status
    except NotFoundError:
        known = last.totals
        return PayRun(
            pay_run_id=last.source_id,
            company_id=tools.company.company_id,
            company_label=tools.company.display_id,
            period_start=date.fromisoformat(str(known["start"])),
            period_end=date.fromisoformat(str(known["end"])),
            check_date=last.document_date,
            description=last.label,
            interval=str(known["interval"]),
            expected_checks=0,
            original_pay_run_id=None,
            status=GONE,
        )
    if status in PROCESSED:
        raise NotProcessedError(
            f"Paychex shows pay run {partition} as {status}, the pay calendar does not show it.",
            fix="Materialize pay_calendar again; a start_date after the pay run hides it.",
        )
    raise NotProcessedError(
        f"Pay run {partition} is open again in Paychex ({status}).",
        fix="Nothing: what is posted stands until it is processed again, and is then corrected by what changed.",
    )


def gone_findings(pay_run: PayRun) -> list[Finding]:
    """S07: what is posted of it is to be taken back. A warning here: the journal that answers it is already built.

    Where it is noticed, on `register_changes`, it is an error.
    """
    if pay_run.status != GONE:
        return []
    why = f"Paychex does not show pay run {pay_run.pay_run_id} any more."
    fix = "Ask the payroll; if it is void, approve the journal that takes back what was posted of it."
    return [finding("S07", pay_run.pay_run_id, why, fix, Severity.WARN)]
