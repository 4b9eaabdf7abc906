"""What may be written: vendors and account codes (fact sheet sections 6 and 7)."""

from starlette.requests import Request

from connector_assets.sandbox.procurify.desk import Desk
from connector_assets.sandbox.procurify.sample import Json

VENDOR_LIMITS = {
    **{"name": 150, "external_id": 100, "addressLineOne": 300, "addressLineTwo": 300, "city": 50},
    **{"state_province": 40, "postalCode": 20, "country": 80, "phoneOne": 20},
}
CODE_LIMITS = {"code": 50, "description": 200}


class Refusal(Exception):
    """Why a call is refused: status, the field it is about (empty for none) and a code."""

    def __init__(self, status: int, field: str, code: str) -> None:
        super().__init__(code)
        self.status, self.field, self.code = status, field, code


class Writes:
    """The writing routes. Each raises Refusal."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create_vendor(self, _: Request, given: Json) -> Json:
        """A new vendor; its name is its own."""
        self._check_vendor(given, None)
        if not given.get("name"):
            raise Refusal(400, "name", "REQUIRED")
        kept = {"active": True, "type": 3, "email": [], **given, "dateModified": self._desk.now()}
        return {"data": self._desk.shown(self._desk.add("vendor", kept)), "metadata": {}}

    def update_vendor(self, request: Request, given: Json) -> Json:
        """Fields of a vendor."""
        kept = self._kept("vendor", request)
        self._check_vendor(given, kept["id"])
        saved = self._desk.save("vendor", {**kept, **given, "id": kept["id"], "dateModified": self._desk.now()})
        return {"data": self._desk.shown(saved), "metadata": {}}

    def create_account_code(self, _: Request, given: Json) -> Json:
        """A new account code, applied to the departments named."""
        self._check(given, CODE_LIMITS)
        if not given.get("code") or not given.get("description"):
            raise Refusal(400, "code" if not given.get("code") else "description", "REQUIRED")
        if self._desk.one("account_code", code=given["code"]) is not None:
            raise Refusal(400, "code", "ALREADY_EXISTS")
        departments = given.get("departments")
        chosen = departments if isinstance(departments, list) else []
        known = {one["id"] for one in self._desk.all("department")}
        if not set(chosen) <= known:
            raise Refusal(400, "departments", "DOES_NOT_EXIST")
        kept = {name: value for name, value in given.items() if name != "departments"}
        made = {"account_type": 0, "parent": None, "active": True, **kept, "_departments": chosen}
        return {"data": self._desk.shown_code(self._desk.add("account_code", made)), "metadata": {}}

    def update_account_code(self, request: Request, given: Json) -> Json:
        """An account code's own fields; the departments it applies to stay."""
        kept = self._kept("account_code", request)
        self._check(given, CODE_LIMITS)
        if not given.get("code"):
            raise Refusal(400, "code", "REQUIRED")
        saved = self._desk.save("account_code", {**kept, **given, "id": kept["id"]})
        return {"data": self._desk.shown_code(saved), "metadata": {}}

    def _check_vendor(self, given: Json, own_id: object) -> None:
        self._check(given, VENDOR_LIMITS)
        if not isinstance(given.get("email", []), list):
            raise Refusal(400, "email", "NOT_A_LIST")
        other = self._desk.one("vendor", name=given["name"]) if given.get("name") else None
        if other is not None and other["id"] != own_id:
            raise Refusal(400, "name", "ALREADY_EXISTS")

    def _check(self, given: Json, limits: dict[str, int]) -> None:
        for name, most in limits.items():
            if len(str(given.get(name) or "")) > most:
                raise Refusal(400, name, "TOO_LONG")

    def _kept(self, kind: str, request: Request) -> Json:
        found = self._desk.one(kind, id=request.path_params["id"])
        if found is None:
            raise Refusal(404, "", "NOT_FOUND")
        return found
