"""Renders our Markdown-like docstrings as reStructuredText."""

import inspect
import itertools
import re
from typing import Any

import sphinx.application

# Sections whose lines `name: text` are a list.
_LISTED = ("Input shape:", "Output shape:")
_ITEM = re.compile(r"^( +)(\w+): (.*)$")
_CODE = re.compile(r"(?<![`\\:])`([^`]+)`(?!`)(?=(\w?))")
_EXAMPLE = re.compile(r"^( *)Example: ?(.*)$")
_RETURNS = re.compile(r"^( *)(Returns|Yields):$")
_FENCE = re.compile(r"^( *)```(\w*)$")


def to_rst(lines: list[str]) -> list[str]:
    """Converts a docstring.

    Code in single backticks gets two, fenced blocks become directives, and
    the named lines of a section of shapes become a list.

    Args:
        lines: The docstring's lines, dedented.

    Returns:
        The lines that napoleon reads.

    Example:
    >>> to_rst(["An `int`."])
    ['An ``int``.']
    """
    lines = _returns(_shape_lists(_fences(_examples(lines))))
    text = "\n".join(lines)
    return _CODE.sub(_literal, text).split("\n")


def _literal(code: re.Match[str]) -> str:
    # Markup must end at a word's end: "`None`s" needs an escaped space.
    return f"``{code[1]}``" + ("\\ " if code[2] else "")


def _examples(lines: list[str]) -> list[str]:
    """`Example:` as a heading, where its lines are not indented."""
    result: list[str] = []
    for line, following in itertools.pairwise([*lines, ""]):
        example = _EXAMPLE.match(line)
        if example and not following.startswith(example[1] + " "):
            heading = f"{example[1]}.. rubric:: Example"
            result += [heading, "", example[1] + example[2]]
        else:
            result.append(line)
        if example and following.lstrip().startswith(">>>"):
            result.append("")
    return result


def _returns(lines: list[str]) -> list[str]:
    """`Returns:` as a field: napoleon takes words before a colon for a type."""
    result: list[str] = []
    field = ""
    for line in lines:
        header = _RETURNS.match(line)
        if header:
            field = f"{header[1]}:{header[2]}: "
        elif field:
            result.append(field + line.strip())
            field = ""
        else:
            result.append(line)
    return result


def _fences(lines: list[str]) -> list[str]:
    """Fenced code blocks as code-block directives."""
    result: list[str] = []
    inside = False
    for line in lines:
        fence = _FENCE.match(line)
        if not fence:
            result.append(f"    {line}" if inside and line else line)
            continue
        inside = not inside
        indent, language = fence.groups()
        if inside:
            start = f"{indent}.. code-block:: {language or 'text'}"
            result += ["", start, ""]
        else:
            result.append("")
    return result


def _shape_lists(lines: list[str]) -> list[str]:
    result: list[str] = []
    listed = False
    for line in lines:
        if line.strip() in _LISTED:
            listed = True
        elif not line.strip():
            listed = False
        item = _ITEM.match(line) if listed else None
        if item:
            indent, name, text = item.groups()
            line = f"{indent}- **{name}**: {text}"
        elif listed and result and result[-1].lstrip().startswith("- **"):
            # A continued line stands under its item's text.
            line = line and line.replace("    ", "      ", 1)[: len(line) + 2]
        result.append(line)
    return result


def _process_docstring(
    app: sphinx.application.Sphinx,
    what: str,
    name: str,
    obj: Any,
    options: Any,
    lines: list[str],
) -> None:
    lines[:] = to_rst(lines)


def _process_signature(
    app: sphinx.application.Sphinx,
    what: str,
    name: str,
    obj: Any,
    options: Any,
    signature: str | None,
    annotation: str | None,
) -> tuple[str | None, str | None]:
    """A Keras class's own arguments, which its `__new__` hides."""
    if what != "class" or signature != "(*args, **kwargs)":
        return signature, annotation
    parameters = list(inspect.signature(obj.__init__).parameters.values())
    own = inspect.Signature(
        [p.replace(annotation=inspect.Parameter.empty) for p in parameters[1:]]
    )
    return str(own), annotation


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the hooks; ours runs before napoleon's."""
    app.connect("autodoc-process-docstring", _process_docstring, priority=400)
    app.connect("autodoc-process-signature", _process_signature)
    return {"parallel_read_safe": True}
