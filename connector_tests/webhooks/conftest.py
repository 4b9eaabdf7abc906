"""A receiver over real sockets on a database of its own, and notifications as Paychex writes them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import Engine

from connector_assets.records.database import open_database
from connector_assets.records.inbox import Inbox, Notice
from connector_assets.settings import Settings
from connector_assets.webhooks.doorkeeper import ReceiverSecrets
from connector_assets.webhooks.receiver import create_receiver, running_receiver

BASIC = ("paychex", "basic-secret-word")
API_KEY = "api-key-secret-word"
CLIENT = {"client_id": "hook-client", "client_secret": "client-secret-word"}
SECRETS = ReceiverSecrets(
    username=SecretStr(BASIC[0]),
    password=SecretStr(BASIC[1]),
    api_key=SecretStr(API_KEY),
    client_id=SecretStr(CLIENT["client_id"]),
    client_secret=SecretStr(CLIENT["client_secret"]),
)
EVERY_SECRET = (BASIC[1], API_KEY, CLIENT["client_secret"])
COMPANY = "00H2A1IUCOMPANY00001"


def notification(number: int = 1, **changes: object) -> dict[str, object]:
    """One notification about a worker."""
    body: dict[str, object] = {
        "companyId": COMPANY,
        "workerId": f"00H2A1IUWORKER{number:06d}",
        "asOfDate": "2026-04-01T18:22:05.000+00:00",
        "domains": ["WRKR_EMPL"],
        "action": "UPDATE",
        "notificationType": "WORKER_MESSAGE",
        "notificationId": str(uuid.UUID(int=number)),
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


@dataclass
class Gate:
    """A running receiver: its URL, its inbox, and a sender with the right password."""

    root: str
    inbox: Inbox
    engine: Engine
    http: requests.Session = field(default_factory=requests.Session)

    def post(self, body: object, **more: object) -> requests.Response:
        """Send a notification, with the right password unless told otherwise."""
        options: dict[str, object] = {"json": body, "auth": BASIC, "timeout": 10, **more}
        return self.http.post(f"{self.root}/paychex", **options)  # type: ignore[arg-type] # a bag of options

    def stored(self) -> list[Notice]:
        """What is in the inbox."""
        return self.inbox.received("paychex")


def settings_of(folder: Path, **changes: object) -> Settings:
    """Settings on a folder, read from nowhere else."""
    return Settings.model_validate({"home": folder, "webhooks_rate_per_min": 1_000_000, **changes})


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """A receiver that knows every kind of secret; it gives a slow sender a fifth of a second."""
    settings = settings_of(tmp_path_factory.mktemp("receiver"), webhooks_read_s=0.2)
    engine = open_database(settings.records_url)
    inbox = Inbox(engine)
    app = create_receiver(settings, inbox, lambda: SECRETS)
    with running_receiver(app, "127.0.0.1", 0, settings.webhooks_read_s) as root:
        yield Gate(root, inbox, engine)
    engine.dispose()


@pytest.fixture
def gate(receiver: Gate) -> Gate:
    """The receiver, with an empty inbox and no connection open."""
    receiver.http.close()
    with receiver.engine.begin() as db:
        db.exec_driver_sql("DELETE FROM inbox_notification")
    return receiver
