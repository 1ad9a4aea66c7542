"""Checks the links of the built site: each leads to a page and an anchor."""

import functools
import html.parser
import pathlib
import urllib.parse
from collections.abc import Iterator

import sphinx.application
from sphinx.util import logging

logger = logging.getLogger(__name__)


class _Page(html.parser.HTMLParser):
    """The links and the anchors of one page."""

    def __init__(self, file: pathlib.Path):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


def broken_links(site: pathlib.Path) -> Iterator[str]:
    """Finds the internal links of a site that lead nowhere.

    Args:
        site: Folder of HTML files. External links are not fetched.

    Yields:
        A line for each: the page and the link.
    """
    page_of = functools.cache(_Page)
    for file in sorted(site.rglob("*.html")):
        if "_static" in file.relative_to(site).parts:
            continue
        for link in page_of(file).links:
            url = urllib.parse.urlsplit(link)
            if url.scheme or url.netloc:
                continue
            path = urllib.parse.unquote(url.path)
            target = (file.parent / path).resolve() if path else file
            missing = not target.is_file() or (
                url.fragment
                and target.suffix == ".html"
                and urllib.parse.unquote(url.fragment)
                not in page_of(target).anchors
            )
            if missing and target != file.parent.resolve():
                yield f"{file.relative_to(site)}: broken link {link}"


def _check(app: sphinx.application.Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for line in broken_links(pathlib.Path(app.outdir)):
            logger.warning(line)


def setup(app: sphinx.application.Sphinx) -> dict[str, bool]:
    """Registers the check, which runs after the site is written."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True}
