"""Notifications: `webhooks serve` receives them, `register`, `list` and `remove` manage hooks at Paychex, `dead` and
`replay` are for those that could not be handled.
"""

import ipaddress
import secrets as random_secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from pydantic import SecretStr

from connector_assets.commands.console import CONSOLE, explained, left_out, print_json, table
from connector_assets.settings import ConfigError, Settings, load_settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from connector_assets.connections import Connection
    from connector_assets.deployment import Deployment
    from connector_assets.vendors.paychex.config import PaychexSection
    from connector_assets.vendors.paychex.hooks import Hook, HookSecrets, PaychexHooks

AUTHENTICATIONS = {"basic": "BASIC_AUTH", "api_key": "API_KEY", "oauth2": "OAUTH2", "oauth2_basic": "OAUTH2_BASIC"}
NEEDED = {
    "basic": ("username", "password"),
    "api_key": ("api_key",),
    "oauth2": ("client_id", "client_secret"),
    "oauth2_basic": ("client_id", "client_secret"),
}


@click.group()
def webhooks() -> None:
    """Receive Paychex's notifications, and manage who sends them. Polling finds everything without them, later."""


@webhooks.command()
@explained
def serve() -> None:
    """Receive notifications until the process is told to stop; every connection of the deployment is served.

    It answers 2xx only once a notification is stored. Where it listens, and what it takes, are settings
    (CONNECTOR_WEBHOOKS_…). Paychex wants an HTTPS address: put a proxy in front that ends TLS.
    """
    from connector_assets.webhooks import receiver

    settings = load_settings()
    app = _application(settings)
    listener = receiver.listen(settings.webhooks_host, settings.webhooks_port)
    port = listener.getsockname()[1]

    def ready() -> None:
        sys.stdout.write(f"receiver ready at http://{settings.webhooks_host}:{port}\n")
        sys.stdout.flush()

    receiver.serve(app, listener, settings.webhooks_read_s, ready)


@webhooks.command()
@click.argument("name")
@click.argument("url")
@click.option("--auth", type=click.Choice(list(AUTHENTICATIONS)), default="basic", help="What Paychex shows to us.")
@click.option("--domain", "domains", multiple=True, help="A domain to be told of; otherwise all that a flow can use.")
@click.option("--new-secret", is_flag=True, help="Make a new secret, in place of the one in the vault.")
@explained
def register(name: str, url: str, auth: str, domains: tuple[str, ...], new_secret: bool) -> None:
    """Ask Paychex to notify the receiver at URL (https://hooks.example.com) of connection NAME's company.

    The secret is made here, kept in the vault and given to Paychex; nobody has to see it. A hook of the same company
    and address is replaced, for Paychex has no way to change one.
    """
    home, connection, section = _opened(name)
    hooks, company_id = _paychex(home, connection, section)
    made, left_out = register_hook(home, connection, hooks, company_id, url, auth, domains, new_secret=new_secret)
    CONSOLE.print(f"Hook {made.hook_id}: {made.uri} is told of {', '.join(made.domains)}.", soft_wrap=True)
    if left_out:
        CONSOLE.print(f"Not on offer for this app: {', '.join(left_out)}.")
    CONSOLE.print("Next: connector webhooks serve, and turn on the connection's notifications sensor.")


@webhooks.command("list")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def list_hooks(name: str, as_json: bool) -> None:
    """List the hooks that Paychex has for the app of connection NAME, and where its notifications stand."""
    from connector_assets.records.inbox import Subscription

    home, connection, section = _opened(name)
    hooks, company_id = _paychex(home, connection, section)
    known = [one for one in hooks.list() if one.company_id in (None, company_id)]
    counts = home.inbox.counts(Subscription(name, "paychex", company_id))
    if as_json:
        body = [one.model_dump(mode="json", exclude={"odd_dates"}) for one in known]
        print_json({"hooks": body, "notifications": {state.value: count for state, count in counts.items()}})
        return
    titles = (
        ("hook", "left"),
        ("address", "left"),
        ("authentication", "left"),
        ("active", "left"),
        ("told of", "left"),
    )
    rows = [
        (one.hook_id, one.uri, one.auth_type, "yes" if one.active else "NO", ", ".join(one.domains)) for one in known
    ]
    table(f"Hooks of {name} at Paychex", titles, rows)
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items())
    CONSOLE.print(f"Notifications: {told}.")


