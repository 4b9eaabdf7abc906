"""A pay run looked at before it is sent: its journals, what was found, and what changed against the run before."""

from dataclasses import dataclass

import pandas as pd
from dagster import MetadataValue

from connector_assets.accounting.errors import AccountingError
from connector_assets.accounting.findings import Finding
from connector_assets.accounting.frames import unique_keys
from connector_assets.accounting.journal import Journal
from connector_assets.accounting.journal_build import JOURNAL_LINES
from connector_assets.accounting.money import grouped_text_from_cents
from connector_assets.accounting.plausibility import department_costs
from connector_assets.accounting.register import PayRun
from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.keys import Names
from connector_assets.flows.paychex_intacct.pay_run import Batch, PayRunWork
from connector_assets.flows.paychex_intacct.usual import costs_by_department, runs_before
from connector_assets.flows.paychex_intacct.workbench import open_tools
from connector_assets.orchestration.metadata import counts, markdown_table
from connector_assets.orchestration.plots import line_plot

CHANGE_KEY = ["account_no", "department_id"]


@dataclass(frozen=True)
class Preview:
    """What would be sent. `change`, titled `against`, holds per account and department the cents of the run before, of
    this one, and the difference; it is empty when there is no run before. `source` is stored or paychex.
    """

    pay_run: PayRun
    partition: str
    source: str
    journals: list[Journal]
    findings: list[Finding]
    totals: dict[str, int]
    change: pd.DataFrame

    @property
    def against(self) -> str:
        """What `change` compares with."""
        return f"Against the {self.pay_run.interval or 'off-cycle'} run before"


def preview(home: Deployment, connection: PaychexIntacctConnection, partition: str) -> Preview:
    """Build a pay run's journals and send nothing: Intacct is not called, and no record or frame is written.

    The register is the stored one, or is fetched from Paychex when none is. `partition` may also be the pay period's
    id. Raises AccountingError when the pay calendar does not know it, FileNotFoundError before the first refresh.
    """
    tools = open_tools(home, connection, actor="preview")
    key = partition_of(tools.view.pay_calendar, partition)
    stored = tools.store.exists(Names(connection).own("pay_lines"), key)
    if not stored:
        tools = open_tools(home, connection, actor="preview", ask_paychex=True)
    work = PayRunWork(tools, key)
    if not stored:
        work.look_at_register()
    register, batch = work.register, work.batch
    statistics = [batch.statistics] if batch.statistics else []
    return Preview(
        register.pay_run,
        key,
        "stored" if stored else "paychex",
        [*batch.build.journals, *statistics],
        [*register.findings, *batch.findings],
        register.totals,
        change_against_last(work, register.pay_run, batch.build.lines),
    )


def partition_of(calendar: pd.DataFrame, wanted: str) -> str:
    """The partition of a pay run, named by its key or by its pay period id. Raises AccountingError for neither."""
    known = calendar[calendar["partition"].notna()]
    rows = known[(known["partition"] == wanted) | (known["pay_period_id"] == wanted)]
    if rows.empty:
        newest = ", ".join(sorted(known["partition"], reverse=True)[:3]) or "none"
        raise AccountingError(f"The pay calendar has no processed pay run {wanted}.", fix=f"The newest are: {newest}.")
    return str(rows.iloc[0]["partition"])


def change_against_last(work: PayRunWork, pay_run: PayRun, lines: pd.DataFrame) -> pd.DataFrame:
    """Per account and department of JOURNAL_LINES: the run of the same interval before, this run, the difference."""
    before = runs_before(work, pay_run, "journal_batch", 1)
    return change_table(JOURNAL_LINES.conform(before[0]), lines) if before else pd.DataFrame()


def change_metadata(work: PayRunWork, batch: Batch) -> dict[str, MetadataValue]:
    """The same for the UI: the change as a table, and each department's labor cost as a plot over the pay runs.

    The costs are also told as numbers (cents), which the UI plots over all partitions.
    """
    change = change_against_last(work, work.register.pay_run, batch.build.lines)
    days, by_department = costs_by_department(work, work.register.pay_run, batch.build.lines)
    plot = line_plot("Labor cost by department over the pay runs", days, by_department)
    costs = {f"department_{name}_cents": cents for name, cents in department_costs(batch.build.lines).items()}
    shown = {"against_the_run_before": markdown_table(change, rows=120)} if len(change) else {}
    counted = {"statistics": markdown_table(statistics_frame(batch.statistics))} if batch.statistics else {}
    return {"labor_cost_by_department": plot, **shown, **counted, **counts(dict(sorted(costs.items())))}


def statistics_frame(journal: Journal) -> pd.DataFrame:
    """A statistical journal's quantities by account, as text with two decimals."""
    sums: dict[str, int] = {}
    for line in journal.lines:
        sums[line.account_no] = sums.get(line.account_no, 0) + line.amount_cents
    rows = [(account, grouped_text_from_cents(quantity)) for account, quantity in sorted(sums.items())]
    return pd.DataFrame(rows, columns=["account_no", "quantity"])


def change_table(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Both runs' cents by account and department, and the difference; every line of either is in it."""
    both = pd.concat([before[[*CHANGE_KEY, "amount_cents"]], now[[*CHANGE_KEY, "amount_cents"]]], ignore_index=True)
    codes, keys = unique_keys(both, CHANGE_KEY)
    is_now = both.index >= len(before)
    sums = [
        both["amount_cents"].where(rows, 0).groupby(codes).sum().reindex(range(len(keys)), fill_value=0)
        for rows in (~is_now, is_now)
    ]
    table = pd.DataFrame(keys, columns=CHANGE_KEY).assign(before_cents=sums[0], now_cents=sums[1])
    table["change_cents"] = table["now_cents"] - table["before_cents"]
    return table.sort_values(CHANGE_KEY, ignore_index=True)
