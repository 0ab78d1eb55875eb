"""A strict reader of iCalendar (RFC 5545): it refuses what a lenient one would let pass."""

import re
from dataclasses import dataclass, field

NAME = re.compile(r"[A-Z0-9-]+")
UTC_TIME = re.compile(r"\d{8}T\d{6}Z")
TEXT = {"SUMMARY", "DESCRIPTION", "CATEGORIES", "NAME", "X-WR-CALNAME"}
ONCE = {"UID", "DTSTAMP", "DTSTART", "SEQUENCE", "SUMMARY", "STATUS"}


@dataclass
class Component:
    """One BEGIN ... END with its properties and what stands inside."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    inside: list["Component"] = field(default_factory=list)


def unfolded(content: bytes) -> list[str]:
    """Return the content lines. Each physical line ends in CRLF, has at most 75 octets and is whole UTF-8."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    lines: list[str] = []
    for raw in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert raw, "an empty line"
        assert len(raw) <= 75, "longer than 75 octets"
        text = raw.decode()
        if text[0] == " ":
            lines[-1] += text[1:]
        else:
            lines.append(text)
    return lines


def read(content: bytes) -> Component:
    """Return the calendar of `content`, or fail."""
    root = Component("")
    stack = [root]
    for line in unfolded(content):
        head, _, value = line.partition(":")
        name = head.split(";")[0]
        assert NAME.fullmatch(name), f"bad property name in {line!r}"
        if name == "BEGIN":
            made = Component(value)
            stack[-1].inside.append(made)
            stack.append(made)
        elif name == "END":
            assert stack.pop().name == value
        else:
            _keep(stack[-1], name, value)
    assert stack == [root]
    assert [one.name for one in root.inside] == ["VCALENDAR"]
    return _checked(root.inside[0])


def _keep(component: Component, name: str, value: str) -> None:
    assert name not in component.properties, f"{name} stands twice in {component.name}"
    assert not any(ord(sign) < 32 or ord(sign) == 127 for sign in value), "a control character"
    component.properties[name] = unescaped(value) if name in TEXT else value


def unescaped(value: str) -> str:
    """Return TEXT as it was meant; a bare comma or semicolon, or a strange escape, fails."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value), "a bare comma or semicolon"
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\;,nN]", value), "an unknown escape"
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def _checked(calendar: Component) -> Component:
    assert calendar.properties["VERSION"] == "2.0"
    assert calendar.properties["PRODID"]
    for event in calendar.inside:
        assert event.name == "VEVENT"
        assert set(event.properties) >= ONCE
        assert UTC_TIME.fullmatch(event.properties["DTSTART"])
        assert UTC_TIME.fullmatch(event.properties["DTSTAMP"])
        assert event.properties["STATUS"] in {"CONFIRMED", "CANCELLED", "TENTATIVE"}
        assert event.properties["SEQUENCE"].isdecimal()
        for alarm in event.inside:
            assert alarm.name == "VALARM"
            assert {"ACTION", "TRIGGER", "DESCRIPTION"} <= set(alarm.properties)
    uids = [event.properties["UID"] for event in calendar.inside]
    assert len(uids) == len(set(uids))
    return calendar