@webhooks.command()
@click.argument("name")
@click.argument("hook_id")
@explained
def remove(name: str, hook_id: str) -> None:
    """Delete hook HOOK_ID of connection NAME at Paychex: it sends nothing more to that address. Polling goes on."""
    from connector_assets.orchestration.runs import person

    home, connection, section = _opened(name)
    hooks, _ = _paychex(home, connection, section)
    hooks.delete(hook_id)
    home.audit.append(person(), "webhook removed", f"{name}/paychex/hook/{hook_id}")
    CONSOLE.print(f"Hook {hook_id} is gone.")


@webhooks.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@explained
def dead(name: str | None, as_json: bool) -> None:
    """List the notifications that were given up, of connection NAME or of all, each with its reason.

    Exit code 1 when there are any.
    """
    from connector_assets.connections import chosen_connections
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    home = open_deployment(settings)
    connections, wrong = chosen_connections(settings, name)
    rows = [
        (
            *(subscriber, one.notification_id, one.topics, f"{one.subject_kind} {one.subject_id}".strip()),
            *(str(one.attempts), one.reason),
        )
        for subscriber in (connection.name for connection in connections)
        for one in home.inbox.dead(subscriber)
    ]
    titles = ("connection", "notification", "domain", "about", "attempts", "reason")
    if as_json:
        print_json([dict(zip(titles, row, strict=True)) for row in rows])
    elif rows:
        table("Notifications that were given up", [(title, "left") for title in titles], rows)
        CONSOLE.print("Mend the cause, then: connector webhooks replay NAME NOTIFICATION --reason WHY")
    else:
        CONSOLE.print("None was given up.")
    left_out(wrong)
    if rows or wrong:
        raise SystemExit(1)


