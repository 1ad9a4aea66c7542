"""The examples in the docstrings run, and give what they show."""

import doctest
import importlib
import pathlib

import pytest

import dmtdr_tf

ROOT = pathlib.Path(dmtdr_tf.__file__).parent
FILES = sorted(
    file
    for file in ROOT.rglob("*.py")
    if "\n    >>> " in file.read_text() or "\n        >>> " in file.read_text()
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: str(file.relative_to(ROOT))
)
def test_examples(file, tmp_path, monkeypatch):
    # Not where earlier commands left their runs.
    monkeypatch.chdir(tmp_path)
    parts = file.relative_to(ROOT).with_suffix("").parts
    name = ".".join(["dmtdr_tf", *(p for p in parts if p != "__init__")])
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("dmtdr_tf"):
            raise
        pytest.skip(f"the module {error.name} is not installed")
    result = doctest.testmod(module, optionflags=FLAGS)
    assert result.attempted
    assert not result.failed
