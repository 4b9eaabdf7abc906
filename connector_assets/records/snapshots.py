"""Snapshots: small named JSON values per connection, kept to be compared with next time (a roster's digests, say)."""

import json
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from connector_assets.records.audit import canonical_json, digest_of
from connector_assets.records.database import Clock, reading, utc_now, writing
from connector_assets.records.tables import snapshot


class SnapshotStore:
    """The snapshots of one database."""

    def __init__(self, engine: Engine, now: Clock = utc_now) -> None:
        self._engine, self._now = engine, now

    def put(self, connection: str, name: str, value: Any) -> str:  # noqa: ANN401 any JSON value is the point
        """Keep a JSON value in place of the last of its name; returns its digest (hex)."""
        body = canonical_json(value)
        row = {"connection": connection, "name": name, "body": body, "digest": digest_of(body), "taken_at": self._now()}
        with writing(self._engine) as db:
            db.execute(delete(snapshot).where(snapshot.c.connection == connection, snapshot.c.name == name))
            db.execute(insert(snapshot), row)
        return digest_of(body)

    def get(self, connection: str, name: str) -> Any:  # noqa: ANN401 any JSON value is the point
        """The value as it was put, or None when there is none."""
        where = (snapshot.c.connection == connection, snapshot.c.name == name)
        with reading(self._engine) as db:
            body = db.execute(select(snapshot.c.body).where(*where)).scalar_one_or_none()
        return None if body is None else json.loads(body)
