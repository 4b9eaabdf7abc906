"""Bearer tokens by OAuth 2 client credentials (RFC 6749, 4.4), with key and secret in the body: a form, or JSON."""

import json
import math
import re
import threading
from collections.abc import Callable, Mapping

from connector_assets.vendors.errors import CredentialError, ProtocolError
from connector_assets.vendors.retry import Outcome, Verdict
from connector_assets.vendors.transport import Reply, Transport

RENEW_EARLY_S = 120.0
ASSUMED_LIFETIME_S = 600.0
REFUSALS = frozenset({400, 401, 403})


class ClientCredentials:
    """The token of one key and secret: kept, renewed before it ends, and asked for by one thread at a time.

    `credential` names key and secret for the person who has to correct them, for example "paychex client_id and
    client_secret". A token that lives shorter than twice RENEW_EARLY_S is renewed at half its life. With an `audience`
    the request is JSON that names it (Auth0's way, which Procurify follows); without one it is RFC 6749's form. `more`
    are fields of the system's own, such as a tenant and scopes.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        credential: str,
        audience: str = "",
        more: Mapping[str, str] | None = None,
    ) -> None:
        self._transport, self._token_url, self._credential = transport, token_url, credential
        self._fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._fields |= more or {}
        self._audience = audience
        self._lock = threading.Lock()
        self._token, self._renew_at_s = "", -math.inf

    def token(self) -> str:
        """A token that is still good for a while. Raises CredentialError, UnavailableError, ProtocolError."""
        with self._lock:
            if not self._token or self._transport.now() >= self._renew_at_s:
                self._acquire()
            return self._token

    def renewed(self, refused: str) -> str:
        """A token other than the one just refused: however many threads were refused it, one asks for the next."""
        with self._lock:
            if self._token == refused:
                self._acquire()
            return self._token

    def call(self, send: Callable[[str], Reply]) -> Reply:
        """Call `send` with a token, and once more with a renewed one when the reply is 401."""
        token = self.token()
        reply = send(token)
        return send(self.renewed(token)) if reply.status == 401 else reply

    def _acquire(self) -> None:
        self._token = ""
        asked_at_s = self._transport.now()
        reply = self._transport.send(
            "POST",
            self._token_url,
            operation="token",
            is_write=False,
            headers={"Accept": "application/json", **({"Content-Type": "application/json"} if self._audience else {})},
            body=json.dumps({**self._fields, "audience": self._audience}) if self._audience else None,
            form=None if self._audience else self._fields,
            judge=_judge,
        )
        answer = _fields(reply)
        token = answer.get("access_token")
        if reply.status in REFUSALS:
            raise self._refusal(reply.status, str(answer.get("error", "")))
        if reply.status != 200 or not isinstance(token, str) or not token:
            message = f"the token endpoint answered HTTP {reply.status} without an access token"
            raise ProtocolError(self._transport.system, message, fix="Check the base URL: is this the system's API?")
        lifetime_s = _lifetime_s(answer.get("expires_in"))
        self._renew_at_s = asked_at_s + lifetime_s - min(RENEW_EARLY_S, lifetime_s / 2)
        self._token = token

    def _refusal(self, status: int, error: str) -> CredentialError:
        # Only the registered error codes are repeated: a description may quote what was sent.
        code = f" ({error})" if re.fullmatch(r"[a-z_]{1,40}", error) else ""
        fix = f"Check {self._credential}; a secret that was generated anew in the system ends every older one."
        return CredentialError(self._transport.system, f"the token was refused with HTTP {status}{code}", fix=fix)


def _judge(reply: Reply) -> Verdict | None:
    return Verdict(Outcome.ANSWERED) if reply.status in REFUSALS else None


def _fields(reply: Reply) -> dict[str, object]:
    try:
        answer = json.loads(reply.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _lifetime_s(expires_in: object) -> float:
    """Seconds from a number or a text (Paychex documents the one and sends the other)."""
    try:
        lifetime_s = float(str(expires_in))
    except ValueError:
        return ASSUMED_LIFETIME_S
    return max(lifetime_s, 0.0) if math.isfinite(lifetime_s) else ASSUMED_LIFETIME_S
