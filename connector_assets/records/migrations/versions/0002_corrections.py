"""Corrections and holds: what a posting corrects, and why one waits for approval."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two texts; what was posted before corrects nothing and waits for nothing."""
    for name in ("hold_reason", "corrects"):
        op.add_column("posting", sa.Column(name, sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Refuse: what corrects what is part of the proof of what was posted."""
    raise NotImplementedError("this schema cannot be undone; restore a backup instead")
