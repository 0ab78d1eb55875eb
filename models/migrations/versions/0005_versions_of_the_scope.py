"""People can be taken out of scope and back in; each change of who is in scope is a version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNTS = ("added", "removed", "joined", "changed", "people")


def upgrade() -> None:
    op.add_column("person", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    # the defaults stay: whoever is in the table is in scope, since before versions were kept
    op.add_column("person", sa.Column("moves", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{0}"))
    op.add_column("person", sa.Column("changes", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{}"))
    op.create_table(
        "scope_change",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("evidence_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.UniqueConstraint("incident_id", "version"),
    )
    op.execute(
        "create trigger scope_change_stays before update or delete on scope_change "
        "for each row execute function refuse_change()"
    )
    op.execute(
        "create trigger scope_change_stays_whole before truncate on scope_change "
        "for each statement execute function refuse_change()"
    )
