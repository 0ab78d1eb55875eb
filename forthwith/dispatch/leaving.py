"""May a wording leave? Asked for every batch, just before the wire, in the transaction that claims it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith.approval import laws_sha256, sha256, standing, template_sha256
from models import Notice, Variant

STATE = text("""
select v.current, v.language, encode(sha256(v.content), 'hex') as content_sha256, n.current as stands, n.party_id,
       (select scope_version from incident where id = v.incident_id) as scope,
       (select id::text from decision where variant_id = v.id and verdict <> 'ask'
         order by created_at desc, id desc limit 1) as decision,
       (select encode(sha256(convert_to(string_agg(cohort_id::text, ',' order by cohort_id), 'UTF8')), 'hex')
          from notice_cohort where notice_id = n.id) as cohorts,
       (select jsonb_agg(jsonb_build_array(o.law, o.detail -> 'adopted'))
          from notice_duty d join obligation o on o.id = d.obligation_id where d.notice_id = n.id) as laws
  from variant v join notice n on n.id = v.notice_id where v.id = :variant
""")
SHARED = text("select 1 from incident where id = :id for share")


@dataclass(frozen=True, slots=True)
class Wording:
    """The bytes that were approved, and their hash."""

    content: bytes
    sha256: str


@dataclass(slots=True)
class Guard:
    """Asks `standing` in full once, and again whenever anything that it depends on has moved."""

    _known: dict[uuid.UUID, tuple[str, str]] = field(default_factory=dict)
    _wordings: dict[uuid.UUID, Wording] = field(default_factory=dict)

    def reason(self, session: Session, variant_id: uuid.UUID) -> str:
        """Return why the variant may not leave now; an empty text where it may."""
        state = session.execute(STATE, {"variant": variant_id}).one()
        if not state.stands:
            return "the notice was withdrawn"
        token = "" if state.party_id else _token(state)
        known = self._known.get(variant_id)
        if not token or known is None or known[0] != token:
            variant = session.get_one(Variant, variant_id, populate_existing=True)
            session.get_one(Notice, variant.notice_id, populate_existing=True)
            known = (token, standing(session, variant).reason)
            self._known[variant_id] = known
            self._wordings[variant_id] = Wording(variant.content, sha256(variant.content))
        return known[1]

    def wording(self, variant_id: uuid.UUID) -> Wording:
        """Return the wording that was asked about last, as it was then."""
        return self._wordings[variant_id]


def _token(state: Any) -> str:
    """Return all that an approval hangs on, without reading a million people for each batch.

    The people's own hash is stood for by the scope's version, which a trigger raises at every change.
    """
    laws = [law for own, adopted in state.laws or () for law in (own, *(adopted or ()))]
    files = (template_sha256(state.language), laws_sha256(laws))
    return repr((state.current, state.content_sha256, state.scope, state.decision, state.cohorts, files))


def freeze_scope(session: Session, incident_id: uuid.UUID) -> None:
    """Let nobody change the people until this transaction ends: what is checked is what is sent."""
    session.execute(SHARED, {"id": incident_id})
