"""Send what is planned: claim and commit, call outside any transaction, settle and commit. A kill anywhere is safe."""

import hashlib
import os
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from forthwith import clock, db, keys
from forthwith.channels import Batching, Closing, Merging
from forthwith.channels import channel as channel_named
from forthwith.dispatch import watermark, waves, wished
from forthwith.dispatch.addressing import Addresser, posted_from
from forthwith.dispatch.calling import calls, in_time, not_called, one_by_one, parted, room
from forthwith.dispatch.claiming import Claim, Group, claim, groups
from forthwith.dispatch.control import paused
from forthwith.dispatch.leaving import Guard, freeze_scope
from forthwith.dispatch.legs import plan_next_legs
from forthwith.dispatch.meeting import mark_met
from forthwith.dispatch.messages import make
from forthwith.dispatch.quiet import hush
from forthwith.dispatch.receipts import apply_orphans
from forthwith.dispatch.sequence import release
from forthwith.dispatch.settling import settle
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.dispatch.valve import Leave, Valve, failed
from forthwith.dispatch.working import SendReport, at_work
from forthwith.settings import settings
from forthwith.timeline import record
from models import Channel, DeliveryState, Incident, Outcome, Refusal, Refused, Variant
from models.base import id_texts

ALONE = 20  # how many single calls may be on the wire before they are settled


