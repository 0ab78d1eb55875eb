"""NOUNS: the rows and values that cross a folder border. No input or output, no settings, no Prefect."""

from models.access import ApiToken, IncidentAccess, Passkey, RecoveryCode, SpentChallenge, TimeCode, WebSession
from models.base import Row, id_texts, new_id, new_ids, utc_now
from models.control import ChannelState, Pulse, RemedyCode, RemedyPool, SendPause, WavePlan
from models.delivery import (
    Accepted,
    Attempt,
    Channel,
    Delivery,
    Lease,
    Message,
    Outcome,
    ProviderEvent,
    Receipt,
    Refused,
    Unknown,
)
from models.enquiry import Enquiry, PersonWish, Wish, Wishes
from models.incident import Evidence, Fact, Incident, Signal
from models.intake import AlertCall, AlertDoor, ReportLink
from models.near import NearMatch, NearQueue
from models.notice import Notice, NoticeCohort, NoticeDuty, Variant
from models.obligation import LawText, Obligation, ObligationCohort, Question
from models.party import IncidentRole, Party, User
from models.people import Cohort, ColumnMapping, Person, PersonRecord, PersonSource, Quarantine, ScopeChange
from models.refusal import Refusal
from models.remark import Remark
from models.review import Decision
from models.suppression import LegalStop, Suppression
from models.timeline import Entry
from models.words import (
    AgeClass,
    Audience,
    DeliveryState,
    EnquiryKind,
    EnquiryState,
    Medium,
    Phase,
    RecipientKind,
    Scope,
    UserRole,
    Verdict,
)

__all__ = [
    "Accepted",
    "AgeClass",
    "AlertCall",
    "AlertDoor",
    "ApiToken",
    "Attempt",
    "Audience",
    "Channel",
    "ChannelState",
    "Cohort",
    "ColumnMapping",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Enquiry",
    "EnquiryKind",
    "EnquiryState",
    "Entry",
    "Evidence",
    "Fact",
    "Incident",
    "IncidentAccess",
    "IncidentRole",
    "LawText",
    "Lease",
    "LegalStop",
    "Medium",
    "Message",
    "NearMatch",
    "NearQueue",
    "Notice",
    "NoticeCohort",
    "NoticeDuty",
    "Obligation",
    "ObligationCohort",
    "Outcome",
    "Party",
    "Passkey",
    "Person",
    "PersonRecord",
    "PersonSource",
    "PersonWish",
    "Phase",
    "ProviderEvent",
    "Pulse",
    "Quarantine",
    "Question",
    "Receipt",
    "RecipientKind",
    "RecoveryCode",
    "Refusal",
    "Refused",
    "Remark",
    "RemedyCode",
    "RemedyPool",
    "ReportLink",
    "Row",
    "Scope",
    "ScopeChange",
    "SendPause",
    "Signal",
    "SpentChallenge",
    "Suppression",
    "TimeCode",
    "Unknown",
    "User",
    "UserRole",
    "Variant",
    "Verdict",
    "WavePlan",
    "WebSession",
    "Wish",
    "Wishes",
    "id_texts",
    "new_id",
    "new_ids",
    "utc_now",
]
