"""Into which ledger company a document was sent: no second connection brings the same one there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was sent before, the company is not known."""
    op.add_column("posting", sa.Column("ledger", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_posting_source_id", "posting", ["source_id"])


def downgrade() -> None:
    """Refuse, as every migration here does."""
    raise NotImplementedError("this schema cannot be undone; restore a backup instead")
