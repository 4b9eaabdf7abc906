"""What a connection file says of a Paychex company."""

from pydantic import BaseModel, ConfigDict, Field


class PaychexSection(BaseModel):
    """A Paychex company, as every flow that reads one describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(default="https://api.paychex.com", pattern=r"^https?://", description="Root of the API")
    display_id: str = Field(pattern=r"^\d{8}$", description="The Flex client number: eight digits")


CREDENTIALS = {
    "client_id": "API key of the app (Flex: Company Settings, Integrated apps)",
    "client_secret": "Secret of the app",
}
