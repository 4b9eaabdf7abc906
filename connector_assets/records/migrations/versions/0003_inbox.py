"""The inbox: notifications as they arrived, and where each subscriber stands with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables, with a notification unique by its source and id."""
    op.create_table(
        "inbox_notification",
        sa.Column("sequence", sa.BigInteger, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source", "notification_id", "account", "topics")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("action", "subject_kind", "subject_id", "occurred_at")),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_inbox_notification"),
        sa.UniqueConstraint("source", "notification_id", name="uq_inbox_notification_source"),
    )
    op.create_index("ix_inbox_notification_account", "inbox_notification", ["account", "sequence"])
    op.create_table(
        "inbox_delivery",
        sa.Column("sequence", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("subscriber", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("again_at", _MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", "subscriber", name="pk_inbox_delivery"),
    )
    op.create_index("ix_inbox_delivery_subscriber", "inbox_delivery", ["subscriber", "state"])


def downgrade() -> None:
    """Refuse, as every migration here does."""
    raise NotImplementedError("this schema cannot be undone; restore a backup instead")
