"""The one place that runs templates: sandboxed, strict, once a variant. Personal fields pass as sentinels."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

import templates
from forthwith.filling.content import SLOTS, slot
from forthwith.filling.labels import layout
from models import Refusal

TEMPLATES = Path(templates.__file__).parent


class MissingFact(UndefinedError):
    """A block asked for a fact that nobody stated. The message is the fact's name."""


class MissingFactRefusal(Refusal):
    """A notice must say something that nobody stated. `fact` names it."""

    def __init__(self, where: str, fact: str) -> None:
        do = f"State it: `{fact}`." if "." in fact else f"Set {fact}."
        super().__init__(f"The block {where} needs {fact}, which is not stated.", do)
        self.fact = fact


def missing(fact: str) -> StrictUndefined:
    """Return a value that is not there: `is defined` is false, and printing it names the fact."""
    return StrictUndefined(hint=fact, name=fact, exc=MissingFact)


def open_slots() -> dict[str, str]:
    """Return the personal fields as open places."""
    return {name: slot(name) for name in SLOTS}


@lru_cache
def environment(root: Path = TEMPLATES) -> ImmutableSandboxedEnvironment:
    """Return the environment of all words under `root`: HTML escapes itself, text files don't."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(root), undefined=StrictUndefined, autoescape=lambda name: str(name).endswith(".html"),
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False, auto_reload=True,
    )  # fmt: skip
    made.globals.clear()
    return made


@lru_cache(maxsize=256)
def checked(root: Path, name: str, source: str) -> None:
    """Refuse a template whose slots meet a filter, a condition, a loop or a call, or that names an unknown slot."""
    tree = environment(root).parse(source, name)
    plainly = {id(child) for output in tree.find_all(nodes.Output) for child in output.nodes}
    reads: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    found = [one for one in reads if _of_slots(one.node)]
    for one in found:
        named = one.attr if isinstance(one, nodes.Getattr) else "[...]"
        if named not in SLOTS:
            raise Refusal(f"{name} names an unknown slot: {named}.", f"There are: {', '.join(SLOTS)}.")
        if id(one) not in plainly:
            raise Refusal(f"{name} does more than print the slot {named}.", "A slot may only be printed.")
    owned = {id(one.node) for one in found}
    if any(_of_slots(one) and id(one) not in owned for one in tree.find_all(nodes.Name)):
        raise Refusal(f"{name} uses the slots as a whole.", "Print one: {{ slot.code }}.")


def _of_slots(node: nodes.Node) -> bool:
    """Return whether an expression is the collection of slots."""
    return isinstance(node, nodes.Name) and node.name == "slot"


def template(name: str, root: Path = TEMPLATES) -> Template:
    """Return a template, checked. Raises Refusal where it is missing or not well formed."""
    try:
        source, _, _ = environment(root).loader.get_source(environment(root), name)  # type: ignore[union-attr]
        checked(root, name, source)
        return environment(root).get_template(name)
    except TemplateError as failure:
        raise Refusal(f"The template {name} can't be used: {failure}.", "Mend or restore it.") from None


def render(name: str, context: Mapping[str, Any], root: Path = TEMPLATES) -> str:
    """Render a whole template. Raises Refusal naming template and slot, or MissingFactRefusal naming the fact."""
    found = template(name, root)
    return _refusing(name, lambda: found.render(dict(context)))


def block(name: str, code: str, context: Mapping[str, Any], root: Path = TEMPLATES) -> str:
    """Render one block of a template."""
    found = template(name, root)
    make = found.blocks[code]
    return _refusing(f"{name}#{code}", lambda: "".join(make(found.new_context(dict(context)))).strip())


def blocks(language: str, section: str, root: Path = TEMPLATES) -> list[str]:
    """Return the codes of the blocks of a section's file, in order."""
    return list(template(f"{language}/{section}.html", root).blocks)


def section_of(language: str, code: str, root: Path = TEMPLATES) -> str | None:
    """Return which section holds a code's block, or None: there is no such block."""
    found = (section for section in layout("notices")["sections"] if code in blocks(language, section, root))
    return next(found, None)


def _refusing(where: str, make: Any) -> str:
    """Run a template; turn what it lacks into a refusal."""
    try:
        return str(make())
    except MissingFact as lacking:
        raise MissingFactRefusal(where, str(lacking)) from None
    except UndefinedError as unknown:
        raise Refusal(f"The template {where} uses something unknown: {unknown}.", "Mend the template.") from None
    except SecurityError:
        raise Refusal(f"The template {where} does what no template may.", "Mend the template.") from None
