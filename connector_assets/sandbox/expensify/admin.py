"""Admin calls of the simulated Expensify: what people do in the app. `POST /admin/expensify/…` with a JSON object."""

from collections.abc import Mapping
from typing import cast

from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.expensify.desk import Desk, Report, moment
from connector_assets.sandbox.store import SandboxError

_Body = Mapping[str, object]


def routes(desk: Desk) -> list[BaseRoute]:
    """The admin calls."""
    root = "/admin/expensify"

    def reports(_: _Body) -> object:
        return [{**report, "labels": desk.labels(report["reportID"])} for report in desk.reports()]

    def approve(body: _Body) -> object:
        report = desk.report(body.get("report_id"))
        day = str(body.get("approved", "")) or moment(desk)
        submitted = report["submitted"] or day
        return desk.save({**report, "status": "APPROVED", "state": "APPROVED", "submitted": submitted, "approved": day})

    def reopen(body: _Body) -> object:
        report = desk.report(body.get("report_id"))
        if desk.setting("label_on_reopen") == "lost":
            desk.unmark(report["reportID"])
        return desk.save({**report, "status": "OPEN", "state": "OPEN", "approved": "", "reimbursed": ""})

    def change(body: _Body) -> object:
        return desk.save(_changed(desk.report(body.get("report_id")), body))

    def add_category(body: _Body) -> object:
        if not body.get("name"):
            raise SandboxError("A category has a name: {name, glCode?, enabled?}.")
        desk.add_category({"enabled": True, **body})
        return body

    return [
        admin_route(f"{root}/reports", reports, "GET"),
        admin_route(f"{root}/approve", approve),
        admin_route(f"{root}/reopen", reopen),
        admin_route(f"{root}/change", change),
        admin_route(f"{root}/categories", add_category),
    ]


def _changed(report: Report, body: _Body) -> Report:
    """`{report_id, report?: {members}, expense_id?, expense?: {members}}`; the total is left as it is."""
    expenses = cast(list[Report], report["transactionList"])
    members, of_expense = (cast(Report, body.get(name) or {}) for name in ("report", "expense"))
    chosen = body.get("expense_id")
    if chosen is not None and chosen not in {one["transactionID"] for one in expenses}:
        raise SandboxError(f"Report {report['reportID']} has no expense {chosen!r}.")
    changed = [{**one, **of_expense} if one["transactionID"] == chosen else one for one in expenses]
    return {**report, **members, "transactionList": changed}
