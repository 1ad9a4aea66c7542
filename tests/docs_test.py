"""What the documentation generates and looks up."""

import contextlib
import importlib
import io
import pathlib
import re
import sys

import pytest

from dmtdr_tf import cli

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
pytest.importorskip("sphinx", reason="the extra docs is not installed")


@pytest.fixture(autouse=True)
def _extensions(monkeypatch):
    monkeypatch.syspath_prepend(DOCS / "_extensions")


def _written_pages():
    """The pages that are not generated."""
    return [
        page
        for page in sorted(DOCS.rglob("*.md"))
        if not {"_build", "api", "commands"} & set(page.parent.parts)
    ]


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_a_command_page_has_the_options_of_the_help_text(command):
    import command_pages
    import tyro

    module = importlib.import_module(f"dmtdr_tf.commands.{command}")
    defaults = command_pages._preset(command)
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen), pytest.raises(SystemExit):
        if defaults is None:
            tyro.cli(module.Arguments, args=["--help"])
        else:
            tyro.cli(module.Arguments, args=["--help"], default=defaults)
    documented = [
        name
        for option in command_pages.options(module.Arguments, defaults)
        for name in option.names
        if name.startswith("--")
    ]
    # An option stands at a line's start, before the spaces of the columns.
    declarations = re.findall(
        r"^[│ ]{2,3}(--.*?)(?:  |$)", screen.getvalue(), re.MULTILINE
    )
    declared = re.findall(r"--[a-z0-9][a-z0-9.-]*", " ".join(declarations))
    assert sorted(documented) == sorted(declared)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_option_has_a_text(command):
    import command_pages

    module = importlib.import_module(f"dmtdr_tf.commands.{command}")
    found = list(command_pages.options(module.Arguments))
    assert found
    assert [option.names for option in found if not option.text] == []


def test_a_docstring_becomes_restructured_text():
    import docstrings

    lines = [
        "Takes an `int`, or `None`s.",
        "",
        "Input shape:",
        "    y_true: `[B]`.",
        "    y_pred: `[B, 5]`.",
        "",
        "Returns:",
        "    A pair: one",
        "    and another.",
        "",
        "Example:",
        ">>> 1 + 1",
        "2",
    ]
    assert docstrings.to_rst(lines) == [
        "Takes an ``int``, or ``None``\\ s.",
        "",
        "Input shape:",
        "    - **y_true**: ``[B]``.",
        "    - **y_pred**: ``[B, 5]``.",
        "",
        ":Returns: A pair: one",
        "    and another.",
        "",
        ".. rubric:: Example",
        "",
        "",
        "",
        ">>> 1 + 1",
        "2",
    ]


def test_a_reference_leads_to_the_definition_of_a_re_export():
    import source_references

    source = source_references.find_source("dmtdr_tf.losses.DiceLoss")
    assert source.path == "dmtdr_tf/losses/dice_loss.py"
    line = (ROOT / source.path).read_text().splitlines()[source.line - 1]
    # The decorator is a part of the class.
    assert line.startswith(("class DiceLoss", "@keras"))


def test_a_reference_to_a_text_leads_to_its_line():
    import source_references

    source = source_references.find_source(
        "dmtdr_tf.labels.LESIONS#LESIONS = ("
    )
    lines = (ROOT / source.path).read_text().splitlines()
    assert lines[source.line - 1].startswith("LESIONS = (")


@pytest.mark.parametrize(
    "reference",
    ["dmtdr_tf.losses.NoLoss", "dmtdr_tf.labels.LESIONS#no such text", "none"],
)
def test_a_reference_to_nothing_is_an_error(reference):
    import source_references

    with pytest.raises(LookupError):
        source_references.find_source(reference)


@pytest.mark.parametrize(
    "page", _written_pages(), ids=lambda page: str(page.relative_to(DOCS))
)
def test_the_references_of_a_page_exist(page):
    import source_references

    text = page.read_text()
    references = re.findall(r"\{src\}`([^`]+)`", text)
    references += re.findall(r"^```\{source-code\} (\S+)", text, re.MULTILINE)
    for reference in references:
        source_references.find_source(reference)


@pytest.mark.parametrize(
    "page",
    [*_written_pages(), *sorted(ROOT.glob("*.md"))],
    ids=lambda page: page.name,
)
def test_a_page_names_nothing_outside_the_repository(page):
    text = page.read_text()
    assert not re.search(r"(?<![\w.~])/(root|home|work|tmp)/", text)
    assert "../shared" not in text


def test_links_of_an_included_file_lead_to_pages():
    import repository_pages

    text = "[a](PARITY.md#limits) [b](https://x.org) [c](c/grade.c) [d](#e)"
    assert repository_pages.rewrite_links(text, ROOT / "export") == (
        "[a](/deployment/parity.md#limits) [b](https://x.org) "
        "c (`export/c/grade.c`) [d](#e)"
    )


def test_a_broken_link_of_an_included_file_is_an_error():
    import repository_pages

    with pytest.raises(FileNotFoundError, match=r"NONE\.md"):
        repository_pages.rewrite_links("[a](NONE.md)", ROOT / "export")


def test_broken_links_of_a_site_are_found(tmp_path):
    import internal_links

    (tmp_path / "a.html").write_text(
        '<h1 id="top"></h1><a href="b.html">1</a><a href="b.html#no">2</a>'
        '<a href="#top">3</a><a href="c.html">4</a>'
        '<a href="https://example.org/none">5</a><img src="none.png">'
    )
    (tmp_path / "b.html").write_text('<p id="yes"></p><a href="a.html#top">')
    assert list(internal_links.broken_links(tmp_path)) == [
        "a.html: broken link b.html#no",
        "a.html: broken link c.html",
        "a.html: broken link none.png",
    ]


def test_the_rooms_are_those_of_the_test_of_imports():
    import rooms_table

    table = rooms_table.rooms_table()
    for line in rooms_table.room_order():
        for room in line:
            assert f"| `{room}` |" in table


def test_no_module_of_the_extensions_stays_imported_by_name():
    """They have common names: nothing else may take them."""
    files = (DOCS / "_extensions").glob("*.py")
    assert not {file.stem for file in files} & set(sys.stdlib_module_names)
