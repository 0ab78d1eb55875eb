"""Take the pictures of the main pages in docs/screens from the demo's data: `python docs/screenshots.py`.

Run `forthwith demo` first. The demo's people are invented. Needs Chromium at /usr/bin/chromium.
"""

import os
import socket
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
WIDE, PHONE = (1200, 900), (360, 780)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
REF = "2026-002"


def main() -> int:
    """Serve the demo's data folder on loopback, and look at each page."""
    home = Path.cwd() / ".demo"
    if not home.exists():
        sys.stderr.write("There is no .demo here. Run `forthwith demo` first.\n")
        return 1
    os.environ["FORTHWITH_HOME"] = str(home)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{door.getsockname()[1]}"
        os.environ["FORTHWITH_PUBLIC_URL"] = base
        _serve(door)
        _look(base)
    return 0


def _serve(door: socket.socket) -> None:
    """Run the application in a thread that ends with this process."""
    import uvicorn

    from forthwith import db
    from forthwith.web.app import create_app

    db.start_embedded()
    server = uvicorn.Server(uvicorn.Config(create_app(), log_level="error", lifespan="off"))
    threading.Thread(target=server.run, args=([door],), daemon=True).start()
    while not server.started:
        time.sleep(0.02)


def _token(name: str, role: str) -> str:
    """Return a token of somebody for the pictures."""
    from forthwith import db
    from forthwith.review import users
    from models import Refusal

    with db.session() as session:
        try:
            return users.renew(session, name)
        except Refusal:
            return users.add(session, name, role=role)[1]


def _reader() -> tuple[str, str]:
    """Return the code and family name of somebody who was told by mail."""
    from sqlmodel import select

    from forthwith import db, dispatch, keys
    from forthwith.dispatch.addressing import Addresser
    from forthwith.filling.codes import verification_code
    from models import Incident, Person

    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == REF)).one()
        key = keys.unwrap(incident.id, incident.wrapped_key)
        people = session.exec(select(Person).where(Person.incident_id == incident.id).limit(50))
        person = next(one for one in people if dispatch.left_for(session, one))
        return verification_code(key, person.id), Addresser(key, REF).record(person.id, person.sealed).family


def _wording() -> str:
    """Return the address of a letter's own page."""
    from sqlmodel import col, select

    from forthwith import db
    from models import Incident, Variant

    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == REF)).one()
        letters = select(Variant).where(Variant.incident_id == incident.id, Variant.medium == "letter")
        found = session.exec(letters.where(col(Variant.current), Variant.language == "en")).first()
    assert found is not None
    return f"/incidents/{REF}/review/variants/{found.id}"


def _look(base: str) -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    code, name = _reader()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        staff = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        staff.goto(base + "/sign-in")
        staff.fill("#token", _token("Lena", "legal"))
        staff.click("main button")
        staff.wait_for_url("**/incidents*")
        pages = {
            "board": "/incidents", "incident": f"/incidents/{REF}", "review": f"/incidents/{REF}/review",
            "wording": _wording(), "deliveries": f"/incidents/{REF}/deliveries",
        }  # fmt: skip
        for picture, path in pages.items():
            staff.goto(base + path, wait_until="networkidle" if picture == "wording" else "load")
            staff.screenshot(path=HERE / "screens" / f"{picture}.png")
        phone = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
        phone.goto(f"{base}/verify#{code}")
        phone.screenshot(path=HERE / "screens" / "verify.png")
        phone.fill("#own-name", name)
        phone.click("form[action='/mine'] button")
        phone.wait_for_url("**/mine*")
        phone.goto(base + "/mine?lang=en")
        phone.screenshot(path=HERE / "screens" / "own.png")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
