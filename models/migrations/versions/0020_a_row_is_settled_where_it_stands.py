"""What a row is written three times for touches its indexes once: claimed, it moves in them; settled, no index knows.

PostgreSQL leaves all indexes of a row alone where no column that one of them names has changed and the new version
finds room on the same page. So indexes name `untold` instead of the state, which does not change when a delivery on
the wire is accepted, and who is on the wire stands in a lease, one row a batch.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNTOLD = """case when state::text = any (array['sending'::text, 'accepted'::text, 'delivered'::text]) then null::text
 else state::text end"""

LEASES = """
insert into lease (id, created_at, incident_id, until, deliveries)
select gen_random_uuid(), now(), incident_id, coalesce(claimed_until, now()), array_agg(id)
  from delivery where state = 'sending' group by incident_id, claimed_until
"""

TRIES = """
update delivery d set tries = k.n from (select delivery_id, max(n) as n from attempt group by delivery_id) k
 where d.id = k.delivery_id
"""


def upgrade() -> None:
    op.drop_index("ix_delivery_planned", "delivery")
    op.drop_index("ix_delivery_open", "delivery")
    op.add_column("delivery", sa.Column("untold", sa.Text(), sa.Computed(UNTOLD, persisted=True)))
    op.add_column("delivery", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.execute(TRIES)
    op.create_index(
        "ix_delivery_planned", "delivery", ["incident_id", "channel", "variant_id"],
        postgresql_where=sa.text("untold = 'planned'"),
    )  # fmt: skip
    op.create_index(
        "ix_delivery_open", "delivery", ["incident_id", "untold"], postgresql_where=sa.text("untold <> 'planned'")
    )
    op.create_table(
        "lease",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliveries", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(LEASES)
    op.add_column("attempt", sa.Column("provider_ref", sa.String()))
    # the statement that claims writes it from the delivery's own row, and no delivery is ever deleted
    op.drop_constraint("attempt_delivery_id_fkey", "attempt", type_="foreignkey")
    op.execute("alter table delivery set (fillfactor = 40)")
    op.execute("alter table attempt set (fillfactor = 45)")


def downgrade() -> None:
    op.execute("alter table attempt set (fillfactor = 70)")
    op.execute("alter table delivery reset (fillfactor)")
    op.create_foreign_key("attempt_delivery_id_fkey", "attempt", "delivery", ["delivery_id"], ["id"])
    op.drop_column("attempt", "provider_ref")
    op.drop_table("lease")
    op.drop_index("ix_delivery_open", "delivery")
    op.drop_index("ix_delivery_planned", "delivery")
    op.drop_column("delivery", "tries")
    op.drop_column("delivery", "untold")
    op.create_index(
        "ix_delivery_open", "delivery", ["incident_id", "state"],
        postgresql_where=sa.text("state not in ('planned', 'accepted', 'delivered')"),
    )  # fmt: skip
    op.create_index(
        "ix_delivery_planned", "delivery", ["incident_id", "channel", "variant_id"],
        postgresql_where=sa.text("state = 'planned'"),
    )  # fmt: skip
