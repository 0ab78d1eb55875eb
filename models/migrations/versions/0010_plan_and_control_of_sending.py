"""Pauses, waves, a channel's shared pace and breaker, and the codes of a remedy."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    _control()
    _remedies()


def _control() -> None:
    op.create_table(
        "send_pause", *_row(),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        _moment("ended_at"),
        sa.Column("ended_by", sa.String(), nullable=True),
    )  # fmt: skip
    op.create_index(
        "uq_send_pause_running", "send_pause", ["incident_id", "channel"], unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip
    op.create_table(
        "wave_plan", *_row(),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, unique=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("laid", sa.Boolean(), nullable=False),
    )  # fmt: skip
    op.create_table(
        "channel_state", *_row(),
        sa.Column("channel", sa.String(), nullable=False, unique=True),
        _moment("next_at"), _moment("rests_until"),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        _moment("open_until"), _moment("probe_until"),
        sa.Column("why", sa.String(), nullable=False),
    )  # fmt: skip


def _remedies() -> None:
    op.create_table(
        "remedy_pool", *_row(),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False, unique=True),
        sa.Column("loaded_by", sa.String(), nullable=False),
    )  # fmt: skip
    op.create_table(
        "remedy_code", *_row(),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False),
        sa.Column("pool_id", sa.Uuid(), sa.ForeignKey("remedy_pool.id"), nullable=False, index=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_index", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True),
        _moment("given_at"),
        sa.UniqueConstraint("incident_id", "person_id"),
        sa.UniqueConstraint("incident_id", "code_index"),
    )  # fmt: skip
    # free codes are found without reading those that are given away
    op.create_index(
        "ix_remedy_code_free", "remedy_code", ["incident_id", "pool_id"], postgresql_where=sa.text("person_id is null")
    )