@dataclass(slots=True)
class Sender:
    """One run over one incident, with its channels, its guard and its name on the rows that it claims."""

    incident_id: uuid.UUID
    batch: int
    addresser: Addresser
    report: SendReport = field(default_factory=SendReport)
    guard: Guard = field(default_factory=Guard)
    worker: str = field(default_factory=lambda: f"{os.getpid()}-{uuid.uuid4().hex[:12]}")
    _channels: dict[str, tuple[Channel, Valve]] = field(default_factory=dict)
    _wire: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "wire"))
    _books: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "books"))
    _ahead: Future[bool] | None = None  # what is on the wire
    _settled: Future[None] | None = None  # what came from it last
    _blocked: set[uuid.UUID] = field(default_factory=set)

    def run(self) -> SendReport:
        """Send until nothing is due."""
        try:
            with at_work():
                while open_groups := self._open_groups():
                    for group in open_groups:
                        while not self._shut(group.channel) and self._step(group):
                            pass
                        self._landed(settled=True)
        finally:
            self._wire.shutdown()  # what is on the wire is settled, whatever happened here
            self._books.shutdown()
            for channel, _ in self._channels.values():
                if isinstance(channel, Closing):
                    channel.close()
        return self.report

    def _open_groups(self) -> list[Group]:
        """Return what is due and neither shut nor blocked. Who is asleep waits for their morning."""
        with db.session() as session:
            hush(session, self.incident_id, clock.now())
            found = groups(session, self.incident_id)
        return [group for group in found if not self._shut(group.channel) and group.variant_id not in self._blocked]

    def _shut(self, channel: str) -> bool:
        """Return whether this run uses a channel no more."""
        return channel in self.report.halted or channel in self.report.resting

    def _step(self, group: Group) -> bool:
        """Send one batch; return whether there may be more."""
        try:
            channel, valve = self._channel(group.channel)
        except Refusal as refusal:
            self._halt(group.channel, f"{refusal.what} {refusal.do}".rstrip("."))
            return False
        if (leave := self._leave(valve)).closed:
            self.report.resting[group.channel] = leave.closed
        if self._shut(group.channel):
            return False
        size = min(self.batch, int(getattr(channel, "unit", ALONE)), leave.most or self.batch)
        taken, content = self._claim(group, size)
        waited, well = self._ahead is not None, self._landed()
        if taken is None or taken.empty:
            return False
        if (not well and not self._goes_on(group, valve)) or (waited and not self._may_still(group)):
            self._landed(settled=True)
            self._settle(taken, not_called(taken.rows), group)
            return False
        batch = (taken, content, group, channel, valve, leave)
        if isinstance(channel, Merging) and channel.merges:
            self._ahead = self._wire.submit(self._fly, *batch)
        else:
            self._hand_over(*batch)
        return True

    def _leave(self, valve: Valve) -> Leave:
        """Return whether a channel may be used now. Where it ails, nothing is taken ahead of what is on the wire."""
        leave = valve.leave()
        if self._ahead is None or leave.closed or leave.most or not leave.failures:
            return leave
        self._landed()
        return valve.leave()

    def _landed(self, *, settled: bool = False) -> bool:
        """Wait until the call on the wire was answered, or `settled` too; return whether its channel is well."""
        ahead, self._ahead = self._ahead, None
        well = ahead is None or ahead.result()
        if settled and self._settled is not None:
            self._settled.result()
        return well

    def _goes_on(self, group: Group, valve: Valve) -> bool:
        """Return whether what was taken meanwhile may still go, now that the batch before it failed."""
        if not self._shut(group.channel) and (leave := valve.leave()).closed:
            self.report.resting[group.channel] = leave.closed
        return not self._shut(group.channel)

    def _may_still(self, group: Group) -> bool:
        """Return whether what was taken while another batch was on the wire may go: a pause or a doubt came since."""
        with db.session() as session:
            freeze_scope(session, self.incident_id)
            if paused(session, self.incident_id, group.channel):
                return False
            if why := self.guard.reason(session, group.variant_id):
                self._block(session, group, why)
            return not why

    def _hand_over(
        self, taken: Claim, content: bytes, group: Group, channel: Channel, valve: Valve, leave: Leave
    ) -> bool:  # fmt: skip
        """Call and settle a batch; return whether its channel is well."""
        outcomes = self._outcomes(taken, content, group, channel, valve, leave)
        self._settle(taken, outcomes, group)
        return not any(failed(one) for one in calls(outcomes.values()))

    def _fly(
        self, taken: Claim, content: bytes, group: Group, channel: Channel, valve: Valve, leave: Leave
    ) -> bool:  # fmt: skip
        """Call a batch, and have it settled while the next is called: never more than one that waits for that."""
        outcomes = self._outcomes(taken, content, group, channel, valve, leave)
        before, self._settled = self._settled, self._books.submit(self._settle, taken, outcomes, group)
        if before is not None:
            before.result()
        return not any(failed(one) for one in calls(outcomes.values()))

    def _outcomes(
        self, taken: Claim, content: bytes, group: Group, channel: Channel, valve: Valve, leave: Leave
    ) -> dict[str, Outcome]:  # fmt: skip
        """Call a batch; a channel that refuses us altogether is shut from now on."""
        outcomes = self._call(taken, content, group, channel, valve, leave) if taken.rows else {}
        self.batch = fitting(self.batch, outcomes.values(), taken.until)
        if stop := _stop(outcomes):
            self.report.halted[group.channel] = stop.reason
        return outcomes

    def _channel(self, name: str) -> tuple[Channel, Valve]:
        """Return a channel, set up once a run."""
        if name not in self._channels:
            made = channel_named(name)
            self._channels[name] = (made, Valve(name, rate(made)))
        return self._channels[name]

    def _claim(self, group: Group, size: int) -> tuple[Claim | None, bytes]:
        """Check the approval and take a batch, in one commit. Two workers at one address: one of them tries again."""
        try:
            with db.session() as session:
                freeze_scope(session, self.incident_id)
                seen = watermark.check(session, self.incident_id)  # it may be restored while we run
                if why := self.guard.reason(session, group.variant_id):
                    self._block(session, group, why)
                    return None, b""
                wording = self.guard.wording(group.variant_id)
                taken = claim(
                    session, self.incident_id, group, wording, addresser=self.addresser, size=size, worker=self.worker,
                    lease=settings().lease_seconds,
                )  # fmt: skip
        except IntegrityError:
            return self._claim(group, size)
        if taken.rows:
            watermark.note(self.incident_id, uuid.UUID(bytes=taken.rows[0].attempt_id), seen)
        return taken, wording.content

    def _block(self, session: Session, group: Group, why: str) -> None:
        """Leave a wording where it is: its approval does not stand."""
        variant = session.get_one(Variant, group.variant_id)
        self._blocked.add(group.variant_id)
        self.report.blocked.append(f"the {variant.language} {variant.medium} of a notice: {why}")
        record(
            session, self.incident_id, actor="dispatch", verb="blocked", object_type="variant",
            object_id=group.variant_id, text=f"a wording was not sent: {why}",
        )  # fmt: skip

    def _call(
        self, taken: Claim, content: bytes, group: Group, channel: Channel, valve: Valve, leave: Leave
    ) -> dict[str, Outcome]:  # fmt: skip
        """Hand over a batch, and tell all senders how that went. Refused in company, it goes alone the next time."""
        made = make(taken.rows, content=content, group=group, channel=channel)
        outcomes: dict[str, Outcome] = dict(made.unfit)
        company, alone = parted(made.messages, taken.rows, channel)
        called: list[Outcome] = []
        if company and isinstance(channel, Batching) and valve.wait(room(taken.until)) and in_time(taken.until):
            told = channel.send_many(company)
            outcomes.update(zip((message.key for message in company), told, strict=True))
            called, company = calls(told), []
        alone_told = one_by_one([*company, *alone], channel, valve, until=taken.until, failures=leave.failures)
        outcomes.update(alone_told)
        valve.note([*called, *alone_told.values()])
        return outcomes

    def _settle(self, taken: Claim, outcomes: dict[str, Outcome], group: Group) -> None:
        """Write a batch's outcomes, the next legs of the refused, and the timeline's entry, in one commit."""
        with db.session() as session:
            counts = settle(session, taken, outcomes, group.medium)
            if outcomes:
                apply_orphans(session, self.incident_id, group.channel)
            if counts[DeliveryState.FAILED]:
                ids = [uuid.UUID(bytes=one) for one in taken.ids]
                plan_next_legs(session, session.get_one(Incident, self.incident_id), only=ids)
            self._enter(session, taken, counts, group)
        self.report.states.update(counts)
        self.report.batches += 1
        if stop := _stop(outcomes):
            self._halt(group.channel, stop.reason)

    def _enter(self, session: Session, taken: Claim, counts: Counter[str], group: Group) -> None:
        """Enter a batch into the timeline: counts, and a hash over its deliveries."""
        ids = digest(taken.ids)
        said = ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))
        record(
            session, self.incident_id, actor="dispatch", verb="sent", object_type="variant",
            object_id=group.variant_id, text=f"a batch by {group.medium}: {said or 'nothing new'}",
            data={"channel": group.channel, "medium": group.medium, "states": dict(counts), "deliveries_sha256": ids},
        )  # fmt: skip

    def _halt(self, name: str, why: str) -> None:
        """Use a channel no more in this run, and say so once."""
        self.report.halted[name] = why
        with db.session() as session:
            record(
                session, self.incident_id, actor="dispatch", verb="halted", object_type="channel", object_id=name,
                text=f"channel {name} is halted: {why}",
            )  # fmt: skip


