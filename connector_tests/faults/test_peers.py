"""Lost replies, ours beside the peers that run here: how many journals the ledger holds in the end.

The peers come from their registries, so they are run only where CONNECTOR_TEST_PEERS is set;
`python -m connector_tests.bench.faults_peers` prints the table.
"""

import os

import pytest

from connector_tests.bench.faults_peers import LOST, TRIES, clients, measure, ours


def test_however_many_replies_are_lost_we_post_one_journal_and_know_it() -> None:
    for row in measure("this project", ours):
        assert row.journals == (1,) * len(LOST), row
        assert all(row.believed), row


@pytest.mark.skipif("CONNECTOR_TEST_PEERS" not in os.environ, reason="CONNECTOR_TEST_PEERS installs and runs the peers")
@pytest.mark.parametrize("name", ["sageintacctsdk 1.28.1", "@intacct/intacct-sdk 2.2.1"])
def test_the_same_lost_replies_show_in_the_ledger_of_a_client_that_only_sends_again(name: str) -> None:
    job = clients()[name]
    if isinstance(job, str):
        pytest.skip(job)
    for row in measure(name, job):
        one, three, only = row.journals
        assert (one, three) == (2, 4), row
        assert only >= TRIES, row
