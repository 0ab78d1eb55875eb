"""Semantic HTML as a small tree: the same words feed the letter, the plain text and the published page."""

import re
from html.parser import HTMLParser
from typing import Any

from forthwith.filling.content import SENTINEL, slot

VOID = ("br",)
KEPT = frozenset(
    ("h1", "h2", "h3", "p", "ul", "ol", "li", "b", "i", "a", "table", "tr", "th", "td", "dl", "dt", "dd",
     "code", "address", "section")
)  # fmt: skip
INLINE = frozenset(("p", "li", "b", "i", "a", "h1", "h2", "h3", "td", "th", "dt", "dd", "code", "address"))
Node = dict[str, Any] | str


class _Body(HTMLParser):
    """Builds the tree; anything that is not in KEPT is a bug of a template."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top: dict[str, Any] = {"t": "body", "c": []}
        self.open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            self.open[-1]["c"].append({"t": "br"})
            return
        if tag not in KEPT:
            raise ValueError(tag)
        node: dict[str, Any] = {"t": tag, "c": []}
        if href := dict(attrs).get("href"):
            node["href"] = href
        self.open[-1]["c"].append(node)
        self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open[-1]["t"] != tag:
            raise ValueError(tag)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        inline = self.open[-1]["t"] in INLINE
        for i, piece in enumerate(SENTINEL.split(data)):
            if i % 2:
                self.open[-1]["c"].append({"s": piece})
            elif piece.strip() or (piece and inline):
                self.open[-1]["c"].append(re.sub(r"\s+", " ", piece))


def parse(html: str) -> list[Node]:
    """Return the tree of a block's HTML. Raises ValueError (the tag) where it isn't well formed or not known."""
    body = _Body()
    body.feed(html)
    body.close()
    if len(body.open) > 1:
        raise ValueError(body.open[-1]["t"])
    nodes: list[Node] = body.top["c"]
    return nodes


def plain(nodes: list[Node]) -> str:
    """Return the tree as plain text: paragraphs apart, lists with dashes, links with their address."""
    text = "".join(map(_block, nodes))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"


def _block(node: Node) -> str:
    """Return one node as text with the empty lines that it needs."""
    if isinstance(node, str) or "s" in node:
        return _inline(node)
    kind, inner = node["t"], node.get("c", [])
    if kind in ("ul", "ol", "table", "dl", "section"):
        return "\n" + "".join(map(_block, inner)) + "\n"
    return _framed(kind, "".join(map(_inline, inner)).strip())


def _framed(kind: str, text: str) -> str:
    """Return a block's text in the form of its kind."""
    if kind in ("h1", "h2", "h3"):
        return f"\n{text}\n{('=' if kind == 'h1' else '-') * len(text)}\n\n"
    if kind == "li":
        return "- " + text.replace("\n", "\n  ") + "\n"
    return {"dt": f"{text}: ", "dd": f"{text}\n", "tr": f"{text}\n"}.get(kind, f"\n{text}\n")


def _inline(node: Node) -> str:
    """Return a node inside a paragraph as text."""
    if isinstance(node, str):
        return node
    if "s" in node:
        return slot(node["s"])
    if node["t"] == "br":
        return "\n"
    inner = "".join(map(_inline, node.get("c", [])))
    href = str(node.get("href", ""))
    shown = href.removeprefix("mailto:").removeprefix("tel:")
    if node["t"] in ("td", "th"):
        return inner.strip() + "  "
    return f"{inner} ({shown})" if href and shown.rstrip("/") not in (inner, "https://" + inner) else inner
