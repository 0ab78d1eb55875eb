"""How single people want to be told, sealed beside their records; and which enquiries were taken up by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_wish",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
    )
    op.add_column("enquiry", sa.Column("by_itself", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("enquiry", "by_itself")
    op.drop_table("person_wish")
