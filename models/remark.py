"""What legal says about a paragraph of a wording, before it decides."""

import uuid
from datetime import datetime

from sqlmodel import Field

from models.base import Row, moment


class Remark(Row, table=True):
    """One remark at one paragraph. It follows the paragraph into the next version as long as its words stay."""

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    notice_id: uuid.UUID = Field(foreign_key="notice.id", index=True)
    variant_id: uuid.UUID = Field(foreign_key="variant.id")  # the version that was read
    language: str
    medium: str
    paragraph_sha256: str
    quote: str  # the paragraph's first words; open places by name, so nobody's data
    text: str
    privileged: bool = False  # between counsel and client: in no export and in no timeline
    by: str
    settled_at: datetime | None = moment(default=None)
    settled_by: str | None = None
