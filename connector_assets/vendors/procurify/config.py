"""The `procurify:` section of a connection file."""

from pydantic import BaseModel, ConfigDict, Field


class ProcurifySection(BaseModel):
    """Where Procurify is, and what its numbers mean there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(pattern=r"^https?://", description="The tenant, https://NAME.procurify.com")
    timezone: str = Field(
        default="", description="Time zone of the tenant's days, where it sends them in UTC; empty: as they are written"
    )
    page_size: int = Field(default=50, ge=1, le=100, description="Rows a page")
    approved_statuses: tuple[int, ...] = Field(
        default=(), description="Numbers of the bill statuses that count as approved; empty: as the tenant labels them"
    )
    paid_statuses: tuple[int, ...] = Field(
        default=(), description="Numbers of the payment statuses that count as paid; empty: as the tenant labels them"
    )


CREDENTIALS = {
    "client_id": "Client id of an application made by a service user (Settings, Integrations, API)",
    "client_secret": "Its secret, which Procurify shows once",
}
