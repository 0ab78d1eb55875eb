"""Thresholds with an alternative: so many people, or a kind of data that counts whatever the number."""

from dataclasses import replace

from forthwith.assessment.conditions import Finding, either, evaluate
from forthwith.assessment.duties import Outcome, Verdict
from forthwith.assessment.reaching import View
from models.law import Duty
from models.words import Audience


def whatever_the_number(
    duty: Duty, number: Finding, open_ones: list[Verdict], view: View
) -> tuple[Finding, list[Verdict]]:
    """Return what the threshold comes to with its `or_when`, and the groups that the duty then reaches."""
    rule = duty.threshold
    if rule is None or rule.or_when is None or number.value is True:
        return number, open_ones
    found = [(one, evaluate(rule.or_when, view.context(rule.citation, one.group))) for one in open_ones]
    if duty.audience is not Audience.INDIVIDUALS:
        return either([number, *(finding for _, finding in found)]), open_ones
    settled = [(one, either([number, finding])) for one, finding in found]
    kept = [_settled(one, finding) for one, finding in settled if finding.value is not False]
    return (Finding(True), kept) if kept else (either(finding for _, finding in settled), [])


def _settled(one: Verdict, finding: Finding) -> Verdict:
    """Return the verdict of a group for which the threshold holds, or perhaps holds."""
    because = (*one.because, *finding.because)
    if finding.value is True or one.outcome is Outcome.EXIT:
        return replace(one, because=because)
    return replace(one, outcome=Outcome.REVIEW, because=because, asks=(*one.asks, *finding.asks))
