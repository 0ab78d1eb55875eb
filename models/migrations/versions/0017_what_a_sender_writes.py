"""Two indexes that nothing asks, and a key that another implies: each cost every notice that was sent.

An attempt's incident is its delivery's, which has the key; it is asked for by its delivery, and a delivery by its
incident or its notice, never by its wording alone.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_delivery_variant_id", "delivery")
    op.drop_index("ix_attempt_incident_id", "attempt")
    op.drop_constraint("attempt_incident_id_fkey", "attempt", type_="foreignkey")


def downgrade() -> None:
    op.create_foreign_key("attempt_incident_id_fkey", "attempt", "incident", ["incident_id"], ["id"])
    op.create_index("ix_attempt_incident_id", "attempt", ["incident_id"])
    op.create_index("ix_delivery_variant_id", "delivery", ["variant_id"])
