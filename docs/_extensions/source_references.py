"""References to our code that the build looks up: file, line, and text."""

import ast
import dataclasses
import importlib
import pathlib
from typing import Any

import sphinx.application
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Source:
    """Where an object is defined.

    Args:
        module: Its module.
        name: Its name in the module; empty for the module itself.
        path: The module's file, relative to the repository.
        line: Its first line, from 1; the line of the text where one was given.
        text: Its source.
    """

    module: str
    name: str
    path: str
    line: int
    text: str


def find_source(reference: str) -> Source:
    """Finds what a reference names.

    Args:
        reference: A dotted name, which may be a re-export, optionally with
            `#` and a text: then the line of the object that has that text.

    Returns:
        Where it is.

    Raises:
        LookupError: There is no such name or text.
    """
    dotted, _, wanted = reference.partition("#")
    module, name = _defined(dotted)
    file = pathlib.Path(str(importlib.import_module(module).__file__))
    content = file.read_text()
    node = _node(ast.parse(content), name, dotted)
    first = _first_line(node)
    last = getattr(node, "end_lineno", None) or len(content.splitlines())
    lines = content.splitlines()[first - 1 : last]
    line = first
    if wanted:
        found = [i for i, text in enumerate(lines, first) if wanted in text]
        if not found:
            raise LookupError(f"{dotted} has no line with {wanted!r}")
        line = found[0]
    path = file.resolve().relative_to(ROOT).as_posix()
    return Source(module, name, path, line, "\n".join(lines))


def _defined(dotted: str) -> tuple[str, str]:
    """The module that defines a name, and the name there."""
    parts = dotted.split(".")
    for split in range(len(parts), 0, -1):
        try:
            module: Any = importlib.import_module(".".join(parts[:split]))
        except ModuleNotFoundError:
            continue
        name = ".".join(parts[split:])
        value = module
        try:
            for part in parts[split:]:
                value = getattr(value, part)
        except AttributeError:
            break
        # Of a constant only the module that was named is known.
        owner = getattr(value, "__module__", None)
        if name and owner and hasattr(value, "__qualname__"):
            return owner, value.__qualname__
        return module.__name__, name
    raise LookupError(f"there is no {dotted}")


def _node(tree: ast.Module, name: str, dotted: str) -> ast.AST:
    node: ast.AST = tree
    for part in filter(None, name.split(".")):
        inner = [n for n in ast.iter_child_nodes(node) if part in _names(n)]
        if not inner:
            raise LookupError(f"{dotted} is not defined where it is imported")
        node = inner[-1]
    return node


def _names(node: ast.AST) -> list[str]:
    """What a statement defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return [t.id for t in targets if isinstance(t, ast.Name)]


def _first_line(node: ast.AST) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([getattr(node, "lineno", 1), *(d.lineno for d in decorators)])


class SourceRole(SphinxRole):
    """`{src}` with a reference: the name, and file and line where it is."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Makes the nodes of one reference."""
        try:
            source = find_source(self.text)
        except LookupError as error:
            message = self.inliner.reporter.warning(
                f"{{src}}: {error}", line=self.lineno
            )
            return [nodes.literal(text=self.text)], [message]
        where = nodes.literal(text=f"{source.path}:{source.line}")
        if not source.name or "#" in self.text:
            return [where], []
        # A method by the class that was named, not by the one it comes from.
        parts = self.text.split(".")[-1 - source.name.count(".") :]
        name = addnodes.pending_xref(
            "",
            nodes.literal(text=".".join(parts)),
            refdomain="py",
            reftype="obj",
            reftarget=f"{source.module}.{source.name}",
            refdoc=self.env.docname,
        )
        return [name, nodes.Text(" ("), where, nodes.Text(")")], []


class SourceDirective(SphinxDirective):
    """`{source-code}` with a reference: its source with line numbers."""

    required_arguments = 1
    option_spec = {"mark": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Makes the block."""
        try:
            source = find_source(self.arguments[0])
            mark = self.options.get("mark")
            marked = (
                find_source(f"{self.arguments[0]}#{mark}").line if mark else 0
            )
        except LookupError as error:
            return [self.state.document.reporter.warning(str(error))]
        block = nodes.literal_block(source.text, source.text)
        block["language"] = "python"
        block["linenos"] = True
        arguments: dict[str, Any] = {"linenostart": source.line}
        if marked:
            arguments["hl_lines"] = [marked - source.line + 1]
        block["highlight_args"] = arguments
        caption = nodes.caption("", source.path)
        container = nodes.container("", literal_block=True)
        container["classes"] = ["literal-block-wrapper"]
        container += [caption, block]
        self.env.note_dependency(str(ROOT / source.path))
        return [container]


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the role `src` and the directive `source-code`."""
    app.add_role("src", SourceRole())
    app.add_directive("source-code", SourceDirective)
    return {"parallel_read_safe": True}
