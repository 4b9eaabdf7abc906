"""What a connection file of this flow holds."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from connector_assets.connections import Connection, CredentialNeed
from connector_assets.flows.paychex_intacct.dimensions_config import DimensionsSection
from connector_assets.flows.paychex_intacct.distribution_config import DistributionSection
from connector_assets.flows.paychex_intacct.expected import PollingSection
from connector_assets.flows.paychex_intacct.journal_config import (
    JournalSection,
    NewCodesSection,
    StatisticsSection,
)
from connector_assets.flows.paychex_intacct.posting_config import PostingSection
from connector_assets.vendors.intacct import config as intacct
from connector_assets.vendors.paychex import config as paychex


class PaychexIntacctConnection(Connection):
    """A connection of the flow `paychex_intacct`."""

    partition_kind: ClassVar[str] = "pay_runs"
    done_asset: ClassVar[str] = "reconciliation"

    paychex: paychex.PaychexSection
    intacct: intacct.IntacctSection
    posting: PostingSection
    dimensions: DimensionsSection = DimensionsSection()
    distribution: DistributionSection = DistributionSection()
    journal: JournalSection = JournalSection()
    new_codes: NewCodesSection = NewCodesSection()
    statistics: StatisticsSection = StatisticsSection()
    polling: PollingSection = PollingSection()
    employees: Literal["sync", "report", "off"] = Field(
        default="sync",
        description="Intacct's employees follow the roster, are compared with it and left as they are, or are not "
        "looked at",
    )
    employee_id_prefix: str = Field(
        default="", max_length=8, description="Before a Paychex employee number, where companies share numbers"
    )
    employees_stay_active_days: int = Field(
        default=45, ge=0, le=730, description="How long a leaver stays active in Intacct at the least, for late checks"
    )
    look_back_days: int = Field(default=120, ge=0, le=730, description="Window that is re-read for changes, days")
    line_kinds: dict[str, str] = Field(default_factory=dict, description="Overrides: pay component id -> line kind")

    @property
    def pool(self) -> str:
        """One for each Intacct company."""
        return self.intacct.pool

    def credential_needs(self) -> Sequence[CredentialNeed]:
        """Paychex: the app's key and secret. Intacct: the sender's and the web services user's."""
        needs = (("paychex", paychex.CREDENTIALS), ("intacct", intacct.CREDENTIALS))
        return [CredentialNeed(system, name, meaning) for system, names in needs for name, meaning in names.items()]


CONNECTION = PaychexIntacctConnection
