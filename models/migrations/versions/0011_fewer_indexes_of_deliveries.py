"""Two indexes that repeat the beginning of a unique one, and one that is asked only of rows that have a value."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_delivery_notice_id", "delivery")
    op.drop_index("ix_attempt_delivery_id", "attempt")
    op.drop_index("ix_delivery_provider_ref", "delivery")
    op.create_index(
        "ix_delivery_provider_ref", "delivery", ["provider_ref"], postgresql_where=sa.text("provider_ref is not null")
    )
    # an attempt is written once more, when it ends: with room on its page no index has to know
    op.execute("alter table attempt set (fillfactor = 70)")


def downgrade() -> None:
    op.execute("alter table attempt reset (fillfactor)")
    op.drop_index("ix_delivery_provider_ref", "delivery")
    op.create_index("ix_delivery_provider_ref", "delivery", ["provider_ref"])
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"])
    op.create_index("ix_delivery_notice_id", "delivery", ["notice_id"])
