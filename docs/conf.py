"""Sphinx's configuration: `make docs` builds the site into `docs/_build`."""

import importlib.util
import os
import pathlib
import sys

# The API is imported: without TensorFlow's notices about the processor.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

DOCS = pathlib.Path(__file__).parent
sys.path.insert(0, os.fspath(DOCS / "_extensions"))

import dmtdr_tf  # noqa: E402

project = "dmtdr_tf"
copyright = "The dmtdr_tf authors, Apache-2.0"  # noqa: A001
version = release = dmtdr_tf.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    # Ours, in docs/_extensions.
    "api_pages",
    "command_pages",
    "docstrings",
    "internal_links",
    "repository_pages",
    "rooms_table",
    "source_references",
]
exclude_patterns = ["_build"]

# Warnings are errors in `make docs`: a broken link or a name that is gone.
suppress_warnings: list[str] = []
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Modules of extras that are not installed.
autodoc_mock_imports = [
    name
    for name in ("onnx", "safetensors", "starlette", "tf2onnx", "uvicorn")
    if importlib.util.find_spec(name) is None
]
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = ["Input shape", "Output shape", "Reference"]

html_theme = "furo"
html_title = f"dmtdr_tf {release}"
html_show_sourcelink = False
html_copy_source = False
