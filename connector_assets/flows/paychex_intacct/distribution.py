"""A connection's own rules and percentages in the accounting's terms, as they hold on a day."""

from datetime import date

import pandas as pd

from connector_assets.accounting.allocation import PERCENTAGES
from connector_assets.accounting.overrides import Override
from connector_assets.flows.paychex_intacct.distribution_config import DistributionSection


def overrides_of(section: DistributionSection) -> tuple[Override, ...]:
    """The rules, of every day."""
    return tuple(
        Override(
            code=rule.code,
            worker_id=rule.worker,
            department_id=rule.department,
            to_department=rule.to_department,
            to_location=rule.to_location,
            to_project=rule.to_project,
            to_class=rule.to_class,
            effective_from=rule.effective_from,
        )
        for rule in section.rules
    )


def percentages_on(section: DistributionSection, day: date) -> pd.DataFrame | None:
    """PERCENTAGES of a day: of each worker the newest entry that has begun; None where no worker has any."""
    begun = [one for one in section.percentages if one.effective_from is None or one.effective_from <= day]
    newest = {one.worker: one for one in sorted(begun, key=lambda one: one.effective_from or date.min)}
    rows = [
        (one.worker, share.department, share.location, share.project, share.class_id, share.share_e6)
        for one in newest.values()
        for share in one.shares
    ]
    return PERCENTAGES.conform(pd.DataFrame(rows, columns=PERCENTAGES.names)) if rows else None
