"""Legal's gate: what is decided, by whom, on exactly what."""

from forthwith.review.answering import answer, elsewhere, fact_name, of_judgement, open_questions, question_of
from forthwith.review.deciding import decide, history
from forthwith.review.duties import current_duties, decide_duty, duty_of, undecided
from forthwith.review.four_eyes import NotAllowed
from forthwith.review.gating import Gate, current_variants, gate, needed_notices
from forthwith.review.outline import shown
from forthwith.review.packaging import Package, package
from forthwith.review.reading import preview, printable, recipients, sample_slots

__all__ = [
    "Gate", "NotAllowed", "Package", "answer", "current_duties", "current_variants", "decide", "decide_duty", "duty_of",
    "elsewhere", "fact_name", "gate", "history", "needed_notices", "of_judgement", "open_questions", "package",
    "preview", "printable", "question_of", "recipients", "sample_slots", "shown", "undecided",
]  # fmt: skip
