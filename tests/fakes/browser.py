"""A browser over ASGI: keeps cookies, follows nothing by itself, fills in the token of the form that it was shown."""

import asyncio
import re
from typing import Any

import httpx
from fastapi import FastAPI

HOST = "http://127.0.0.1:8700"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Browser:
    """One person's browser. `got` and `sent` keep a ledger of what was asked."""

    def __init__(self, app: FastAPI, address: str = "10.0.0.1") -> None:
        self.app, self.address = app, address
        self.cookies = httpx.Cookies()
        self.ledger: list[tuple[str, str, int]] = []

    def ask(self, method: str, path: str, **told: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 50000))
            base = told.pop("host", HOST)
            async with httpx.AsyncClient(transport=transport, base_url=base, cookies=self.cookies) as client:
                answer = await client.request(method, path, **told)
                self.cookies = client.cookies
                return answer

        answer = asyncio.run(once())
        self.ledger.append((method, path, answer.status_code))
        return answer

    def get(self, path: str, **told: Any) -> httpx.Response:
        return self.ask("GET", path, headers={"accept": "text/html", **told.pop("headers", {})}, **told)

    def post(self, path: str, data: Any = None, **told: Any) -> httpx.Response:
        headers = {"accept": "text/html", "origin": HOST, "sec-fetch-site": "same-origin", **told.pop("headers", {})}
        return self.ask("POST", path, data=data, headers=headers, **told)

    def token(self, page: str) -> str:
        """Return the form token that `page` shows."""
        found = TOKEN.search(self.get(page).text)
        assert found, page
        return found[1]

    def send(self, page: str, path: str, data: dict[str, Any] | None = None, **told: Any) -> httpx.Response:
        """Load a page, then send a form of it."""
        return self.post(path, {"form_token": self.token(page), **(data or {})}, **told)

    def sign_in(self, token: str) -> httpx.Response:
        return self.send("/sign-in", "/sign-in", {"token": token, "after": "/incidents"})
