"""What the tests of orchestration share."""

from collections.abc import Iterator

import pytest
from fakes.prefect_api import PrefectApi, prefect_api
from pydantic import SecretStr

from forthwith.settings import settings


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrefectApi]:
    """A fake Prefect API, already set as ours. Where a test takes `fresh`, take it first."""
    with prefect_api() as served:
        monkeypatch.setattr(settings(), "prefect_api_url", served.url)
        monkeypatch.setattr(settings(), "prefect_auth", SecretStr(served.password))
        yield served
