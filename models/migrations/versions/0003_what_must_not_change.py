"""The timeline and legal's decisions refuse update and delete; a changed person raises the scope's version."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or deleted', tg_table_name;
end $$;
"""

SCOPE = """
create function raise_scope_version() returns trigger language plpgsql as $$
begin
  update incident set scope_version = scope_version + 1
   where id in (select distinct incident_id from changed);
  return null;
end $$;
"""


def upgrade() -> None:
    op.execute(REFUSE)
    for table in ("entry", "decision", "fact"):
        op.execute(
            f"create trigger {table}_stays before update or delete on {table} "
            "for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger {table}_stays_whole before truncate on {table} "
            "for each statement execute function refuse_change()"
        )
    op.execute(SCOPE)
    for event, rows in (("insert", "new"), ("update", "new"), ("delete", "old")):
        op.execute(
            f"create trigger person_{event}_raises_scope after {event} on person "
            f"referencing {rows} table as changed for each statement execute function raise_scope_version()"
        )
