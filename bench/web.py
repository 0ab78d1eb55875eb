"""How long pages take with a million people in an incident: the 95th of a hundred askings, in milliseconds.

Asked in one process with the application, without a network: what is measured is our own work and the database's.
`FORTHWITH_BENCH_PEOPLE` says how many people (1,000,000 unless stated). Each page is asked once before: the first look
after a change of the scope hashes the recipients once, and that is told beside.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from sqlalchemy import text

PEOPLE = int(os.environ.get("FORTHWITH_BENCH_PEOPLE", "1000000"))
COHORTS, ASKED = 200, 100
MOST = 300.0  # milliseconds that a page may take, 95 times of 100
HOST = "http://127.0.0.1:8700"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

CROWD = """
insert into person (id, created_at, incident_id, number, cohort_id, jurisdiction, country, jurisdiction_source,
                    age_class, kind, deceased, language, elements, channels, sealed, sealed_sha256, code_index,
                    moves, changes)
select gen_random_uuid(), now(), :incident, n, c.id, c.jurisdiction, c.country, 'stated', 'adult', 'customer', false,
       'en', '{name,contact}', '{email}', decode(repeat('00', 200), 'hex'), md5(n::text) || md5((-n)::text),
       md5(n::text || 'c'), '{1}', '{}'
  from generate_series(3, :people) n join cohort c on c.fingerprint = lpad((n % :cohorts)::text, 64, '0')
"""
COHORT = """
insert into cohort (id, created_at, incident_id, fingerprint, jurisdiction, country, elements, age_class, kind,
                    language, channels, deceased, count)
select gen_random_uuid(), now(), :incident, lpad(n::text, 64, '0'), 'DE-' || n, 'DE', '{name,contact}', 'adult',
       'customer', 'en', '{email}', false, :people / :cohorts from generate_series(0, :cohorts - 1) n
"""
JOINED = """
insert into notice_cohort (id, created_at, notice_id, cohort_id)
select gen_random_uuid(), now(), :notice, id from cohort where fingerprint like '000%'
"""
OWED = """
insert into obligation_cohort (id, created_at, obligation_id, cohort_id)
select gen_random_uuid(), now(), :duty, id from cohort where fingerprint like '000%'
"""
TOLD = """
insert into delivery (id, created_at, incident_id, notice_id, variant_id, recipient_kind, recipient_id, leg, medium,
                      channel, address_index, state, state_at)
select gen_random_uuid(), now(), :incident, :notice, :variant, 'person', id, 1, 'email', 'outbox', 0, 'accepted', now()
  from person where incident_id = :incident
"""


def run(people: int = PEOPLE) -> dict[str, str]:
    """Return the 95th of each page's times. Raises AssertionError where a page answers with an error."""
    import pytest
    from fakes.review_desk import folders
    from fakes.web_house import built

    with pytest.MonkeyPatch.context() as patch:
        house = built(*folders(patch, Path(tempfile.mkdtemp())))
        _fill(house.ids, people)
        ask = _signed_in(house.app, house.tokens["legal"])
        return {name: _told(ask, path) for name, path in _pages(house).items()}


def _fill(ids: dict[str, str], people: int) -> None:
    """Lay a crowd beside the two of the desk, all of them told."""
    from forthwith import db

    keys = {**ids, "people": people, "cohorts": COHORTS}
    with db.session() as session:
        for statement in (COHORT, CROWD, JOINED, OWED, TOLD):
            session.execute(text(statement), keys)
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


def _pages(house) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Return the pages that are asked, by name."""
    rest = {
        "the incident": "", "review": "/review", "one wording": f"/review/variants/{house.ids['variant']}",
        "deliveries": "/deliveries", "enquiries": "/enquiries", "evidence": "/evidence", "timeline": "/timeline",
        "people": "/people",
    }  # fmt: skip
    return {"the board": "/incidents", **{name: house.path(path) for name, path in rest.items()}, "verify": "/verify"}


def _signed_in(app, token: str) -> Callable[[str], httpx.Response]:  # type: ignore[no-untyped-def]
    """Return what asks for a page as somebody of legal."""
    from fakes.browser import Browser

    browser = Browser(app)
    assert browser.sign_in(token).status_code == 303
    return browser.get


def _told(ask: Callable[[str], httpx.Response], path: str) -> str:
    """Return how long a page takes, 95 times of 100, and how long the first time."""
    times = []
    for _ in range(ASKED + 1):
        begun = time.perf_counter()
        answer = ask(path)
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status_code == 404:
            return "there is no such page"
        assert answer.status_code == 200, (path, answer.status_code)
    ordered = sorted(times[1:])
    late = "" if ordered[94] <= MOST else f"  TOO SLOW, {MOST:.0f} is the most"
    return f"{ordered[49]:.0f} ms, 95th {ordered[94]:.0f} ms, first {times[0]:.0f} ms{late}"
