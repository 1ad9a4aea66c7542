"""Imports point one way: the rooms of `docs/architecture.md`, top to bottom."""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGES = {"dmtdr_tf": "dmtdr_tf", "dmtdr_tf_datasets": "datasets"}

# Lowest first; what shares a line may not import each other.
ROOMS = (
    ("dmtdr_tf.labels",),
    ("dmtdr_tf.files",),
    ("dmtdr_tf.config", "dmtdr_tf.keras_settings"),
    ("dmtdr_tf.pretrained",),
    ("dmtdr_tf.preprocessing",),
    ("dmtdr_tf.layers", "dmtdr_tf.losses", "dmtdr_tf.metrics"),
    ("dmtdr_tf.calibration",),
    ("dmtdr_tf.evidence",),
    ("dmtdr_tf.models",),
    ("dmtdr_tf_datasets",),
    ("dmtdr_tf.data",),
    ("dmtdr_tf.drawing",),
    ("dmtdr_tf.training", "dmtdr_tf.evaluation", "dmtdr_tf.prediction"),
    ("dmtdr_tf.exporting",),
    ("dmtdr_tf.parity",),
    ("dmtdr_tf.reporting",),
    ("dmtdr_tf.serving", "dmtdr_tf.client"),
    ("dmtdr_tf.commands",),
    ("dmtdr_tf.cli",),
    ("dmtdr_tf.__main__",),
)
LEVELS = {room: level for level, line in enumerate(ROOMS) for room in line}


def _modules():
    """Every module of ours: dotted name to file."""
    modules = {}
    for package, folder in PACKAGES.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT / folder).with_suffix("").parts
            if "dummy_data" in parts:
                continue
            parts = [part for part in parts if part != "__init__"]
            modules[".".join([package, *parts])] = file
    return modules


MODULES = _modules()


def _imports(file):
    """The modules of ours that a file imports, wherever it does."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            # `from a.b import c` imports the module a.b.c or a.b.
            while name and name not in MODULES:
                name = name.rpartition(".")[0]
            if name:
                yield name


def _room(module):
    rooms = [r for r in LEVELS if module == r or module.startswith(r + ".")]
    return max(rooms, key=len, default=None)


GRAPH = {module: set(_imports(file)) for module, file in MODULES.items()}


def test_every_module_is_in_a_room():
    outside = {m for m in MODULES if _room(m) is None}
    # The lazy public API imports from every room.
    assert outside == {"dmtdr_tf"}


def test_no_import_points_upward():
    upward = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if _room(module) and _room(other)
        if _room(module) != _room(other)
        and LEVELS[_room(module)] <= LEVELS[_room(other)]
    ]
    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    done, path = set(), []

    def visit(module):
        if module in path:
            pytest.fail(" -> ".join([*path[path.index(module) :], module]))
        if module in done:
            return
        path.append(module)
        # The package's own version is read from it; it imports lazily.
        for other in sorted(GRAPH[module] - {module, "dmtdr_tf"}):
            visit(other)
        done.add(path.pop())

    for module in MODULES:
        visit(module)


def test_no_module_of_ours_is_imported_by_a_string():
    """A string would hide an arrow: only the two lazy doors may do so."""
    found = [
        module
        for module, file in MODULES.items()
        if "import_module(" in file.read_text()
        or "__import__(" in file.read_text()
    ]
    assert sorted(found) == ["dmtdr_tf", "dmtdr_tf.cli"]
