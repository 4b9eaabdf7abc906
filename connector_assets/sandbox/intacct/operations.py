"""Runs the functions of an operation in order: each for itself, or all or none with `transaction="true"` (4.3)."""

from collections.abc import Sequence
from dataclasses import replace

from connector_assets.sandbox.intacct.desk import Desk
from connector_assets.sandbox.intacct.envelope import FunctionCall, GatewayRequest
from connector_assets.sandbox.intacct.errors import (
    ROLLED_BACK,
    ControlRefusal,
    ErrorEntry,
    FunctionRefusal,
    bad_request,
    refuse,
)
from connector_assets.sandbox.intacct.functions import HANDLERS, SESSION_FUNCTION
from connector_assets.sandbox.intacct.grammar import GENERIC_FUNCTIONS
from connector_assets.sandbox.intacct.idempotency import CompletedFunctions
from connector_assets.sandbox.intacct.replies import FunctionResult, Outcome

WRITING_GENERIC = ("create", "update")


class _RolledBackError(Exception):
    """Carries the results of a transaction that failed out of its database transaction."""

    def __init__(self, results: list[FunctionResult]) -> None:
        super().__init__()
        self.results = results


class Operations:
    """Runs operations against the desk of their caller."""

    def __init__(self, completed: CompletedFunctions) -> None:
        self._completed = completed

    def run(self, desk: Desk, request: GatewayRequest) -> list[FunctionResult]:
        """One result per function, in order. Raises ControlRefusal where a duplicate is refused at that level."""
        if desk.switch("duplicate_controlid") == "control_failure":
            found = [self._completed.refusal(request, desk.caller, call.control_id) for call in request.functions]
            if entries := [entry for entry in found if entry is not None]:
                raise ControlRefusal(entries)
        if not request.transaction:
            return [self._run_one(desk, request, call) for call in request.functions]
        try:
            with desk.records.store.transaction():
                return self._all_or_none(desk, request)
        except _RolledBackError as rolled_back:
            return rolled_back.results

    def _all_or_none(self, desk: Desk, request: GatewayRequest) -> list[FunctionResult]:
        done: list[FunctionResult] = []
        for place, call in enumerate(request.functions):
            result = self._run_one(desk, request, call)
            if result.status != "success":
                culprit = _rolled_back(call, desk.switch("rollback_culprit"), result.outcome.errors)
                before = [_rolled_back(other, "aborted") for other in request.functions[:place]]
                after = [_rolled_back(other, "aborted") for other in request.functions[place + 1 :]]
                raise _RolledBackError([*before, culprit, *after])
            done.append(result)
        return done

    def _run_one(self, desk: Desk, request: GatewayRequest, call: FunctionCall) -> FunctionResult:
        try:
            with desk.records.store.transaction():
                outcome = self._outcome(desk, request, call)
                if not outcome.errors or desk.switch("failed_controlid") == "stored":
                    self._completed.remember(request, desk.caller, call.control_id)
        except FunctionRefusal as refusal:
            outcome = Outcome((), tuple(refusal.entries))
        status = "failure" if outcome.errors else "success"
        return FunctionResult(status, call.name, call.control_id, outcome)

    def _outcome(self, desk: Desk, request: GatewayRequest, call: FunctionCall) -> Outcome:
        repeated = self._completed.refusal(request, desk.caller, call.control_id)
        if repeated is not None:
            raise FunctionRefusal(repeated)
        handler = HANDLERS.get(call.name)
        generic = call.name in GENERIC_FUNCTIONS or call.name in WRITING_GENERIC
        if handler is None or (generic and request.echo.get("dtdversion") == "2.1"):
            raise refuse("XL03000009", f"There was an error processing the function {call.name}")
        if call.name == SESSION_FUNCTION and len(request.functions) > 1:
            raise refuse("Get API Session Failed", "getAPISession must be the only function of its request.")
        if desk.broken:
            raise bad_request("The function failed for no reason of yours")
        try:
            with desk.records.store.transaction():
                return handler(desk, call.body)
        except FunctionRefusal as refusal:
            if desk.switch("failed_controlid") == "stored":
                return Outcome((), tuple(refusal.entries))
            raise


def _rolled_back(call: FunctionCall, status: str, errors: Sequence[ErrorEntry] = ()) -> FunctionResult:
    outcome = replace(Outcome(), errors=(*errors, ErrorEntry("XL03000009", ROLLED_BACK)))
    return FunctionResult(status, call.name, call.control_id, outcome)
