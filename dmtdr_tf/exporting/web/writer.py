"""Exports the browser page, which grades photographs on the user's device."""

import hashlib
import json
import os
import pathlib
import shutil
from collections.abc import Sequence
from typing import Any

from dmtdr_tf.calibration import Calibration
from dmtdr_tf.config import Config
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import check_free, staged_folder

__all__ = [
    "INFO_FILE",
    "MODEL_FILE",
    "built_page",
    "export_web",
    "page_version",
]

MODEL_FILE = "model.tflite"
INFO_FILE = "model.json"
_FILES_SCRIPT = "files.js"
_WASM = "wasm"


def export_web(
    model: bytes,
    weights: str,
    directory: str | os.PathLike[str],
    config: Config,
    overwrite: bool = False,
    unreliable: Sequence[str] | None = None,
    calibration: Calibration | None = None,
) -> pathlib.Path:
    """Writes the page with a model, whole or not at all.

    The folder is static: any web server can publish it, and `dmtdr web` serves
    it on this machine. `model.json` has what `run_labels` returns, and colors.

    Args:
        model: The content of a `.tflite` file with input `low_res`
            `[1, h, w, 3]` float32 and outputs `super_resolution`, `lesions`,
            `grade_probabilities` and `evidence`, as in `signatures.py`.
        weights: The precision of its weights, such as `int8`, to show to the
            user.
        directory: The folder to write.
        config: The configuration in the model's workdir.
        overwrite: Replace an earlier page.
        unreliable: The lesions that the model cannot find, from
            `unreliable_lesions`; None if nothing was measured.
        calibration: Of the model, from `run_calibration`; None if it is not
            calibrated.

    Returns:
        The folder.

    Raises:
        UserError: The page was not built, the folder exists and `overwrite`
            is not given, it holds something else, or it cannot be written.

    Example:
    ```python
    model = pathlib.Path("int8.tflite").read_bytes()
    export_web(model, "int8", "page", Workdir("runs/demo").config)
    ```
    """
    directory = pathlib.Path(directory)
    page = built_page()
    check_free(directory, INFO_FILE, "browser page", overwrite)
    with staged_folder(directory) as folder:
        shutil.copytree(page, folder, dirs_exist_ok=True)
        (folder / MODEL_FILE).write_bytes(model)
        info = json.dumps(
            _info(config, weights, unreliable, calibration), indent=1
        )
        (folder / INFO_FILE).write_text(info + "\n", encoding="utf-8")
        (folder / _FILES_SCRIPT).write_text(_files_script(folder))
    return directory


def built_page() -> pathlib.Path:
    """Returns the page that `make page` builds into this package.

    Returns:
        Its folder.

    Raises:
        UserError: It was not built.
    """
    page = pathlib.Path(__file__).with_name("page")
    if not (page / "worker.js").is_file():
        raise UserError(
            "the browser page is not built; run `make page` in a checkout of "
            "dmtdr_tf (this needs Node.js), and export again"
        )
    return page


def page_version() -> str:
    """Returns the SHA-256 of the page that `make page` built, in hexadecimal.

    Raises:
        UserError: It was not built.
    """
    return _digest(built_page())


def _info(
    config: Config,
    weights: str,
    unreliable: Sequence[str] | None,
    calibration: Calibration | None,
) -> dict[str, Any]:
    """What the page must know about its model."""
    # They import TensorFlow and OpenCV, which serving a page does not need.
    from dmtdr_tf.drawing.overlays import LESION_HEX, evidence_hex
    from dmtdr_tf.exporting.labels import run_labels

    return {
        **run_labels(config, unreliable, calibration),
        "file": MODEL_FILE,
        "weights": weights,
        "lesion_colours": list(LESION_HEX),
        "evidence_colours": list(evidence_hex()),
    }


def _names(folder: pathlib.Path) -> list[str]:
    """The files in a folder and its folders, sorted."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )


def _digest(folder: pathlib.Path) -> str:
    """The SHA-256 of all names and files in a folder, in hexadecimal."""
    digest = hashlib.sha256()
    for name in _names(folder):
        digest.update(f"{name}\n".encode())
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _files_script(folder: pathlib.Path) -> str:
    """A script that lists the files to keep offline, and their version."""
    names = _names(folder)
    # A browser runs one of the WebAssembly builds: a script and its code.
    builds = sorted(path.stem for path in (folder / _WASM).glob("*.wasm"))
    files = {
        "version": _digest(folder)[:16],
        "files": [
            "./",
            *(name for name in names if not name.startswith(f"{_WASM}/")),
        ],
        "wasm": {
            name: [f"{_WASM}/{name}.js", f"{_WASM}/{name}.wasm"]
            for name in builds
        },
    }
    return f"self.DMTDR_FILES = {json.dumps(files, indent=1)};\n"
