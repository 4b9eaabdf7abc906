"""Who may leave a notification: HTTP Basic, an API key, or a bearer token that this receiver issued (OAuth 2).

Paychex signs nothing, so these are what keeps a forgery out. Every comparison takes the same time whatever was sent,
and all of them are made before the answer is known.
"""

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

TOKEN_LIFETIME_S = 3600
SECRETS_KEPT_S = 15.0
"""How long a secret that was replaced still opens: `connector webhooks register` writes a new one beside a server."""
API_KEY_HEADERS = ("x-api-key", "api-key", "apikey", "authorization")
"""Which header Paychex puts an API key in is not documented."""
_NOTHING = SecretStr("")


@dataclass(frozen=True)
class ReceiverSecrets:
    """What a sender may show. An empty secret opens nothing."""

    username: SecretStr = _NOTHING
    password: SecretStr = _NOTHING
    api_key: SecretStr = _NOTHING
    client_id: SecretStr = _NOTHING
    client_secret: SecretStr = _NOTHING

    @property
    def any(self) -> bool:
        """Whether there is any way in."""
        return any(one.get_secret_value() for one in (self.password, self.api_key, self.client_secret))


class Doorkeeper:
    """Compares what a sender shows with the secrets, which `load` reads anew every SECRETS_KEPT_S.

    `now_s` answers seconds since 1970.
    """

    def __init__(self, load: Callable[[], ReceiverSecrets], now_s: Callable[[], float]) -> None:
        self._load, self._now_s = load, now_s
        self._secrets, self._loaded_at_s = ReceiverSecrets(), -math.inf

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether the request's headers show one of the secrets. Header names are in lower case."""
        secrets = self._current()
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        username, password = _basic(shown) if scheme.lower() == "basic" else ("", "")
        answers = [_same(username, secrets.username) & _same(password, secrets.password)]
        answers += [_same(headers.get(name, ""), secrets.api_key) for name in API_KEY_HEADERS]
        answers += [self._is_token(shown.strip() if scheme.lower() == "bearer" else "", secrets)]
        return any(answers)

    def token(self, headers: Mapping[str, str], form: Mapping[str, str]) -> str | None:
        """A bearer token for the client's id and secret, shown in the form or as HTTP Basic; None for wrong ones."""
        secrets = self._current()
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        basic = _basic(shown) if scheme.lower() == "basic" else ("", "")
        is_client = False
        for client_id, client_secret in (basic, (form.get("client_id", ""), form.get("client_secret", ""))):
            is_client |= _same(client_id, secrets.client_id) & _same(client_secret, secrets.client_secret)
        if not is_client:
            return None
        expires = str(int(self._now_s()) + TOKEN_LIFETIME_S)
        return f"{expires}.{_signature(expires, secrets.client_secret)}"

    def _is_token(self, shown: str, secrets: ReceiverSecrets) -> bool:
        """Whether this receiver, or another with the same secret, issued it and it is still good."""
        expires, _, signature = shown.partition(".")
        is_ours = _same(signature, SecretStr(_signature(expires, secrets.client_secret)))
        is_number = expires.isascii() and expires.isdigit() and len(expires) <= 12
        return bool(secrets.client_secret) & is_ours & is_number and int(expires) > self._now_s()

    def _current(self) -> ReceiverSecrets:
        if self._now_s() - self._loaded_at_s > SECRETS_KEPT_S:
            self._secrets, self._loaded_at_s = self._load(), self._now_s()
        return self._secrets


def _same(shown: str, secret: SecretStr) -> bool:
    """Whether they are equal and there is a secret at all, in a time that does not depend on what was shown."""
    wanted = secret.get_secret_value()
    pair = [hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (shown, wanted)]
    return hmac.compare_digest(*pair) & bool(wanted)


def _signature(expires: str, secret: SecretStr) -> str:
    key = secret.get_secret_value().encode()
    return hmac.new(key, b"connector webhook token " + expires.encode("utf-8", "replace"), "sha256").hexdigest()


def _basic(shown: str) -> tuple[str, str]:
    try:
        username, _, password = base64.b64decode(shown, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return username, password
