"""Op retries: a step waits for what will come back by itself (a vendor, a database), and for nothing else.

A refused credential, a code without a rule or a closed period does not mend itself: asking again would only hide it,
and a login that is refused over and over locks the account. And whoever started a run in their own process is told at
once.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import AssetExecutionContext, RetryRequested
from sqlalchemy.exc import InterfaceError, OperationalError

from connector_assets.records.errors import RecordsAwayError
from connector_assets.vendors.errors import UnavailableError

OUTAGES = (UnavailableError, RecordsAwayError, OperationalError, InterfaceError)
"""Nothing was done, and the same step may succeed a little later."""
TRIES_AGAIN = 3
FIRST_WAIT_S = 15
"""Doubled each time: 15 s, 30 s, 1 min, beside what each call waits by itself.

A longer outage fails the run, and the next schedule starts another.
"""


@contextmanager
def outages_waited_out(context: AssetExecutionContext) -> Iterator[None]:
    """Turn an outage inside the block into a retry of the step, as long as there are tries left."""
    try:
        yield
    except OUTAGES as error:
        if may_wait(context):
            raise wait(context) from error
        raise


def may_wait(context: AssetExecutionContext) -> bool:
    """Whether the step may be tried again: a launcher has started its run, so that nobody waits for this process."""
    return context.run.remote_job_origin is not None and context.retry_number < TRIES_AGAIN


def wait(context: AssetExecutionContext) -> RetryRequested:
    """What makes Dagster run the step again after a while."""
    return RetryRequested(max_retries=TRIES_AGAIN, seconds_to_wait=FIRST_WAIT_S * 2**context.retry_number)