@webhooks.command()
@click.argument("name")
@click.argument("notification_ids", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every one that was given up.")
@click.option("--reason", required=True, help="Why they are tried again; auditors read it.")
@explained
def replay(name: str, notification_ids: tuple[str, ...], everything: bool, reason: str) -> None:
    """Let connection NAME handle NOTIFICATION_IDS again, or with --all every notification that was given up."""
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment
    from connector_assets.orchestration.runs import person

    settings = load_settings()
    load_connection(settings, name)
    home = open_deployment(settings)
    chosen = [one.notification_id for one in home.inbox.dead(name)] if everything else list(notification_ids)
    if not chosen and not everything:
        fix = f"`connector webhooks dead {name}` lists them; or use --all."
        raise ConfigError("No notification is named.", fix=fix)
    count = home.inbox.replay(name, chosen, actor=person(), reason=reason)
    CONSOLE.print(f"{count} replayed; the notifications sensor of {name} handles them at its next tick.")


def _application(settings: Settings) -> "Starlette":
    from connector_assets.deployment import open_deployment
    from connector_assets.webhooks.doorkeeper import ReceiverSecrets
    from connector_assets.webhooks.receiver import create_receiver

    home = open_deployment(settings)
    return create_receiver(settings, home.inbox, lambda: ReceiverSecrets(**home.credentials.receiver()))


def _opened(name: str) -> "tuple[Deployment, Connection, PaychexSection]":
    from connector_assets.connections import load_connection
    from connector_assets.deployment import open_deployment

    settings = load_settings()
    connection = load_connection(settings, name)
    return open_deployment(settings), connection, paychex_section(connection)


def paychex_section(connection: "Connection") -> "PaychexSection":
    """What the connection says of Paychex. Raises ConfigError for one whose source is another system."""
    from connector_assets.vendors.paychex.config import PaychexSection

    section = getattr(connection, "paychex", None)
    if not isinstance(section, PaychexSection):
        raise ConfigError(
            f"Connection '{connection.name}' does not read Paychex, which is the system that sends notifications.",
            fix="Name a connection whose file has a `paychex:` section.",
        )
    return section


def _paychex(home: "Deployment", connection: "Connection", section: "PaychexSection") -> "tuple[PaychexHooks, str]":
    """The hooks of the connection's app, and its company's id."""
    from connector_assets.systems import paychex_client
    from connector_assets.vendors.paychex.hooks import PaychexHooks

    client = paychex_client(connection, section, home.credentials, home.settings)
    found = client.companies(section.display_id)
    if not found:
        fix = "Correct paychex.display_id, or link the company to the app in Flex."
        raise ConfigError(f"Paychex shows no company with the client number {section.display_id}.", fix=fix)
    return PaychexHooks(client), found[0].company_id


def register_hook(
    home: "Deployment",
    connection: "Connection",
    hooks: "PaychexHooks",
    company_id: str,
    url: str,
    auth: str,
    domains: Sequence[str] = (),
    *,
    new_secret: bool = False,
) -> "tuple[Hook, list[str]]":
    """Register a hook and delete those it replaces; the hook, and the wanted domains that are not on offer.

    The new one is made before the old one goes, so that nothing falls between.
    """
    from connector_assets.orchestration.runs import person
    from connector_assets.vendors.paychex.hooks import COMPANY_DOMAINS, PAY_RUN_DOMAINS, WORKER_DOMAINS
    from connector_assets.webhooks.receiver import PAYCHEX_PATH

    root = _public(url)
    offered = hooks.domains()
    wanted = list(domains) or [*PAY_RUN_DOMAINS, *WORKER_DOMAINS, *COMPANY_DOMAINS]
    taken = tuple(domain for domain in wanted if domain in offered)
    if not taken:
        fix = f"Paychex offers this app: {', '.join(offered)}."
        raise ConfigError(f"None of the domains is on offer: {', '.join(wanted)}.", fix=fix)
    before = [one for one in hooks.list() if (one.uri, one.company_id) == (root + PAYCHEX_PATH, company_id)]
    shown = _secrets(home, root, auth, new_secret=new_secret)
    made = hooks.create(root + PAYCHEX_PATH, taken, shown, company_id)
    for old in before:
        hooks.delete(old.hook_id)
    subject = f"{connection.name}/paychex/hook/{made.hook_id}"
    detail: dict[str, int | str | bool | None] = {
        "uri": made.uri,
        "authentication": auth,
        "domains": ",".join(taken),
        "replaced": len(before),
    }
    home.audit.append(person(), "webhook registered", subject, detail=detail)
    return made, [domain for domain in wanted if domain not in taken]


def _public(url: str) -> str:
    """The receiver's public root. Raises ConfigError unless it is HTTPS, or on this machine."""
    target = urlsplit(url)
    host = target.hostname or ""
    try:
        is_local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not host or (target.scheme != "https" and not (target.scheme == "http" and is_local)) or target.query:
        fix = "Give the public root of the receiver, for example https://hooks.example.com."
        raise ConfigError(f"{url!r} is no address that Paychex may send to.", fix=fix)
    return url.rstrip("/")


def _make_missing(home: "Deployment", auth: str, *, new_secret: bool = False) -> None:
    """Make the secrets that a way to authenticate needs and that are not there, and keep them in the vault."""
    from connector_assets.orchestration.runs import person

    known = {} if new_secret else home.credentials.receiver()
    for name in NEEDED[auth]:
        if name not in known:
            home.credentials.keep_receiver(name, SecretStr(random_secrets.token_urlsafe(32)), actor=person())


def _secrets(home: "Deployment", root: str, auth: str, *, new_secret: bool) -> "HookSecrets":
    """What Paychex is to show to the receiver; a part that is missing is made and kept in the vault."""
    from connector_assets.vendors.paychex.hooks import HookSecrets
    from connector_assets.webhooks.receiver import TOKEN_PATH

    _make_missing(home, auth, new_secret=new_secret)
    fields = {"basic": {"username": "username", "password": "password"}, "api_key": {"apiKey": "api_key"}}
    names = fields.get(auth, {"clientId": "client_id", "clientSecret": "client_secret"})
    known = home.credentials.receiver()  # what the receiver will compare with: the environment before the vault
    shown = {field: known[name] for field, name in names.items()}
    if auth.startswith("oauth2"):
        plain = {"grantType": "client_credentials", "contentType": "application/x-www-form-urlencoded"}
        shown |= {name: SecretStr(value) for name, value in {"tokenUrl": root + TOKEN_PATH, **plain}.items()}
    return HookSecrets(AUTHENTICATIONS[auth], shown)  # type: ignore[arg-type] # the values are AuthType's


@contextmanager
def receiver_beside(settings: Settings, connections: "Sequence[Connection]") -> Iterator[str]:
    """A receiver on this machine for the time of the block, registered at the Paychex of each connection.

    A hook that is registered already is left as it is. Yields the receiver's URL.
    """
    from connector_assets.deployment import open_deployment
    from connector_assets.webhooks.receiver import PAYCHEX_PATH, running_receiver

    home = open_deployment(settings)
    _make_missing(home, "basic")
    app = _application(settings)
    with running_receiver(app, settings.webhooks_host, settings.webhooks_port, settings.webhooks_read_s) as root:
        for connection in connections:
            hooks, company_id = _paychex(home, connection, paychex_section(connection))
            if not [one for one in hooks.list() if (one.uri, one.company_id) == (root + PAYCHEX_PATH, company_id)]:
                register_hook(home, connection, hooks, company_id, root, "basic")
        yield root


COMMANDS: tuple[click.Command, ...] = (webhooks,)
