"""The `expensify:` section of a connection file."""

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_URL = "https://integrations.expensify.com/Integration-Server/ExpensifyIntegrations"


class ExpensifySection(BaseModel):
    """Where Expensify is, which workspace, and how fast it may be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(default=DEFAULT_URL, description="The Integration Server's one address")
    policy_id: str = Field(pattern=r"^[0-9A-Fa-f]{16}$", description="The workspace's id: 16 hexadecimal digits")
    calls_per_10_s: int = Field(default=5, ge=1, description="Calls in 10 s; fewer where others share the credentials")
    calls_per_60_s: int = Field(default=20, ge=1, description="Calls in 60 s; fewer where others share the credentials")
    first_poll_s: float = Field(default=2.0, ge=0, le=60, description="Wait before an export is first fetched, seconds")


CREDENTIALS = {
    "partner_user_id": "partnerUserID of an account that is an admin of the workspace",
    "partner_user_secret": "partnerUserSecret, which Expensify shows once",
}
