"""One incident, from alert to proof."""

import uuid

from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.advance import advance, owned_by
from flows.gate import gate
from flows.kinds import ACTOR, step, story
from flows.notify import notify
from flows.safe import IncidentId
from models import Phase


@story("respond", task_runner=ThreadPoolTaskRunner(max_workers=1))
def respond(incident_id: IncidentId) -> None:
    """Find the people, find the duties, word the notices; wait for legal; tell everybody; hand out the proof.

    Each wake runs this from the first line again: what is done is done already, what changed is done anew.
    """
    scope(incident_id)
    assess(incident_id)
    draft(incident_id)
    gate(incident_id)  # suspends the run until legal's own decisions open it
    while not notify(incident_id):  # an approval fell in the middle of the sending
        gate(incident_id)
    report(incident_id)


@step("scope")
def scope(incident_id: IncidentId) -> None:
    """Form the cohorts of the people that the evidence names."""
    incident = uuid.UUID(incident_id)
    owned_by(incident, str(flow_run.id))
    advance(incident, actor=ACTOR, until=Phase.ASSESSING)


@step("assess")
def assess(incident_id: IncidentId) -> None:
    """Find the duties that arise under every law, and the questions that stand between."""
    advance(uuid.UUID(incident_id), actor=ACTOR, until=Phase.DRAFTING)


@step("draft")
def draft(incident_id: IncidentId) -> None:
    """Word the notices that the duties demand."""
    advance(uuid.UUID(incident_id), actor=ACTOR, until=Phase.IN_REVIEW)


@step("report")
def report(incident_id: IncidentId) -> None:
    """Hand out the timeline that anybody can verify."""
    advance(uuid.UUID(incident_id), actor=ACTOR)
