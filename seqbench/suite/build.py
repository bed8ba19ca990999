"""From the nodes of a YAML text to plain data, within budgets."""

from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from seqbench.catalogue.nearest import shown
from seqbench.suite.problems import Place, Problems
from seqbench.suite.scalar import UNPRINTABLE, scalar

Key = tuple[str | int, ...]
DEPTH, ALIASES, VALUES = 40, 200, 50_000


class Builder:
    """Reads one document; `values` and `keys` become the places of all that was read."""

    def __init__(self, source: str, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.left = VALUES
        self.open: list[Node] = []  # from the root to where we are
        self.values: dict[Key, Place] = {}
        self.keys: dict[Key, Place] = {}

    def value(self, node: Node, path: Key) -> Any:
        """The plain value of a node, which stands at `path`."""
        self.enter(node)
        self.values[path] = self.place(node)
        if isinstance(node, SequenceNode):
            value: Any = [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        elif isinstance(node, MappingNode):
            value = {}
            for key, (name, item) in self.pairs(node).items():
                at = (*path, key)
                self.keys[at] = self.place(name)
                value[key] = self.value(item, at)
        else:
            value = self.scalar(node)
        self.open.pop()
        return value

    def pairs(self, node: MappingNode) -> dict[str, tuple[Node, Node]]:
        """Keys with their nodes: a mapping's own, then those of the mappings under `<<`."""
        own: dict[str, tuple[Node, Node]] = {}
        for name, item in node.value:
            if not isinstance(name, ScalarNode):
                self.problems.add(self.place(name), "a key must be plain text")
            elif name.value in own:
                self.repeated(name, own[name.value][0])
            else:
                own[name.value] = (name, item)
        if "<<" in own:
            _, item = own.pop("<<")
            for part in item.value if isinstance(item, SequenceNode) else [item]:
                own = {**self.merged(part), **own}
        return own

    def merged(self, node: Node) -> dict[str, tuple[Node, Node]]:
        """What one mapping under `<<` brings in."""
        if not isinstance(node, MappingNode):
            self.problems.add(self.place(node), "<< takes a mapping, or a list of mappings")
            return {}
        self.enter(node)
        found = self.pairs(node)
        self.left -= len(found)
        self.open.pop()
        return found

    def enter(self, node: Node) -> None:
        """Count one value, which aliases may bring back at many places."""
        self.left -= 1
        if self.left < 0:
            self.problems.stop(self.place(node), f"more than {VALUES} values, aliases expanded")
        if any(node is above for above in self.open):
            self.problems.stop(self.place(node), "an alias that contains itself")
        if len(self.open) > DEPTH:
            self.problems.stop(self.place(node), f"nested deeper than {DEPTH}, aliases expanded")
        self.open.append(node)

    def scalar(self, node: Node) -> Any:
        """Quoted and block text as it stands, plain words by the rules of YAML 1.2."""
        text: str = node.value
        style = getattr(node, "style", None)
        if style == '"' and UNPRINTABLE.search(text):  # by an escape such as "\0"
            self.problems.add(self.place(node), f"control characters are no text: {shown(text)}")
            return None
        if style:
            return text
        try:
            return scalar(text)
        except ValueError as error:
            self.problems.add(self.place(node), str(error))
            return None

    def repeated(self, second: Node, first: Node) -> None:
        """One mapping has the same key twice."""
        line = self.place(first).line
        message = f"the key {shown(second.value)} stands here twice, first at line {line}"
        self.problems.add(self.place(second), message)

    def place(self, node: Node) -> Place:
        """Where a node begins."""
        return written(self.source, node)


def written(source: str, thing: Any) -> Place:
    """Where a node or an event of PyYAML begins."""
    mark = thing.start_mark
    return Place(source, mark.line + 1, mark.column + 1)
