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
        kind = type(value)
        if kind is not e.Name and kind is not e.Attribute:
            self._bind(targets)
            return
        root: e.Expression | None = value
        while isinstance(root, e.Attribute | e.Subscript):
            root = root.value
        if isinstance(root, e.Name) and isinstance(value, e.Name | e.Attribute):
            for target in targets:
                if isinstance(target, e.Name):
                    self._aliases.append((root.name, Alias(target.name, value.name, False)))

    def _bind(self, targets: Iterable[e.Expression]) -> None:
        for target in targets:
            if type(target) is e.Name:
                self._values.add(target.name)
            elif isinstance(target, e.Collection):
                self._bind(target.items)
            elif isinstance(target, e.Starred):
                self._bind((target.value,))

    def aliases(self) -> Iterator[Alias]:
        """Yield the other names that things get: a name for a value of the scope is none.

        An import may be meant where a value is what stands in if it fails.
        """
        values = self._values - self._imported
        return (alias for root, alias in self._aliases if root not in values)
