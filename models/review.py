"""Legal's decisions."""

import uuid

from sqlmodel import Field

from models.base import Row


class Decision(Row, table=True):
    """What legal decided on one variant, bound to its bytes, its recipients, its words and its law."""

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    variant_id: uuid.UUID = Field(foreign_key="variant.id", index=True)
    verdict: str  # approve reject ask
    content_sha256: str
    recipients_sha256: str
    template_sha256: str
    law_sha256: str
    by: str
    role: str
    comment: str | None = None
