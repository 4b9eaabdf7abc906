"""Webhook registrations at Paychex: the domains on offer, and hooks listed, created and deleted. There is no update.

Fields as in Paychex's developer documentation, resource `webhooks`; secrets are never sent back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from pydantic import SecretStr, ValidationError

from connector_assets.vendors.errors import OutcomeUnknownError, ProtocolError, RefusedError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.envelope import decode
from connector_assets.vendors.paychex.errors import SYSTEM
from connector_assets.vendors.paychex.models import Record

AuthType = Literal["BASIC_AUTH", "API_KEY", "OAUTH2", "OAUTH2_BASIC"]
PAY_RUN_DOMAINS = ("CLT_PYRN", "PAY_PERIOD")
WORKER_DOMAINS = ("WRKR_DEM", "WRKR_EMPL", "WRKR_ADD", "WRKR_ASGN", "WRKR_CMP", "WRKR_TAX")
COMPANY_DOMAINS = ("CLT_DEM", "CLT_ORG", "CLT_PAY_COMP", "CLT_ACCESS")
API_KEY_SPELLINGS = ("API_KEY", "APIKEY")
"""Paychex's specification says the one, its sample the other."""


class Hook(Record):
    """A registered hook. `company_id` None: every company linked to the app."""

    hook_id: str
    uri: str
    auth_type: str = ""
    company_id: str | None = None
    created_date: str = ""
    active: bool = True
    domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class HookSecrets:
    """How Paychex is to authenticate: the fields that its `authentication` object wants, secrets among them."""

    auth_type: AuthType
    fields: Mapping[str, SecretStr] = field(default_factory=dict)

    def body(self, spelling: str) -> dict[str, str]:
        """The `authentication` object, its type spelled so."""
        return {"authType": spelling, **{name: value.get_secret_value() for name, value in self.fields.items()}}


class PaychexHooks:
    """The hooks of one app. Every method may raise what PaychexClient's do."""

    def __init__(self, client: PaychexClient) -> None:
        self._client = client

    def domains(self) -> list[str]:
        """The domains on offer for this kind of app; a list in a list, as one of Paychex's samples has it, is read too.

        Raises ProtocolError for anything else.
        """
        found = decode(self._client.manage("GET", "domains", "domains"))
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise _unreadable("domains")
        return found

    def list(self) -> list[Hook]:
        """The registered hooks."""
        found = decode(self._client.manage("GET", "hooks", "hooks"))
        if not isinstance(found, list):
            raise _unreadable("hooks")
        return [_hook_of(one) for one in found]

    def create(self, uri: str, domains: tuple[str, ...], secrets: HookSecrets, company_id: str) -> Hook:
        """Register a hook for one company. Where the reply was lost, the hook is looked for before it is made again."""
        try:
            return self._create(uri, domains, secrets, company_id)
        except OutcomeUnknownError:
            made = [one for one in self.list() if (one.uri, one.company_id, one.domains) == (uri, company_id, domains)]
            return made[-1] if made else self._create(uri, domains, secrets, company_id)

    def delete(self, hook_id: str) -> None:
        """Delete a hook. Raises NotFoundError when there is none of that id."""
        self._client.manage("DELETE", f"hooks/{quote(hook_id, safe='')}", "delete hook")

    def _create(self, uri: str, domains: tuple[str, ...], secrets: HookSecrets, company_id: str) -> Hook:
        spellings = API_KEY_SPELLINGS if secrets.auth_type == "API_KEY" else (secrets.auth_type,)
        for spelling in spellings:
            body: dict[str, object] = {"uri": uri, "domains": list(domains), "companyId": company_id}
            body["authentication"] = secrets.body(spelling)
            try:
                return _hook_of(decode(self._client.manage("POST", "hooks", "create hook", body)))
            except RefusedError:
                if spelling == spellings[-1]:
                    raise
        raise _unreadable("create hook")


def _hook_of(item: object) -> Hook:
    try:
        return Hook.model_validate(item)
    except ValidationError:
        pass  # the validation error holds the whole record, and must not become this error's context
    raise _unreadable("hook")


def _unreadable(what: str) -> ProtocolError:
    fix = "Check the base URL; if it is right, ask Paychex's support."
    return ProtocolError(SYSTEM, f"{what}: the reply is JSON of an unknown shape", fix=fix)
