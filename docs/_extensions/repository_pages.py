"""Links of included files: a README's links lead to the site's pages."""

import functools
import os
import pathlib
import re

import sphinx.application

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"

_INCLUDE = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


@functools.cache
def included_pages() -> dict[pathlib.Path, str]:
    """Returns the file that each page includes, and the page's address."""
    pages = {}
    for page in sorted(DOCS.rglob("*.md")):
        address = "/" + page.relative_to(DOCS).as_posix()
        for name in _INCLUDE.findall(page.read_text()):
            pages[(page.parent / name).resolve()] = address
    return pages


def rewrite_links(text: str, folder: pathlib.Path) -> str:
    """Rewrites the relative links of an included file.

    A link to a file that another page includes, or to a page of the site,
    leads to that page; the text of a link to another file of the repository
    is kept, with the file's path.

    Args:
        text: The file's content.
        folder: Where the file is.

    Returns:
        The content to include.

    Raises:
        FileNotFoundError: A link leads to a file that does not exist.
    """

    def rewritten(link: re.Match[str]) -> str:
        image, label, target = link.groups()
        if "://" in target or target.startswith(("#", "mailto:")):
            return link.group()
        name, _, anchor = target.partition("#")
        file = (folder / name).resolve()
        if not file.exists():
            raise FileNotFoundError(f"{folder}: a link to {target}")
        page = included_pages().get(file)
        if page is None and DOCS in file.parents:
            page = "/" + file.relative_to(DOCS).as_posix()
        if page is None:
            return f"{label} (`{file.relative_to(ROOT)}`)"
        anchor = f"#{anchor}" if anchor else ""
        return f"{image}[{label}]({page}{anchor})"

    return _LINK.sub(rewritten, text)


def _on_include(
    app: sphinx.application.Sphinx,
    path: pathlib.Path,
    parent: str,
    content: list[str],
) -> None:
    file = (DOCS / os.fspath(path)).resolve()
    if DOCS in file.parents:
        return
    content[0] = rewrite_links(content[0], file.parent)


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the hook."""
    app.connect("include-read", _on_include)
    return {"parallel_read_safe": True}
