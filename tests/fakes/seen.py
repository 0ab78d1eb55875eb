"""A window of a real browser. Keeps a ledger of what went wrong in it: errors, and requests to elsewhere."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from fakes.web_house import House

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = 1200, 320  # CSS pixels; 320 is what WCAG 2.2, 1.4.10 asks for


class Seen:
    """One window. `wrong` is its ledger."""

    def __init__(self, chromium: Any, base: str, house: House) -> None:
        self.base, self.house, self.wrong = base, house, list[str]()
        self._chromium, self._contexts = chromium, list[Any]()
        self.page = self.window()

    def window(self, *, width: int = WIDE, dark: bool = False, scripts: bool = True) -> Any:
        """Open another window, of nobody who is signed in."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light",
            java_script_enabled=scripts, reduced_motion="reduce", bypass_csp=False,
        )  # fmt: skip
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda told: self._note(told.type == "error", told.text))
        page.on("pageerror", lambda failure: self._note(True, str(failure)))
        page.on("request", lambda asked: self._note(not asked.url.startswith((self.base, "data:")), asked.url))
        self.page = page
        return page

    def _note(self, wrong: bool, what: str) -> None:
        if wrong and "status of 4" not in what:  # an answer that a test asked for
            self.wrong.append(what)

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def goto(self, path: str) -> Any:
        return self.page.goto(self.base + path)

    def sign_in(self, role: str) -> None:
        """Sign in by token, as a person would."""
        self.goto("/sign-in")
        self.page.fill("#token", self.house.tokens[role])
        self.page.click("main button")
        self.page.wait_for_url("**/incidents*")

    def violations(self, only: tuple[str, ...] = ()) -> list[str]:
        """Return what axe-core finds against WCAG 2.2 A and AA on the page as it stands, or against `only` these."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())  # by the debugger's door: the page's own policy lets no script in
        asked = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": RULES}
        found = self.page.evaluate("asked => axe.run(document, {runOnly: asked, resultTypes: ['violations']})", asked)
        return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]

    def sideways(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
