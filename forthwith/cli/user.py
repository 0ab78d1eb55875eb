"""`forthwith user`: who has access. A token is printed once; only its hash is kept."""

from typing import TYPE_CHECKING, Any

from cyclopts import App

from forthwith.cli.console import actor, database, incident_of, say, show, table

if TYPE_CHECKING:
    from models import User

app = App(name="user", help="Who may respond, review, audit and operate here.")


@app.command
def add(name: str, *, role: str, confined: bool = False, oidc_subject: str | None = None, json: bool = False) -> None:
    """Give NAME access in a role (responder, legal, approver, auditor, operator) and print the token, once.

    --confined: only incidents that they are let into. --oidc-subject: who they are at the company's own sign-in.
    """
    from forthwith import db
    from forthwith.review import users

    db.migrate()  # often the first command of all
    with database() as session:
        user, token = users.add(session, name, role=role, confined=confined, subject=oidc_subject)
    show({**_plain(user), "token": token}, json, _token_text(user.name, token))


@app.command
def renew(name: str, *, forget_factors: bool = False, json: bool = False) -> None:
    """Print a new token for NAME; the old one, every open page of it and their programs' tokens end at once.

    --forget-factors: their passkeys and authenticator are lost, too, and they begin anew.
    """
    from forthwith.review import users

    with database() as session:
        token = users.renew(session, name, forget_factors=forget_factors)
    show({"name": name, "token": token}, json, _token_text(name, token))


@app.command(name="list")
def listing(*, json: bool = False) -> None:
    """Show who has access."""
    from forthwith.review import users

    with database() as session:
        found = [_plain(user) for user in users.listing(session)]
    rows = [
        (user["name"], user["role"], "single incidents" if user["confined"] else "all", f"{user['since']:%Y-%m-%d}")
        for user in found
    ]
    show(found, json, table(("name", "role", "sees", "since"), rows) if rows else "Nobody has access yet.")


@app.command
def remove(name: str) -> None:
    """End NAME's access at once. What was decided stays decided, under that name."""
    from forthwith.review import users

    with database() as session:
        gone = users.remove(session, name, by=actor())
    say(f"{gone.name} has no access any more.")


@app.command
def let_in(name: str, ref: str, *, role: str) -> None:
    """Give NAME a role in incident REF, besides the one that they have everywhere, if any."""
    from forthwith.access import roles
    from forthwith.review import users

    with database() as session:
        user = users.named(session, name)
        roles.let_in(session, incident_of(session, ref), user, role=role, by=actor())
    say(f"{user.name} is {role} in {ref}.")


@app.command
def let_out(name: str, ref: str) -> None:
    """End the roles that NAME was given in incident REF."""
    from forthwith.access import roles
    from forthwith.review import users

    with database() as session:
        user = users.named(session, name)
        given = [row for one, row in roles.standing(session, incident_of(session, ref)) if one.id == user.id]
        for row in given:
            roles.let_out(session, row, by=actor())
    say(f"{user.name} has no role in {ref} any more but the one that they have everywhere.")


@app.command
def confine(name: str, *, off: bool = False) -> None:
    """Let NAME see only the incidents that they were let into, in the role given there; --off ends that."""
    from forthwith.access import roles
    from forthwith.review import users

    with database() as session:
        user = users.named(session, name)
        roles.confine(session, user, confined=not off, by=actor())
    say(f"{user.name} sees {'all incidents' if off else 'only incidents that they were let into'}.")


@app.command
def token(
    name: str, *, scope: list[str], days: int = 30, title: str = "made by the operator", json: bool = False
) -> None:
    """Print a token for a program that acts for NAME: --scope read, respond, review, people or operate."""
    from forthwith.access import tokens
    from forthwith.review import users

    with database() as session:
        made, secret = tokens.make(session, users.named(session, name), name=title, scopes=scope, days=days)
    told = {"name": name, "scopes": made.scopes, "expires_at": made.expires_at, "token": secret}
    head = f"Token for a program ({', '.join(made.scopes)}) until {made.expires_at:%Y-%m-%d}, shown this once:"
    show(told, json, f"{head}\n\n    {secret}\n")


def _plain(user: "User") -> dict[str, Any]:
    return {"name": user.name, "role": user.role, "confined": user.confined, "since": user.created_at}


def _token_text(name: str, token: str) -> str:
    return (
        f"Token of {name}, shown this once:\n\n    {token}\n\n"
        "For the web: sign in with it. For the command line: export FORTHWITH_TOKEN with it."
    )
