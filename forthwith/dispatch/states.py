"""The states of a delivery and the reasons that are written beside them. The table is in docs/engineers/dispatch.md."""

from models import DeliveryState, delivery

# reasons of `held` and `cancelled` that a later plan may lift, since nothing was tried yet
NO_CHANNEL = "no channel held: none of the notice's lawful media has an address"
NO_WORDING = "no approved wording in a medium that the recipient can take"
WAITS = "waits for a filing that the law puts before the individuals"
OUT_OF_SCOPE = delivery.OUT_OF_SCOPE
WITHDRAWN = "the notice was withdrawn"
LIFTABLE = [NO_CHANNEL, NO_WORDING, WAITS, OUT_OF_SCOPE, WITHDRAWN]

WISHED = "wished for by the person"  # of a planned row: why it goes otherwise than people in their group
EXHAUSTED = "no further lawful channel: every address held was tried"
UNREADABLE = "the recipient's record can't be read"
SAME_ADDRESSEE = delivery.SAME_ADDRESSEE
CALLED_OFF = "called off: {}"
NO_CODE = "no code of the remedy is left for them"
NO_ADDRESS = "no address held for this medium"
NOT_HANDED_OVER = "not handed over"  # an attempt that never reached the channel: it isn't counted

RANK = {
    DeliveryState.PLANNED: 0, DeliveryState.HELD: 0, DeliveryState.CANCELLED: 0, DeliveryState.SENDING: 1,
    DeliveryState.UNKNOWN: 1, DeliveryState.ACCEPTED: 2, DeliveryState.DELIVERED: 3,
    DeliveryState.BOUNCED: 4, DeliveryState.RETURNED: 4, DeliveryState.FAILED: 4,
}  # fmt: skip
UNREACHED = (DeliveryState.BOUNCED, DeliveryState.RETURNED, DeliveryState.FAILED)
TOLD = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)


def later(present: str, told: str) -> bool:
    """Return whether news is news: states only move up. Unreached is final, whatever comes after it."""
    return RANK[DeliveryState(told)] > RANK[DeliveryState(present)]
