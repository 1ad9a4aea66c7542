"""The examples in the builders' docstrings run.

`pytest --doctest-modules` would import the builders by a second name, which
TFDS refuses.
"""

import doctest
import importlib
import pkgutil

import pytest

import dmtdr_tf_datasets

# Needs Apache Beam, an optional dependency.
MODULES = [
    module.name
    for module in pkgutil.walk_packages(
        dmtdr_tf_datasets.__path__, "dmtdr_tf_datasets."
    )
    if not module.name.endswith("beam_build")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        test
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
        if test.examples
    ]
    assert len(examples) >= 5
