"""Pairs of people who may be one, and what a person decided about them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "near_match",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("shared", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("differing", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.UniqueConstraint("incident_id", "one_id", "other_id"),
    )
    op.create_table(
        "near_queue",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, unique=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("found", "left_out", "crowded", "version")),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=False),
    )
