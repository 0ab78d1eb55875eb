"""What an approval is bound to, and whether it still stands. Review makes it; dispatch checks it before the wire."""

from forthwith.approval.hashes import (
    law_folder,
    law_sha256,
    laws_sha256,
    recipients_sha256,
    record_sha256,
    sha256,
    template_sha256,
)
from forthwith.approval.standing import Present, Standing, last_decisions, laws_behind, standing

__all__ = [
    "Present",
    "Standing",
    "last_decisions",
    "law_folder",
    "law_sha256",
    "laws_behind",
    "laws_sha256",
    "recipients_sha256",
    "record_sha256",
    "sha256",
    "standing",
    "template_sha256",
]  # fmt: skip
