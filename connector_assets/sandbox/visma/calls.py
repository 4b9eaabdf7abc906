"""What every Visma operation works with: the call as it came, lists, row versions, and what a write answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from connector_assets.sandbox.visma.bodies import json_object
from connector_assets.sandbox.visma.desk import Desk, Row, Window, time_stamp
from connector_assets.sandbox.visma.replies import Json, VismaError, json_response, shaped

CONDITIONS = (">", "<", ">=", "<=")


@dataclass(frozen=True)
class Call:
    """One admitted request; `key` holds the ids of its path, decoded."""

    desk: Desk
    request: Request
    body: bytes
    key: tuple[str, ...]

    @property
    def content(self) -> Json:
        """The body of a write. Raises VismaError."""
        return json_object(self.body)

    def window(self) -> Window:
        """The range of last changes asked for. Raises VismaError for half of the pair or what cannot be read."""
        moment = self.request.query_params.get("lastModifiedDateTime")
        condition = self.request.query_params.get("lastModifiedDateTimeCondition")
        if (moment is None) != (condition is None) and self.desk.setting("modified_alone") == "400":
            raise VismaError(400, "lastModifiedDateTime and lastModifiedDateTimeCondition go together")
        if moment is None or condition is None:
            return Window()
        if condition not in CONDITIONS or "+" in moment or moment.endswith("Z"):
            raise VismaError(400, "The condition or the moment is not valid")
        widened = {">": ">="}.get(condition) if self.desk.setting("modified_boundary") == "inclusive" else None
        try:
            return Window(self.desk.utc_of(moment), widened or condition)
        except ValueError:
            raise VismaError(400, "The moment is not valid") from None

    def listing(self, kind: str, read: Callable[[Row], Json], *, is_paged: bool) -> Response:
        """A bare array; on a list that pages, every element carries the numbers of the whole."""
        window, most = self.window(), int(self.desk.setting("page_size_max"))
        if not is_paged:
            return json_response([read(row) for row in self.desk.rows(kind, window)])
        size = min(self._whole("pageSize", int(self.desk.setting("page_size_default"))), most)
        first = (self._whole("pageNumber", 1) - 1) * size
        metadata = {"totalCount": self.desk.count(kind, window), "maxPageSize": most}
        rows = self.desk.rows(kind, window, slice(first, first + size))
        return json_response([{**read(row), "metadata": metadata} for row in rows])

    def _whole(self, name: str, default: int) -> int:
        text = self.request.query_params.get(name, str(default))
        if not (text.isascii() and text.isdigit()) or int(text) < 1:
            raise VismaError(400, f"{name} is not valid")
        return int(text)

    def existing(self, kind: str, key: str) -> Row:
        """A record. Raises LookupError, which becomes a 404."""
        row = self.desk.row(kind, key)
        if row is None:
            raise LookupError(key)
        return row

    def one(self, row: Row, body: Mapping[str, object]) -> Response:
        """A record read alone, with its ETag."""
        metadata = {"metadata": None} if self.desk.setting("metadata_on_one") == "null" else {}
        return self.tagged(json_response({**body, **metadata}), row)

    def tagged(self, reply: Response, row: Row) -> Response:
        """The reply with the row's ETag."""
        form = {"quoted": '"{}"', "bare": "{}", "weak": 'W/"{}"'}[self.desk.setting("etag")]
        reply.headers["ETag"] = form.format(time_stamp(row.version))
        return reply

    def unmatched(self, row: Row) -> Response | None:
        """412 when If-Match names another version of the row; the header may be quoted, bare or weak."""
        given = self.request.headers.get("if-match")
        if given is None or given == "*" or given.removeprefix("W/").strip('"') == time_stamp(row.version):
            return None
        return shaped(412, self.desk.setting("precondition_body"), "The record was changed by someone else.")

    def created(self, kind: str, row: Row) -> Response:
        """201 with Location and ETag, and in practice without a body."""
        body = json_response({}, 201) if self.desk.setting("created_body") == "object" else Response(b"", 201)
        scheme = self.desk.setting("location")
        if scheme != "absent":
            root = f"{self.desk.context.options.public_url}/visma/api/v1".partition("://")[2]
            body.headers["Location"] = f"{scheme}://{root}/{kind}/{quote(row.key, safe='')}"
        return self.tagged(body, row)

    def updated(self, row: Row) -> Response:
        """204 with the new ETag."""
        return self.tagged(Response(status_code=204), row)

    def refused(self, summary: str, errors: list[str]) -> None:
        """Raise VismaError when there are errors."""
        if errors:
            raise VismaError(int(self.desk.setting("refusal_status")), summary, errors)
