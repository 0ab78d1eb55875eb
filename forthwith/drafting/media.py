"""By which media a notice may travel: lawful for each of its duties, makeable by us, held by its readers."""

from collections.abc import Iterable

from forthwith.drafting.grouping import Group
from models import Audience, Medium, Obligation

CONSENTED = "email_consent"
BEST_FIRST = (
    Medium.EMAIL, CONSENTED, Medium.LETTER, Medium.SMS, Medium.VOICE, Medium.FAX, Medium.WEB, Medium.FILING,
)  # fmt: skip
WRITTEN_TO_PARTNERS = {Medium.EMAIL.value, Medium.LETTER.value, Medium.FAX.value}
FILED = (Audience.REGULATOR, Audience.POLICE, Audience.CRA, Audience.MEDIA)


def lawful(group: Group) -> list[str]:
    """Return a notice's media, the best first; `email_consent` means e-mail to those alone who agreed to it."""
    if group.audience in FILED:
        return [Medium.FILING.value]
    if group.audience == Audience.PUBLIC:
        return [Medium.WEB.value]
    offered = common(map(offer, group.duties)) or {Medium.LETTER.value}
    if group.audience != Audience.INDIVIDUALS:
        offered = offered & WRITTEN_TO_PARTNERS or {Medium.EMAIL.value, Medium.LETTER.value}
    if Medium.EMAIL in offered:
        offered -= {CONSENTED}
    return [str(medium) for medium in BEST_FIRST if medium in offered and _useful(group, str(medium))] or [
        str(medium) for medium in BEST_FIRST if medium in offered
    ]


def agree(duties: Iterable[Obligation]) -> bool:
    """Return whether some medium is lawful for all of the duties."""
    return bool(common(map(offer, duties)))


def offer(duty: Obligation) -> set[str]:
    """Return what one duty permits, in our media; a published page only where a substitute is lawful.

    What a person must say is none of our media: a call that we make is a recorded one.
    """
    stated = list(duty.channels) or list(duty.detail.get("channels") or ())
    plain = {"substitute": Medium.WEB.value, "public": Medium.WEB.value}
    known = {*map(str, Medium), CONSENTED} - {Medium.FILING.value, *duty.detail.get("by_person", ())}
    return {medium for name in stated if (medium := plain.get(name, name)) in known}


def common(offers: Iterable[set[str]]) -> set[str]:
    """Return what all offers permit. E-mail on consent is e-mail, too; a substitute of one duty serves all."""
    found: set[str] | None = None
    web = False
    for one in offers:
        web = web or Medium.WEB in one
        wide = one | {CONSENTED} if Medium.EMAIL in one else set(one)
        found = wide if found is None else found & wide
    return (found or set()) | ({Medium.WEB.value} if web else set())


def _useful(group: Group, medium: str) -> bool:
    """Return whether some reader holds such an address. Partners and the web need none."""
    if group.audience != Audience.INDIVIDUALS or medium == Medium.WEB:
        return True
    held = {name for one in group.cohorts for name in one.channels}
    return (medium == CONSENTED and {Medium.EMAIL, CONSENTED} <= held) or medium in held


def written(media: Iterable[str]) -> list[str]:
    """Return the media that need a wording of their own."""
    return list(dict.fromkeys(Medium.EMAIL.value if one == CONSENTED else one for one in media))
