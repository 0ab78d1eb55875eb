"""Prefect's server stands on the embedded PostgreSQL, and its scheduler works beside SQLAlchemy 2.1."""

import asyncio
from pathlib import Path

import prefect.server.database
import pytest
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql

from flows.compat import EXTENSION, TRIGRAMS, _has_trigrams, ignore_state_in_bulk, plain, without_heartbeats

VERSIONS = Path(prefect.server.database.__file__).parent / "_migrations" / "versions" / "postgresql"
TEXT = "\n".join(path.read_text() for path in VERSIONS.glob("*.py"))


def test_every_trigram_of_prefects_migrations_is_of_the_form_that_is_replaced() -> None:
    assert TEXT.count("gin_trgm_ops") == TEXT.count(TRIGRAMS) > 5
    assert TEXT.count("CREATE EXTENSION") == TEXT.count(EXTENSION) > 0


def test_an_index_keeps_its_name_and_table() -> None:
    told = "CREATE INDEX CONCURRENTLY trgm_ix_flow_name ON flow USING gin (name gin_trgm_ops);"
    assert plain(told) == "CREATE INDEX CONCURRENTLY trgm_ix_flow_name ON flow (name);"


def test_the_extension_is_not_made() -> None:
    assert plain("\n CREATE EXTENSION IF NOT EXISTS pg_trgm;") == "select 1"


@pytest.mark.parametrize(
    "statement", ["select 1", "create index a on b using gin (tags)", "insert into flow (name) values ('gin_trgm')"]
)
def test_every_other_statement_stays_as_it_is(statement: str) -> None:
    assert plain(statement) == statement


def test_the_embedded_server_is_known_to_lack_it(template: str) -> None:
    url = template.replace("postgresql://", "postgresql+asyncpg://")
    assert asyncio.run(_has_trigrams(url)) is False


def test_a_bulk_insert_of_runs_may_carry_a_state_again() -> None:
    from prefect.server.database.orm_models import FlowRun, TaskRun

    ignore_state_in_bulk()
    for table in (FlowRun, TaskRun):
        setter = vars(table)["state"].bulk_dml_setter
        row = {"name": "x", "state": {"type": "SCHEDULED"}}
        setter(table, row, row["state"])
        assert row == {"name": "x", "state": {"type": "SCHEDULED"}}
    assert "INSERT INTO flow_run" in str(insert(FlowRun).compile(dialect=postgresql.dialect()))


def test_a_run_without_heartbeats_starts_no_thread_and_waits_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import prefect.flow_engine

    monkeypatch.setattr(prefect.flow_engine, "_send_heartbeats", prefect.flow_engine._send_heartbeats)
    without_heartbeats()
    before = threading.active_count()
    with prefect.flow_engine._send_heartbeats(None):  # type: ignore[arg-type]
        assert threading.active_count() == before
