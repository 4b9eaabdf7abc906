"""Admin calls of the simulated Procurify: what people do in the app. `POST /admin/procurify/…` with a JSON object."""

from collections.abc import Mapping

from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.procurify.desk import Desk
from connector_assets.sandbox.procurify.sample import Json, listed
from connector_assets.sandbox.store import SandboxError

KINDS = ("bill", "payment", "vendor", "account_code", "department", "location", "custom_field")
_Body = Mapping[str, object]


def routes(desk: Desk) -> list[BaseRoute]:
    """The admin calls."""
    root = "/admin/procurify"

    def records(kind: str) -> BaseRoute:
        return admin_route(f"{root}/{kind}s", lambda _: desk.all(kind), "GET")

    def change(body: _Body) -> object:
        kind = str(body.get("kind"))
        if kind not in KINDS:
            raise SandboxError(f"'kind' must be one of {', '.join(KINDS)}, not {kind!r}.")
        return desk.save(kind, _changed(desk.known(kind, id=body.get("id")), body))

    return [*(records(kind) for kind in KINDS), admin_route(f"{root}/change", change)]


def _changed(record: Json, body: _Body) -> Json:
    """`{kind, id, fields?: {members}, item_id?, item?: {members}, stated?: {members}, file?: {members}}`.

    `_status` is a status in words. `stated` members are sent whatever the lines say; `file` changes every attachment.
    """
    fields, item, stated, file = (_object(body, name) for name in ("fields", "item", "stated", "file"))
    changed = {**record, **fields}
    if item:
        chosen = body.get("item_id", listed(record["items"])[0]["id"])
        changed["items"] = [{**one, **item} if one["id"] == chosen else one for one in listed(record["items"])]
    if stated:
        changed["_stated"] = stated
    if file:
        changed["invoice_attachments"] = [{**one, **file} for one in listed(record["invoice_attachments"])]
    return changed


def _object(body: _Body, name: str) -> Json:
    value = body.get(name)
    return dict(value) if isinstance(value, dict) else {}
