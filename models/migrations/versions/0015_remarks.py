"""What legal says about a paragraph of a wording."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False, index=True),
        sa.Column("notice_id", sa.Uuid(), sa.ForeignKey("notice.id"), nullable=False, index=True),
        sa.Column("variant_id", sa.Uuid(), sa.ForeignKey("variant.id"), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("language", "medium", "paragraph_sha256", "quote", "text", "by")
        ),
        sa.Column("privileged", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("remark")
