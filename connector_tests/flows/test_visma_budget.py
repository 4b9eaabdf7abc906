"""The calls of a look are those of the changed workers and of the poll, under the smallest hour; sizes by argument.

`python -m connector_tests.bench.visma` measures the same with 10,000 workers.
"""

import os

from connector_tests.bench.visma import HOURLY_LIMIT, measure

WORKERS = int(os.environ.get("CONNECTOR_TEST_VISMA_WORKERS", "150"))
CHANGES = int(os.environ.get("CONNECTOR_TEST_VISMA_CHANGES", "40"))


def test_a_look_costs_its_changes_and_the_poll() -> None:
    found = measure(WORKERS, CHANGES)
    assert found.changed == CHANGES
    assert found.calls["update employee"] == CHANGES
    assert sum(found.calls.values()) <= found.bound <= HOURLY_LIMIT
    assert found.waiting == 0
    assert set(found.calls) == {"token", "employee list", "update employee"}
