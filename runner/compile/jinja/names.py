"""Which names a part of a template reads and which it assigns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jinja2 import nodes

Trees = Mapping[str, nodes.Template]

STATE = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)
"""Statements that print nothing and bind names for what follows."""
CAPTURES = (nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)
"""Those of them whose results may have pieces."""


def constant_names(node: nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends) -> list[str] | None:
    """Return the names of templates that *node* may load, or None where they are computed."""
    target = node.template
    if isinstance(target, nodes.Const):
        found: list[object] = list(target.value) if isinstance(target.value, tuple | list) else [target.value]
    elif isinstance(target, nodes.Tuple | nodes.List) and all(
        isinstance(item, nodes.Const) for item in target.items
    ):
        found = [item.value for item in target.items if isinstance(item, nodes.Const)]
    else:
        return None
    return [name for name in found if isinstance(name, str)]


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield *node* and all below it."""
    yield node
    for child in node.iter_child_nodes():
        yield from walk(child)


def loaded(body: Iterable[nodes.Node], trees: Trees, seen: set[str] | None = None) -> frozenset[str]:
    """Return every name that *body* and what it includes could read; more than they do read is no harm.

    Templates in *seen* were looked at before and are not again, so that includes of includes stay cheap.
    """
    names: set[str] = set()
    seen = set() if seen is None else seen
    for root in body:
        for node in walk(root):
            if isinstance(node, nodes.NSRef) or (isinstance(node, nodes.Name) and node.ctx == "load"):
                names.add(node.name)
            elif isinstance(node, nodes.Include):
                for name in constant_names(node) or ():
                    if name in trees and name not in seen:
                        seen.add(name)
                        names |= loaded(trees[name].body, trees, seen)
    return frozenset(names)


def bound(node: nodes.Node) -> frozenset[str]:
    """Return the names that *node* binds for what follows it in its own scope."""
    match node:
        case nodes.Assign() | nodes.AssignBlock():
            targets = (
                [node.target] if isinstance(node.target, nodes.Name) else node.target.find_all(nodes.Name)
            )
            return frozenset(target.name for target in targets)
        case nodes.Macro():
            return frozenset((node.name,))
        case nodes.Import():
            return frozenset((node.target,))
        case nodes.FromImport():
            return frozenset(name[1] if isinstance(name, tuple) else name for name in node.names)
        case nodes.If():
            bodies: list[Sequence[nodes.Node]] = [node.body, node.else_, *([elif_] for elif_ in node.elif_)]
            return bound_in(child for body in bodies for child in body)
        case _:
            return frozenset()


def bound_in(body: Iterable[nodes.Node]) -> frozenset[str]:
    """Return the names that the statements of *body* bind in its scope."""
    return frozenset(name for node in body for name in bound(node))


def assigned_anywhere(tree: nodes.Node) -> frozenset[str]:
    """Return every name that is bound in any scope of *tree*."""
    names = {node.name for node in walk(tree) if isinstance(node, nodes.Name) and node.ctx != "load"}
    for node in walk(tree):
        names |= bound(node)
    return frozenset(names)


def has(body: Iterable[nodes.Node], kinds: tuple[type[nodes.Node], ...]) -> bool:
    """Return whether a node of *kinds* is anywhere in *body*."""
    return any(isinstance(node, kinds) for root in body for node in walk(root))
