"""What is printed, and where nodes stand in it, is what libcst says."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from gravity_lint.fixing.printing import Printing

_SOURCES = Path(__file__).parents[2]
_FILES = sorted(
    path
    for folder in ("gravity_lint/fixing", "examples/orders_service/app")
    for path in (_SOURCES / folder).rglob("*.py")
)
_ODD = (
    "",
    "\n",
    "# nothing else\n",
    "a = 1",
    "if x:\n\ty = (  1,\n\n  2 )  # two\nelse:\n\tpass\n\n\n# end\n",
    "x = f'{a!r:>{width}}' 'b' \\\n  \"c\"\r\nlambda *a, **k: (yield)\r\n",
    "async def f[T: int](a, /, b: 'ü' = 1, *, c) -> None:\n  async with (a as b, c): ...\n",
    "@d(\n  1\n)\nclass A(B, metaclass=C): x: int = 3; y = ä.b[1:2, ::3]\n",
    "try:\n    pass\nexcept* (A, B) as e: raise X from e\nfinally:\n    del a, b\n",
    "match x:\n    case A(b=1) | [1, *r] if (y := 2):\n        pass\n    case {1: v, **z}: 0\n",
)


@pytest.mark.parametrize("text", [*_ODD, *(path.read_text("utf-8") for path in _FILES)])
def test_every_node_stands_where_libcst_has_it(text: str) -> None:
    tree = cst.parse_module(text)
    printing = Printing(tree)
    assert printing.code == tree.code == text
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    ranges = wrapper.resolve(PositionProvider)
    starts = [0]
    for line in f"{text}\n".splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    expected = {
        id(node): (
            starts[at.start.line - 1] + at.start.column,
            starts[at.end.line - 1] + at.end.column,
        )
        for node, at in ranges.items()
        if isinstance(at, CodeRange) and node is not tree
    }
    here = {id(node) for node in _all(tree)} - {id(tree)}
    assert {key: printing.places[key] for key in here} == {key: expected[key] for key in here}
    assert {id(node) for node in printing.nodes} == set(printing.places)


def _all(node: cst.CSTNode) -> list[cst.CSTNode]:
    found = [node]
    for one in found:
        found += one.children
    return found
