"""A program that asks the API with a token. Keeps a ledger of what it asked."""

from typing import Any

import httpx
from fakes.browser import Browser
from fakes.web_house import House

from forthwith import db
from forthwith.access import tokens
from forthwith.review import users


class Program:
    """One program of one user, with these scopes. `proven`: its token was made with a second factor."""

    def __init__(self, house: House, name: str, *scopes: str, proven: bool = False) -> None:
        with db.session() as session:
            user = users.named(session, name)
            self.secret = tokens.make(session, user, name="t", scopes=list(scopes), days=30, proven=proven)[1]
        self.house, self._door = house, Browser(house.app)

    @property
    def ledger(self) -> list[tuple[str, str, int]]:
        return self._door.ledger

    def ask(self, method: str, path: str, body: Any = None, **told: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.secret}"}
        return self._door.ask(method, f"/api/v1{path}", headers=headers, json=body, **told)

    def get(self, path: str) -> Any:
        """Return what is told at a path below the house's incident."""
        answer = self.ask("GET", f"/incidents/{self.house.ref}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, **told: Any) -> httpx.Response:
        return self.ask("POST", f"/incidents/{self.house.ref}{path}", body, **told)
