"""What a person holds: an authenticator that shows codes, as an app on a telephone would."""

import re

import pyotp
from fakes.browser import Browser

from forthwith import clock


class Authenticator:
    """An app with one key; `ahead`: how many seconds its clock is off."""

    def __init__(self, secret: str, ahead: int = 0) -> None:
        self.totp, self.ahead = pyotp.TOTP(secret.replace(" ", "")), ahead

    def code(self, later: int = 0) -> str:
        return self.totp.at(int(clock.now().timestamp()) + self.ahead + later)


def enrol(browser: Browser) -> tuple[Authenticator, list[str]]:
    """Set an authenticator up on the account page; return it and the recovery codes."""
    shown = browser.send("/account", "/account/authenticator")
    assert shown.status_code == 200
    app = Authenticator(re.search(r"Key: <code>([A-Z2-7 ]+)</code>", shown.text)[1])
    token = browser.token("/account")
    done = browser.post("/account/authenticator/confirm", {"form_token": token, "code": app.code()})
    assert done.status_code == 200
    return app, re.search(r"<pre>(.+?)</pre>", done.text, re.S)[1].split()
