"""Which employee stands for which worker, where numbers are shared."""

import pandas as pd

from connector_assets.accounting.register import WORKERS
from connector_assets.flows.paychex_intacct.employee_plan import linked, named_in_ledger


def roster(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """WORKERS by worker id, number and status."""
    common = {"worker_type": "EMPLOYEE", "name_digest": ""}
    return WORKERS.conform(
        pd.DataFrame([{"worker_id": one, "employee_id": number, "status": how, **common} for one, number, how in rows])
    )


BOTH = roster(("ada", "17", "ACTIVE"), ("ben", "17", "ACTIVE"), ("eve", "18", "ACTIVE"))


def test_of_two_employed_under_one_number_only_one_that_is_settled_is_followed() -> None:
    nobody = linked(BOTH, {}, {}, "", company="C")
    assert (nobody.employees, [one.subject for one in nobody.findings]) == ({"eve": "18"}, ["worker ben"])
    assert all(name in nobody.findings[0].why for name in ("ada", "ben", "17"))
    for settled in ("ada", "ben"):
        assert linked(BOTH, {settled: "17"}, {}, "", company="C").employees == {settled: "17", "eve": "18"}
    left = roster(("ada", "17", "TERMINATED"), ("ben", "17", "ACTIVE"))
    assert linked(left, {}, {}, "", company="C").employees == {"ben": "17"}
    assert linked(left, {}, {}, "", company="C").findings == []


def test_a_shared_number_names_nobody_on_a_line() -> None:
    def names(settled: dict[str, str]) -> list[str]:
        return [str(one) for one in named_in_ledger(BOTH, settled, "X-")["employee_id"]]

    assert names({}) == ["X-17 (of two workers)", "X-17 (of two workers)", "X-18"]
    assert names({"ada": "X-17"}) == ["X-17", "X-17 (of two workers)", "X-18"]
    assert names({"ben": "99"}) == ["X-17", "99", "X-18"]
    left = roster(("ada", "17", "TERMINATED"), ("ben", "17", "ACTIVE"))
    assert named_in_ledger(left, {}, "")["employee_id"].tolist() == ["17", "17"]
