"""Doors for alerts and reports; a signal may hold a sealed report, and may be set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def upgrade() -> None:
    _doors()
    op.create_table(
        "report_link", *_row(),
        sa.Column("secret_sha256", sa.String(), nullable=False, unique=True), _text("audience"),
        sa.Column("party_id", sa.Uuid(), sa.ForeignKey("party.id"), nullable=True),
        _moment("expires_at", nullable=False), _moment("revoked_at"),
        sa.Column("uses", sa.Integer(), nullable=False), _text("made_by"),
    )  # fmt: skip
    op.add_column("signal", sa.Column("wrapped_key", sa.LargeBinary(), nullable=True))
    op.add_column("signal", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("signal", sa.Column("party_id", sa.Uuid(), sa.ForeignKey("party.id"), nullable=True))
    op.add_column("signal", _moment("set_aside_at"))
    op.add_column("signal", _text("set_aside_by", nullable=True))
    op.add_column("signal", _text("set_aside_reason", nullable=True))
    # the desk asks for what is in no incident, which is little of all that ever came
    op.create_index("ix_signal_loose", "signal", ["created_at"], postgresql_where=sa.text("incident_id is null"))


def _doors() -> None:
    op.create_table(
        "alert_door", *_row(),
        sa.Column("source", sa.String(), nullable=False, unique=True), _text("way"),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _text("topic", nullable=True), _text("confirm_url", nullable=True), _text("made_by"), _moment("ended_at"),
    )  # fmt: skip
    op.create_table(
        "alert_call", *_row(), _text("source"), _text("call_id"), _text("body_sha256"),
        sa.Column("signals", sa.Integer(), nullable=False), sa.UniqueConstraint("source", "call_id"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_signal_loose", "signal")
    for name in ("set_aside_reason", "set_aside_by", "set_aside_at", "party_id", "sealed", "wrapped_key"):
        op.drop_column("signal", name)
    for table in ("report_link", "alert_call", "alert_door"):
        op.drop_table(table)
