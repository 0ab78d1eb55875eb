"""What is set, what is missing, what answers: for `forthwith doctor` and for the operator's page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import SecretStr

Finding = tuple[str, str]  # state (ok, note, missing, broken), what was found
NEEDED = ("missing", "broken")


def everything() -> dict[str, Finding]:
    """Run every check and return what each found, by its name."""
    return {name: examined(check) for name, check in CHECKS.items()}


def examined(check: Callable[[], Finding]) -> Finding:
    """Run one check. What it raises is a finding too: a doctor that dies tells nothing."""
    from models import Refusal

    try:
        return check()
    except Refusal as refusal:
        return "broken", str(refusal)
    except Exception as failure:
        return "broken", f"{type(failure).__name__}: run it again with the logs at hand"


def home() -> Finding:
    """Can the data folder and the outbox be written?"""
    import tempfile

    from forthwith.settings import settings

    try:
        settings().outbox.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings().outbox):
            return "ok", str(settings().home)
    except OSError as failure:
        return "broken", f"{settings().home} can't be written: {failure.strerror}"


def database() -> Finding:
    """Does PostgreSQL answer, and is our schema the newest?"""
    from sqlalchemy import text

    from forthwith import db
    from forthwith.settings import settings

    kind = "external" if settings().database_url else "embedded"
    with db.reachable(), db.engine().connect() as connection:
        server = connection.execute(text("show server_version")).scalar_one()
        if connection.execute(text("select to_regclass('alembic_version')")).scalar_one() is None:
            return "note", f"{kind} PostgreSQL {server}, empty: `forthwith serve` makes the tables"
        at = connection.execute(text("select version_num from alembic_version")).scalar_one()
        newest = newest_schema()
    return ("ok", f"{kind} PostgreSQL {server}, schema {at}") if at == newest else (
        "broken", f"schema {at}, this version needs {newest}: `forthwith serve` brings it up"
    )  # fmt: skip


def newest_schema() -> str:
    """Return the newest migration's number."""
    from pathlib import Path

    import models

    files = (Path(models.__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
    return max(path.name[:4] for path in files)


def keys() -> Finding:
    """Is there a key-encryption key, and can nobody else read the key files?"""
    from forthwith.settings import settings

    folder = settings().home / "keys"
    files = sorted(folder.glob("*")) if folder.exists() else []
    if open_to_others := [path.name for path in files if path.stat().st_mode & 0o077]:
        return "broken", f"others can read {', '.join(open_to_others)}: chmod 600 them"
    if settings().kek:
        return "ok", "key-encryption key from FORTHWITH_KEK"
    if not (folder / "kek").exists():
        return "note", "no key yet: made at first use; back up the keys folder then"
    return "ok", f"{len(files)} key files, mode 600; without a backup of them nothing sealed can be read"


def prefect() -> Finding:
    """Does a Prefect server answer, and does it know our flows?"""
    from forthwith import runs

    if not runs.answers():
        return "note", f"no server at {runs.api_url()}: `forthwith serve` starts it, `respond --inline` needs none"
    return "ok", runs.api_url()


def channels() -> Finding:
    """Is what each chosen channel needs there?"""
    from forthwith.settings import settings

    chosen = {
        medium: getattr(settings(), f"{medium}_channel") for medium in ("email", "sms", "voice", "fax", "letter", "web")
    }
    if crossed := [
        f"{name} carries no {medium}" for medium, name in chosen.items() if CARRIES.get(name, medium) != medium
    ]:
        return "broken", "; ".join(crossed)
    lacking = {
        name: [need for need in NEEDS.get(name, ()) if not any(getattr(settings(), one) for one in need.split("|"))]
        for name in chosen.values()
    }
    if missing := [f"{name} lacks {spelled(need)}" for name, all_of in lacking.items() for need in all_of]:
        return "missing", "; ".join(missing)
    if chosen["letter"] == "lob" and is_test(settings().lob_api_key):
        return "note", "lob has a test key: it takes letters and prints none"
    if settings().usps_mailer_id and not known_to_usps():
        return "missing", "FORTHWITH_USPS_MAILER_ID needs 6 or 9 digits, and FORTHWITH_USPS_SERVICE_TYPE 3"
    return "ok", ", ".join(f"{medium}: {name}" for medium, name in chosen.items())


def spelled(need: str) -> str:
    """Return a need as the settings that would fill it."""
    return " or ".join(f"FORTHWITH_{one.upper()}" for one in need.split("|"))


def is_test(key: "SecretStr | None") -> bool:
    """Is this one of Lob's test keys?"""
    return key is not None and key.get_secret_value().startswith("test_")


def known_to_usps() -> bool:
    """Can letters to the US carry an Intelligent Mail barcode?"""
    from forthwith.filling.letters import mailer

    return mailer().known


NEEDS = {  # `a|b`: one of them will do
    "sendgrid": ("sendgrid_api_key", "sendgrid_webhook_key", "sender_email"),
    "lob": ("lob_api_key", "lob_webhook_secret"),
    "smtp": ("smtp_host", "sender_email"),
    "twilio": ("twilio_account_sid", "twilio_auth_token", "twilio_from"),
    "twilio_voice": ("twilio_account_sid", "twilio_auth_token", "twilio_caller|twilio_from"),
    "fax_http": ("fax_api_key", "fax_application", "fax_from", "fax_webhook_key"),
    "fax_gateway": ("fax_gateway", "smtp_host", "sender_email"),
}
CARRIES = {  # channels that carry one medium alone
    "sendgrid": "email", "smtp": "email", "twilio": "sms", "twilio_voice": "voice", "fax_http": "fax",
    "fax_gateway": "fax", "print_file": "letter", "web_notice": "web",
}  # fmt: skip


def sender() -> Finding:
    """Does the notice name the organisation that writes it?"""
    from forthwith.settings import Settings, settings

    stated = ("organisation", "contact_email", "public_url")
    left = [name for name in stated if getattr(settings(), name) == Settings.model_fields[name].default]
    if left:
        return "note", "still the example: " + ", ".join(f"FORTHWITH_{name.upper()}" for name in left)
    return "ok", settings().organisation


def time_zones() -> Finding:
    """Can the laws' local days be counted?"""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        for name in ("America/New_York", "Europe/Berlin", "Asia/Kolkata"):
            ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return "missing", "no time zone data on this machine: install the package tzdata"
    return "ok", "time zone data found"


def fonts() -> Finding:
    """Can a letter be set in the scripts of the languages shipped?"""
    import typst

    found = set(typst.Fonts().families())
    return ("ok", f"{len(found)} font families") if found else ("missing", "no font for letters: install fonts-noto")


def laws() -> Finding:
    """Are the laws there?"""
    from pathlib import Path

    import laws as data
    from forthwith.settings import settings

    roots = [Path(data.__file__).parent, *settings().laws]
    count = sum(1 for root in roots for _ in root.rglob("law.yaml"))
    return ("ok", f"{count} records") if count else ("missing", "no law record was found")


CHECKS: dict[str, Callable[[], Finding]] = {
    "data folder": home, "database": database, "keys": keys, "laws": laws, "time zones": time_zones, "fonts": fonts,
    "channels": channels, "sender": sender, "prefect": prefect,
}  # fmt: skip
