"""The sandbox's credentials: public, worthless, and the same on every machine, so that a newcomer needs no account."""

PAYCHEX_CLIENT_ID = "sandbox-client"
PAYCHEX_CLIENT_SECRET = "sandbox-secret-not-real"  # noqa: S105 - published on the sandbox's home page
INTACCT_SENDER_ID = "sandbox_sender"
INTACCT_SENDER_PASSWORD = "sandbox-sender-not-real"  # noqa: S105 - published on the sandbox's home page
INTACCT_COMPANY_ID = "HOLLIS-MARR"
INTACCT_USER_ID = "svc_connector"
INTACCT_USER_PASSWORD = "sandbox-user-not-real"  # noqa: S105 - published on the sandbox's home page
EXPENSIFY_PARTNER_USER_ID = "aa_sandbox_hollismarr_example"
EXPENSIFY_PARTNER_USER_SECRET = "sandbox-partner-not-real"  # noqa: S105 - published on the sandbox's home page
