"""The table of rooms: their order from the test that checks it."""

import ast
import importlib
import pathlib

import sphinx.application
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = pathlib.Path(__file__).parents[2]
TEST = ROOT / "tests" / "imports_test.py"


def room_order() -> tuple[tuple[str, ...], ...]:
    """Returns the rooms, lowest first, as the test of imports has them."""
    for node in ast.parse(TEST.read_text()).body:
        if isinstance(node, ast.Assign):
            (target,) = node.targets
            if isinstance(target, ast.Name) and target.id == "ROOMS":
                return ast.literal_eval(node.value)
    raise LookupError(f"{TEST}: no ROOMS")


def rooms_table() -> str:
    """Returns a table in Markdown: level, room and what is in it."""
    rows = ["| | room | content |", "|---|---|---|"]
    for level, line in enumerate(room_order(), start=1):
        for room in line:
            content = (importlib.import_module(room).__doc__ or "").strip()
            rows.append(f"| {level} | `{room}` | {content.splitlines()[0]} |")
    return "\n".join(rows)


class RoomsDirective(SphinxDirective):
    """`{rooms}`: the table."""

    def run(self) -> list[nodes.Node]:
        """Makes the table."""
        self.env.note_dependency(str(TEST))
        return self.parse_text_to_nodes(rooms_table())


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the directive."""
    app.add_directive("rooms", RoomsDirective)
    return {"parallel_read_safe": True}
