"""Questions carry what risk methods advise; the text of each law that an assessment rested on is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("advice", postgresql.JSONB(), nullable=False, server_default="[]"))
    op.alter_column("question", "advice", server_default=None)
    op.create_table(
        "law_text",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("law", sa.String(), nullable=False, index=True),
        sa.Column("sha256", sa.String(), nullable=False, unique=True),
        sa.Column("text", sa.String(), nullable=False),
    )
    op.execute(
        "create trigger law_text_stays before update or delete on law_text for each row execute function refuse_change()"
    )
