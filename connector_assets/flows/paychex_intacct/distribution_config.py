"""The section of a connection file that says where an earning's cost belongs when its pay line says nothing."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import Field, model_validator

from connector_assets.flows.paychex_intacct.journal_config import Section

SHARE_E6_PER_PERCENT = 10_000


class PlacementRule(Section):
    """A rule of the customer's own, for example `{code: "970000076689381"}`: that earning goes to the worker's home.

    The empty conditions mean any. What the rule names, in Intacct's ids, stands in for the home's; the rest stays.
    """

    code: str = ""
    worker: str = ""
    department: str = ""
    to_department: str = ""
    to_location: str = ""
    to_project: str = ""
    to_class: str = ""
    effective_from: date | None = None


class Share(Section):
    """A share of a worker's wages, in percent with four decimals at the most, and the cost center it goes to."""

    department: str
    location: str
    project: str | None = None
    class_id: str | None = Field(default=None, alias="class")
    percent: Decimal = Field(gt=0, le=100, max_digits=7, decimal_places=4)

    @property
    def share_e6(self) -> int:
        """The share in millionths."""
        return int(self.percent * SHARE_E6_PER_PERCENT)


class WorkerShares(Section):
    """How the wages of a worker (Paychex's worker id) are spread from a day on, until a later entry of theirs."""

    worker: str
    effective_from: date | None = None
    shares: tuple[Share, ...]


class DistributionSection(Section):
    """Where an earning goes whose pay line names no cost center: these rules, then these percentages, then the home."""

    rules: tuple[PlacementRule, ...] = Field(
        default=(), description="Rules by `code`, `worker` and home `department`; without `to_…` they mean the home"
    )
    percentages: tuple[WorkerShares, ...] = Field(
        default=(), description="Shares by worker; what is left of 100 goes to the home, more than 100 blocks"
    )

    @model_validator(mode="after")
    def _rules_stand(self) -> Self:
        from connector_assets.accounting.errors import AccountingError  # noqa: PLC0415  # pandas, only when needed
        from connector_assets.accounting.overrides import require_unambiguous  # noqa: PLC0415  # with it
        from connector_assets.flows.paychex_intacct.distribution import overrides_of  # noqa: PLC0415  # with it

        if self.rules:
            try:
                require_unambiguous(overrides_of(self))
            except AccountingError as error:
                raise ValueError(error.message) from None
        entries = Counter((one.worker, one.effective_from) for one in self.percentages)
        if twice := [worker for (worker, _), count in entries.items() if count > 1]:
            raise ValueError(f"percentages: worker {twice[0]} stands twice for the same day")
        return self
