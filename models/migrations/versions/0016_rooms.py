"""What the pages of people and of operators ask quickly, and which tokens were made with a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_token", sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_person_out", "person", ["incident_id", "number"], postgresql_where=sa.text("removed_at is not null")
    )
    op.create_table(
        "pulse",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("pulse")
    op.drop_index("ix_person_out", "person")
    op.drop_column("api_token", "proven_at")
