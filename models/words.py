"""Closed vocabularies that cross folder borders."""

from enum import StrEnum


class Phase(StrEnum):
    """Where an incident stands on its way from alert to proof."""

    DETECTED = "detected"
    SCOPING = "scoping"
    ASSESSING = "assessing"
    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    NOTIFYING = "notifying"
    MONITORING = "monitoring"
    CLOSED = "closed"


class Audience(StrEnum):
    """Whom a duty reaches."""

    INDIVIDUALS = "individuals"
    REGULATOR = "regulator"
    POLICE = "police"
    CRA = "cra"
    MEDIA = "media"
    PUBLIC = "public"
    CONTROLLER = "controller"
    OWNER = "owner"
    PROCESSOR = "processor"
    CONTRACT_PARTY = "contract_party"


class Verdict(StrEnum):
    """What the law says of one duty; `review` means that a person must decide."""

    NOTIFY = "notify"
    DO_NOT_NOTIFY = "do_not_notify"
    REVIEW = "review"


class Medium(StrEnum):
    """How a notice travels."""

    EMAIL = "email"
    SMS = "sms"
    VOICE = "voice"
    FAX = "fax"
    LETTER = "letter"
    WEB = "web"
    FILING = "filing"  # a report to an authority, handed in by a person at its portal


class DeliveryState(StrEnum):
    """Where one notice to one recipient stands. Order and exits: docs/engineers/dispatch.md."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    RETURNED = "returned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"
    CANCELLED = "cancelled"


class RecipientKind(StrEnum):
    """What a delivery's recipient is."""

    PERSON = "person"
    PARTY = "party"
    PUBLIC = "public"


class AgeClass(StrEnum):
    """Age as the law counts it; `unknown` is a class of its own, never taken for adult."""

    ADULT = "adult"
    CHILD = "child"
    ELDERLY = "elderly"
    UNKNOWN = "unknown"


class EnquiryKind(StrEnum):
    """What an affected person asks for on their own page."""

    QUESTION = "question"
    ADDRESS = "address"  # a correction of where we reach them
    CHANNEL = "channel"  # how they want to be told from now on
    FORMAT = "format"  # large print, braille ...
    OTHER_LANGUAGE = "other_language"
    RIGHT = "right"  # a right of a data subject


class EnquiryState(StrEnum):
    """Where an enquiry stands."""

    OPEN = "open"
    ANSWERED = "answered"
    DONE = "done"  # without words: a correction that was taken over
    REFUSED = "refused"


class UserRole(StrEnum):
    """What somebody may do here."""

    RESPONDER = "responder"
    LEGAL = "legal"
    APPROVER = "approver"  # reads and approves or rejects, nothing else
    AUDITOR = "auditor"  # reads everything, writes nothing
    OPERATOR = "operator"


class Scope(StrEnum):
    """What a program may do with a token, where the token's owner may."""

    READ = "read"
    RESPOND = "respond"
    REVIEW = "review"
    PEOPLE = "people"  # personal data
    OPERATE = "operate"
    ACCESS = "access"  # who may do what here
