"""What one scope binds, as far as it tells which other names things get."""

from collections.abc import Iterable, Iterator

from gravity_lint.facts import expressions as e
from gravity_lint.facts.statements import Alias


class Naming:
    """The names of one scope: those that stand for *values* (parameters, results), and others."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = set(values)
        self._imported: set[str] = set()
        self._aliases: list[tuple[str, Alias]] = []

    def imports(self, name: str, word: str, *, renamed: bool) -> None:
        """Note an import that binds *name* to what is called *word*."""
        self._imported.add(name)
        if renamed:
            self._aliases.append(("", Alias(name, word, True)))

    def assigns(self, targets: Iterable[e.Expression], value: e.Expression | None) -> None:
        """Note an assignment; no *value*: of something that is no name, such as an item."""
        if isinstance(value, e.Name | e.Attribute):
            root: e.Expression = value
            while isinstance(root, e.Attribute | e.Subscript):
                root = root.value
            if isinstance(root, e.Name):
                for target in targets:
                    if isinstance(target, e.Name):
                        alias = Alias(target.name, value.name, False)
                        self._aliases.append((root.name, alias))
        else:
            stack = [*targets]
            while stack:
                match stack.pop():
                    case e.Name(name=name):
                        self._values.add(name)
                    case e.Collection(items=items):
                        stack += items
                    case e.Starred(value=inner):
                        stack.append(inner)

    def aliases(self) -> Iterator[Alias]:
        """Yield the other names that things get: a name for a value of the scope is none.

        An import may be meant where a value is what stands in if it fails.
        """
        values = self._values - self._imported
        return (alias for root, alias in self._aliases if root not in values)
