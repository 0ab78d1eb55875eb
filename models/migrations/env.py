"""Alembic's entry. `forthwith.db.migrate` hands over the connection."""

from alembic import context

import models


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=models.Row.metadata, compare_type=True)
    with context.begin_transaction():
        # two starters: one migrates, the other waits and finds it done
        connection.exec_driver_sql("select pg_advisory_xact_lock(7265001)")
        context.run_migrations()


run()
