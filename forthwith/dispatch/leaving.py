"""May a wording leave? Asked for every batch, just before the wire, in the transaction that claims it."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlmodel import Session

from forthwith.approval import laws_behind, laws_sha256, sha256, standing, template_sha256
from models import Notice, Variant

STATE = """
select (select scope_version from incident where id = :incident) as scope,
       (select id::text from decision where variant_id = :variant and verdict <> 'ask'
         order by created_at desc, id desc limit 1) as decision,
       (select encode(sha256(convert_to(string_agg(cohort_id::text, ',' order by cohort_id), 'UTF8')), 'hex')
          from notice_cohort where notice_id = :notice) as cohorts
"""


@dataclass(slots=True)
class Guard:
    """Asks `standing` in full once, and again whenever anything that it depends on has moved."""

    _known: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)

    def reason(self, session: Session, variant_id: uuid.UUID) -> str:
        """Return why the variant may not leave now; an empty text where it may."""
        variant = session.get_one(Variant, variant_id, populate_existing=True)
        notice = session.get_one(Notice, variant.notice_id, populate_existing=True)
        if not notice.current:
            return "the notice was withdrawn"
        token = "" if notice.party_id else self._token(session, variant, notice)
        known = self._known.get(variant_id)
        if not token or known is None or known[0] != token:
            known = (token, standing(session, variant).reason)
            self._known[variant_id] = known
        return known[1]

    def _token(self, session: Session, variant: Variant, notice: Notice) -> str:
        """Return all that an approval hangs on, without reading a million people for each batch.

        The people's own hash is stood for by the scope's version, which a trigger raises at every change.
        """
        keys = {"incident": variant.incident_id, "variant": variant.id, "notice": notice.id}
        state = session.execute(text(STATE), keys).one()
        files = (template_sha256(variant.language), laws_sha256(laws_behind(session, notice)))
        return repr((tuple(state), variant.current, sha256(variant.content), files))


def freeze_scope(session: Session, incident_id: uuid.UUID) -> None:
    """Let nobody change the people until this transaction ends: what is checked is what is sent."""
    session.execute(text("select 1 from incident where id = :id for share"), {"id": incident_id})