def send(incident_id: uuid.UUID, *, batch: int = 1000) -> SendReport:
    """Send everything of an incident that is planned and due. Opens its own sessions; run it as often as you like."""
    if settings().lease_seconds <= settings().provider_timeout:
        raise Refusal("A lease is shorter than a call may take.", "Raise FORTHWITH_LEASE_SECONDS.")
    with db.session() as session:
        incident = session.get(Incident, incident_id)
        if incident is None:
            raise Refusal("There is no such incident.", "`forthwith incident list` shows them.")
        watermark.check(session, incident.id)
        wished.apply_all(session, incident)
        if release(session, incident_id):
            waves.lay(session, incident)
        plan_next_legs(session, incident)
        key = keys.unwrap(incident.id, incident.wrapped_key)
        addresser = Addresser(key, incident.ref, posted_from=posted_from(session, incident))
    report = Sender(incident_id, batch, addresser).run()
    with db.session() as session:
        mark_met(session, incident_id)
    return report


def _stop(outcomes: Mapping[str, Outcome]) -> Refused | None:
    """Return the answer by which a channel refuses us altogether, where there is one."""
    return next((one for one in calls(outcomes.values()) if isinstance(one, Refused) and one.stop), None)


def digest(ids: Iterable[bytes]) -> str:
    """Return the hash over delivery ids, given as 16 bytes, that the timeline keeps: sorted as text, one a line."""
    return hashlib.sha256("\n".join(id_texts(sorted(ids))).encode()).hexdigest()


def fitting(batch: int, outcomes: Iterable[Outcome], until: datetime) -> int:
    """Return how many to take next: half where a lease ended while the batch was still being made, else as before.

    Without that a slow machine would typeset the same letters for ever, and hand none over.
    """
    called = [one for one in outcomes if not (isinstance(one, Refused) and one.reason == NOT_HANDED_OVER)]
    return batch if called or in_time(until) else max(1, batch // 2)


def rate(channel: Channel) -> float:
    """Return how many calls a second a channel may make: as the settings say, else its own; 0: no limit."""
    return settings().rates.get(channel.name, float(getattr(channel, "per_second", 0.0)))
