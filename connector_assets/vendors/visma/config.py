"""What a connection file says of a Visma company."""

from pydantic import BaseModel, ConfigDict, Field

TENANT = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class VismaSection(BaseModel):
    """A company of Visma.net ERP, as every flow that works with one describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(default="https://api.finance.visma.net", pattern=r"^https?://", description="Root of the API")
    token_url: str = Field(
        default="https://connect.visma.com/connect/token", pattern=r"^https?://", description="Visma Connect"
    )
    tenant_id: str = Field(pattern=TENANT, description="Tenant id of the company (not of the customer): it decides")
    company_header: str = Field(
        default="", max_length=20, description="Sent as ipp-company-id where a company still asks for it"
    )
    reserved_calls: int = Field(
        default=25, ge=0, description="Calls of the hour that are left for others and for looking things up"
    )


CREDENTIALS = {
    "client_id": "Client id of the application in the Visma Developer Portal",
    "client_secret": "Its secret",
}
