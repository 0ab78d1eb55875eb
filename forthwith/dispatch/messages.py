"""From a claimed row and an approved wording to the message that goes on the wire."""

import secrets
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import orjson

from forthwith.channels import Merging
from forthwith.dispatch.claiming import Claimed, Group
from forthwith.filling.content import (
    Cut,
    Place,
    escaped,
    fill,
    isolated,
    one_line,
    parts,
    prepared,
    unfilled,
    words_of,
    writer,
)
from forthwith.filling.letters import BATCH, LARGE, PLAIN, Letter, SomeUnprintable, post_data, typeset
from models import Channel, Medium, Message, Refusal, Refused

MERGED_BYTES = 9000  # SendGrid takes 10,000 bytes of substitutions for a recipient
LONG = 1000  # characters of values: below it no escaping makes MERGED_BYTES of them and their tags
SHARED = ("date", "reference", "elements")  # fields that don't hang on any other
Way = tuple[str, str, Callable[[str], str]]  # a tag, whose value it stands for, and how that is written there
PRINTED = (Medium.LETTER, Medium.FAX, Medium.FILING)


@dataclass(frozen=True, slots=True)
class Made:
    """What could be made of a batch; what couldn't is refused without a call."""

    messages: list[Message]
    unfit: dict[str, Refused]


def make(claimed: Sequence[Claimed], *, content: bytes, group: Group, channel: Channel) -> Made:
    """Return the messages of a batch, filled one by one or with tags that the provider fills."""
    if group.medium == Medium.LETTER and getattr(channel, "binds", False):
        return bound(sorted(claimed, key=_by_post), content)
    write: Callable[[Claimed], Message] = lambda one: filled(one, content, group)  # noqa: E731
    if isinstance(channel, Merging) and channel.merges:
        write = Merger(content, group.medium).message
    messages, unfit = list[Message](), dict[str, Refused]()
    for one in claimed:
        try:
            messages.append(write(one))
        except Refusal as refusal:
            unfit[one.key] = Refused(refusal.what, permanent=True)
    return Made(messages, unfit)


def _by_post(one: Claimed) -> tuple[str, str]:
    """Return what a mailing house sorts by."""
    return one.to.envelope.get("country", ""), one.to.envelope.get("postcode", "")


def bound(claimed: Sequence[Claimed], content: bytes) -> Made:
    """Return the letters of a batch, fifty in one PDF: that is many times quicker than one by one."""
    made = Made([], {})
    for start in range(0, len(claimed), BATCH):
        _bind(list(claimed[start : start + BATCH]), content, made)
    return made


def _post(one: Claimed) -> dict[str, str]:
    """Return what the barcodes of a letter say."""
    return {**one.to.envelope, "delivery": one.key}


def _letter(one: Claimed, content: bytes, post: Mapping[str, str]) -> Letter:
    return Letter(content, one.to.slots, post, LARGE if one.to.large else PLAIN)


def _bind(claimed: list[Claimed], content: bytes, made: Made) -> None:
    """Typeset letters together; those that can't be printed are set aside, each with its reason."""
    try:
        pdf = typeset([_letter(one, content, _post(one)) for one in claimed])
    except SomeUnprintable as some:
        why = some.why
    except Refusal as refusal:
        why = dict.fromkeys(range(len(claimed)), refusal)
    else:
        made.messages.extend(
            Message(
                key=one.key, medium=Medium.LETTER, to=one.to.to, to_name=one.to.name, attachment=pdf,
                language=str(parts(content).fixed["language"]),
                extra={**one.to.envelope, "place": str(place), "barcode": post_data(_post(one))},
            )
            for place, one in enumerate(claimed)
        )  # fmt: skip
        return
    made.unfit.update({claimed[i].key: Refused(one.what, permanent=True) for i, one in why.items()})
    if left := [one for i, one in enumerate(claimed) if i not in why]:
        _bind(left, content, made)


