"""What a connection file of this flow holds."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from connector_assets.accounting.bill_mapping import bill_rules_from_csv
from connector_assets.connections import Carried, Connection, CredentialNeed
from connector_assets.vendors.intacct import config as intacct
from connector_assets.vendors.procurify import config as procurify


class Section(BaseModel):
    """A part of the connection file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PostingSection(Section):
    """How bills and payments are posted."""

    policy: Literal["post", "draft", "hold"] = Field(default="draft", description="Post, draft, or hold for approval")
    entity: str = Field(min_length=1, description="The Intacct entity that the bills belong to")
    currency: str = Field(default="USD", min_length=3, max_length=3, description="Currency of bills and books")
    link: str = Field(
        default="{base_url}/ap/bills/{uuid}",
        description="Address of a bill in Procurify's own pages, which the bill's description in Intacct carries",
    )
    attachments: Literal["required", "wanted", "none"] = Field(
        default="wanted", description="What a file that is gone or too large does: hold the bill, warn; or carry none"
    )
    attachment_folder: str = Field(default="Procurify", min_length=1, description="Folder of attachments in Intacct")
    attachment_bytes_max: int = Field(default=25_000_000, ge=1, description="Largest file that is carried, bytes")
    payments: bool = Field(default=True, description="Whether payments are carried too")


class TaxSection(Section):
    """Tax. Outside of the U.S. Intacct may use a prebuilt tax solution, and then wants taxes by tax detail."""

    prebuilt_solution: str = Field(
        default="", description="The prebuilt tax solution in use, as Intacct names it; empty: tax is part of the cost"
    )


class MasterDataSection(Section):
    """What is carried from Intacct to Procurify, table by table."""

    vendors: bool = Field(default=False, description="Vendors, as preferred vendors")
    account_codes: bool = Field(default=False, description="Account codes, applied to every department there is")


class SchedulesSection(Section):
    """When it runs by itself (cron, in UTC)."""

    procurify: str = Field(default="*/15 * * * *", description="When bills and payments are looked for")
    intacct: str = Field(default="40 5 * * *", description="When accounts and dimensions are read")
    master_data: str = Field(default="10 * * * *", description="When vendors and account codes are carried")


class ProcurifyIntacctConnection(Connection):
    """A connection of the flow `procurify_intacct`."""

    partition_kind: ClassVar[str] = "bills"
    done_asset: ClassVar[str] = "bill_reconciliation"
    also_carried: ClassVar[tuple[Carried, ...]] = (Carried("bill_payments", "payment_reconciliation", "pay"),)

    procurify: procurify.ProcurifySection
    intacct: intacct.IntacctSection
    posting: PostingSection
    tax: TaxSection = TaxSection()
    master_data: MasterDataSection = MasterDataSection()
    schedules: SchedulesSection = SchedulesSection()
    look_back_days: int = Field(default=2, ge=0, le=360, description="Changes of bills that are looked at again, days")
    payment_look_back_days: int = Field(
        default=30, ge=1, le=360, description="Payments that are looked at again, days; their list tells no changes"
    )

    @property
    def pool(self) -> str:
        """One for each Intacct company."""
        return self.intacct.pool

    def credential_needs(self) -> Sequence[CredentialNeed]:
        """Procurify: the application's pair. Intacct: the sender's and the web services user's."""
        needs = (("procurify", procurify.CREDENTIALS), ("intacct", intacct.CREDENTIALS))
        return [CredentialNeed(system, name, meaning) for system, names in needs for name, meaning in names.items()]


CONNECTION = ProcurifyIntacctConnection
RULES = bill_rules_from_csv
"""What reads a mapping of this flow."""
