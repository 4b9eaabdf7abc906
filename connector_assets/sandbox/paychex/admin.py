"""Admin calls of the simulated Paychex: what a person would do in Flex, and what happens to an application's access.

All are `POST /admin/paychex/…` with a JSON object, answer JSON, and refuse with a 400 that names the fix.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date, timedelta

from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from connector_assets.sandbox.admin import admin_route
from connector_assets.sandbox.company import ENTITIES
from connector_assets.sandbox.facts import CheckFacts, ComponentFacts, LineFacts, PeriodFacts, WorkerFacts
from connector_assets.sandbox.paychex.desk import Desk
from connector_assets.sandbox.paychex.state import STATUSES, UNPROCESSED, made_id, negated
from connector_assets.sandbox.store import SandboxError

DONE = frozenset(STATUSES) - UNPROCESSED - {"PROCESSING", "REVERSED"}
_NEXT_STATUS = {"INITIAL": "ENTRY", "ENTRY": "PROCESSING", "PROCESSING": "COMPLETED"}
_PERIOD = TypeAdapter(PeriodFacts)
_Body = Mapping[str, object]

# An off-cycle check: name, paid by, and the rate in ten-thousandths of the gross.
_SUPPLEMENTAL_TAXES = (
    ("Federal Income Tax", "EMPLOYEE_WITHHOLDING", 2200),
    ("Employee Social Security Tax", "EMPLOYEE_WITHHOLDING", 620),
    ("Employee Medicare Tax", "EMPLOYEE_WITHHOLDING", 145),
    ("Employer Social Security Tax", "EMPLOYER_LIABILITY", 620),
    ("Employer Medicare Tax", "EMPLOYER_LIABILITY", 145),
)


def routes(desk: Desk) -> list[BaseRoute]:
    """The admin calls."""
    office = PayrollOffice(desk)
    root = "/admin/paychex"
    return [
        admin_route(f"{root}/access", lambda _: asdict(desk.access.grants()), "GET"),
        admin_route(f"{root}/access", desk.access.change),
        admin_route(f"{root}/periods", office.periods, "GET"),
        admin_route(f"{root}/periods/advance", office.advance),
        admin_route(f"{root}/periods/reverse", office.reverse),
        admin_route(f"{root}/periods/add_offcycle", office.add_offcycle),
        admin_route(f"{root}/periods/delete", office.delete),
        admin_route(f"{root}/checks/void", office.void_check),
        admin_route(f"{root}/hooks/outbox", lambda _: desk.courier.rows(), "GET"),
        admin_route(f"{root}/hooks/deliver", lambda _: desk.courier.deliver()),
        admin_route(f"{root}/hooks/notify", office.notify),
        admin_route(f"{root}/checks/change", office.change_check),
    ]


class PayrollOffice:
    """The person at Flex: moves pay periods on, reverses, adds and deletes them, voids and changes checks."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._payroll = desk, desk.payroll

    def periods(self, body: _Body) -> object:
        """`{company_id}`: the company's periods as they stand."""
        return [_shown(period) for period in self._payroll.periods(_company_id(body))]

    def advance(self, body: _Body) -> object:
        """`{company_id, pay_period_id, to?}`: one step on the way to COMPLETED, or straight to any status."""
        company_id, period = self._period(body)
        status = body.get("to", _NEXT_STATUS.get(period.status))
        if status not in STATUSES:
            raise SandboxError(f"From {period.status} there is no next step; 'to' may be {', '.join(STATUSES)}.")
        self._payroll.set_status(company_id, period.pay_period_id, str(status))
        self._announce(company_id, period.pay_period_id, is_done=status in DONE and period.status not in DONE)
        return self._show(company_id, period.pay_period_id)

    def reverse(self, body: _Body) -> object:
        """`{company_id, pay_period_id, paycheck_ids?}`: the original becomes REVERSED, a Reverse period is added."""
        company_id, period = self._period(body)
        if period.status in {*UNPROCESSED, "PROCESSING", "REVERSED"}:
            raise SandboxError(f"Pay period {period.pay_period_id} is {period.status}; only a completed one reverses.")
        chosen = _ids(body, "paycheck_ids")
        known = {check.paycheck_id for check in self._payroll.checks(company_id, period)} if chosen else set()
        if not set(chosen) <= known:
            raise SandboxError(f"Not in this pay period: {', '.join(sorted(set(chosen) - known))}.")
        reversal = replace(
            period,
            pay_period_id=made_id(15, "reverse", company_id, period.pay_period_id),
            interval_code=None,
            status="COMPLETED",
            description="Reverse",
            submit_by_date=period.end_date,
            check_count=len(chosen) or period.check_count,
            original_pay_period_id=period.pay_period_id,
        )
        self._payroll.add_period(company_id, reversal, chosen)
        self._payroll.set_status(company_id, period.pay_period_id, "REVERSED")
        told = self._desk.setting("paychex.reversal_notice")
        self._announce(company_id, reversal.pay_period_id, is_done=told != "none")
        self._announce(company_id, period.pay_period_id, is_done=told == "both")
        return self._show(company_id, reversal.pay_period_id)

    def add_offcycle(self, body: _Body) -> object:
        """`{company_id, check_date, description?, status?, worker_ids?, amount_cents?, component_id?}`: a bonus run.

        By default COMPLETED, 1,000.00 for each of the first three active workers, as the first SUPPLEMENTAL component.
        Whoever is named twice gets two checks.
        """
        company_id, check_date = _company_id(body), _day(body, "check_date")
        status, amount_cents = str(body.get("status", "COMPLETED")), _cents(body, "amount_cents", 100_000)
        if status not in STATUSES:
            raise SandboxError(f"'status' is one of {', '.join(STATUSES)}.")
        workers, component = self._payees(company_id, check_date, body), self._component(company_id, body)
        number = len(self._payroll.periods(company_id))
        period = PeriodFacts(
            pay_period_id=made_id(15, "offcycle", company_id, check_date.isoformat(), str(number)),
            interval_code=None,
            status=status,
            description=str(body.get("description", "Off-cycle")),
            start_date=check_date - timedelta(days=6),
            end_date=check_date,
            submit_by_date=check_date,
            check_date=check_date,
            check_count=0,
            original_pay_period_id=None,
        )
        with self._desk.context.store.transaction():
            self._payroll.add_period(company_id, period)
            for place, worker in enumerate(workers):
                earlier = workers[:place].count(worker)
                bonus = _bonus(period, worker, component, amount_cents, earlier)
                self._payroll.save_check(company_id, bonus, replaces=False)
        self._announce(company_id, period.pay_period_id, is_done=status in DONE)
        return self._show(company_id, period.pay_period_id)

    def delete(self, body: _Body) -> object:
        """`{company_id, pay_period_id}`: an unsubmitted period vanishes, as it may in Flex."""
        company_id, period = self._period(body)
        if period.status not in UNPROCESSED:
            raise SandboxError(f"Pay period {period.pay_period_id} is {period.status}; only INITIAL and ENTRY can go.")
        self._payroll.vanish(company_id, period.pay_period_id)
        self._announce(company_id, period.pay_period_id, is_done=False)
        return {"deleted": period.pay_period_id}

    def void_check(self, body: _Body) -> object:
        """`{company_id, pay_period_id, paycheck_id, into_pay_period_id?}`: a negative check, the original unchanged.

        It lands in the named period, otherwise in the check's own.
        """
        company_id, check = self._check(body)
        target_id = str(body.get("into_pay_period_id", check.pay_period_id))
        target = self._payroll.period(company_id, target_id)
        if target is None:
            raise SandboxError(f"Company {company_id} has no pay period {target_id}.")
        void = replace(
            negated(check),
            paycheck_id=made_id(20, "void", check.paycheck_id),
            pay_period_id=target_id,
            check_date=target.check_date,
            check_type="Void",
        )
        if self._payroll.has_added(void.paycheck_id):
            raise SandboxError(f"Check {check.paycheck_id} is void already.")
        self._payroll.save_check(company_id, void, replaces=False)
        return {"paycheck_id": void.paycheck_id, "pay_period_id": target_id, "net_cents": void.net_cents}

    def change_check(self, body: _Body) -> object:
        """`{company_id, pay_period_id, paycheck_id, amount_cents, net_cents?}`: a check changes after its completion.

        `amount_cents` is added to its first earning and `net_cents` (the same, by default) to its net pay: different
        ones make a check that does not foot.
        """
        company_id, check = self._check(body)
        amount_cents = _cents(body, "amount_cents", None)
        position = next((n for n, line in enumerate(check.lines) if line.effect == "ADDITION"), None)
        if position is None:
            raise SandboxError(f"Check {check.paycheck_id} has no earning to change.")
        line = check.lines[position]
        lines = (
            *check.lines[:position],
            replace(line, amount_cents=line.amount_cents + amount_cents),
            *check.lines[position + 1 :],
        )
        changed = replace(check, lines=lines, net_cents=check.net_cents + _cents(body, "net_cents", amount_cents))
        self._payroll.save_check(company_id, changed, replaces=True)
        return {"paycheck_id": changed.paycheck_id, "net_cents": changed.net_cents}

    def notify(self, body: _Body) -> object:
        """`{company_id, domain, action?, worker_id?, pay_period_id?}`: tell the hooks of it, be it so or not."""
        company_id, domain = _company_id(body), str(body.get("domain"))
        names = {"workerId": "worker_id", "payperiodId": "pay_period_id"}
        ids = {name: str(body[key]) for name, key in names.items() if key in body}
        return {"told": self._desk.courier.announce(company_id, domain, str(body.get("action", "UPDATE")), **ids)}

    def _announce(self, company_id: str, pay_period_id: str, *, is_done: bool) -> None:
        """Tell the hooks that a pay period changed, and that its pay run is done where it is."""
        self._desk.courier.announce(company_id, "PAY_PERIOD", "UPDATE")
        if is_done:
            self._desk.courier.announce(company_id, "CLT_PYRN", "PAYRUN_COMPLETED", payperiodId=pay_period_id)

    def _period(self, body: _Body) -> tuple[str, PeriodFacts]:
        company_id, pay_period_id = _company_id(body), str(body.get("pay_period_id"))
        period = self._payroll.period(company_id, pay_period_id)
        if period is None:
            raise SandboxError(f"Company {company_id} has no pay period {pay_period_id}; GET …/periods lists them.")
        return company_id, period

    def _check(self, body: _Body) -> tuple[str, CheckFacts]:
        company_id, period = self._period(body)
        for check in self._payroll.checks(company_id, period):
            if check.paycheck_id == body.get("paycheck_id"):
                return company_id, check
        raise SandboxError(f"Pay period {period.pay_period_id} has no check {body.get('paycheck_id')}.")

    def _payees(self, company_id: str, day: date, body: _Body) -> list[WorkerFacts]:
        everyone = self._desk.staff.workers(company_id, day)
        chosen = _ids(body, "worker_ids")
        if not chosen:
            return [worker for worker in everyone if worker.statuses[-1].status_type == "ACTIVE"][:3]
        known = {worker.worker_id: worker for worker in everyone}
        if not set(chosen) <= set(known):
            raise SandboxError(f"Not workers of the company: {', '.join(sorted(set(chosen) - set(known)))}.")
        return [known[worker_id] for worker_id in chosen]

    def _component(self, company_id: str, body: _Body) -> ComponentFacts:
        component_id = body.get("component_id")
        for component in self._desk.firm.components(company_id):
            if component_id is None and (component.classification, component.effect) == ("SUPPLEMENTAL", "ADDITION"):
                return component
            if component.component_id == component_id:
                return component
        raise SandboxError(f"Company {company_id} has no pay component {component_id or 'classified SUPPLEMENTAL'}.")

    def _show(self, company_id: str, pay_period_id: str) -> object:
        period = self._payroll.period(company_id, pay_period_id)
        return period and _shown(period)


