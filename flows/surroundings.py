"""The environment of Prefect's processes: nothing leaves, nothing is persisted, the data folder's own everything."""

import os
from pathlib import Path

from sqlalchemy import URL, make_url

from forthwith import db, runs
from forthwith.settings import settings

POOL = "forthwith"  # the work pool that prefect.yaml names
OWN = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",  # no log line in Prefect's database: none can hold a name
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs",
    # nothing of ours hangs on Prefect's events: they are neither kept nor searched for triggers
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    # our gate has no time limit, our own watch finds late runs: seconds make no difference here
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_LOOP_SECONDS": "60",  # it looks at each run cancelled in a day
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT2M",  # few minutes to catch up after a pause
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_CLI_COLORS": "false",
}
STRANGE = ("PREFECT_PROFILE", "PREFECT_API_KEY", "PREFECT_PROFILES_PATH")  # of another Prefect than ours


def environment(binaries: Path) -> dict[str, str]:
    """Return what Prefect's server, worker and commands get. `binaries` holds the python that runs the flows."""
    inherited = {name: value for name, value in os.environ.items() if name not in STRANGE}
    return {
        **inherited, **OWN,
        "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}",
        "PREFECT_HOME": str(settings().home / "prefect"),
        "PREFECT_API_URL": runs.api_url(),
        "PREFECT_API_AUTH_STRING": runs.auth(),
        "FORTHWITH_HOME": str(settings().home),
    }  # fmt: skip


def of_server(port: int) -> dict[str, str]:
    """Return what the server alone gets besides: its database, its password, its port."""
    return {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database().render_as_string(hide_password=False),
        "PREFECT_SERVER_API_AUTH_STRING": runs.auth(),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
    }


def database() -> URL:
    """Return the address of Prefect's own database, made on our PostgreSQL where it is missing."""
    ours = make_url(db.url())
    name = "prefect" if ours.database == "forthwith" else f"{ours.database}_prefect"
    db.ensure_database(ours.render_as_string(hide_password=False), name)
    # asyncpg says `ssl` where libpq says `sslmode`, and knows none of libpq's other words
    words = {"host": "host", "port": "port", "sslmode": "ssl"}
    query = {words[word]: value for word, value in ours.query.items() if word in words}
    return ours.set(drivername="postgresql+asyncpg", database=name, query=query)
