"""What a connection file says of an Intacct company."""

import re

from pydantic import BaseModel, ConfigDict, Field

from connector_assets.vendors.intacct.slots import DEFAULT_WRITERS


class IntacctSection(BaseModel):
    """An Intacct company, as every flow that writes into one describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="https://api.intacct.com/ia/xml/xmlgw.phtml", pattern=r"^https?://", description="The XML gateway"
    )
    company_id: str = Field(min_length=1, description="The Intacct company")
    writers: int = Field(
        default=DEFAULT_WRITERS, ge=1, le=20, description="Writing requests at a time to the company, from this machine"
    )
    login_entity: str | None = Field(default=None, description="Entity to log into; none: the top level")

    @property
    def pool(self) -> str:
        """The name of what all runs into this company share, whichever connection and flow they belong to."""
        return f"intacct_{re.sub(r'[^a-z0-9]+', '_', self.company_id.lower()).strip('_')}"


CREDENTIALS = {
    "sender_id": "Web services sender id",
    "sender_password": "Password of the sender",
    "user_id": "Web services user, one that only this connector uses",
    "user_password": "Password of the web services user",
}
