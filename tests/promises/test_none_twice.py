"""Promise 3: nobody is told twice. The judge is the provider's own ledger, never our database."""

from collections import Counter
from pathlib import Path

import pytest
from fakes.house import House
from fakes.killing import kill_senders
from fakes.provider import Provider


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases and timeouts short enough that a killed sender's rows are asked for within seconds."""
    from forthwith.settings import settings

    monkeypatch.setenv("FORTHWITH_LEASE_SECONDS", "2")
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.6")
    settings.cache_clear()


@pytest.mark.parametrize(
    ("people", "kills", "seed"), [(250, 20, 1), pytest.param(5000, 200, 2, marks=pytest.mark.slow)]
)
def test_senders_that_are_killed_lose_nobody_and_tell_nobody_twice(
    live: House, provider: Provider, hasty: None, tmp_path: Path, people: int, kills: int, seed: int
) -> None:
    after = kill_senders(live, provider, people=people, kills=kills, site=tmp_path / "site", seed=seed)
    told = provider.ledger
    print(f"{people} notices, {kills} kills, {after.seconds:.0f} s, {provider.count} calls")
    assert {key: n for key, n in told.items() if n > 1} == {}, "told twice"
    assert {str(row.id) for row in after.deliveries} - set(told) == set(), "lost"
    assert Counter(row.state for row in after.deliveries) == {"accepted": people}
