"""`forthwith intake`: how people without an account report incidents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from forthwith.cli.console import actor, database, say, show, table

if TYPE_CHECKING:
    from models import ReportLink

app = App(name="intake", help="Report links, and reports by e-mail.")


@app.command
def link(
    *, days: int = 90, audience: Annotated[str, Parameter(name="--for")] = "employee", party: str | None = None,
    name: str | None = None, json: bool = False,
) -> None:  # fmt: skip
    """Make a secret address at which people report an incident, and print it, once.

    Parameters
    ----------
    days:
        How long it lives.
    audience:
        `employee`, or `partner`: then a report says that the breach lies with that partner.
    party:
        The partner's code.
    name:
        The partner's name, where the code is new.
    """
    from forthwith.detection import links
    from forthwith.settings import settings

    with database() as session:
        if party and name:
            links.partner(session, party, name)
        made, secret = links.make(session, by=actor(), days=days, audience=audience, party=party)
        url = f"{settings().public_url.rstrip('/')}/report/{secret}"
        show({**_plain(made), "url": url}, json, _told(made, url))


@app.command
def links(*, json: bool = False) -> None:
    """Show the report links that were not revoked."""
    from forthwith.detection import links as standing

    with database() as session:
        found = [_plain(one) for one in standing.listing(session)]
    rows = [
        (one["id"][-8:], one["for"], one["uses"], f"{one['expires_at']:%Y-%m-%d}", _refused(one)) for one in found
    ]  # fmt: skip
    heads = ("id ends in", "for", "reports", "until", "refused as too many")
    show(found, json, table(heads, rows) if rows else "There is no report link.")


@app.command
def revoke(ident: str) -> None:
    """End a report link at once. IDENT is its id, or how that ends."""
    from forthwith.detection import links as standing

    with database() as session:
        gone = standing.revoke(session, ident)
        say(f"Link {str(gone.id)[-8:]} leads nowhere any more.")


@app.command
def drop(folder: Path, *, json: bool = False) -> None:
    """Take in the mails (.eml) that lie in FOLDER; each ends in its `done`, or in `refused` with the reason."""
    from dataclasses import asdict

    from forthwith.detection import dropping

    found = dropping.drop(folder)
    show(asdict(found), json, f"{found.taken} taken in, {found.new} of them new; {found.refused} refused.")


def _plain(link: "ReportLink") -> dict[str, Any]:
    return {"id": str(link.id), "for": link.audience, "uses": link.uses, "expires_at": link.expires_at,
            "refused": link.refused, "refused_on": link.refused_on}  # fmt: skip


def _refused(told: dict[str, Any]) -> str:
    return f"{told['refused']} on {told['refused_on']}" if told["refused_on"] else ""


def _told(link: "ReportLink", url: str) -> str:
    return (
        f"Address for reports, shown this once:\n\n    {url}\n\n"
        f"It lives until {link.expires_at:%Y-%m-%d}. Whoever knows it may report; nobody reads anything there."
    )
