"""No private name of Keras or TensorFlow: each would need a bound in setup."""

import ast
import pathlib

import keras

import dmtdr_tf.losses
import dmtdr_tf.metrics
import dmtdr_tf.models
from dmtdr_tf import layers
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("dmtdr_tf", "datasets", "export", "benchmarks")
# Public in spite of their underscore; the last is what TFDS's builders define.
PUBLIC = {"_asdict", "_fields", "_replace", "_generate_examples"}


def _trees():
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def _definitions(tree):
    """Names that a module defines."""
    for node in ast.walk(tree):
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(
            node.ctx, ast.Store
        ):
            yield node.attr


def _private_uses(tree, ours):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = node.attr
            is_special = name.startswith("__") and name != "__internal__"
            if name.startswith("_") and not is_special and name not in ours:
                yield name
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.startswith(("keras.src", "tensorflow.python")):
                yield module


def test_no_private_name_of_a_dependency_is_used():
    trees = dict(_trees())
    ours = {name for tree in trees.values() for name in _definitions(tree)}
    uses = [
        f"{file}: {name}"
        for file, tree in trees.items()
        for name in _private_uses(tree, ours | PUBLIC)
    ]
    assert uses == []


def test_a_private_name_would_be_seen():
    tree = ast.parse(
        "model._flatten_layers()\n"
        "tf.__internal__.distribute\n"
        "from keras.src import backend\n"
        "super().__init__()\n"
    )
    assert set(_private_uses(tree, ())) == {
        "_flatten_layers",
        "__internal__",
        "keras.src",
    }


def _classes():
    yield SubnetAdamW
    for module in (dmtdr_tf.models, layers, dmtdr_tf.losses, dmtdr_tf.metrics):
        for name in module.__all__:
            if isinstance(getattr(module, name), type):
                yield from getattr(module, name).__mro__


def test_no_private_method_of_keras_is_overridden():
    overridden = []
    for kind in _classes():
        if not kind.__module__.startswith("dmtdr_tf"):
            continue
        theirs = [
            base
            for base in kind.__mro__
            if base.__module__.startswith(("keras.", "tensorflow."))
        ]
        overridden += [
            f"{kind.__name__}.{name}"
            for name in vars(kind)
            if name.startswith("_") and not name.startswith("__")
            # What Keras itself writes into every serializable class.
            if not name.startswith(("_auto_config", "_tf_", "_keras"))
            if any(name in vars(base) for base in theirs)
        ]
    assert issubclass(dmtdr_tf.models.DeepMTDR, keras.Model)
    assert overridden == []
