"""The hook calls of the client against the running sandbox, whichever way Paychex turns out to behave."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from connector_assets.sandbox.credentials import PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET
from connector_assets.sandbox.server import SandboxOptions, running_sandbox
from connector_assets.vendors.errors import NotFoundError, RefusedError
from connector_assets.vendors.paychex.client import PaychexClient
from connector_assets.vendors.paychex.hooks import PAY_RUN_DOMAINS, HookSecrets, PaychexHooks
from connector_assets.vendors.transport import Transport
from connector_tests.sandbox.tiny_firm import LLC, TinyFirm

URI = "https://connector.example/paychex"
KEY = HookSecrets("API_KEY", {"apiKey": SecretStr("key-word")})
BASIC = HookSecrets("BASIC_AUTH", {"username": SecretStr("u"), "password": SecretStr("password-word")})
Admin = Callable[..., None]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = Path(tmp_path_factory.mktemp("hooks")) / "state.db"
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    with running_sandbox(SandboxOptions(state), firm=TinyFirm(), now=lambda: now) as found:
        yield found


@pytest.fixture
def admin(root: str) -> Iterator[Admin]:
    def call(path: str, **body: object) -> None:
        reply = requests.post(f"{root}/admin/{path}", json=body, timeout=10)
        assert reply.status_code == 200, reply.text

    yield call
    for path in ("faults", "switches"):
        requests.delete(f"{root}/admin/{path}", timeout=10)


@pytest.fixture
def hooks(root: str) -> Iterator[PaychexHooks]:
    transport = Transport("paychex", sleep=lambda _: None)
    found = PaychexHooks(PaychexClient(f"{root}/paychex", PAYCHEX_CLIENT_ID, PAYCHEX_CLIENT_SECRET, transport))
    yield found
    for one in found.list():
        found.delete(one.hook_id)


@pytest.mark.parametrize("shape", ["flat", "nested"])
def test_the_domains_on_offer_in_either_shape(hooks: PaychexHooks, admin: Admin, shape: str) -> None:
    admin("switches", **{"paychex.domains_shape": shape})
    assert set(PAY_RUN_DOMAINS) < set(hooks.domains())


def test_a_hook_from_create_to_delete(hooks: PaychexHooks) -> None:
    made = hooks.create(URI, PAY_RUN_DOMAINS, BASIC, LLC)
    assert (made.uri, made.company_id, made.domains) == (URI, LLC, PAY_RUN_DOMAINS)
    assert hooks.list() == [made]
    hooks.delete(made.hook_id)
    assert hooks.list() == []
    with pytest.raises(NotFoundError):
        hooks.delete(made.hook_id)


@pytest.mark.parametrize("word", ["both", "API_KEY", "APIKEY"])
def test_an_api_key_hook_in_whichever_spelling_is_taken(hooks: PaychexHooks, admin: Admin, word: str) -> None:
    admin("switches", **{"paychex.hook_api_key_word": word})
    assert hooks.create(URI, PAY_RUN_DOMAINS, KEY, LLC).auth_type == ("API_KEY" if word == "both" else word)
    assert len(hooks.list()) == 1


def test_a_lost_reply_makes_one_hook_not_two(hooks: PaychexHooks, admin: Admin) -> None:
    admin("faults", system="paychex", fault="drop_after", match={"operation": "create_hook"})
    made = hooks.create(URI, PAY_RUN_DOMAINS, BASIC, LLC)
    assert hooks.list() == [made]
    admin("faults", system="paychex", fault="server_error", match={"operation": "create_hook"})
    assert hooks.create(f"{URI}/2", PAY_RUN_DOMAINS, BASIC, LLC).uri == f"{URI}/2"
    assert len(hooks.list()) == 2


def test_a_refusal_repeats_no_secret(hooks: PaychexHooks) -> None:
    with pytest.raises(RefusedError) as refused:
        hooks.create(URI, ("CLT_NOTHING",), KEY, LLC)
    assert "key-word" not in str(refused.value)
    assert "key-word" not in repr(KEY)
