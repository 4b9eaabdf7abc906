"""The vault: credentials and the few personal fields, encrypted at rest (Fernet), under keys that can be rotated.

The keys are handed in, newest first: the first encrypts, each can decrypt. No secret, key or ciphertext appears in a
repr, an error, a log or an audit entry. A ciphertext carries its own address: one put in another's place is noticed.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from connector_assets.records.audit import append_entry
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.errors import RecordsError
from connector_assets.records.tables import vault_secret


def new_key() -> str:
    """A fresh vault key (32 random bytes, URL-safe base64)."""
    return Fernet.generate_key().decode("ascii")


class Vault:
    """The secrets of one database, each addressed by connection, system and name."""

    def __init__(self, engine: Engine, keys: Sequence[str], now: Clock = utc_now) -> None:
        """`keys` newest first. Raises RecordsError when there is none, or one is no Fernet key."""
        self._engine, self._now = engine, now
        self._cipher = _cipher_of(keys)

    def put(self, connection: str, system: str, name: str, secret: str, *, actor: str = "connector") -> None:
        """Store a secret, in place of an older one."""
        address = {"connection": connection, "system": system, "name": name}
        body = json.dumps({**address, "secret": secret})
        row = {"ciphertext": self._cipher.encrypt(body.encode()).decode("ascii"), "updated_at": self._now()}
        with writing(self._engine) as db:
            db.execute(delete(vault_secret).where(*_at(connection, system, name)))
            db.execute(insert(vault_secret), {**address, **row})
            _note(db, self._now(), "credential stored", actor, address)

    def get(self, connection: str, system: str, name: str) -> SecretStr | None:
        """The secret, or None. Raises RecordsError when no key opens it."""
        with reading(self._engine) as db:
            statement = select(vault_secret.c.ciphertext).where(*_at(connection, system, name))
            ciphertext = db.execute(statement).scalar_one_or_none()
        return None if ciphertext is None else self._opened(connection, system, name, ciphertext)

    def names(self, connection: str) -> list[tuple[str, str]]:
        """The (system, name) of each secret of a connection."""
        table = vault_secret.c
        statement = select(table.system, table.name).where(table.connection == connection)
        with reading(self._engine) as db:
            return [(row.system, row.name) for row in db.execute(statement.order_by(table.system, table.name))]

    def delete(self, connection: str, system: str, name: str, *, actor: str = "connector") -> bool:
        """Forget a secret; False when there was none."""
        address = {"connection": connection, "system": system, "name": name}
        with writing(self._engine) as db:
            gone = db.execute(delete(vault_secret).where(*_at(connection, system, name))).rowcount > 0
            if gone:
                _note(db, self._now(), "credential deleted", actor, address)
        return gone

    def rotate(self, *, actor: str = "connector") -> int:
        """Encrypt every secret anew with the first key, all or none; returns how many. Older keys can then be dropped.

        Raises RecordsError, with nothing changed, when no key opens one of them.
        """
        with writing(self._engine) as db:
            rows = db.execute(select(vault_secret)).all()
            for row in rows:
                self._opened(row.connection, row.system, row.name, row.ciphertext)
                ciphertext = self._cipher.rotate(row.ciphertext).decode("ascii")
                where = _at(row.connection, row.system, row.name)
                db.execute(update(vault_secret).where(*where).values(ciphertext=ciphertext))
            detail = {"secrets": len(rows)}
            append_entry(db, self._now(), actor=actor, action="vault rotated", subject="vault", detail=detail)
        return len(rows)

    def _opened(self, connection: str, system: str, name: str, ciphertext: str) -> SecretStr:
        fix = "Give the key it was stored under in CONNECTOR_VAULT_KEY, after the newest, or store the credential anew."
        try:
            body = json.loads(self._cipher.decrypt(ciphertext.encode("ascii", "replace")))
        except InvalidToken:
            raise RecordsError(f"No vault key opens the {system} {name} of '{connection}'.", fix=fix) from None
        if (body["connection"], body["system"], body["name"]) != (connection, system, name):
            raise RecordsError(
                f"The vault holds another secret in the place of the {system} {name} of '{connection}'.",
                fix="Somebody moved it inside the database: store the credential anew, and find out who did.",
            )
        return SecretStr(body["secret"])


def _cipher_of(keys: Sequence[str]) -> MultiFernet:
    fix = "Set CONNECTOR_VAULT_KEY to what `connector init` wrote: 32 bytes in URL-safe base64, several by comma."
    if not keys:
        raise RecordsError("The vault has no key.", fix=fix)
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise RecordsError("A vault key is no Fernet key.", fix=fix) from None


def _note(db: Connection, at: datetime, action: str, actor: str, address: dict[str, str]) -> None:
    subject = "{connection}/vault/{system}/{name}".format(**address)
    append_entry(db, at, actor=actor, action=action, subject=subject)


def _at(connection: str, system: str, name: str) -> tuple[ColumnElement[bool], ...]:
    table = vault_secret.c
    return (table.connection == connection, table.system == system, table.name == name)
