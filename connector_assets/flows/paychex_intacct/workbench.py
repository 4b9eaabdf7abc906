"""Pay runs outside Dagster: the tools of a pay run for commands that look and send nothing."""

from connector_assets.deployment import Deployment
from connector_assets.flows.paychex_intacct.config import PaychexIntacctConnection
from connector_assets.flows.paychex_intacct.ledger_view import LedgerView
from connector_assets.flows.paychex_intacct.pay_run import Tools
from connector_assets.orchestration.io import FrameStore
from connector_assets.settings import ConfigError
from connector_assets.systems import intacct_client, paychex_client
from connector_assets.vendors.intacct.ledger import IntacctLedger
from connector_assets.vendors.paychex.models import Company

NOT_ASKED = "not-asked"
"""The company's id where only stored frames are looked at, in which it does not occur."""


def open_tools(
    home: Deployment, connection: PaychexIntacctConnection, *, actor: str, ask_paychex: bool = False
) -> Tools:
    """Tools on the stored frames. Clients are made and no call is made, unless `ask_paychex` looks up the company.

    Raises ConfigError for a missing credential, or when the app does not see the client number.
    """
    store = FrameStore(home.settings.frames_path)
    source = paychex_client(connection, connection.paychex, home.credentials, home.settings)
    company = Company(company_id=NOT_ASKED, display_id=connection.paychex.display_id)
    if ask_paychex:
        found = source.companies(connection.paychex.display_id)
        if not found:
            raise ConfigError(
                f"Paychex shows no company with the client number {connection.paychex.display_id}.",
                fix="Correct paychex.display_id, or link the company to the app in Flex.",
            )
        company = found[0]
    return Tools(
        connection=connection,
        home=home,
        store=store,
        view=LedgerView(connection, store),
        source=source,
        company=company,
        ledger=IntacctLedger(intacct_client(connection, connection.intacct, home.credentials, home.settings)),
        actor=actor,
    )
