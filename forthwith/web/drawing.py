"""A wording's tree as HTML of our own page. Everything in it is data: escaped, no tag but the known ones."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

SAME = frozenset(("p", "ul", "ol", "li", "table", "tr", "th", "td", "dl", "dt", "dd", "code", "address", "section"))
INSTEAD = {"h1": "h2", "h2": "h3", "h3": "h4", "b": "strong", "i": "em"}  # the page has a title of its own
LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\"'<>]+")


def drawn(tree: Sequence[Any], slots: Mapping[str, str]) -> Markup:
    """Return a wording's tree as HTML, its open places filled."""
    return Markup("").join(_node(node, slots) for node in tree)


def _node(node: Any, slots: Mapping[str, str]) -> Markup:
    """Return one node."""
    if isinstance(node, str):
        return escape(node)
    if "s" in node:
        return _lines(slots.get(node["s"], ""))
    kind, inside = node["t"], node.get("c", [])
    if kind == "br":
        return Markup("<br>")
    if kind == "li" and len(inside) == 1 and isinstance(inside[0], dict) and "s" in inside[0]:
        return Markup("").join(_tagged("li", escape(one)) for one in slots.get(inside[0]["s"], "").split("\n"))
    if kind == "a":
        return _link(str(node.get("href", "")), drawn(inside, slots))
    return _tagged(INSTEAD.get(kind, kind if kind in SAME else "div"), drawn(inside, slots))


def _tagged(tag: str, inside: Markup) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), inside)


def _lines(value: str) -> Markup:
    return Markup("<br>").join(value.split("\n"))


def _link(href: str, inside: Markup) -> Markup:
    """Return a link, where it leads somewhere a link may lead; else its words."""
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(href, inside) if LINK.fullmatch(href) else inside