def filled(one: Claimed, content: bytes, group: Group) -> Message:
    """Return one message with everything filled in. Raises Refusal where a field doesn't fit."""
    body = fill(content, one.to.slots)
    printed, letter = group.medium in PRINTED and has_tree(content), group.medium == Medium.LETTER
    return Message(
        key=one.key, medium=group.medium, to=one.to.to, to_name=one.to.name, subject=body.subject,
        text=body.text, html=body.html, language=body.language,
        extra=dict(one.to.envelope) if letter else {},
        attachment=typeset([_letter(one, content, _post(one) if letter else {})]) if printed else b"",
    )  # fmt: skip


def has_tree(content: bytes) -> bool:
    """Return whether a wording is one that can be typeset."""
    return bool(parts(content).fixed.get("tree"))


class Merger:
    """Cuts a wording into a body with tags, once, and each recipient into the tags' values.

    The tags hold a random word, so that no name can be one. A value is written as its place needs it: in HTML
    escaped, in an attribute checked, in text as it is.
    """

    def __init__(self, content: bytes, medium: str) -> None:
        cut = parts(content)
        self.content, self.medium, self.language = content, medium, str(cut.fixed["language"])
        self.word, self.tags = secrets.token_hex(6), dict[str, tuple[Place, Callable[[str], str]]]()
        self.subject = self._tagged(cut.subject, one_line)
        self.text, self.html = self._tagged(cut.text, isolated), self._tagged(cut.html, escaped)
        names = {place.name for place, _ in self.tags.values()} | {"name"}
        self.fixed, self.own, self.words = cut.fixed, names - {*SHARED}, words_of(cut.fixed)
        self.shared = sorted(names & {*SHARED})
        self.common: dict[tuple[str | None, ...], dict[str, str]] = {}
        self.ways = [(tag, place.name, writer(place, write)) for tag, (place, write) in self.tags.items()]
        self.own_ways = [way for way in self.ways if way[1] in self.own]

    def _tagged(self, cut: Cut, write: Callable[[str], str]) -> str:
        """Return a body with tags in its open places, one tag for places where a field is written alike."""
        known = {what: tag for tag, what in self.tags.items()}
        out = [cut.pieces[0]]
        for place, piece in zip(cut.places, cut.pieces[1:], strict=True):
            tag = known.setdefault((place, write), f"-{self.word}{len(known):x}-")
            self.tags[tag] = (place, write)
            out += [tag, piece]
        return "".join(out)

    def message(self, one: Claimed) -> Message:
        """Return one recipient's message: the shared body, and the values in `extra`."""
        key, _, _, _, (to, name, slots, *_) = one
        values = self._common(slots) | self._written(self.own, self.own_ways, slots)
        if sum(map(len, values.values())) > LONG and len(orjson.dumps(values)) > MERGED_BYTES:
            return filled(one, self.content, Group("", uuid.UUID(int=0), "", self.medium))
        return Message(
            key, self.medium, to, name, subject=self.subject, text=self.text, html=self.html, language=self.language,
            extra=values,
        )  # fmt: skip

    def _common(self, slots: Mapping[str, str]) -> dict[str, str]:
        """Return the values of the tags whose fields many people share; written once for all of them."""
        alike = tuple(map(slots.get, self.shared))
        if alike not in self.common:
            ways = [way for way in self.ways if way[1] in self.shared]
            self.common[alike] = self._written({*self.shared}, ways, slots)
        return self.common[alike]

    def _written(self, names: Collection[str], ways: Sequence[Way], slots: Mapping[str, str]) -> dict[str, str]:
        """Return the values of the tags of some fields. Raises Refusal where one is missing or unfit."""
        values = prepared(self.fixed, {name: slots[name] for name in names if name in slots}, self.words)
        try:
            return {tag: write(values[name]) for tag, name, write in ways}
        except KeyError as missing:
            raise unfilled(missing.args[0]) from None
