"""The JSON and CSV return formats: the bare rows, with no envelope, no control and no authentication block (1.4)."""

import csv
import io
import json

from lxml import etree
from starlette.responses import Response

from connector_assets.sandbox.intacct.envelope import GatewayRequest
from connector_assets.sandbox.intacct.replies import FunctionResult

_TYPES = {"json": "application/json; charset=UTF-8", "csv": "text/csv; charset=UTF-8"}


def bare_response(request: GatewayRequest, results: list[FunctionResult]) -> Response | None:
    """The bare rows, where the only function succeeded and asked for JSON or CSV."""
    if len(results) != 1 or results[0].status != "success" or not results[0].outcome.content:
        return None
    body = request.functions[0].body
    wanted = (body.findtext("returnFormat") or body.findtext("options/returnformat") or "xml").strip().lower()
    if wanted not in _TYPES:
        return None
    rows = [{str(cell.tag): cell.text or "" for cell in row} for row in _data(results[0])]
    return Response(json.dumps(rows) if wanted == "json" else _csv(rows), headers={"content-type": _TYPES[wanted]})


def _data(result: FunctionResult) -> etree._Element:
    return next(entry for entry in result.outcome.content if entry.tag == "data")


def _csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