def _shown(period: PeriodFacts) -> object:
    return _PERIOD.dump_python(period, mode="json")


def _company_id(body: _Body) -> str:
    known = [entity.paychex_company_id for entity in ENTITIES]
    if body.get("company_id") not in known:
        raise SandboxError(f"'company_id' is one of {', '.join(known)}, not {body.get('company_id')!r}.")
    return str(body["company_id"])


def _ids(body: _Body, name: str) -> list[str]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise SandboxError(f"{name!r} is a list of ids.")
    return [str(item) for item in value]


def _cents(body: _Body, name: str, default: int | None) -> int:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise SandboxError(f"{name!r} is a whole number of cents, not {value!r}.")
    return value


def _day(body: _Body, name: str) -> date:
    try:
        return date.fromisoformat(str(body.get(name)))
    except ValueError:
        raise SandboxError(f"{name!r} is a date such as 2025-07-04, not {body.get(name)!r}.") from None


def _bonus(
    period: PeriodFacts, worker: WorkerFacts, component: ComponentFacts, amount_cents: int, earlier: int
) -> CheckFacts:
    """A bonus check; `earlier` checks of the same worker are in the period already."""
    paycheck_id = made_id(20, "offcycle", period.pay_period_id, worker.worker_id, *([str(earlier)] if earlier else []))
    home = (worker.organization_id, worker.location_id, worker.labor_assignment_id)
    names = (component.name, component.classification, component.effect)
    earning = LineFacts(
        "earnings",
        component.component_id,
        made_id(15, "line", paycheck_id),
        *names,
        None,
        amount_cents,
        None,
        None,
        *home,
        None,
        None,
    )
    taxes = [
        LineFacts("taxes", None, None, name, None, None, paid_by, _share(amount_cents, rate_e4), *(None,) * 7)
        for name, paid_by, rate_e4 in _SUPPLEMENTAL_TAXES
    ]
    withheld_cents = sum(line.amount_cents for line in taxes if line.paid_by == "EMPLOYEE_WITHHOLDING")
    return CheckFacts(
        paycheck_id=paycheck_id,
        pay_period_id=period.pay_period_id,
        worker_id=worker.worker_id,
        check_date=period.check_date,
        check_number="",
        check_type="Regular",
        net_cents=amount_cents - withheld_cents,
        lines=(earning, *taxes),
    )


def _share(amount_cents: int, rate_e4: int) -> int:
    return (amount_cents * rate_e4 + 5_000) // 10_000
