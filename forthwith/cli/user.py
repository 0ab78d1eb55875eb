"""`forthwith user`: who has access. A token is printed once; only its hash is kept."""

from typing import TYPE_CHECKING, Any

from cyclopts import App

from forthwith.cli.console import database, say, show, table

if TYPE_CHECKING:
    from models import User

app = App(name="user", help="Who may respond, review and operate here.")


@app.command
def add(name: str, *, role: str, json: bool = False) -> None:
    """Give NAME access in a role (responder, legal, operator) and print the token, once."""
    from forthwith import db
    from forthwith.review import users

    db.migrate()  # often the first command of all
    with database() as session:
        user, token = users.add(session, name, role=role)
    show({**_plain(user), "token": token}, json, _token_text(user.name, token))


@app.command
def renew(name: str, *, json: bool = False) -> None:
    """Print a new token for NAME; the old one and every open page of it end at once."""
    from forthwith.review import users

    with database() as session:
        token = users.renew(session, name)
    show({"name": name, "token": token}, json, _token_text(name, token))


@app.command(name="list")
def listing(*, json: bool = False) -> None:
    """Show who has access."""
    from forthwith.review import users

    with database() as session:
        found = [_plain(user) for user in users.listing(session)]
    rows = [(user["name"], user["role"], f"{user['since']:%Y-%m-%d}") for user in found]
    show(found, json, table(("name", "role", "since"), rows) if rows else "Nobody has access yet.")


@app.command
def remove(name: str) -> None:
    """End NAME's access at once. What was decided stays decided, under that name."""
    from forthwith.review import users

    with database() as session:
        gone = users.remove(session, name)
    say(f"{gone.name} has no access any more.")


def _plain(user: "User") -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "since": user.created_at}


def _token_text(name: str, token: str) -> str:
    return (
        f"Token of {name}, shown this once:\n\n    {token}\n\n"
        "For the web: sign in with it. For the command line: export FORTHWITH_TOKEN with it."
    )
