"""What somebody typed before they showed a second factor; how much a report link took in a day; when an answer left."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("web_session", sa.Column("typed", sa.LargeBinary(), nullable=True))
    op.add_column("web_session", sa.Column("typed_at", sa.DateTime(timezone=True), nullable=True))
    _counts("report_link", "counted", "refused")
    op.add_column("report_link", sa.Column("counted_on", sa.Date(), nullable=True))
    op.add_column("report_link", sa.Column("refused_on", sa.Date(), nullable=True))
    _counts("enquiry", "mailings")
    op.add_column("enquiry", sa.Column("mailing_at", sa.DateTime(timezone=True), nullable=True))
    # an answer that was on the wire before this was known counts as cut off, so that somebody looks at it
    op.execute("update enquiry set mailings = 1, mailing_at = settled_at where mailed not in ('', 'not mailed')")
    # each minute asks for what is on the wire, which is next to nothing of all that was ever answered
    op.create_index("ix_enquiry_mailing", "enquiry", ["mailing_at"], postgresql_where=sa.text("mailed = 'sending'"))


def _counts(table: str, *names: str) -> None:
    """Add columns that begin at nothing."""
    for name in names:
        op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        op.alter_column(table, name, server_default=None)


def downgrade() -> None:
    op.drop_index("ix_enquiry_mailing", "enquiry")
    for table, names in {
        "enquiry": ("mailing_at", "mailings"), "report_link": ("refused_on", "counted_on", "refused", "counted"),
        "web_session": ("typed_at", "typed"),
    }.items():  # fmt: skip
        for name in names:
            op.drop_column(table, name)
