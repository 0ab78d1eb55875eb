"""Roles per incident, sessions on the server, passkeys, second factors, tokens of programs."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False, unique: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable, unique=unique)


def _user(*, unique: bool = False) -> sa.Column:
    return sa.Column(
        "user_id", sa.Uuid(), sa.ForeignKey("app_user.id"), nullable=False, index=not unique, unique=unique
    )


def upgrade() -> None:
    op.add_column("app_user", sa.Column("confined", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("app_user", sa.Column("subject", sa.String(), nullable=True, unique=True))
    op.alter_column("app_user", "confined", server_default=None)
    _incidents()
    _sessions()
    _factors()


def _incidents() -> None:
    op.create_table(
        "incident_access", *_row(),
        sa.Column("incident_id", sa.Uuid(), sa.ForeignKey("incident.id"), nullable=False),
        _user(), _text("role"), _text("granted_by"), _moment("ended_at"), _text("ended_by", nullable=True),
    )  # fmt: skip
    op.create_index(
        "uq_incident_access_now", "incident_access", ["incident_id", "user_id", "role"], unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip


def _sessions() -> None:
    op.create_table(
        "web_session", *_row(), _user(), _text("sha256", unique=True), _moment("began_at", nullable=False),
        _moment("seen_at", nullable=False), _moment("ended_at"), _text("signed_in_by"), _moment("second_factor_at"),
    )  # fmt: skip
    op.create_table(
        "api_token", *_row(), _user(), _text("name"), sa.Column("scopes", sa.ARRAY(sa.String()), nullable=False),
        _text("sha256", unique=True), _moment("expires_at", nullable=False), _moment("used_at"), _moment("ended_at"),
    )  # fmt: skip
    op.create_table("spent_challenge", *_row(), _text("sha256", unique=True))


def _factors() -> None:
    op.create_table(
        "passkey", *_row(), _user(), _text("name"),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False), _moment("used_at"),
    )  # fmt: skip
    op.create_table(
        "time_code", *_row(), _user(unique=True), sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _moment("confirmed_at"), sa.Column("last_step", sa.Integer(), nullable=False),
    )  # fmt: skip
    op.create_table("recovery_code", *_row(), _user(), _text("sha256", unique=True), _moment("used_at"))


def downgrade() -> None:
    for table in (
        "recovery_code", "time_code", "passkey", "spent_challenge", "api_token", "web_session", "incident_access",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("app_user", "subject")
    op.drop_column("app_user", "confined")
