"""A running sandbox over real sockets, and a session that speaks to it as any HTTP client would."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_tests.sandbox.tiny_firm import LLC, TinyFirm

FORM = {
    "grant_type": "client_credentials",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret-not-real",
}


@dataclass
class Clock:
    """A clock that only tests move."""

    time: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: int) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class Peer:
    """A plain HTTP client of the sandbox: `api` for the Paychex side, `admin` for the operator's."""

    root: str
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        reply = self.session.post(f"{self.root}/paychex/auth/oauth/v2/token", data=FORM)
        self.session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def api(self, path: str, vendor: str = "", **more: object) -> requests.Response:
        """GET `path`; `vendor` is the short name of the media type to accept; other keywords are query parameters."""
        headers = {"Accept": f"application/vnd.paychex.{vendor}.v1+json"} if vendor else {}
        return self.session.get(f"{self.root}/paychex{path}", headers=headers, params=more)  # type: ignore[arg-type] # str and int

    def company(self, path: str, vendor: str = "", **more: object) -> requests.Response:
        return self.api(f"/companies/{LLC}{path}", vendor, **more)

    def checks(self, pay_period_id: str, vendor: str = "payroll.processedchecks", **more: object) -> requests.Response:
        return self.company("/checks", vendor, payperiodid=pay_period_id, **more)

    def admin(self, path: str, **body: object) -> requests.Response:
        return self.session.post(f"{self.root}/admin{path}", json=body)

    def office(self, path: str, **body: object) -> requests.Response:
        """A Paychex admin call about the first company."""
        return self.admin(f"/paychex{path}", company_id=LLC, **body)

    def switch(self, name: str, value: str) -> None:
        reply = self.admin("/switches", **{f"paychex.{name}": value})
        assert reply.status_code == 200, reply.text

    def fault(self, name: str, **rule: object) -> None:
        reply = self.admin("/faults", system="paychex", fault=name, **rule)
        assert reply.status_code == 200, reply.text


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A signed-in peer of a fresh sandbox that serves the tiny firm."""
    clock = Clock()
    with running_sandbox(SandboxOptions(tmp_path / "state.db"), firm=TinyFirm(), now=clock) as root:
        found = Peer(root, clock)
        found.sign_in()
        yield found
