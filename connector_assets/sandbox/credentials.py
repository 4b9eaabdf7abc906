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
VISMA_CLIENT_ID = "isv_sandbox_connector"
VISMA_CLIENT_SECRET = "sandbox-visma-not-real"  # noqa: S105 - published on the sandbox's home page
VISMA_TENANT_ID = "7b1d2f0e-5c3a-4a86-9d1e-0f2a3b4c5d6e"
VISMA_CUSTOMER_TENANT_ID = "0c9e8d7c-6b5a-4f3e-8d2c-1b0a9f8e7d6c"
PROCURIFY_CLIENT_ID = "sandbox-procurify-client"
PROCURIFY_CLIENT_SECRET = "sandbox-procurify-not-real"  # noqa: S105 - published on the sandbox's home page
